import { DescribeVolumeStatusCommand, paginateDescribeVolumes, type Volume } from '@aws-sdk/client-ec2';
import { ec2 } from './ec2';
import { type CopyFacts, NO_COPIES } from './plan/strategies';

/** A copy of one of the source's volumes. */
export interface VolumeCopy {
  readonly device: string;
  /** The copy's. */
  readonly volumeId: string;
  readonly sourceVolumeId: string;
  /** ISO 8601: the instant that it is of. */
  readonly startTime: string;
}

/** Counting is given up after so many pages, and left to the call itself: a plan should not take minutes. */
const MOST_PAGES = 20;
/** DescribeVolumeStatus takes more, but answers no more at once. */
const VOLUMES_PER_CALL = 500;

/** Which copies are on their way in this Region. EBS has no filter for them: every copy knows its source, its status how far it is (up to 5 min late). */
export async function readCopyFacts(limit: number): Promise<CopyFacts> {
  const copies: Volume[] = [];
  let pages = 0;
  for await (const { Volumes = [] } of paginateDescribeVolumes({ client: ec2, pageSize: VOLUMES_PER_CALL }, {})) {
    copies.push(...Volumes.filter(({ SourceVolumeId }) => SourceVolumeId));
    pages += 1;
    if (pages === MOST_PAGES) break;
  }
  const unfinished: Volume[] = [];
  for (let from = 0; from < copies.length; from += VOLUMES_PER_CALL) {
    const VolumeIds = copies.slice(from, from + VOLUMES_PER_CALL).flatMap(({ VolumeId }) => VolumeId ?? []);
    const { VolumeStatuses = [] } = await ec2.send(new DescribeVolumeStatusCommand({ VolumeIds }));
    const busy = VolumeStatuses.filter(({ InitializationStatusDetails: details }) => details?.InitializationType === 'volume-copy' && (details.Progress ?? 0) < 100);
    unfinished.push(...copies.filter(({ VolumeId }) => busy.some(status => status.VolumeId === VolumeId)));
  }
  const busy = unfinished.flatMap(({ VolumeId, SourceVolumeId }) => [VolumeId ?? [], SourceVolumeId ?? []].flat());
  return { ...NO_COPIES, limit, busy, inProgress: unfinished.length };
}

/** The copies of these ids that can be seen; by a filter, for which one that is gone is no error. */
export async function describeCopies(copies: readonly VolumeCopy[]): Promise<Volume[]> {
  const found: Volume[] = [];
  const Filters = [{ Name: 'volume-id', Values: copies.map(({ volumeId }) => volumeId) }];
  for await (const { Volumes = [] } of paginateDescribeVolumes({ client: ec2 }, { Filters })) found.push(...Volumes);
  return found;
}
