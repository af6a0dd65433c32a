import { world } from './world';

test('stop and start: states, reasons, addresses', async () => {
  const { ec2, call, pass, instance } = world();
  const { instanceId } = ec2.addInstance({ publicIp: true });
  expect((await instance(instanceId)).PublicIpAddress).toBeDefined();
  expect(await call('StopInstances', { InstanceIds: [instanceId] })).toEqual({
    StoppingInstances: [{ InstanceId: instanceId, CurrentState: { Code: 64, Name: 'stopping' }, PreviousState: { Code: 16, Name: 'running' } }],
  });
  await pass(60);
  const stopped = await instance(instanceId);
  expect(stopped).toMatchObject({
    State: { Code: 80, Name: 'stopped' }, StateTransitionReason: 'User initiated (2026-01-05 09:00:00 GMT)',
    StateReason: { Code: 'Client.UserInitiatedShutdown', Message: 'Client.UserInitiatedShutdown: User initiated shutdown' },
  });
  expect(stopped.PublicIpAddress).toBeUndefined();
  expect((await call('StartInstances', { InstanceIds: [instanceId] })).StartingInstances![0]).toMatchObject({ CurrentState: { Code: 0, Name: 'pending' } });
  await pass(60);
  expect((await instance(instanceId)).State!.Name).toBe('running');
});

test('termination: shutting down, terminated, and after a while not described any more', async () => {
  const { ec2, call, refusal, pass, instance } = world();
  const { instanceId, volumeIds: [root, data], networkInterfaceIds: [primary, second] } = ec2.addInstance({
    volumes: [{}, { deleteOnTermination: false }], interfaces: [{}, { deleteOnTermination: false }],
  });
  expect((await call('TerminateInstances', { InstanceIds: [instanceId] })).TerminatingInstances![0]!.CurrentState).toEqual({ Code: 32, Name: 'shutting-down' });
  await pass(60);
  expect(await instance(instanceId)).toMatchObject({ State: { Code: 48, Name: 'terminated' }, BlockDeviceMappings: [], NetworkInterfaces: [] });
  expect(ec2.volumes.has(root!)).toBe(false);
  expect(ec2.get(ec2.volumes, data!)).toMatchObject({ State: 'available', Attachments: [] });
  expect(ec2.networkInterfaces.has(primary!)).toBe(false);
  expect(ec2.get(ec2.networkInterfaces, second!)).toMatchObject({ Status: 'available' });
  await call('DeleteNetworkInterface', { NetworkInterfaceId: second });
  expect(await refusal('DeleteNetworkInterface', { NetworkInterfaceId: second })).toBe('InvalidNetworkInterfaceID.NotFound');
  // once more is no error
  await call('TerminateInstances', { InstanceIds: [instanceId] });
  await pass(3600);
  expect(await refusal('DescribeInstances', { InstanceIds: [instanceId] })).toBe('InvalidInstanceID.NotFound');
});

test('protections keep an instance up, all instances of the call included', async () => {
  const { ec2, call, refusal } = world();
  const { instanceId } = ec2.addInstance({ terminationProtection: true, stopProtection: true });
  const { instanceId: other } = ec2.addInstance();
  expect(await refusal('TerminateInstances', { InstanceIds: [other, instanceId] })).toBe('OperationNotPermitted');
  expect(await refusal('StopInstances', { InstanceIds: [other, instanceId] })).toBe('OperationNotPermitted');
  expect(ec2.get(ec2.instances, other).State.Name).toBe('running');
  await call('ModifyInstanceAttribute', { InstanceId: instanceId, DisableApiTermination: { Value: false } });
  await call('TerminateInstances', { InstanceIds: [instanceId] });
  expect(await refusal('StopInstances', { InstanceIds: [instanceId] })).toBe('IncorrectInstanceState');
  const { instanceId: third } = ec2.addInstance({ stopProtection: true });
  await call('ModifyInstanceAttribute', { InstanceId: third, DisableApiStop: { Value: false } });
  await call('StopInstances', { InstanceIds: [third] });
});

test('a start counts against the quota', async () => {
  const { account, ec2, call, refusal, pass } = world();
  const { instanceId } = ec2.addInstance();
  await call('StopInstances', { InstanceIds: [instanceId] });
  expect(await refusal('StartInstances', { InstanceIds: [instanceId] })).toBe('IncorrectInstanceState');
  await pass(60);
  account.quotas.set('L-1216C47A', 1);
  expect(await refusal('StartInstances', { InstanceIds: [instanceId] })).toBe('VcpuLimitExceeded');
});

describe('attributes', () => {
  test('what DescribeInstances does not tell', async () => {
    const { ec2, call, refusal } = world();
    const { instanceId } = ec2.addInstance({ userData: '#!/bin/sh\n', terminationProtection: true, shutdownBehavior: 'terminate', type: 't3.micro' });
    const attribute = (Attribute: 'userData') => call('DescribeInstanceAttribute', { InstanceId: instanceId, Attribute });
    expect(await attribute('userData')).toEqual({ InstanceId: instanceId, UserData: { Value: Buffer.from('#!/bin/sh\n').toString('base64') } });
    expect(await attribute('disableApiTermination' as never)).toMatchObject({ DisableApiTermination: { Value: true } });
    expect(await attribute('disableApiStop' as never)).toMatchObject({ DisableApiStop: { Value: false } });
    expect(await attribute('instanceInitiatedShutdownBehavior' as never)).toMatchObject({ InstanceInitiatedShutdownBehavior: { Value: 'terminate' } });
    expect(await refusal('DescribeInstanceAttribute', { InstanceId: instanceId, Attribute: 'enaSupport' })).toBe('InvalidParameterValue');
    expect((await call('DescribeInstanceCreditSpecifications', { InstanceIds: [instanceId] })).InstanceCreditSpecifications)
      .toEqual([{ InstanceId: instanceId, CpuCredits: 'unlimited' }]);
    expect(ec2.instanceModels.get(ec2.addInstance({ type: 't2.micro' }).instanceId)!.cpuCredits).toBe('standard');
  });

  test('one at a time, and some only while the instance is stopped', async () => {
    const { ec2, refusal } = world();
    const { instanceId } = ec2.addInstance();
    const modify = (more: object) => refusal('ModifyInstanceAttribute', { InstanceId: instanceId, ...more });
    expect(await modify({ DisableApiStop: { Value: true }, DisableApiTermination: { Value: true } })).toBe('InvalidParameterCombination');
    expect(await modify({})).toBe('InvalidParameterCombination');
    expect(await modify({ InstanceType: { Value: 'm5.xlarge' } })).toBe('IncorrectInstanceState');
    expect(await modify({ UserData: { Value: Buffer.from('x') } })).toBe('IncorrectInstanceState');
  });

  test('source/dest check and delete-on-termination show on both sides', async () => {
    const { ec2, call, instance, volume } = world();
    const { instanceId, networkInterfaceIds: [eni], volumeIds: [root] } = ec2.addInstance();
    await call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId: eni, SourceDestCheck: { Value: false } });
    expect(await instance(instanceId)).toMatchObject({ SourceDestCheck: false, NetworkInterfaces: [{ SourceDestCheck: false }] });
    await call('ModifyInstanceAttribute', { InstanceId: instanceId, BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: false } }] });
    expect((await volume(root!)).Attachments![0]!.DeleteOnTermination).toBe(false);
    expect((await instance(instanceId)).BlockDeviceMappings![0]!.Ebs!.DeleteOnTermination).toBe(false);
  });

  test('UEFI variables of an instance that boots with UEFI, and of no other', async () => {
    const { ec2, call, refusal } = world();
    const { instanceId } = ec2.addInstance({ bootMode: 'uefi', uefiData: 'QU1aTlVFRkk=' });
    expect(await call('GetInstanceUefiData', { InstanceId: instanceId })).toEqual({ InstanceId: instanceId, UefiData: 'QU1aTlVFRkk=' });
    expect(await refusal('GetInstanceUefiData', { InstanceId: ec2.addInstance().instanceId })).toBe('UnsupportedOperation');
  });

  test('what a service manages is not for its owner to change', async () => {
    const { ec2, refusal } = world();
    const { instanceId, volumeIds: [, data] } = ec2.addInstance({ operator: { Managed: true, Principal: 'eks.amazonaws.com' }, volumes: [{}, {}] });
    expect(await refusal('DetachVolume', { VolumeId: data! })).toBe('OperationNotPermitted');
    expect(await refusal('ModifyInstanceAttribute', { InstanceId: instanceId, DisableApiStop: { Value: true } })).toBe('OperationNotPermitted');
  });
});

test('status: running instances only, unless all are asked for; an impaired guest fails its check', async () => {
  const { ec2, call } = world();
  const { instanceId } = ec2.addInstance({ impaired: true });
  ec2.addInstance({ state: 'stopped' });
  const { InstanceStatuses } = await call('DescribeInstanceStatus', {});
  expect(InstanceStatuses).toHaveLength(1);
  expect(InstanceStatuses![0]).toMatchObject({ InstanceId: instanceId, InstanceStatus: { Status: 'impaired' }, SystemStatus: { Status: 'ok' } });
  expect((await call('DescribeInstanceStatus', { IncludeAllInstances: true })).InstanceStatuses).toHaveLength(2);
});

describe('instance types', () => {
  test('as AWS describes them', async () => {
    const { call, refusal } = world();
    const { InstanceTypes } = await call('DescribeInstanceTypes', { InstanceTypes: ['m5d.large', 't2.micro'] });
    expect(InstanceTypes).toMatchObject([
      { Hypervisor: 'nitro', VCpuInfo: { DefaultVCpus: 2, DefaultCores: 1, DefaultThreadsPerCore: 2 }, MemoryInfo: { SizeInMiB: 8192 },
        InstanceStorageInfo: { TotalSizeInGB: 75, Disks: [{ SizeInGB: 75, Count: 1, Type: 'ssd' }], NvmeSupport: 'required' } },
      { Hypervisor: 'xen', InstanceStorageSupported: false, BurstablePerformanceSupported: true, NetworkInfo: { MaximumNetworkInterfaces: 2, EnaSupport: 'unsupported' } },
    ]);
    expect(await refusal('DescribeInstanceTypes', { InstanceTypes: ['m9.huge' as 'm5.large'] })).toBe('InvalidInstanceType');
  });

  test('where they are offered', async () => {
    const { ec2, call } = world();
    ec2.notOffered.add('m5.large us-east-1b');
    const { InstanceTypeOfferings } = await call('DescribeInstanceTypeOfferings', { LocationType: 'availability-zone', Filters: [{ Name: 'instance-type', Values: ['m5.large'] }] });
    expect(InstanceTypeOfferings!.map(each => each.Location)).toEqual(['us-east-1a', 'us-east-1c']);
  });
});

test.each(['DescribeInstances', 'StopInstances', 'TerminateInstances'])('%s: one missing instance is named alone, several together', async operation => {
  const { ec2, call } = world();
  const { instanceId } = ec2.addInstance({});
  const missing = ['i-0f5d8ccc56c69fae4', 'i-12345678'];
  await expect(call(operation, { InstanceIds: [instanceId, missing[0]!] })).rejects.toMatchObject({
    name: 'InvalidInstanceID.NotFound', message: "The instance ID 'i-0f5d8ccc56c69fae4' does not exist",
  });
  await expect(call(operation, { InstanceIds: [missing[0]!, instanceId, missing[1]!] })).rejects.toMatchObject({
    name: 'InvalidInstanceID.NotFound', message: "The instance IDs 'i-0f5d8ccc56c69fae4, i-12345678' do not exist",
  });
  expect((await call('DescribeInstances', { InstanceIds: [instanceId] })).Reservations![0]!.Instances![0]!.State!.Name).toBe('running');
});
