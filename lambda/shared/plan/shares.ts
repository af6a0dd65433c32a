import { VolumeStrategyRefused } from '../errors';
import type { Request } from '../request/request';
import type { Source, SourceVolume } from '../source/source';
import { fleetOf } from './fleet';
import type { SubnetFacts } from './subnets';

/** A volume of the source that the clones use with it. */
export interface PlannedShare {
  readonly device: string;
  readonly volumeId: string;
  readonly size: number;
  readonly iops: number;
  /** How the clones come to write to it; null: they only read. */
  readonly cluster: PlannedCluster | null;
  /** Taken by the source, so that EBS refuses what the clones would write; null: their own kernel keeps them from it. */
  readonly reservation: 'write-exclusive' | null;
}

/** What makes a clone a member of the cluster whose filesystem it shares. */
export interface PlannedCluster {
  /** The units by which it joins, in the order of starting. */
  readonly clusterServices: readonly string[];
  /** Those that use the filesystem. */
  readonly services: readonly string[];
  /** As the source has it mounted; null until it was asked. */
  readonly filesystem: ClusterFilesystem | null;
}

export interface ClusterFilesystem {
  readonly kind: 'gfs2' | 'ocfs2';
  readonly mount: string;
  readonly options: string;
}

/** EBS user guide, "ebs-volumes-multi". */
const MOST_ATTACHMENTS = 16;

/** The volumes that the request wants shared; refused with advice where AWS can not, and where data would be at stake. */
export function planShares(source: Source, request: Request, subnets: readonly SubnetFacts[]): PlannedShare[] {
  const wanted = source.volumes.filter(({ device }) => isShared(request, device));
  const problems = wanted.flatMap(volume => problemsOf(volume, source, request, subnets).map(problem => `volumes.${volume.device}: ${problem}`));
  if (problems.length > 0) throw new VolumeStrategyRefused(`these volumes can not be "shared":\n${problems.join('\n')}`);
  return wanted.map(({ device, volumeId, size, iops }) => ({
    device, volumeId, size, iops: iops ?? 0, cluster: clusterOf(request, device), reservation: reservationOf(request, device),
  }));
}

export function isShared({ volumes }: Request, device: string): boolean {
  return volumes[device]?.strategy === 'shared';
}

function reservationOf({ volumes }: Request, device: string): PlannedShare['reservation'] {
  return volumes[device]?.reservation === 'write-exclusive' ? 'write-exclusive' : null;
}

/** The volumes that the source is to reserve. */
export function reservedBySource(shared: readonly PlannedShare[]): string[] {
  return shared.filter(({ reservation }) => reservation !== null).map(({ volumeId }) => volumeId);
}

function clusterOf({ volumes }: Request, device: string): PlannedCluster | null {
  const { access, clusterServices, services } = volumes[device] ?? {};
  return access === 'read-write' ? { clusterServices: clusterServices ?? [], services: services ?? [], filesystem: null } : null;
}

/** The volume that the clones write to, if there is one. */
export function writtenTo(shared: readonly PlannedShare[]): (PlannedShare & { readonly cluster: PlannedCluster }) | undefined {
  return shared.flatMap(share => (share.cluster ? [{ ...share, cluster: share.cluster }] : []))[0];
}

function problemsOf(volume: SourceVolume, source: Source, request: Request, subnets: readonly SubnetFacts[]): string[] {
  if (volume.root) return ['the root can not be, for no Multi-Attach volume boots: ask for "volume-copy" or "snapshot"'];
  const zone = subnets.find(({ availabilityZone }) => availabilityZone !== source.availabilityZone)?.availabilityZone;
  const lines: readonly (string | false)[] = [
    volume.type !== 'io2' && `it is ${volume.type}, and only io2 can be shared everywhere: \`aws ec2 modify-volume --volume-type io2 --iops …\`, then detach it, enable`
      + ' Multi-Attach and attach it again; or ask for "volume-copy" or "snapshot"',
    volume.type === 'io2' && !volume.multiAttach && 'it is not enabled for Multi-Attach, which can not be changed while it is attached: stop what uses it, detach it,'
      + ' `aws ec2 modify-volume --multi-attach-enabled`, attach it again; or ask for "volume-copy" or "snapshot"',
    volume.deleteOnTermination && 'it is deleted with the source, and the last instance that has it attached decides for all: '
      + '`aws ec2 modify-instance-attribute --block-device-mappings …DeleteOnTermination=false` on the source',
    volume.attachments + request.count > MOST_ATTACHMENTS
      && `${volume.attachments} instances have it attached, and with ${request.count} more there would be more than ${MOST_ATTACHMENTS}`,
    fleetOf(request.count, request.minCount) !== null && 'clones of a fleet have no shares: ask for at most twenty clones, and leave minCount out',
    source.elsewhere !== undefined && `the source is in ${source.elsewhere}, and a volume is attached only to instances of its own account and Region`,
    zone !== undefined && `the clone goes to ${zone}, and a volume is only in ${source.availabilityZone}`,
    source.cloneType !== null && source.cloneType.hypervisor !== 'nitro' && !source.cloneType.bareMetal && `${source.cloneType.name} is not built on Nitro, which Multi-Attach needs`,
    source.instance.Platform?.toLowerCase() === 'windows' && 'the clone is kept from writing on Linux only',
    source.managedBySsm === false && 'the clone is kept from writing through Systems Manager, which does not see the source and so would not see the clone: give the source'
      + ' the agent and the permissions of AmazonSSMManagedInstanceCore',
    clusterOf(request, volume.device) !== null && source.state !== 'running' && `the source is ${source.state}, and only it can tell whether the filesystem is one of a cluster: start it,`
      + ' or ask for "read-only"',
    reservationOf(request, volume.device) !== null && source.state !== 'running'
      && `the source is ${source.state}, and only it can reserve it: start it, or leave "reservation" out`,
    request.instanceProfile === 'none' && 'the clone is kept from writing through Systems Manager, which needs an instance profile: leave instanceProfile out',
  ];
  return lines.filter(line => line !== false);
}
