import { world } from './world';

async function source(volumes = [{}, { size: 100, device: '/dev/sdf' }]) {
  const it = world();
  const added = it.ec2.addInstance({ name: 'db', volumes });
  return { ...it, ...added, root: added.volumeIds[0]!, data: added.volumeIds[1]! };
}

test('a snapshot is pending while its changed blocks are copied, and tells how far it is', async () => {
  const { ec2, call, pass, snapshot, data } = await source();
  const { SnapshotId, Progress, State } = await call('CreateSnapshot', { VolumeId: data });
  expect([State, Progress]).toEqual(['pending', '']);
  // 40 of 100 GiB are written: 40,960 MiB at 100 MiB/s
  await pass(205);
  expect(await snapshot(SnapshotId!)).toMatchObject({ State: 'pending', Progress: '50%' });
  await pass(206);
  expect(await snapshot(SnapshotId!)).toMatchObject({ State: 'completed', Progress: '100%', FullSnapshotSizeInBytes: 40 * 2 ** 30 });
  // the next one copies only what changed since
  ec2.write(data, 1, 'x');
  const next = await call('CreateSnapshot', { VolumeId: data });
  await pass(21);
  expect((await snapshot(next.SnapshotId!)).State).toBe('completed');
});

test('the rate and the least time of a snapshot are the scenario\'s to choose', async () => {
  const { ec2, call, pass, snapshot, data } = await source();
  ec2.timing.snapshotRate = 40 * 1024 / (6 * 3600);
  const { SnapshotId } = await call('CreateSnapshot', { VolumeId: data });
  await pass(3 * 3600);
  expect((await snapshot(SnapshotId!)).Progress).toBe('50%');
});

test('one call snapshots all volumes of an instance at the same instant', async () => {
  const { call, instanceId, root, data } = await source();
  const { Snapshots } = await call('CreateSnapshots', {
    InstanceSpecification: { InstanceId: instanceId }, TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: 'run', Value: '1' }] }],
  });
  expect(Snapshots!.map(each => each.VolumeId)).toEqual([root, data]);
  expect(new Set(Snapshots!.map(each => Number(each.StartTime))).size).toBe(1);
  expect(Snapshots![0]).toMatchObject({ State: 'pending', Progress: '', Tags: [{ Key: 'run', Value: '1' }] });
});

test('CopyTagsFromSource adds the tags of each volume', async () => {
  const { call, instanceId } = await source([{ tags: { disk: 'root' } }, { tags: { disk: 'data' } }] as never);
  const { Snapshots } = await call('CreateSnapshots', { InstanceSpecification: { InstanceId: instanceId }, CopyTagsFromSource: 'volume' });
  expect(Snapshots!.map(each => each.Tags)).toEqual([[{ Key: 'disk', Value: 'root' }], [{ Key: 'disk', Value: 'data' }]]);
});

describe('excluding volumes', () => {
  test('the boot volume, and data volumes by id', async () => {
    const { call, instanceId, data, root } = await source();
    const without = async (more: object) => (await call('CreateSnapshots', { InstanceSpecification: { InstanceId: instanceId, ...more } })).Snapshots!.map(each => each.VolumeId);
    expect(await without({ ExcludeBootVolume: true })).toEqual([data]);
    expect(await without({ ExcludeDataVolumeIds: [data] })).toEqual([root]);
  });

  test('the root volume is no data volume, at most 40 are named, and each is attached', async () => {
    const { refusal, instanceId, root } = await source();
    const refused = (ids: string[]) => refusal('CreateSnapshots', { InstanceSpecification: { InstanceId: instanceId, ExcludeDataVolumeIds: ids } });
    expect(await refused([root])).toBe('InvalidParameterValue');
    expect(await refused(['vol-0123456789abcdef0'])).toBe('InvalidParameterValue');
    expect(await refused(Array.from({ length: 41 }, (_, n) => `vol-${String(n).padStart(17, '0')}`))).toBe('InvalidParameterValue');
  });
});

describe('limits', () => {
  test('fifteen seconds between two snapshots of a volume', async () => {
    const { call, refusal, pass, root } = await source();
    await call('CreateSnapshot', { VolumeId: root });
    await pass(14);
    expect(await refusal('CreateSnapshot', { VolumeId: root })).toBe('SnapshotCreationPerVolumeRateExceeded');
    await pass(1);
    await call('CreateSnapshot', { VolumeId: root });
  });

  test.each([['gp3', 5, 100], ['st1', 1, 500], ['sc1', 1, 500]] as const)('%s: %i pending snapshots at once', async (type, most, size) => {
    const { ec2, call, refusal, pass, data } = await source([{}, { type, size }] as never);
    ec2.timing.snapshotLeast = 10_000;
    for (let n = 0; n < most; n++) {
      await call('CreateSnapshot', { VolumeId: data });
      await pass(15);
    }
    expect(await refusal('CreateSnapshot', { VolumeId: data })).toBe('ConcurrentSnapshotLimitExceeded');
  });

  test('a snapshot deleted while pending, and one in error, still count', async () => {
    const { ec2, call, refusal, pass, data } = await source([{}, { type: 'st1', size: 500 }] as never);
    ec2.timing.snapshotLeast = 1000;
    const { SnapshotId } = await call('CreateSnapshot', { VolumeId: data });
    await call('DeleteSnapshot', { SnapshotId });
    await pass(20);
    expect(await refusal('CreateSnapshot', { VolumeId: data })).toBe('ConcurrentSnapshotLimitExceeded');
    await pass(10_000);
    const again = await call('CreateSnapshot', { VolumeId: data });
    ec2.snapshots.get(again.SnapshotId!)!.State = 'error';
    await pass(20);
    expect(await refusal('CreateSnapshot', { VolumeId: data })).toBe('ConcurrentSnapshotLimitExceeded');
  });

  test('pending snapshots of the whole account', async () => {
    const { ec2, call, refusal, root, data } = await source();
    ec2.limits.pendingSnapshots = 1;
    await call('CreateSnapshot', { VolumeId: root });
    expect(await refusal('CreateSnapshot', { VolumeId: data })).toBe('PendingSnapshotLimitExceeded');
  });

  test('none of a set is taken when one volume may not be', async () => {
    const { ec2, call, refusal, instanceId, root } = await source();
    await call('CreateSnapshot', { VolumeId: root });
    expect(await refusal('CreateSnapshots', { InstanceSpecification: { InstanceId: instanceId } })).toBe('SnapshotCreationPerVolumeRateExceeded');
    expect(ec2.snapshots.size).toBe(1);
  });
});

test('a snapshot that an image needs can not be deleted', async () => {
  const { ec2, call, refusal, image, instanceId } = await source();
  const imageId = await image(instanceId);
  const SnapshotId = ec2.get(ec2.images, imageId).BlockDeviceMappings[0]!.Ebs!.SnapshotId!;
  expect(await refusal('DeleteSnapshot', { SnapshotId })).toBe('InvalidSnapshot.InUse');
  await call('DeregisterImage', { ImageId: imageId });
  await call('DeleteSnapshot', { SnapshotId });
  expect(await refusal('DescribeSnapshots', { SnapshotIds: [SnapshotId] })).toBe('InvalidSnapshot.NotFound');
});

test('a key that is out of reach shows later, and only in DescribeSnapshots; the whole set fails', async () => {
  const { account, ec2, call, pass } = world();
  const key = ec2.keys.create({ alias: 'alias/data' });
  const { instanceId } = ec2.addInstance({ volumes: [{}, { kmsKeyId: key.arn }] });
  ec2.keys.disable(key.arn);
  const { Snapshots } = await call('CreateSnapshots', { InstanceSpecification: { InstanceId: instanceId } });
  await pass(10);
  const found = (await call('DescribeSnapshots', { SnapshotIds: Snapshots!.map(each => each.SnapshotId!) })).Snapshots!;
  expect(found.map(each => each.State)).toEqual(['error', 'error']);
  expect(found[0]!.StateMessage).toBe('Given key ID is not accessible');
  expect(account.events.log.at(-1)).toMatchObject({ 'detail-type': 'EBS Multi-Volume Snapshots Completion Status', detail: { result: 'failed' } });
});

test('events tell a single snapshot and a set when they are complete', async () => {
  const { account, call, pass, root, instanceId } = await source();
  const { SnapshotId } = await call('CreateSnapshot', { VolumeId: root });
  await pass(100);
  expect(account.events.log.at(-1)).toMatchObject({
    'detail-type': 'EBS Snapshot Notification',
    'detail': { event: 'createSnapshot', result: 'succeeded', snapshot_id: `arn:aws:ec2::us-east-1:snapshot/${SnapshotId}` },
  });
  await call('CreateSnapshots', { InstanceSpecification: { InstanceId: instanceId } });
  await pass(2000);
  const sets = account.events.log.filter(event => event['detail-type'] === 'EBS Multi-Volume Snapshots Completion Status');
  expect(sets).toHaveLength(1);
});
