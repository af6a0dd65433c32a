import type { CreateVolumeRequest } from '@aws-sdk/client-ec2';
import { world } from './world';

const zone = { AvailabilityZone: 'us-east-1a' };

test('a volume is creating, then available; deleted, it is gone', async () => {
  const { account, call, refusal, pass, volume } = world();
  const made = await call('CreateVolume', { ...zone, Size: 10, TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'a', Value: 'b' }] }] });
  expect(made).toMatchObject({ State: 'creating', VolumeType: 'gp2', Iops: 100, Encrypted: false, SnapshotId: '', Tags: [{ Key: 'a', Value: 'b' }] });
  await pass(10);
  expect((await volume(made.VolumeId!)).State).toBe('available');
  expect(account.events.log.at(-1)).toMatchObject({ 'detail-type': 'EBS Volume Notification', detail: { event: 'createVolume', result: 'available' } });
  await call('DeleteVolume', { VolumeId: made.VolumeId });
  await pass(10);
  expect(await refusal('DescribeVolumes', { VolumeIds: [made.VolumeId!] })).toBe('InvalidVolume.NotFound');
});

describe('what a volume type allows', () => {
  test.each<[string, Partial<CreateVolumeRequest>]>([
    ['InvalidParameterValue', { VolumeType: 'gp3', Size: 70_000 }],
    ['InvalidParameterValue', { VolumeType: 'gp3', Size: 1000, Iops: 90_000 }],
    ['InvalidParameterValue', { VolumeType: 'gp3', Size: 1000, Throughput: 3000 }],
    ['InvalidParameterCombination', { VolumeType: 'gp3', Size: 10, Iops: 6000 }],
    ['InvalidParameterCombination', { VolumeType: 'gp3', Size: 10, Throughput: 1000 }],
    ['InvalidParameterCombination', { VolumeType: 'gp2', Size: 10, Iops: 100 }],
    ['MissingParameter', { VolumeType: 'io2', Size: 10 }],
    ['InvalidParameterCombination', { VolumeType: 'io1', Size: 10, Iops: 1000 }],
    ['InvalidParameterValue', { VolumeType: 'st1', Size: 10 }],
    ['InvalidParameterCombination', { VolumeType: 'gp3', Size: 10, MultiAttachEnabled: true }],
    ['MissingParameter', { VolumeType: 'gp3' }],
    ['UnknownVolumeType', { VolumeType: 'gp9' as 'gp3', Size: 10 }],
  ])('%s: %j', async (code, input) => {
    expect(await world().refusal('CreateVolume', { ...zone, ...input })).toBe(code);
  });

  test('gp3 has 3,000 IOPS and 125 MiB/s, and more where it is asked for', async () => {
    const { call } = world();
    expect(await call('CreateVolume', { ...zone, VolumeType: 'gp3', Size: 1 })).toMatchObject({ Iops: 3000, Throughput: 125 });
    expect(await call('CreateVolume', { ...zone, VolumeType: 'gp3', Size: 1000, Iops: 80_000, Throughput: 2000 })).toMatchObject({ Iops: 80_000, Throughput: 2000 });
    expect(await call('CreateVolume', { ...zone, VolumeType: 'gp2', Size: 6000 })).toMatchObject({ Iops: 16_000 });
  });

  test('the account\'s quota of storage', async () => {
    const { account, refusal } = world();
    account.quotas.set('L-7A658B76', 1);
    expect(await refusal('CreateVolume', { ...zone, VolumeType: 'gp3', Size: 1025 })).toBe('VolumeLimitExceeded');
  });
});

describe('from a snapshot', () => {
  async function withSnapshot() {
    const it = world();
    const { volumeIds: [, data] } = it.ec2.addInstance({ volumes: [{}, { size: 100, written: 50 }] });
    const { SnapshotId } = await it.call('CreateSnapshot', { VolumeId: data! });
    return { ...it, SnapshotId: SnapshotId! };
  }

  test('only once the snapshot is complete, and not smaller than it', async () => {
    const { call, refusal, pass, SnapshotId } = await withSnapshot();
    expect(await refusal('CreateVolume', { ...zone, SnapshotId })).toBe('IncorrectState');
    await pass(3600);
    expect(await refusal('CreateVolume', { ...zone, SnapshotId, Size: 99 })).toBe('InvalidParameterValue');
    expect((await call('CreateVolume', { ...zone, SnapshotId })).Size).toBe(100);
  });

  test('its blocks are loaded in the background, or at a provisioned rate', async () => {
    const { ec2, call, pass, SnapshotId } = await withSnapshot();
    ec2.timing.initializationRate = 50;
    await pass(3600);
    const slow = await call('CreateVolume', { ...zone, SnapshotId });
    const fast = await call('CreateVolume', { ...zone, SnapshotId, VolumeInitializationRate: 200 });
    await pass(128);
    const details = async () => (await call('DescribeVolumeStatus', { VolumeIds: [slow.VolumeId!, fast.VolumeId!] })).VolumeStatuses!
      .map(each => each.InitializationStatusDetails);
    expect(await details()).toEqual([
      { InitializationType: 'default', Progress: 12 }, { InitializationType: 'provisioned-rate', Progress: 50, EstimatedTimeToCompleteInSeconds: 128 },
    ]);
    await pass(896);
    expect((await details()).map(each => each!.Progress)).toEqual([100, 100]);
    const { VolumeStatuses } = await call('DescribeVolumeStatus', { VolumeIds: [fast.VolumeId!] });
    expect(VolumeStatuses![0]!.VolumeStatus!.Details).toContainEqual({ Name: 'initialization-state', Status: 'completed' });
  });

  test('the rate lies between 100 and 300 MiB/s, needs a snapshot, and shares a quota', async () => {
    const { ec2, call, refusal, pass, SnapshotId } = await withSnapshot();
    await pass(3600);
    expect(await refusal('CreateVolume', { ...zone, SnapshotId, VolumeInitializationRate: 99 })).toBe('InvalidParameterValue');
    expect(await refusal('CreateVolume', { ...zone, Size: 1, VolumeInitializationRate: 100 })).toBe('InvalidParameterCombination');
    ec2.limits.volumeInitializationRate = 300;
    await call('CreateVolume', { ...zone, SnapshotId, VolumeInitializationRate: 200 });
    expect(await refusal('CreateVolume', { ...zone, SnapshotId, VolumeInitializationRate: 200 })).toBe('VolumeInitializationRateLimitExceeded');
  });
});

describe('attaching and detaching', () => {
  async function attached() {
    const it = world();
    const { instanceId, volumeIds: [root] } = it.ec2.addInstance();
    const { VolumeId } = await it.call('CreateVolume', { ...zone, Size: 10 });
    await it.pass(10);
    const attachment = await it.call('AttachVolume', { VolumeId: VolumeId!, InstanceId: instanceId, Device: '/dev/sdf' });
    return { ...it, instanceId, root: root!, volumeId: VolumeId!, attachment };
  }

  test('attaching, then attached, on both sides', async () => {
    const { pass, volume, instance, volumeId, instanceId, attachment } = await attached();
    expect(attachment).toMatchObject({ State: 'attaching', Device: '/dev/sdf' });
    await pass(5);
    expect(await volume(volumeId)).toMatchObject({ State: 'in-use', Attachments: [{ State: 'attached', DeleteOnTermination: false }] });
    expect((await instance(instanceId)).BlockDeviceMappings![1]).toMatchObject({ DeviceName: '/dev/sdf', Ebs: { Status: 'attached', VolumeId: volumeId } });
  });

  test('detaching, then available', async () => {
    const { call, pass, volume, instance, volumeId, instanceId } = await attached();
    await pass(5);
    expect((await call('DetachVolume', { VolumeId: volumeId })).State).toBe('detaching');
    expect((await volume(volumeId)).Attachments![0]!.State).toBe('detaching');
    await pass(10);
    expect(await volume(volumeId)).toMatchObject({ State: 'available', Attachments: [] });
    expect((await instance(instanceId)).BlockDeviceMappings).toHaveLength(1);
  });

  test('a volume in use is neither attached again nor deleted', async () => {
    const { refusal, volumeId, instanceId } = await attached();
    expect(await refusal('AttachVolume', { VolumeId: volumeId, InstanceId: instanceId, Device: '/dev/sdg' })).toBe('VolumeInUse');
    expect(await refusal('DeleteVolume', { VolumeId: volumeId })).toBe('VolumeInUse');
  });

  test('a device name is taken, a zone is another, a volume is not there yet', async () => {
    const { call, refusal, pass, instanceId } = await attached();
    const other = await call('CreateVolume', { ...zone, Size: 10 });
    const far = await call('CreateVolume', { AvailabilityZone: 'us-east-1b', Size: 10 });
    const attach = (VolumeId: string | undefined, Device: string) => refusal('AttachVolume', { VolumeId, InstanceId: instanceId, Device });
    expect(await attach(other.VolumeId, '/dev/sdg')).toBe('IncorrectState');
    await pass(10);
    expect(await attach(other.VolumeId, '/dev/sdf')).toBe('InvalidParameterValue');
    expect(await attach(far.VolumeId, '/dev/sdg')).toBe('InvalidVolume.ZoneMismatch');
  });

  test('detaching what is not attached, or the root of a running instance', async () => {
    const { call, refusal, pass, volumeId, root } = await attached();
    expect(await refusal('DetachVolume', { VolumeId: root })).toBe('OperationNotPermitted');
    expect(await refusal('DetachVolume', { VolumeId: volumeId, InstanceId: 'i-0123456789abcdef0' })).toBe('InvalidInstanceID.NotFound');
    await call('DetachVolume', { VolumeId: volumeId });
    await pass(10);
    expect(await refusal('DetachVolume', { VolumeId: volumeId })).toBe('IncorrectState');
  });

  test('an instance has so many places', async () => {
    const { ec2, call, refusal, pass } = world();
    const { instanceId } = ec2.addInstance({ type: 'm7i.large', volumes: Array.from({ length: 32 }, (_, n) => ({ device: `/dev/sd${n}`, size: 8 })) });
    const { VolumeId } = await call('CreateVolume', { ...zone, Size: 1 });
    await pass(10);
    expect(await refusal('AttachVolume', { VolumeId, InstanceId: instanceId, Device: '/dev/xvdz' })).toBe('AttachmentLimitExceeded');
  });
});

describe('encryption', () => {
  test('by default, by the account\'s key, by a named key, and by that of the snapshot', async () => {
    const { ec2, call, pass } = world();
    expect(await call('CreateVolume', { ...zone, Size: 1, Encrypted: true })).toMatchObject({ Encrypted: true, KmsKeyId: ec2.keys.managed.arn });
    const key = ec2.keys.create({ alias: 'alias/own' });
    const named = await call('CreateVolume', { ...zone, Size: 1, Encrypted: true, KmsKeyId: 'alias/own' });
    expect(named.KmsKeyId).toBe(key.arn);
    await pass(10);
    const { SnapshotId } = await call('CreateSnapshot', { VolumeId: named.VolumeId });
    await pass(60);
    expect(await call('CreateVolume', { ...zone, SnapshotId })).toMatchObject({ Encrypted: true, KmsKeyId: key.arn });
    ec2.encryptionByDefault = true;
    expect((await call('CreateVolume', { ...zone, Size: 1 })).Encrypted).toBe(true);
    expect(await call('GetEbsEncryptionByDefault', {})).toEqual({ EbsEncryptionByDefault: true });
    expect(await call('GetEbsDefaultKmsKeyId', {})).toEqual({ KmsKeyId: 'alias/aws/ebs' });
    ec2.defaultKeyArn = key.arn;
    expect(await call('GetEbsDefaultKmsKeyId', {})).toEqual({ KmsKeyId: key.arn });
  });

  test('a key without Encrypted is refused', async () => {
    expect(await world().refusal('CreateVolume', { ...zone, Size: 1, KmsKeyId: 'alias/own' })).toBe('InvalidParameterDependency');
  });

  test('a key out of reach: the call is accepted, and the volume is gone a moment later', async () => {
    const { account, call, refusal, pass } = world();
    const { VolumeId, State } = await call('CreateVolume', { ...zone, Size: 1, Encrypted: true, KmsKeyId: 'alias/nobody' });
    expect(State).toBe('creating');
    await pass(30);
    expect(await refusal('DescribeVolumes', { VolumeIds: [VolumeId!] })).toBe('InvalidVolume.NotFound');
    expect(account.events.log.at(-1)).toMatchObject({ detail: { event: 'createVolume', result: 'failed' } });
  });

  test('a caller without permission on the key: the same', async () => {
    const { account, ec2, call, refusal, pass } = world();
    const key = ec2.keys.create();
    account.gate = { decide: (_principal, need) => ({ allowed: need.action !== 'kms:CreateGrant' }) };
    const { VolumeId } = await call('CreateVolume', { ...zone, Size: 1, Encrypted: true, KmsKeyId: key.arn });
    await pass(30);
    expect(await refusal('DescribeVolumes', { VolumeIds: [VolumeId!] })).toBe('InvalidVolume.NotFound');
    // the key aws/ebs asks no permission of the caller
    const plain = await call('CreateVolume', { ...zone, Size: 1, Encrypted: true });
    await pass(30);
    expect((await call('DescribeVolumes', { VolumeIds: [plain.VolumeId!] })).Volumes![0]!.State).toBe('available');
  });
});
