import type { RunInstancesRequest } from '@aws-sdk/client-ec2';
import { world } from './world';

async function launchable(options: Parameters<ReturnType<typeof world>['ec2']['addInstance']>[0] = {}) {
  const it = world();
  const added = it.ec2.addInstance({ type: 'm5.large', ...options });
  const imageId = await it.image(added.instanceId);
  const request = (more: Partial<RunInstancesRequest> = {}): RunInstancesRequest => ({
    ImageId: imageId, InstanceType: 'm5.large', MinCount: 1, MaxCount: 1, SubnetId: added.subnetId, ...more,
  });
  return { ...it, ...added, imageId, request };
}

test('an instance is pending, running, and minutes later both its checks have passed', async () => {
  const { account, call, pass, instance, request } = await launchable();
  const { Instances } = await call('RunInstances', request({ KeyName: undefined, TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'clone' }] }] }));
  const id = Instances![0]!.InstanceId!;
  expect(Instances![0]).toMatchObject({ State: { Code: 0, Name: 'pending' }, StateReason: { Code: 'pending', Message: 'pending' }, BlockDeviceMappings: [] });
  await pass(31);
  expect(await instance(id)).toMatchObject({ State: { Code: 16, Name: 'running' }, BlockDeviceMappings: [{ Ebs: { Status: 'attached' } }], MetadataOptions: { State: 'applied' } });
  const status = async () => (await call('DescribeInstanceStatus', { InstanceIds: [id] })).InstanceStatuses![0]!;
  expect(await status()).toMatchObject({ InstanceStatus: { Status: 'initializing' }, SystemStatus: { Status: 'initializing' } });
  await pass(180);
  expect(await status()).toMatchObject({ InstanceStatus: { Status: 'ok' }, SystemStatus: { Status: 'ok' }, AttachedEbsStatus: { Status: 'ok' } });
  const states = account.events.log.filter(event => event['detail-type'] === 'EC2 Instance State-change Notification').map(event => (event.detail as { state: string }).state);
  expect(states.slice(-2)).toEqual(['pending', 'running']);
});

test('everything that is tagged is tagged by the call itself', async () => {
  const { ec2, call, request } = await launchable();
  const tag = (value: string) => [{ Key: 'of', Value: value }];
  const { Instances } = await call('RunInstances', request({
    TagSpecifications: (['instance', 'volume', 'network-interface'] as const).map(type => ({ ResourceType: type, Tags: tag(type) })),
  }));
  const made = ec2.get(ec2.instances, Instances![0]!.InstanceId!);
  expect(made.Tags).toEqual(tag('instance'));
  expect(ec2.get(ec2.volumes, made.BlockDeviceMappings[0]!.Ebs!.VolumeId!).Tags).toEqual(tag('volume'));
  expect(ec2.get(ec2.networkInterfaces, made.NetworkInterfaces[0]!.NetworkInterfaceId!).TagSet).toEqual(tag('network-interface'));
});

test('volumes: the image\'s, changed, left out and added to', async () => {
  const { ec2, call, pass, request, volumeIds } = await launchable({ volumes: [{ size: 8 }, { size: 50 }] });
  ec2.write(volumeIds[1]!, 3, 'x');
  const { SnapshotId } = await call('CreateSnapshot', { VolumeId: volumeIds[1]! });
  await pass(3600);
  const { Instances } = await call('RunInstances', request({
    BlockDeviceMappings: [
      { DeviceName: '/dev/xvda', Ebs: { VolumeSize: 20, VolumeType: 'gp3', Iops: 4000 } },
      { DeviceName: '/dev/sdf', Ebs: { SnapshotId, DeleteOnTermination: false, VolumeType: 'io2', Iops: 500, Encrypted: true } },
    ],
  }));
  const made = ec2.get(ec2.instances, Instances![0]!.InstanceId!).BlockDeviceMappings.map(each => ec2.get(ec2.volumes, each.Ebs!.VolumeId!));
  expect(made).toMatchObject([
    { Size: 20, VolumeType: 'gp3', Iops: 4000, Attachments: [{ Device: '/dev/xvda', DeleteOnTermination: true }] },
    { Size: 50, VolumeType: 'io2', Iops: 500, Encrypted: true, SnapshotId, Attachments: [{ Device: '/dev/sdf', DeleteOnTermination: false }] },
  ]);
  expect(ec2.content(made[1]!.VolumeId).get(3)).toBe('x');
});

describe('refused', () => {
  test.each<[string, Partial<RunInstancesRequest>]>([
    ['InvalidAMIID.NotFound', { ImageId: 'ami-0123456789abcdef0' }],
    ['InvalidParameterValue', { InstanceType: 'm9.huge' as 'm5.large' }],
    ['InvalidParameterValue', { InstanceType: 't4g.micro' }], // arm64
    ['InvalidSubnetID.NotFound', { SubnetId: 'subnet-0123456789abcdef0' }],
    ['InvalidKeyPair.NotFound', { KeyName: 'nobody' }],
    ['InvalidParameterValue', { IamInstanceProfile: { Name: 'nobody' } }],
    ['InvalidGroup.NotFound', { SecurityGroupIds: ['sg-0123456789abcdef0'] }],
    ['InvalidParameterCombination', { NetworkInterfaces: [{ DeviceIndex: 0 }] }], // and a subnet
    ['InvalidParameterCombination', { SubnetId: undefined, SecurityGroupIds: ['sg-1'], NetworkInterfaces: [{ DeviceIndex: 0 }] }],
    ['InvalidParameterCombination', { SubnetId: undefined, NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: true }, { DeviceIndex: 1 }] }],
    ['AttachmentLimitExceeded', { SubnetId: undefined, NetworkInterfaces: [0, 1, 2, 3].map(DeviceIndex => ({ DeviceIndex })) }],
    ['InvalidParameterValue', { SubnetId: undefined, NetworkInterfaces: [{ DeviceIndex: 0 }, { DeviceIndex: 0 }] }],
    ['InvalidParameterValue', { PrivateIpAddress: '10.9.9.9' }],
    ['InvalidIPAddress.InUse', { PrivateIpAddress: '172.31.0.4' }],
    ['InvalidParameterValue', { UserData: 'not base64 !' }],
    ['InvalidParameterValue', { UserData: Buffer.alloc(16_385).toString('base64') }],
    ['InvalidParameterCombination', { CreditSpecification: { CpuCredits: 'unlimited' } }],
    ['InvalidParameterCombination', { CpuOptions: { CoreCount: 1 } }],
    ['InvalidParameterCombination', { HibernationOptions: { Configured: true }, EnclaveOptions: { Enabled: true } }],
    ['InvalidPlacementGroup.Unknown', { Placement: { GroupName: 'nobody' } }],
    ['InvalidParameterCombination', { Placement: { GroupName: 'a', GroupId: 'b' } }],
    ['InvalidParameterValue', { Placement: { AvailabilityZone: 'us-east-1b' } }], // the subnet is in a
    ['InvalidBlockDeviceMapping', { BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 4 } }] }],
    ['InvalidParameterDependency', { BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { KmsKeyId: 'alias/x' } }] }],
    ['InvalidParameterValue', { MinCount: 2, MaxCount: 1 }],
    ['InvalidParameterValue', { TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: 'a' }] }] }],
    ['InvalidParameterValue', { TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'aws:x', Value: '' }] }] }],
    ['NotEmulated', { LaunchTemplate: { LaunchTemplateName: 'x' } }],
    ['InvalidParameterCombination', {
      CapacityReservationSpecification: { CapacityReservationPreference: 'open', CapacityReservationTarget: { CapacityReservationId: 'cr-1' } },
    }],
  ])('%s: %j', async (code, more) => {
    const { refusal, request } = await launchable();
    expect(await refusal('RunInstances', request(more))).toBe(code);
  });

  test('an image that is pending', async () => {
    const { call, refusal, request, instanceId } = await launchable();
    const { ImageId } = await call('CreateImage', { InstanceId: instanceId, Name: 'young', NoReboot: true });
    expect(await refusal('RunInstances', request({ ImageId }))).toBe('InvalidAMIID.Unavailable');
  });

  test('more vCPUs than the quota of the family', async () => {
    const { account, call, refusal, request } = await launchable();
    account.quotas.set('L-1216C47A', 5);
    await call('RunInstances', request());
    expect(await refusal('RunInstances', request())).toBe('VcpuLimitExceeded');
  });

  test('more addresses than the subnet has; between the counts, as many as fit', async () => {
    const { ec2, call, refusal, request, subnetId } = await launchable();
    ec2.get(ec2.subnets, subnetId).AvailableIpAddressCount = 2;
    expect(await refusal('RunInstances', request({ MinCount: 3, MaxCount: 3 }))).toBe('InsufficientFreeAddressesInSubnet');
    expect((await call('RunInstances', request({ MinCount: 1, MaxCount: 3 }))).Instances).toHaveLength(2);
    expect((await call('DescribeSubnets', { SubnetIds: [subnetId] })).Subnets![0]!.AvailableIpAddressCount).toBe(0);
  });

  test('capacity, by a fault', async () => {
    const { account, refusal, request } = await launchable();
    account.fail('RunInstances', 'InsufficientInstanceCapacity');
    expect(await refusal('RunInstances', request())).toBe('InsufficientInstanceCapacity');
  });
});

test('a key out of reach: the instance comes, and ends with Client.InternalError', async () => {
  const { call, pass, instance, request, ec2 } = await launchable();
  const key = ec2.keys.create();
  ec2.keys.disable(key.arn);
  const { Instances } = await call('RunInstances', request({ BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true, KmsKeyId: key.arn } }] }));
  const id = Instances![0]!.InstanceId!;
  expect((await instance(id)).State!.Name).toBe('pending');
  await pass(60);
  expect(await instance(id)).toMatchObject({ State: { Name: 'terminated' }, StateReason: { Code: 'Client.InternalError' } });
  expect([...ec2.volumes.values()].filter(each => each.KmsKeyId === key.arn)).toEqual([]);
});

test('a client token: the same instances again, never more, and none after they were terminated', async () => {
  const { call, refusal, pass, request } = await launchable();
  const first = await call('RunInstances', request({ ClientToken: 'one' }));
  await pass(60);
  const again = await call('RunInstances', request({ ClientToken: 'one' }));
  expect(again.Instances![0]).toMatchObject({ InstanceId: first.Instances![0]!.InstanceId, State: { Name: 'running' } });
  expect(await refusal('RunInstances', request({ ClientToken: 'one', InstanceType: 'm5.xlarge' }))).toBe('IdempotentParameterMismatch');
  await call('TerminateInstances', { InstanceIds: [first.Instances![0]!.InstanceId!] });
  expect(await refusal('RunInstances', request({ ClientToken: 'one' }))).toBe('IdempotentInstanceTerminated');
});

test('interfaces: counts of addresses, descriptions, several subnets of a zone, an existing one', async () => {
  const { ec2, call, request } = await launchable();
  const { Instances } = await call('RunInstances', request({
    SubnetId: undefined, InstanceType: 'm5.xlarge',
    NetworkInterfaces: [{ DeviceIndex: 0, SecondaryPrivateIpAddressCount: 2, Description: 'front' }, { DeviceIndex: 1, DeleteOnTermination: false }],
  }));
  const [front, back] = Instances![0]!.NetworkInterfaces!;
  expect(front).toMatchObject({ Description: 'front', Attachment: { DeviceIndex: 0, DeleteOnTermination: true } });
  expect(front!.PrivateIpAddresses).toHaveLength(3);
  expect(back!.Attachment).toMatchObject({ DeviceIndex: 1, DeleteOnTermination: false });
  // several interfaces: no public address, though the subnet gives them
  expect(Instances![0]!.PublicIpAddress).toBeUndefined();
  const used = [...ec2.networkInterfaces.values()].flatMap(each => each.PrivateIpAddresses.map(address => address.PrivateIpAddress));
  expect(new Set(used).size).toBe(used.length);
});

test('where nothing is visible yet, a Describe right after the launch says NotFound', async () => {
  const { account, call, refusal, pass, request } = await launchable();
  account.consistency.describeLag = 3;
  const id = (await call('RunInstances', request())).Instances![0]!.InstanceId!;
  expect(await refusal('DescribeInstances', { InstanceIds: [id] })).toBe('InvalidInstanceID.NotFound');
  await pass(3);
  expect((await call('DescribeInstances', { InstanceIds: [id] })).Reservations).toHaveLength(1);
});
