/** Local Zones: zones of the account that have less than the Region's own. */
import { world } from '../ec2/world';

const boston = 'us-east-1-bos-1a';

test('the zone is described with its group and parent', async () => {
  const { ec2, call } = world();
  ec2.addLocalZone({ name: boston });
  expect(await call('DescribeAvailabilityZones', { Filters: [{ Name: 'zone-type', Values: ['local-zone'] }] })).toEqual({
    AvailabilityZones: [expect.objectContaining({
      ZoneName: boston, ZoneId: 'use1-bos1-az1', GroupName: 'us-east-1-bos-1', NetworkBorderGroup: 'us-east-1-bos-1', ParentZoneName: 'us-east-1a', OptInStatus: 'opted-in',
    })],
  });
});

test('instances and volumes are in the zone, of its types, plain unless the zone encrypts everything', async () => {
  const { ec2, call, refusal, pass, image } = world();
  const { subnetId } = ec2.addLocalZone({ name: boston, slots: { 'm5.large': 1 }, storage: { gp2: 100 } });
  const source = ec2.addInstance({ type: 'm5.large' });
  const launch = {
    ImageId: await image(source.instanceId), InstanceType: 'm5.large' as const, MinCount: 1, MaxCount: 1, SubnetId: subnetId,
    BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeType: 'gp2' as const } }],
  };
  expect(await refusal('RunInstances', { ...launch, BlockDeviceMappings: [] })).toBe('InvalidParameterValue');
  const { Instances } = await call('RunInstances', launch);
  expect(Instances![0]!.Placement).toMatchObject({ AvailabilityZone: boston });
  expect(await refusal('RunInstances', launch)).toBe('InsufficientInstanceCapacity');
  const { VolumeId, Encrypted } = await call('CreateVolume', { AvailabilityZoneId: 'use1-bos1-az1', Size: 10 });
  expect(Encrypted).toBe(false);
  await pass(60);
  expect(await refusal('AttachVolume', { VolumeId, InstanceId: source.instanceId, Device: '/dev/sdp' })).toBe('InvalidVolume.ZoneMismatch');
  await call('AttachVolume', { VolumeId, InstanceId: Instances![0]!.InstanceId, Device: '/dev/sdp' });
  expect(await refusal('CopyVolumes', { SourceVolumeId: VolumeId })).toBe('UnsupportedOperation');
  ec2.addLocalZone({ name: 'us-east-1-chi-1a', encrypted: true });
  expect(await call('CreateVolume', { AvailabilityZone: 'us-east-1-chi-1a', Size: 10 })).toMatchObject({ Encrypted: true });
});

test('offerings name the zone with the types that it has', async () => {
  const { ec2, call } = world();
  ec2.addLocalZone({ name: boston, slots: { 'm5.large': 1 } });
  const { InstanceTypeOfferings } = await call('DescribeInstanceTypeOfferings', {
    LocationType: 'availability-zone', Filters: [{ Name: 'location', Values: [boston] }],
  });
  expect(InstanceTypeOfferings).toEqual([{ InstanceType: 'm5.large', LocationType: 'availability-zone', Location: boston }]);
});
