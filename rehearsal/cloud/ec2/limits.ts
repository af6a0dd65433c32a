import type { VolumeType } from '@aws-sdk/client-ec2';
import { AwsError } from '../service';
import { invalidCombination, invalidValue } from './errors';
import { typeInfo } from './instance-types';
import type { Ec2, InstanceRecord, VolumeRecord } from './state';

/** What an account may do at once; quotas of AWS's documentation, where a comment names no other source. */
export interface Limits {
  /** Between two snapshots of one volume (error SnapshotCreationPerVolumeRateExceeded). */
  secondsBetweenSnapshots: number;
  /** Pending in the account; AWS names the error PendingSnapshotLimitExceeded but no number (unverified against AWS). */
  pendingSnapshots: number;
  snapshots: number;
  /** Sum of provisioned initialisation rates in MiB/s. */
  volumeInitializationRate: number;
  tagsPerResource: number;
  securityGroupsPerInterface: number;
}

export function defaultLimits(): Limits {
  return {
    secondsBetweenSnapshots: 15,
    pendingSnapshots: 100,
    snapshots: 100_000,
    volumeInitializationRate: 5000,
    tagsPerResource: 50,
    securityGroupsPerInterface: 5,
  };
}

/** Amazon VPC user guide, "Amazon VPC quotas": five security groups per network interface, which can be raised to sixteen. */
export function checkGroupsPerInterface(ec2: Ec2, ids: readonly string[]): void {
  const most = ec2.limits.securityGroupsPerInterface;
  if (new Set(ids).size > most) {
    throw new AwsError('SecurityGroupsPerInterfaceLimitExceeded', `The maximum number of security groups per interface (${most}) has been reached.`);
  }
}

/** Five snapshots of a volume may be pending at once, one of st1 and sc1 volumes; those in error count too. */
export function pendingSnapshotsPerVolume(type: VolumeType): number {
  return type === 'st1' || type === 'sc1' ? 1 : 5;
}

/** Refuses what would be one snapshot of a volume too many. */
export function checkSnapshotLimits(ec2: Ec2, volumes: readonly VolumeRecord[]): void {
  const now = ec2.account.clock.now();
  const snapshots = [...ec2.snapshots.values()];
  for (const volume of volumes) {
    const last = ec2.volumeModels.get(volume.VolumeId)?.lastSnapshotAt;
    if (last !== undefined && now - last < ec2.limits.secondsBetweenSnapshots * 1000) {
      throw new AwsError('SnapshotCreationPerVolumeRateExceeded',
        'The maximum per volume CreateSnapshot request rate has been exceeded. Use an increasing or variable sleep interval between requests.');
    }
    const unfinished = snapshots.filter(each => each.VolumeId === volume.VolumeId && (each.State === 'pending' || each.State === 'error'));
    if (unfinished.length + ec2.deletedWhilePending(volume.VolumeId) >= pendingSnapshotsPerVolume(volume.VolumeType)) {
      throw new AwsError('ConcurrentSnapshotLimitExceeded', 'Maximum allowed in-progress snapshots for a single volume exceeded.');
    }
  }
  const pending = snapshots.filter(each => each.State === 'pending').length;
  if (pending + volumes.length > ec2.limits.pendingSnapshots) {
    throw new AwsError('PendingSnapshotLimitExceeded', 'The maximum number of pending snapshots has been reached.');
  }
  if (snapshots.length + volumes.length > ec2.limits.snapshots) {
    throw new AwsError('SnapshotLimitExceeded', 'The maximum number of snapshots has been reached.');
  }
}

interface VolumeRule {
  readonly size: readonly [number, number];
  readonly iops?: readonly [number, number];
  /** IOPS per GiB at most. */
  readonly ratio?: number;
  readonly throughput?: readonly [number, number];
}

/** EBS user guide, "Amazon EBS volume types"; the newer, wider gp3 limits as the same page has them. */
const volumeRules: Readonly<Record<VolumeType, VolumeRule>> = {
  gp3: { size: [1, 65_536], iops: [3000, 80_000], ratio: 500, throughput: [125, 2000] },
  gp2: { size: [1, 16_384] },
  io1: { size: [4, 16_384], iops: [100, 64_000], ratio: 50 },
  io2: { size: [4, 65_536], iops: [100, 256_000], ratio: 1000 },
  st1: { size: [125, 16_384] },
  sc1: { size: [125, 16_384] },
  standard: { size: [1, 1024] },
};

export interface VolumeShape {
  readonly type: VolumeType;
  readonly size: number;
  readonly iops?: number;
  readonly throughput?: number;
}

/** Refuses a volume that its type does not allow, and fills in what a type gives by itself. */
export function volumeShape({ type, size, iops, throughput }: VolumeShape): VolumeShape {
  const rule = volumeRules[type] as VolumeRule | undefined;
  if (!rule) throw new AwsError('UnknownVolumeType', `Unsupported volume type '${type}' for volume creation.`);
  within(size, rule.size, value => `Volume of ${value}GiB is invalid for volume type ${type}; must be between ${rule.size[0]}GiB and ${rule.size[1]}GiB`);
  if (iops !== undefined) {
    if (!rule.iops) throw invalidCombination(`The parameter iops is not supported for ${type} volumes.`);
    within(iops, rule.iops, value => `Volume iops of ${value} is invalid; must be between ${rule.iops![0]} and ${rule.iops![1]}`);
    // the baseline of gp3 is free of the ratio
    if (iops > Math.max(size * rule.ratio!, type === 'gp3' ? 3000 : 0)) {
      throw invalidCombination(`Iops to volume size ratio of ${(iops / size).toFixed(6)} is too high; maximum is ${rule.ratio}`);
    }
  } else if (type === 'io1' || type === 'io2') {
    throw new AwsError('MissingParameter', `The parameter iops must be specified for ${type} volumes.`);
  }
  if (throughput !== undefined) {
    if (!rule.throughput) throw invalidCombination(`The parameter throughput is not supported for ${type} volumes.`);
    within(throughput, rule.throughput,
      value => `Throughput value of ${value} is not valid; must be between ${rule.throughput![0]} and ${rule.throughput![1]}`);
    const effective = iops ?? 3000;
    if (throughput > 125 && throughput / effective > 0.25) {
      throw invalidCombination(`Throughput to iops ratio of ${(throughput / effective).toFixed(6)} is too high; maximum is 0.250000`);
    }
  }
  return { type, size, ...givenByType(type, size, iops, throughput) };
}

function givenByType(type: VolumeType, size: number, iops?: number, throughput?: number): { iops?: number; throughput?: number } {
  if (type === 'gp3') return { iops: iops ?? 3000, throughput: throughput ?? 125 };
  if (type === 'gp2') return { iops: Math.min(Math.max(100, size * 3), 16_000) };
  return iops === undefined ? {} : { iops };
}

function within(value: number, [least, most]: readonly [number, number], message: (value: number) => string): void {
  if (value < least || value > most) throw invalidValue(message(value));
}

/** The quotas of running on-demand instances, counted in vCPUs (EC2 user guide, "On-Demand Instance quotas"). */
const vcpuQuotas: readonly (readonly [RegExp, string])[] = [
  [/^dl\d/, 'L-6E869C2A'], [/^(im|is)\d/, 'L-1216C47A'], [/^inf\d/, 'L-1945791B'], [/^trn\d/, 'L-2C3B7624'], [/^hpc\d/, 'L-F7808C92'],
  [/^u-/, 'L-43DA4232'], [/^f\d/, 'L-74FC7D96'], [/^(g|gr|vt)\d/, 'L-DB2E81BA'], [/^p\d/, 'L-417A185B'], [/^x\d/, 'L-7295265B'],
  [/^[acdhimrtz]\d/, 'L-1216C47A'],
];

function vcpuQuota(instanceType: string): string | undefined {
  return vcpuQuotas.find(([family]) => family.test(instanceType))?.[1];
}

/** Refuses to start more than the quota of the type's family allows. */
export function checkVcpus(ec2: Ec2, instanceType: string, count: number): void {
  const quota = vcpuQuota(instanceType);
  if (!quota) return;
  const used = [...ec2.instances.values()]
    .filter(each => !each.InstanceLifecycle && /^(pending|running)$/.test(each.State.Name!) && vcpuQuota(each.InstanceType) === quota)
    .reduce((sum, each) => sum + vcpus(each), 0);
  const limit = ec2.account.quotas.value(quota);
  if (used + count * (typeInfo(instanceType)?.vcpus ?? 0) > limit) {
    throw new AwsError('VcpuLimitExceeded', `You have requested more vCPU capacity than your current vCPU limit of ${limit} allows `
      + 'for the instance bucket that the specified instance type belongs to. '
      + 'Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.');
  }
}

function vcpus({ CpuOptions: options, InstanceType: type }: InstanceRecord): number {
  return options ? options.CoreCount! * options.ThreadsPerCore! : typeInfo(type)?.vcpus ?? 0;
}

/** Storage quotas in TiB by volume type (EBS user guide, "Quotas for Amazon EBS"). */
const storageQuotas: Readonly<Record<VolumeType, string>> = {
  gp2: 'L-D18FCD1D', gp3: 'L-7A658B76', io1: 'L-FD252861', io2: 'L-09BD8365', standard: 'L-9CF3C2EB', st1: 'L-82ACEF56', sc1: 'L-17AF77E8',
};

export function checkStorage(ec2: Ec2, type: VolumeType, size: number): void {
  const used = [...ec2.volumes.values()].filter(each => each.VolumeType === type).reduce((sum, each) => sum + each.Size, 0);
  const limit = ec2.account.quotas.value(storageQuotas[type]);
  if (used + size > limit * 1024) {
    throw new AwsError('VolumeLimitExceeded', `You have exceeded your maximum ${type} storage limit of ${limit} TiB in this region. `
      + 'Please contact AWS Support to request an Elastic Block Store service limit increase.');
  }
}

/** Copies of volumes that are still being initialised. */
function copiesInProgress(ec2: Ec2): VolumeRecord[] {
  const now = ec2.account.clock.now();
  return [...ec2.volumes.values()].filter(({ VolumeId }) => {
    const initialization = ec2.volumeModels.get(VolumeId)?.initialization;
    return initialization?.type === 'volume-copy' && initialization.until > now;
  });
}

/** One copy of a volume at a time, five in the Region; a copy itself only when it is whole (EBS user guide, "ebs-copying-volume"). */
export function checkCopies(ec2: Ec2, source: VolumeRecord): void {
  const copies = copiesInProgress(ec2);
  if (copies.includes(source)) {
    // the code is unverified against AWS
    throw new AwsError('IncorrectState', `Volume '${source.VolumeId}' is a copy that is still being initialized.`);
  }
  if (copies.some(each => each.SourceVolumeId === source.VolumeId)) {
    // not in AWS's list of errors; reported by users (unverified against AWS)
    throw new AwsError('ConcurrentCopyVolumeLimitExceeded', `Another copy of volume '${source.VolumeId}' is in progress.`);
  }
  if (copies.length >= ec2.account.quotas.value('L-39BD5252')) {
    throw new AwsError('CopyVolumesLimitExceeded', 'The maximum number of in-progress volume copies has been reached.');
  }
}

/** Volumes that are being loaded at a provisioned rate share a quota of the Region. */
export function checkInitializationRate(ec2: Ec2, rate: number | undefined, snapshotId: string | undefined): void {
  if (rate === undefined) return;
  if (rate < 100 || rate > 300) throw invalidValue(`Volume initialization rate of ${rate} is invalid; must be between 100 and 300`);
  if (!snapshotId) throw invalidCombination('The parameter VolumeInitializationRate can be used only with a snapshot.');
  const now = ec2.account.clock.now();
  const used = [...ec2.volumes.values()].filter(volume => (ec2.volumeModels.get(volume.VolumeId)?.initialization?.until ?? 0) > now)
    .reduce((sum, volume) => sum + (volume.VolumeInitializationRate ?? 0), 0);
  // the code for this is not in AWS's list of errors (unverified against AWS)
  if (used + rate > ec2.limits.volumeInitializationRate) {
    throw new AwsError('VolumeInitializationRateLimitExceeded', 'The cumulative volume initialization rate quota of the Region is exceeded.');
  }
}
