import { world } from './world';

const copy = { VolumeType: 'gp3' as const };

async function withSource(spec: object = { size: 100, written: 50 }) {
  const it = world();
  const { instanceId, volumeIds: [root, data] } = it.ec2.addInstance({ volumes: [{}, spec] });
  return { ...it, instanceId, root: root!, data: data! };
}

describe('CopyVolumes', () => {
  test('gives a copy of this instant, usable in seconds, initialised in the background', async () => {
    const { account, ec2, call, pass, volume, data } = await withSource();
    ec2.write(data, 1, 'before');
    const { Volumes: [made] } = await call('CopyVolumes', { SourceVolumeId: data, ...copy, TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'a', Value: 'b' }] }] });
    expect(made).toMatchObject({ State: 'creating', SourceVolumeId: data, SnapshotId: '', Size: 100, VolumeType: 'gp3', AvailabilityZone: 'us-east-1a', Tags: [{ Key: 'a', Value: 'b' }] });
    ec2.write(data, 1, 'after');
    ec2.write(made!.VolumeId!, 2, 'own');
    await pass(10);
    expect((await volume(made!.VolumeId!)).State).toBe('available');
    expect(ec2.content(made!.VolumeId!)).toEqual(new Map([[1, 'before'], [2, 'own']]));
    expect(ec2.content(data)).toEqual(new Map([[1, 'after']]));
    const status = async () => (await call('DescribeVolumeStatus', { VolumeIds: [made!.VolumeId!] })).VolumeStatuses![0]!.InitializationStatusDetails!;
    expect(await status()).toMatchObject({ InitializationType: 'volume-copy', Progress: 0 });
    // 50 GiB of up to six hours for a TiB
    await pass(6 * 3600 * 50 / 1024);
    expect(await status()).toMatchObject({ Progress: 100 });
    expect(account.events.log.map(event => (event.detail as { event?: string }).event)).toContain('initializeVolume');
  });

  test('the type is gp2 unless said, tags are not inherited, a copy can only grow', async () => {
    const { call, refusal, data } = await withSource({ size: 100, tags: { a: 'b' } });
    expect((await call('CopyVolumes', { SourceVolumeId: data, Size: 200 })).Volumes[0]).toMatchObject({ VolumeType: 'gp2', Size: 200, Tags: [] });
    expect(await refusal('CopyVolumes', { SourceVolumeId: data, Size: 50 })).toBe('InvalidParameterValue');
    expect(await refusal('CopyVolumes', { SourceVolumeId: data, VolumeType: 'io2' })).toBe('MissingParameter');
    expect(await refusal('CopyVolumes', { SourceVolumeId: data, ...copy, MultiAttachEnabled: true })).toBe('InvalidParameterCombination');
    expect(await refusal('CopyVolumes', { SourceVolumeId: 'vol-0badbadbadbadbad0' })).toBe('InvalidVolume.NotFound');
  });

  test('one at a time of a source, none of a copy that is not whole, and five in the Region', async () => {
    const { ec2, call, refusal, pass, data } = await withSource();
    const { Volumes: [first] } = await call('CopyVolumes', { SourceVolumeId: data, ...copy });
    await pass(10);
    expect(await refusal('CopyVolumes', { SourceVolumeId: data, ...copy })).toBe('ConcurrentCopyVolumeLimitExceeded');
    expect(await refusal('CopyVolumes', { SourceVolumeId: first!.VolumeId!, ...copy })).toBe('IncorrectState');
    const { volumeIds } = ec2.addInstance({ volumes: Array.from({ length: 5 }, () => ({ size: 10 })) });
    for (const SourceVolumeId of volumeIds.slice(0, 4)) await call('CopyVolumes', { SourceVolumeId, ...copy });
    expect(await refusal('CopyVolumes', { SourceVolumeId: volumeIds[4]!, ...copy })).toBe('CopyVolumesLimitExceeded');
    await pass(6 * 3600);
    await call('CopyVolumes', { SourceVolumeId: data, ...copy });
  });

  test('what is encrypted stays so, and deleting the source does not stop a copy', async () => {
    const { ec2, call, pass, volume } = world();
    const { volumeIds: [plain, secret] } = ec2.addInstance({ volumes: [{}, { encrypted: true }] });
    expect((await call('CopyVolumes', { SourceVolumeId: secret!, Encrypted: false, ...copy })).Volumes[0]).toMatchObject({ Encrypted: true, KmsKeyId: ec2.get(ec2.volumes, secret!).KmsKeyId });
    const { Volumes: [made] } = await call('CopyVolumes', { SourceVolumeId: plain!, Encrypted: true, ...copy });
    expect(made).toMatchObject({ Encrypted: true });
    ec2.volumes.delete(plain!);
    await pass(10);
    expect((await volume(made!.VolumeId!)).State).toBe('available');
  });
});

describe('CreateReplaceRootVolumeTask', () => {
  async function withCopy() {
    const it = await withSource();
    const { Volumes: [made] } = await it.call('CopyVolumes', { SourceVolumeId: it.root, ...copy });
    await it.pass(10);
    const placeholder = it.ec2.addInstance({});
    return { ...it, copyId: made!.VolumeId!, placeholder: placeholder.instanceId, old: placeholder.volumeIds[0]! };
  }
  const task = async (it: Awaited<ReturnType<typeof withCopy>>) =>
    (await it.call('DescribeReplaceRootVolumeTasks', { Filters: [{ Name: 'instance-id', Values: [it.placeholder] }] })).ReplaceRootVolumeTasks[0]!;

  test('swaps the root of a running instance for an existing volume, and reboots it', async () => {
    const it = await withCopy();
    const { ReplaceRootVolumeTask: made } = await it.call('CreateReplaceRootVolumeTask', { InstanceId: it.placeholder, VolumeId: it.copyId, DeleteReplacedRootVolume: true });
    expect(made).toMatchObject({ TaskState: 'pending', InstanceId: it.placeholder });
    await it.pass(30);
    expect(await task(it)).toMatchObject({ TaskState: 'in-progress' });
    await it.pass(120);
    expect(await task(it)).toMatchObject({ TaskState: 'succeeded', ReplaceRootVolumeTaskId: made.ReplaceRootVolumeTaskId });
    const [mapping] = (await it.instance(it.placeholder)).BlockDeviceMappings!;
    // delete-on-termination is not handed over
    expect(mapping).toMatchObject({ DeviceName: '/dev/xvda', Ebs: { VolumeId: it.copyId, Status: 'attached', DeleteOnTermination: false } });
    expect(it.ec2.volumes.has(it.old)).toBe(false);
    expect(it.ec2.get(it.ec2.instanceModels, it.placeholder).reboots).toBe(1);
    expect((await it.instance(it.placeholder)).State!.Name).toBe('running');
  });

  test('what EC2 asks of the volume and of the instance', async () => {
    const it = await withCopy();
    const replace = (VolumeId: string, InstanceId = it.placeholder) => it.refusal('CreateReplaceRootVolumeTask', { InstanceId, VolumeId });
    expect(await replace(it.data)).toBe('IncorrectState');
    const elsewhere = await it.call('CreateVolume', { AvailabilityZone: 'us-east-1b', Size: 8 });
    await it.pass(10);
    expect(await replace(elsewhere.VolumeId!)).toBe('InvalidVolume.ZoneMismatch');
    it.ec2.get(it.ec2.volumes, it.old).Encrypted = true;
    expect(await replace(it.copyId)).toBe('InvalidParameterValue');
    it.ec2.get(it.ec2.volumes, it.old).Encrypted = false;
    const windows = it.ec2.addInstance({ platform: { windows: true } });
    expect(await replace(it.copyId, windows.instanceId)).toBe('InvalidParameterValue');
    const stopped = it.ec2.addInstance({ state: 'stopped' });
    expect(await replace(it.copyId, stopped.instanceId)).toBe('IncorrectInstanceState');
    it.ec2.get(it.ec2.instances, it.placeholder).InstanceType = 'm5.metal';
    expect(await replace(it.copyId)).toBe('UnsupportedOperation');
  });

  test.each(['failed', 'failed-detached'] as const)('may end as %s', async how => {
    const it = await withCopy();
    it.ec2.rootReplacementFails = how;
    await it.call('CreateReplaceRootVolumeTask', { InstanceId: it.placeholder, VolumeId: it.copyId });
    await it.pass(120);
    expect(await task(it)).toMatchObject({ TaskState: how });
    expect((await it.instance(it.placeholder)).BlockDeviceMappings).toHaveLength(how === 'failed' ? 1 : 0);
  });
});
