import {
  paginateDescribeImages, paginateDescribeInstances, paginateDescribeNetworkInterfaces, paginateDescribeSecurityGroups, paginateDescribeSnapshots,
  paginateDescribeVolumes, type Tag,
} from '@aws-sdk/client-ec2';
import { ec2 } from './ec2';
import { CREATED_BY, EXECUTION, OWNER, PHASE, SET, SOURCE, tagMap } from './tags';

export type LitterType = 'instance' | 'image' | 'snapshot' | 'volume' | 'network-interface' | 'security-group';

/** Something that an execution made and did not finish. */
export interface Litter {
  readonly type: LitterType;
  readonly id: string;
  readonly execution: string;
  /** The instance that it was cloned from. */
  readonly source: string | null;
  /** As EC2 names it. */
  readonly state: string;
}

/** Finds by tags alone, so that what was made by a call whose answer was lost is found too. `execution` null: of every execution of this owner. */
export async function findLitter(owner: string, execution: string | null): Promise<Litter[]> {
  const Filters = [
    { Name: `tag:${OWNER}`, Values: [owner] },
    execution === null ? { Name: 'tag-key', Values: [EXECUTION] } : { Name: `tag:${EXECUTION}`, Values: [execution] },
  ];
  const all = await Promise.all([
    findInstances(Filters), findImages(Filters), findSnapshots(Filters), findVolumes(Filters), findInterfaces(Filters), findGroups(Filters),
  ]);
  return all.flat().flatMap(({ tags, ...found }) => {
    const { [OWNER]: itsOwner, [EXECUTION]: itsExecution, [CREATED_BY]: finished, [PHASE]: phase, [SOURCE]: source = null, [SET]: set } = tagMap(tags);
    // somebody's backup of an unfinished clone, its tags copied
    if (set === undefined && (found.type === 'snapshot' || found.type === 'image')) return [];
    // filters know wildcards, so the exact values decide; what carries created-by is finished and nobody's litter, what carries a phase may serve
    const ours = itsOwner === owner && itsExecution !== undefined && (execution === null || itsExecution === execution)
      && finished === undefined && phase === undefined;
    return ours ? [{ ...found, execution: itsExecution, source }] : [];
  });
}

type Filters = { readonly Name: string; readonly Values: string[] }[];
interface Found { readonly type: LitterType; readonly id: string; readonly state: string; readonly tags: readonly Tag[] | undefined }

async function findInstances(filters: Filters): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { Reservations } of paginateDescribeInstances({ client: ec2, pageSize: 1000 }, { Filters: filters })) {
    found.push(...(Reservations ?? []).flatMap(({ Instances }) => Instances ?? [])
      .map(({ InstanceId = '', State, Tags }) => ({ type: 'instance' as const, id: InstanceId, state: State?.Name ?? '', tags: Tags }))
      .filter(({ state }) => state !== 'terminated'));
  }
  return found;
}

async function findImages(filters: Filters): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { Images } of paginateDescribeImages({ client: ec2, pageSize: 1000 }, { Owners: ['self'], Filters: filters })) {
    found.push(...(Images ?? []).map(({ ImageId = '', State, Tags }) => ({ type: 'image' as const, id: ImageId, state: State ?? '', tags: Tags })));
  }
  return found;
}

async function findSnapshots(filters: Filters): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { Snapshots } of paginateDescribeSnapshots({ client: ec2, pageSize: 1000 }, { OwnerIds: ['self'], Filters: filters })) {
    found.push(...(Snapshots ?? []).map(({ SnapshotId = '', State, Tags }) => ({ type: 'snapshot' as const, id: SnapshotId, state: State ?? '', tags: Tags }))
      // deleted, though a rule of the recycle bin keeps it for a while
      .filter(({ state }) => state !== 'recoverable'));
  }
  return found;
}

async function findVolumes(filters: Filters): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { Volumes } of paginateDescribeVolumes({ client: ec2, pageSize: 500 }, { Filters: filters })) {
    found.push(...(Volumes ?? []).map(({ VolumeId = '', State, Tags }) => ({ type: 'volume' as const, id: VolumeId, state: State ?? '', tags: Tags }))
      .filter(({ state }) => state !== 'deleted'));
  }
  return found;
}

async function findInterfaces(filters: Filters): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { NetworkInterfaces } of paginateDescribeNetworkInterfaces({ client: ec2, pageSize: 1000 }, { Filters: filters })) {
    found.push(...(NetworkInterfaces ?? []).map(({ NetworkInterfaceId = '', Status, TagSet }) =>
      ({ type: 'network-interface' as const, id: NetworkInterfaceId, state: Status ?? '', tags: TagSet })));
  }
  return found;
}

async function findGroups(filters: Filters): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { SecurityGroups } of paginateDescribeSecurityGroups({ client: ec2, pageSize: 1000 }, { Filters: filters })) {
    found.push(...(SecurityGroups ?? []).map(({ GroupId = '', Tags }) => ({ type: 'security-group' as const, id: GroupId, state: 'available', tags: Tags })));
  }
  return found;
}
