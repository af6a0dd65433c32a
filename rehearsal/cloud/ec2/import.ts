import type { Instance, InstanceTypeInfo } from '@aws-sdk/client-ec2';
import { completeInstances } from './import-complete';
import { arrays, dated, type Answer, type Answers } from './import-answers';
import { learnType } from './instance-types';
import type { Ec2, ImageRecord, InstanceRecord, InterfaceRecord, SecurityGroupRecord, SnapshotRecord, SubnetRecord, VolumeRecord } from './state';
import { Blocks } from './content';

export type { Answer, Answers } from './import-answers';

/**
 * Makes the account hold the very resources that the AWS CLI's describing commands printed. What an instance needs and
 * the answers do not have is completed, and every such assumption is said: nothing is made up silently.
 */
export function importAnswers(ec2: Ec2, answers: Answers): string[] {
  const notes: string[] = [];
  const all = (Array.isArray(answers) ? answers : Object.values(answers)) as Answer[];
  for (const answer of all) takeIn(ec2, dated(answer) as Answer, notes);
  for (const answer of all) takeAttributes(ec2, answer, notes);
  completeInstances(ec2, notes);
  return notes;
}

/** Which answer it is shows its members; one that nobody knows is said, not swallowed. */
function takeIn(ec2: Ec2, answer: Answer, notes: string[]): void {
  const unknown = Object.keys(answer).filter(key => !(key in takers) && !attributeMembers.has(key) && key !== 'NextToken' && key !== 'ResponseMetadata');
  if (unknown.length > 0) notes.push(`not taken in: ${unknown.join(', ')}`);
  for (const [member, take] of Object.entries(takers)) {
    for (const record of arrays(answer[member as keyof Answer])) take(ec2, record, notes);
  }
}

type Taker = (ec2: Ec2, record: Record<string, unknown>, notes: string[]) => void;

/** Puts a record under its id; one without an id is not a resource. */
function keep<T>(map: (ec2: Ec2) => Map<string, T>, id: keyof T & string, complete: (ec2: Ec2, record: T) => T = (_ec2, record) => record): Taker {
  return (ec2, record, notes) => {
    const key = record[id];
    if (typeof key !== 'string' || key === '') {
      notes.push(`left out: a record without ${id}`);
      return;
    }
    map(ec2).set(key, complete(ec2, record as T));
  };
}

const takers: Readonly<Record<string, Taker>> = {
  Reservations: (ec2, record, notes) => {
    for (const instance of arrays(record.Instances)) takeInstance(ec2, instance as Instance, record, notes);
  },
  Volumes: keep<VolumeRecord>(ec2 => ec2.volumes, 'VolumeId', (ec2, volume) => {
    const size = volume.Size ?? 8;
    const written = Math.round(size * 1024 * ec2.timing.writtenShare);
    ec2.volumeModels.set(volume.VolumeId, { blocks: new Blocks(), writtenMiB: written, changedMiB: written, createdAt: 0 });
    if (volume.KmsKeyId !== undefined && !ec2.keys.find(volume.KmsKeyId)) ec2.keys.create({ arn: volume.KmsKeyId });
    return { ...volume, Size: size, VolumeType: volume.VolumeType ?? 'gp2', Encrypted: volume.Encrypted ?? false, State: volume.State ?? 'available', Attachments: volume.Attachments ?? [] };
  }),
  Snapshots: keep<SnapshotRecord>(ec2 => ec2.snapshots, 'SnapshotId', (ec2, snapshot) => {
    const started = Number(snapshot.StartTime ?? 0);
    ec2.snapshotModels.set(snapshot.SnapshotId, {
      blocks: new Blocks().freeze(), writtenMiB: (snapshot.VolumeSize ?? 8) * 1024 * ec2.timing.writtenShare, completesAt: started, createdAt: 0,
    });
    if (snapshot.KmsKeyId !== undefined && !ec2.keys.find(snapshot.KmsKeyId)) ec2.keys.create({ arn: snapshot.KmsKeyId });
    return { ...snapshot, Encrypted: snapshot.Encrypted ?? false, State: snapshot.State ?? 'completed', Progress: snapshot.Progress ?? '100%' };
  }),
  Images: keep<ImageRecord>(ec2 => ec2.images, 'ImageId', (ec2, image) => {
    ec2.imageModels.set(image.ImageId, { createdAt: 0 });
    return { ...image, BlockDeviceMappings: image.BlockDeviceMappings ?? [] };
  }),
  NetworkInterfaces: keep<InterfaceRecord>(ec2 => ec2.networkInterfaces, 'NetworkInterfaceId', (_ec2, record) => ({
    ...record, PrivateIpAddresses: record.PrivateIpAddresses ?? [],
  })),
  Subnets: keep<SubnetRecord>(ec2 => ec2.subnets, 'SubnetId'),
  Vpcs: keep(ec2 => ec2.vpcs, 'VpcId'),
  SecurityGroups: keep<SecurityGroupRecord>(ec2 => ec2.securityGroups, 'GroupId'),
  KeyPairs: keep(ec2 => ec2.keyPairs, 'KeyName'),
  PlacementGroups: keep(ec2 => ec2.placementGroups, 'GroupName'),
  Addresses: keep(ec2 => ec2.addresses, 'AllocationId'),
  InstanceTypes: (_ec2, record) => learnType(record as InstanceTypeInfo),
  InstanceCreditSpecifications: () => undefined, // taken in after the instances
};

function takeInstance(ec2: Ec2, instance: Instance, reservation: Record<string, unknown>, notes: string[]): void {
  if (!instance.InstanceId) {
    notes.push('left out: an instance without InstanceId');
    return;
  }
  const running = instance.State?.Name === 'running';
  const created = Number(instance.LaunchTime ?? 0);
  ec2.instances.set(instance.InstanceId, instance as InstanceRecord);
  ec2.instanceModels.set(instance.InstanceId, {
    reservation: {
      ReservationId: typeof reservation.ReservationId === 'string' ? reservation.ReservationId : ec2.id('r'),
      OwnerId: typeof reservation.OwnerId === 'string' ? reservation.OwnerId : ec2.account.accountId,
      ...typeof reservation.RequesterId === 'string' && { RequesterId: reservation.RequesterId },
    },
    disableApiTermination: false, disableApiStop: false, shutdownBehavior: 'stop', reboots: 0, createdAt: 0,
    // a recording may be younger than the rehearsal's clock: what is imported has been there for long all the same
    ...running && { runningSince: Math.min(created, ec2.account.clock.now() - 3_600_000) },
  });
}

const attributeMembers = new Set(['InstanceId', 'UserData', 'DisableApiTermination', 'DisableApiStop', 'InstanceInitiatedShutdownBehavior', 'RootDeviceName',
  'InstanceType', 'KernelId', 'RamdiskId', 'SourceDestCheck', 'EbsOptimized', 'SriovNetSupport', 'EnclaveOptions', 'BlockDeviceMappings', 'ProductCodes', 'Groups',
  'InstanceCreditSpecifications', 'InstanceStatuses', 'VolumeStatuses', 'UefiData', 'Error']);

/** Answers of describe-instance-attribute, of describe-instance-credit-specifications and of get-instance-uefi-data. */
function takeAttributes(ec2: Ec2, answer: Answer, notes: string[]): void {
  for (const { InstanceId, CpuCredits } of answer.InstanceCreditSpecifications ?? []) {
    const model = ec2.instanceModels.get(InstanceId ?? '');
    if (model && (CpuCredits === 'standard' || CpuCredits === 'unlimited')) model.cpuCredits = CpuCredits;
  }
  if (typeof answer.InstanceId !== 'string') return;
  const model = ec2.instanceModels.get(answer.InstanceId);
  if (!model) {
    notes.push(`left out: attributes of ${answer.InstanceId}, which no answer describes`);
    return;
  }
  if (answer.UserData?.Value !== undefined) model.userData = answer.UserData.Value;
  if (answer.UefiData !== undefined) model.uefiData = answer.UefiData;
  if (answer.DisableApiTermination?.Value !== undefined) model.disableApiTermination = answer.DisableApiTermination.Value;
  if (answer.DisableApiStop?.Value !== undefined) model.disableApiStop = answer.DisableApiStop.Value;
  const behaviour = answer.InstanceInitiatedShutdownBehavior?.Value;
  if (behaviour === 'stop' || behaviour === 'terminate') model.shutdownBehavior = behaviour;
}
