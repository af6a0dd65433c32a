/** Outposts in EC2: where instances and volumes are, and what there is room for. */
import { world } from '../ec2/world';

/** A rack, an instance in its zone in the Region, and an image of it. */
async function withRack(spec: Parameters<ReturnType<typeof world>['account']['outposts']['add']>[0] = {}) {
  const it = world();
  const rack = it.account.outposts.add({ slots: { 'm5.large': 2, 'm5.xlarge': 1 }, storage: { gp2: 100, gp3: 100 }, ...spec });
  const source = it.ec2.addInstance({ type: 'm5.large', volumes: [{ size: 8 }, { size: 20 }] });
  const imageId = await it.image(source.instanceId);
  const launch = { ImageId: imageId, InstanceType: 'm5.large' as const, MinCount: 1, MaxCount: 1, SubnetId: rack.subnetId };
  return { ...it, rack, source, launch };
}

const data = (size: number, type: 'gp2' | 'gp3' | 'io2' = 'gp3') => ({ BlockDeviceMappings: [{ DeviceName: '/dev/sdf', Ebs: { VolumeSize: size, VolumeType: type } }] });

test('a launch into its subnet is on the rack, encrypted, and everything tells it', async () => {
  const { call, pass, instance, volume, rack, launch } = await withRack();
  const { OutpostArn } = (await call('DescribeSubnets', { SubnetIds: [rack.subnetId] })).Subnets![0]!;
  expect(OutpostArn).toBe(rack.outpostArn);
  const { Instances: [{ InstanceId }] } = await call('RunInstances', launch) as { Instances: [{ InstanceId: string }] };
  await pass(60);
  const launched = await instance(InstanceId);
  expect(launched).toMatchObject({ OutpostArn, State: { Name: 'running' }, Placement: { AvailabilityZone: rack.zone }, SubnetId: rack.subnetId });
  expect(await volume(launched.BlockDeviceMappings![0]!.Ebs!.VolumeId!)).toMatchObject({ OutpostArn, Encrypted: true, AvailabilityZone: rack.zone, State: 'in-use' });
  const { NetworkInterfaces } = await call('DescribeNetworkInterfaces', { Filters: [{ Name: 'attachment.instance-id', Values: [InstanceId] }] });
  expect(NetworkInterfaces![0]).toMatchObject({ OutpostArn });
  const { Reservations } = await call('DescribeInstances', { Filters: [{ Name: 'outpost-arn', Values: [rack.outpostArn] }] });
  expect(Reservations!.flatMap(each => each.Instances ?? []).map(each => each.InstanceId)).toEqual([InstanceId]);
});

test('its slots are used up by what runs there; a stopped instance leaves its slot and may not get it again', async () => {
  const { call, refusal, pass, launch } = await withRack();
  const [first] = (await call('RunInstances', { ...launch, MaxCount: 5 })).Instances!;
  await pass(60);
  expect(await refusal('RunInstances', launch)).toBe('InsufficientInstanceCapacity');
  expect(await refusal('RunInstances', { ...launch, InstanceType: 'm5.2xlarge' })).toBe('Unsupported');
  await call('StopInstances', { InstanceIds: [first!.InstanceId!] });
  await pass(60);
  await call('RunInstances', launch);
  expect(await refusal('StartInstances', { InstanceIds: [first!.InstanceId!] })).toBe('InsufficientInstanceCapacity');
});

test('a launch takes as many as there is room for volumes; none too few', async () => {
  const { call, refusal, launch } = await withRack();
  // 8 GiB root and 60 GiB: the second one finds no room
  expect((await call('RunInstances', { ...launch, MaxCount: 2, ...data(60) })).Instances).toHaveLength(1);
  expect(await refusal('RunInstances', { ...launch, ...data(60) })).toBe('InsufficientVolumeCapacity');
  expect(await refusal('RunInstances', { ...launch, ...data(10, 'io2') })).toBe('MissingParameter');
});

test('volumes: made on the rack and in its zone, of its types, and only as large as there is room', async () => {
  const { call, refusal, rack } = await withRack();
  const at = { AvailabilityZone: rack.zone, OutpostArn: rack.outpostArn };
  expect(await call('CreateVolume', { ...at, Size: 60, VolumeType: 'gp3' })).toMatchObject({ OutpostArn: rack.outpostArn, Encrypted: true });
  expect(await refusal('CreateVolume', { ...at, Size: 60, VolumeType: 'gp3' })).toBe('InsufficientVolumeCapacity');
  expect((await call('CreateVolume', { ...at, Size: 60, VolumeType: 'gp2' })).OutpostArn).toBe(rack.outpostArn);
  expect(await refusal('CreateVolume', { ...at, Size: 10, VolumeType: 'io2', Iops: 100 })).toBe('InvalidParameterValue');
  expect(await refusal('CreateVolume', { ...at, Size: 10, Encrypted: false })).toBe('InvalidParameterValue');
  expect(await refusal('CreateVolume', { ...at, AvailabilityZone: 'us-east-1b', Size: 10 })).toBe('InvalidParameterValue');
  expect(await refusal('CreateVolume', { ...at, OutpostArn: `${rack.outpostArn.slice(0, -1)}x`, Size: 10 })).toBe('InvalidOutpostArn.NotFound');
});

test('what the rack does not have: provisioned initialization, and the upper half of gp3', async () => {
  const { call, refusal, pass, rack, source } = await withRack({ storage: { gp3: 100_000 } });
  const { SnapshotId } = await call('CreateSnapshot', { VolumeId: source.volumeIds[1] });
  await pass(3600);
  const at = { AvailabilityZone: rack.zone, OutpostArn: rack.outpostArn, VolumeType: 'gp3' as const };
  expect(await refusal('CreateVolume', { ...at, SnapshotId, VolumeInitializationRate: 200 })).toBe('InvalidParameterCombination');
  for (const shape of [{ Size: 20_000 }, { Size: 100, Iops: 20_000 }, { Size: 100, Iops: 8000, Throughput: 1500 }]) {
    expect(await refusal('CreateVolume', { ...at, ...shape })).toBe('InvalidParameterValue');
    await call('CreateVolume', { ...shape, AvailabilityZone: rack.zone, VolumeType: 'gp3' });
  }
  expect((await call('CreateVolume', { ...at, SnapshotId })).SnapshotId).toBe(SnapshotId);
});

test('a volume attaches to instances of its own rack only, though the zone is the same', async () => {
  const { call, refusal, pass, rack, source, launch } = await withRack();
  const { VolumeId: onRack } = await call('CreateVolume', { AvailabilityZone: rack.zone, OutpostArn: rack.outpostArn, Size: 10, VolumeType: 'gp3' });
  const { VolumeId: inRegion } = await call('CreateVolume', { AvailabilityZone: rack.zone, Size: 10, VolumeType: 'gp3' });
  const { Instances } = await call('RunInstances', launch);
  await pass(60);
  const InstanceId = Instances![0]!.InstanceId;
  expect(await refusal('AttachVolume', { VolumeId: onRack, InstanceId: source.instanceId, Device: '/dev/sdp' })).toBe('InvalidVolume.ZoneMismatch');
  expect(await refusal('AttachVolume', { VolumeId: inRegion, InstanceId, Device: '/dev/sdp' })).toBe('InvalidVolume.ZoneMismatch');
  expect((await call('AttachVolume', { VolumeId: onRack, InstanceId, Device: '/dev/sdp' })).State).toBe('attaching');
  expect(await refusal('CopyVolumes', { SourceVolumeId: onRack, VolumeType: 'gp3' })).toBe('UnsupportedOperation');
});

test('offerings at Outposts are what is installed there', async () => {
  const { call, rack } = await withRack();
  const at = async (arn: string) => (await call('DescribeInstanceTypeOfferings', { LocationType: 'outpost', Filters: [{ Name: 'location', Values: [arn] }] }))
    .InstanceTypeOfferings!.map(each => each.InstanceType).sort();
  expect(await at(rack.outpostArn)).toEqual(['m5.large', 'm5.xlarge']);
  expect(await at('arn:aws:outposts:us-east-1:111122223333:outpost/op-00000000000000000')).toEqual([]);
});

test('cut off from the Region it takes no orders, and what runs there runs on', async () => {
  const { account, call, refusal, pass, instance, rack, launch } = await withRack();
  const { Instances } = await call('RunInstances', launch);
  await pass(60);
  const InstanceIds = [Instances![0]!.InstanceId!];
  account.outposts.disconnect(rack.outpostArn, account.clock.now(), account.clock.now() + 3_600_000);
  expect(await Promise.all([
    refusal('RunInstances', launch), refusal('StopInstances', { InstanceIds }), refusal('TerminateInstances', { InstanceIds }),
    refusal('CreateVolume', { AvailabilityZone: rack.zone, OutpostArn: rack.outpostArn, Size: 10 }),
    refusal('CreateSnapshots', { InstanceSpecification: { InstanceId: InstanceIds[0] } }),
  ])).toEqual(Array(5).fill('ServiceUnavailable'));
  expect((await instance(InstanceIds[0]!)).State!.Name).toBe('running');
  await pass(3600);
  await call('StopInstances', { InstanceIds });
});
