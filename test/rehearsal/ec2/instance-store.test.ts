import { world } from './world';
import { scheduleEvent } from '../../../rehearsal/cloud/ec2/scheduled-events';

test.each([
  ['m5d.large', 1, 75e9, false], ['m5d.4xlarge', 2, 300e9, false], ['i3en.large', 1, 1250e9, true], ['i3en.2xlarge', 2, 2500e9, true],
  ['i4i.large', 1, 468e9, true], ['m6id.large', 1, 118e9, true], ['c6gd.large', 1, 118e9, false], ['m5.large', 0, 0, false],
])('%s has %d disks of %d bytes; encryption in transit: %p', async (type, count, bytes, encrypted) => {
  const it = world();
  const { instanceId } = it.ec2.addInstance({ type });
  expect(it.ec2.instanceStores.of(instanceId).map(disk => disk.bytes)).toEqual(Array<number>(count).fill(bytes));
  const { InstanceTypes } = await it.call('DescribeInstanceTypes', { InstanceTypes: [type as 'm5.large'] });
  expect(InstanceTypes![0]!.NetworkInfo!.EncryptionInTransitSupported).toBe(encrypted);
  expect(InstanceTypes![0]!.InstanceStorageInfo?.Disks).toEqual(count === 0 ? undefined : [{ Count: count, SizeInGB: bytes / 1e9, Type: 'ssd' }]);
});

test('instance store keeps its content while its instance runs, and is erased when that is stopped or terminated', async () => {
  const it = world();
  const { instanceId } = it.ec2.addInstance({ type: 'i3en.large' });
  const disk = () => it.ec2.instanceStores.of(instanceId)[0];
  const first = disk()!;
  first.blocks.write(7, 'a row');
  await it.pass(3600);
  expect(disk()!.blocks.read(7)).toBe('a row');
  await it.call('StopInstances', { InstanceIds: [instanceId] });
  expect((await it.instance(instanceId)).State!.Name).toBe('stopping');
  await it.pass(60);
  expect([(await it.instance(instanceId)).State!.Name, disk()]).toEqual(['stopped', undefined]);
  await it.call('StartInstances', { InstanceIds: [instanceId] });
  await it.pass(60);
  expect((await it.instance(instanceId)).State!.Name).toBe('running');
  expect(disk()!.blocks.all().size).toBe(0);
  expect(disk()!.serial).not.toBe(first.serial);
  disk()!.blocks.write(1, 'x');
  await it.call('TerminateInstances', { InstanceIds: [instanceId] });
  await it.pass(60);
  expect(disk()).toBeUndefined();
});

test('a retirement is told, can be asked for, stops the instance when its time has come, and is then completed', async () => {
  const it = world();
  const { instanceId } = it.ec2.addInstance({ type: 'i3en.large' });
  it.ec2.addInstance();
  await it.pass(600);
  const notBefore = it.account.clock.now() + 24 * 3_600_000;
  const event = scheduleEvent(it.ec2, instanceId, { code: 'instance-retirement', notBefore });
  const { InstanceStatuses } = await it.call('DescribeInstanceStatus', { Filters: [{ Name: 'event.code', Values: ['instance-retirement'] }] });
  expect(InstanceStatuses).toEqual([expect.objectContaining({
    InstanceId: instanceId, InstanceStatus: expect.objectContaining({ Status: 'ok' }),
    Events: [{
      InstanceEventId: event.InstanceEventId, Code: 'instance-retirement', Description: 'The instance is running on degraded hardware', NotBefore: new Date(notBefore),
    }],
  })]);
  await it.pass(24 * 3600 + 120);
  expect((await it.instance(instanceId)).State!.Name).toBe('stopped');
  const all = await it.call('DescribeInstanceStatus', { IncludeAllInstances: true, InstanceIds: [instanceId] });
  expect(all.InstanceStatuses![0]!.Events![0]!.Description).toBe('[Completed] The instance is running on degraded hardware');
  await it.pass(8 * 24 * 3600);
  expect((await it.call('DescribeInstanceStatus', { IncludeAllInstances: true, InstanceIds: [instanceId] })).InstanceStatuses![0]!.Events).toBeUndefined();
});

test('who stops and starts the instance in time has left the host, and nothing stops it later', async () => {
  const it = world();
  const { instanceId } = it.ec2.addInstance();
  scheduleEvent(it.ec2, instanceId, { code: 'instance-stop', notBefore: it.account.clock.now() + 3_600_000 });
  await it.call('StopInstances', { InstanceIds: [instanceId] });
  await it.pass(60);
  await it.call('StartInstances', { InstanceIds: [instanceId] });
  await it.pass(7200);
  expect((await it.instance(instanceId)).State!.Name).toBe('running');
});
