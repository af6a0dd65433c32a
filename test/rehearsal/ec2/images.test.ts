import type { RegisterImageRequest } from '@aws-sdk/client-ec2';
import { world } from './world';

async function completed() {
  const it = world();
  const added = it.ec2.addInstance({ name: 'db', volumes: [{ size: 8 }, { size: 20, type: 'gp2' }] });
  const { SnapshotId } = await it.call('CreateSnapshot', { VolumeId: added.volumeIds[0]! });
  await it.pass(3600);
  const register = (more: Partial<RegisterImageRequest> = {}): RegisterImageRequest => ({
    Name: 'clone of db', RootDeviceName: '/dev/xvda', BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId } }], ...more,
  });
  return { ...it, ...added, SnapshotId: SnapshotId!, register };
}

describe('RegisterImage', () => {
  test('its defaults are those of 2008, and what they make does not run on today\'s types', async () => {
    const { ec2, call, refusal, pass, register, subnetId } = await completed();
    const { ImageId } = await call('RegisterImage', register());
    await pass(60);
    const image = (await call('DescribeImages', { ImageIds: [ImageId!] })).Images![0]!;
    expect(image).toMatchObject({ Architecture: 'i386', VirtualizationType: 'paravirtual', EnaSupport: false, State: 'available' });
    const run = (InstanceType: string) => refusal('RunInstances', { ImageId, InstanceType: InstanceType as 'm5.large', MinCount: 1, MaxCount: 1, SubnetId: subnetId });
    expect(await run('m5.large')).toBe('InvalidParameterValue');
    expect(await run('t2.micro')).toBe('InvalidParameterCombination');
    Object.assign(ec2.get(ec2.images, ImageId!), { Architecture: 'x86_64', VirtualizationType: 'hvm' });
    expect(await run('m5.large')).toBe('InvalidParameterCombination'); // ENA
  });

  test('platform details come from the snapshot; a scenario may let them be missing there', async () => {
    const { ec2, call, pass } = world();
    const { volumeIds: [root] } = ec2.addInstance({ platform: { PlatformDetails: 'Red Hat Enterprise Linux', UsageOperation: 'RunInstances:0010' } });
    const { SnapshotId } = await call('CreateSnapshot', { VolumeId: root! });
    await pass(3600);
    const platform = async (Name: string) => {
      const { ImageId } = await call('RegisterImage', { Name, RootDeviceName: '/dev/xvda', BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId } }] });
      const { PlatformDetails, UsageOperation } = (await call('DescribeImages', { ImageIds: [ImageId!] })).Images![0]!;
      return [PlatformDetails, UsageOperation];
    };
    expect(await platform('one')).toEqual(['Red Hat Enterprise Linux', 'RunInstances:0010']);
    ec2.platformFromSnapshot = () => undefined;
    expect(await platform('two')).toEqual(['Linux/UNIX', 'RunInstances']);
  });

  test('encryption can not be given, nor an initialisation rate, nor a size below the snapshot\'s', async () => {
    const { refusal, register, SnapshotId } = await completed();
    const refused = (ebs: object) => refusal('RegisterImage', register({ BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId, ...ebs } }] }));
    expect(await refused({ Encrypted: true })).toBe('InvalidBlockDeviceMapping');
    expect(await refused({ Encrypted: false })).toBe('InvalidBlockDeviceMapping');
    expect(await refused({ VolumeInitializationRate: 200 })).toBe('InvalidParameterCombination');
    expect(await refused({ VolumeSize: 4 })).toBe('InvalidBlockDeviceMapping');
  });

  test('names are taken until some time after deregistration', async () => {
    const { call, refusal, pass, register } = await completed();
    const { ImageId } = await call('RegisterImage', register());
    expect(await refusal('RegisterImage', register())).toBe('InvalidAMIName.Duplicate');
    await call('DeregisterImage', { ImageId });
    expect(await refusal('RegisterImage', register())).toBe('InvalidAMIName.Duplicate');
    await pass(60);
    await call('RegisterImage', register());
    expect(await refusal('RegisterImage', register({ Name: 'a*' }))).toBe('InvalidAMIName.Malformed');
  });
});

describe('CreateImage', () => {
  test('is pending until its snapshots are complete, keeps platform and billing, and leaves the guest alone with NoReboot', async () => {
    const { account, ec2, call, pass } = world();
    const { instanceId, volumeIds } = ec2.addInstance({ platform: { windows: true }, volumes: [{ size: 30 }, { size: 20 }] });
    const { ImageId } = await call('CreateImage', { InstanceId: instanceId, Name: 'windows', NoReboot: true });
    const image = async () => (await call('DescribeImages', { ImageIds: [ImageId!] })).Images![0]!;
    expect((await image()).State).toBe('pending');
    await pass(3600);
    expect(await image()).toMatchObject({
      State: 'available', Platform: 'windows', PlatformDetails: 'Windows', UsageOperation: 'RunInstances:0002', SourceInstanceId: instanceId,
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 30 } }, { DeviceName: '/dev/sdf', Ebs: { VolumeSize: 20 } }],
    });
    expect([...ec2.snapshots.values()].map(each => each.VolumeId)).toEqual(volumeIds);
    expect(ec2.instanceModels.get(instanceId)!.reboots).toBe(0);
    expect(account.events.log.at(-1)).toMatchObject({ 'detail-type': 'EC2 AMI State Change', 'detail': { State: 'available' } });
  });

  test('without NoReboot it reboots the source', async () => {
    const { ec2, call, pass } = world();
    const { instanceId } = ec2.addInstance();
    await call('CreateImage', { InstanceId: instanceId, Name: 'rebooted' });
    expect(ec2.instanceModels.get(instanceId)!.reboots).toBe(1);
    await pass(90);
    expect((await call('DescribeInstanceStatus', {})).InstanceStatuses![0]!.InstanceStatus!.Status).toBe('initializing');
  });

  test('two at once of one instance are refused, and so is encryption', async () => {
    const { ec2, call, refusal } = world();
    const { instanceId } = ec2.addInstance();
    expect(await refusal('CreateImage', {
      InstanceId: instanceId, Name: 'encrypted', BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true } }],
    })).toBe('InvalidBlockDeviceMapping');
    await call('CreateImage', { InstanceId: instanceId, Name: 'one', NoReboot: true });
    expect(await refusal('CreateImage', { InstanceId: instanceId, Name: 'two', NoReboot: true })).toBe('ConcurrentCreateImageNoRebootLimitExceeded');
  });

  test('an image whose snapshot failed has failed', async () => {
    const { ec2, call, pass } = world();
    const key = ec2.keys.create();
    const { instanceId } = ec2.addInstance({ volumes: [{ kmsKeyId: key.arn }] });
    ec2.keys.disable(key.arn);
    const { ImageId } = await call('CreateImage', { InstanceId: instanceId, Name: 'broken', NoReboot: true });
    await pass(3600);
    expect((await call('DescribeImages', { ImageIds: [ImageId!] })).Images![0]!.State).toBe('failed');
  });
});

test('DeregisterImage deletes the snapshots that no other image needs, where the caller may', async () => {
  const { account, ec2, call, pass, instanceId } = await completed();
  const { ImageId } = await call('CreateImage', { InstanceId: instanceId, Name: 'all', NoReboot: true });
  await pass(3600);
  const [root, data] = ec2.get(ec2.images, ImageId!).BlockDeviceMappings.map(each => each.Ebs!.SnapshotId!);
  await call('RegisterImage', { Name: 'other', RootDeviceName: '/dev/xvda', BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: root! } }] });
  const answer = await call('DeregisterImage', { ImageId, DeleteAssociatedSnapshots: true });
  expect(answer).toEqual({ Return: true, DeleteSnapshotResults: [{ SnapshotId: root, ReturnCode: 'skipped' }, { SnapshotId: data, ReturnCode: 'success' }] });
  expect([ec2.snapshots.has(root!), ec2.snapshots.has(data!)]).toEqual([true, false]);

  const { ImageId: second } = await call('CreateImage', { InstanceId: instanceId, Name: 'second', NoReboot: true });
  await pass(3600);
  account.gate = { decide: (_principal, need) => ({ allowed: need.action !== 'ec2:DeleteSnapshot' }) };
  const refused = await call('DeregisterImage', { ImageId: second, DeleteAssociatedSnapshots: true });
  expect(refused.DeleteSnapshotResults!.map(each => each.ReturnCode)).toEqual(['missing-permissions', 'missing-permissions']);
});
