import { handler as areReady } from '../../lambda/clone/are-snapshots-ready';
import { handler as discardImage } from '../../lambda/clone/discard-image';
import { handler as isImageReady } from '../../lambda/clone/is-image-ready';
import { handler as makeImage } from '../../lambda/clone/make-image';
import { handler as snapshotVolumes } from '../../lambda/clone/snapshot-volumes';
import { imageName } from '../../lambda/shared/image-name';
import type { Plan } from '../../lambda/shared/plan/plan';
import { awsError, fakeAws, tags } from './support/fake-aws';
import { EXECUTION, OWNER, planFor, SOURCE_ID, STEP } from './support/fixtures';

const MINE = { 'instance-mobility:owner': OWNER, 'instance-mobility:execution': EXECUTION, 'instance-mobility:source': SOURCE_ID, 'instance-mobility:set': '0' };
const START = new Date('2026-01-05T09:00:00Z');
const [ROOT, DATA] = ['vol-0000000000000000a', 'vol-0000000000000000b'];
const snapshot = (SnapshotId: string, VolumeId: string, over: object = {}) => ({ SnapshotId, VolumeId, StartTime: START, State: 'pending', VolumeSize: 100, Tags: tags(MINE), ...over });
const plan = { ...planFor(), checks: [] } as Plan;
const lease = { table: 't', instanceId: SOURCE_ID, token: 1 };
const since = () => new Date().toISOString();

describe('snapshot volumes', () => {
  test('asks for one set of all volumes, tagged from the start', async () => {
    const calls = fakeAws({ DescribeSnapshots: () => ({}), CreateSnapshots: () => ({ Snapshots: [snapshot('snap-a', ROOT), snapshot('snap-b', DATA)] }) });
    const answer = await snapshotVolumes({ ...STEP, plan: { ...plan, tags: { Stage: 'x' } }, route: 'register-image', attempt: 0 });
    expect(answer).toEqual({
      imageId: null,
      snapshots: [
        { snapshotId: 'snap-a', volumeId: ROOT, device: '/dev/xvda', startTime: '2026-01-05T09:00:00.000Z' },
        { snapshotId: 'snap-b', volumeId: DATA, device: '/dev/sdf', startTime: '2026-01-05T09:00:00.000Z' },
      ],
    });
    expect(calls.at(-1)?.input).toMatchObject({
      InstanceSpecification: { InstanceId: SOURCE_ID }, TagSpecifications: [{ ResourceType: 'snapshot', Tags: tags({ Stage: 'x', ...MINE }) }],
    });
  });

  test('leaves excluded volumes out', async () => {
    const calls = fakeAws({ DescribeSnapshots: () => ({}), CreateSnapshots: () => ({ Snapshots: [] }) });
    const without = { ...planFor({ strategy: 'snapshot', volumes: { '/dev/sdf': { exclude: true } } }), checks: [] };
    await snapshotVolumes({ ...STEP, plan: without, route: 'register-image', attempt: 0 });
    expect(calls.at(-1)?.input['InstanceSpecification']).toEqual({ InstanceId: SOURCE_ID, ExcludeDataVolumeIds: [DATA] });
  });

  test('finds the set of an earlier call, takes the oldest and deletes what is too much', async () => {
    const later = new Date(START.getTime() + 20_000);
    const calls = fakeAws({
      DescribeSnapshots: () => ({ Snapshots: [
        snapshot('snap-c', ROOT, { StartTime: later }), snapshot('snap-d', DATA, { StartTime: later }), snapshot('snap-a', ROOT), snapshot('snap-b', DATA),
        snapshot('snap-x', DATA, { StartTime: new Date(0), Tags: tags({ ...MINE, 'instance-mobility:execution': `${EXECUTION}0` }) }), // a filter's wildcard caught another's
      ] }),
      DeleteSnapshot: () => ({}),
    });
    const { snapshots } = await snapshotVolumes({ ...STEP, plan, route: 'register-image', attempt: 0 });
    expect(snapshots.map(({ snapshotId }) => snapshotId)).toEqual(['snap-a', 'snap-b']);
    expect(calls.filter(({ command }) => command === 'DeleteSnapshot').map(({ input }) => input['SnapshotId'])).toEqual(['snap-c', 'snap-d']);
    expect(calls.some(({ command }) => command === 'CreateSnapshots')).toBe(false);
  });

  test('a backup of a clone\'s volume with its tags copied is not taken for one of the set', async () => {
    const copied = tags({ 'instance-mobility:owner': OWNER, 'instance-mobility:execution': EXECUTION });
    const calls = fakeAws({ DescribeSnapshots: () => ({ Snapshots: [snapshot('snap-a', ROOT), snapshot('snap-x', 'vol-clone', { Tags: copied })] }), DeleteSnapshot: () => ({}), DeregisterImage: () => ({}) });
    await discardImage({ ...STEP, imageId: null, attempt: 0 });
    expect(calls.filter(({ command }) => command === 'DeleteSnapshot').map(({ input }) => input['SnapshotId'])).toEqual(['snap-a']);
  });

  test('a set that can be seen only in part is waited for, not made again', async () => {
    fakeAws({ DescribeSnapshots: () => ({ Snapshots: [snapshot('snap-a', ROOT)] }) });
    await expect(snapshotVolumes({ ...STEP, plan, route: 'register-image', attempt: 0 })).rejects.toMatchObject({ name: 'SnapshotsNotVisible', message: expect.stringContaining('/dev/sdf') });
  });

  test('EC2\'s errors keep their names', async () => {
    fakeAws({ DescribeSnapshots: () => ({}), CreateSnapshots: () => { throw awsError('SnapshotCreationPerVolumeRateExceeded'); } });
    await expect(snapshotVolumes({ ...STEP, plan, route: 'register-image', attempt: 0 })).rejects.toMatchObject({ name: 'SnapshotCreationPerVolumeRateExceeded' });
  });

  test('on the other route CreateImage never reboots, and a lost answer is found by the name', async () => {
    let made = 0;
    const calls = fakeAws({
      DescribeImages: () => ({ Images: made > 0 ? [{ ImageId: 'ami-1', Name: imageName(EXECUTION, 0), Tags: tags(MINE) }] : [] }),
      CreateImage: () => { made += 1; throw awsError('InvalidAMIName.Duplicate'); },
      DescribeSnapshots: () => ({ Snapshots: [snapshot('snap-a', ROOT)] }),
    });
    const without = { ...planFor({ strategy: 'snapshot', volumes: { '/dev/sdf': { exclude: true } } }), checks: [] };
    expect(await snapshotVolumes({ ...STEP, plan: without, route: 'create-image', attempt: 0 })).toMatchObject({ imageId: 'ami-1', snapshots: [{ snapshotId: 'snap-a' }] });
    expect(calls.find(({ command }) => command === 'CreateImage')?.input).toMatchObject({ NoReboot: true, BlockDeviceMappings: [{ DeviceName: '/dev/sdf', NoDevice: '' }] });
    await snapshotVolumes({ ...STEP, plan: without, route: 'create-image', attempt: 0 });
    expect(made).toBe(1);
  });

  test('a frozen source stays so until every snapshot of the image is seen', async () => {
    fakeAws({ DescribeImages: () => ({ Images: [] }), CreateImage: () => ({ ImageId: 'ami-1' }), DescribeSnapshots: () => ({ Snapshots: [snapshot('snap-a', ROOT)] }) });
    const frozen = { ...plan, freeze: true };
    await expect(snapshotVolumes({ ...STEP, plan: frozen, route: 'create-image', attempt: 0 })).rejects.toMatchObject({ name: 'SnapshotsNotVisible' });
  });
});

describe('are snapshots ready', () => {
  const ask = (Snapshots: object[], from = since()) => {
    const calls = fakeAws({ UpdateItem: () => ({}), DescribeSnapshots: () => ({ Snapshots }), CreateTags: () => ({}) });
    return { calls, answer: areReady({ ...STEP, plan, attempt: 0, lease, since: from }) };
  };

  test('tells progress by size, tags each with its device, and renews the lease', async () => {
    const { calls, answer } = ask([snapshot('snap-a', ROOT, { State: 'completed', VolumeSize: 8 }), snapshot('snap-b', DATA, { Progress: '50%' })]);
    expect(await answer).toMatchObject({ ready: false, progress: 53, waitSeconds: 10 });
    expect(calls.filter(({ command }) => command === 'CreateTags').map(({ input }) => [input['Resources'], input['Tags']])).toEqual([
      [['snap-a'], tags({ 'instance-mobility:device': '/dev/xvda' })], [['snap-b'], tags({ 'instance-mobility:device': '/dev/sdf' })]]);
    expect(calls[0]?.command).toBe('UpdateItem');
  });

  test('all completed is ready; tags that are there are not set again', async () => {
    const tagged = (device: string) => ({ State: 'completed', Tags: tags({ ...MINE, 'instance-mobility:device': device }) });
    const { calls, answer } = ask([snapshot('snap-a', ROOT, tagged('/dev/xvda')), snapshot('snap-b', DATA, tagged('/dev/sdf'))]);
    expect(await answer).toMatchObject({ ready: true, snapshots: [{ snapshotId: 'snap-a' }, { snapshotId: 'snap-b' }] });
    expect(calls.map(({ command }) => command)).not.toContain('CreateTags');
  });

  test('a failed one tells why', async () => {
    const { answer } = ask([snapshot('snap-a', ROOT), snapshot('snap-b', DATA, { State: 'error', StateMessage: 'Given key ID is not accessible' })]);
    await expect(answer).rejects.toMatchObject({ name: 'SnapshotFailed', message: expect.stringContaining('Given key ID is not accessible') });
  });

  test('two sets of a repeated call never mix, in whatever order EC2 lists them: each is of another instant', async () => {
    const later = { StartTime: new Date(START.getTime() + 20_000), State: 'completed' };
    const all = [snapshot('snap-a', ROOT, { State: 'completed' }), snapshot('snap-d', DATA, later), snapshot('snap-c', ROOT, later), snapshot('snap-b', DATA, { State: 'completed' })];
    for (const listed of [all, [...all].reverse()]) {
      expect((await ask(listed).answer).snapshots.map(({ snapshotId }) => snapshotId)).toEqual(['snap-a', 'snap-b']);
    }
    // of the first only a part can be seen yet: the second is whole
    expect(await ask(all.slice(0, 3)).answer).toMatchObject({ ready: true, snapshots: [{ snapshotId: 'snap-c' }, { snapshotId: 'snap-d' }] });
    // neither is whole yet
    const parts = [snapshot('snap-a', ROOT, { State: 'completed' }), snapshot('snap-c', ROOT, later)];
    expect(await ask(parts).answer).toMatchObject({ ready: false, snapshots: [{ snapshotId: 'snap-a' }] });
  });

  test('the snapshots of an image may begin at different instants', async () => {
    const { answer } = ask([snapshot('snap-a', ROOT, { State: 'completed' }), snapshot('snap-b', DATA, { State: 'completed', StartTime: new Date(START.getTime() + 40) })]);
    expect(await answer).toMatchObject({ ready: true });
  });

  test('one in the recycle bin will not come back by itself', async () => {
    await expect(ask([snapshot('snap-a', ROOT), snapshot('snap-b', DATA, { State: 'recoverable' })]).answer).rejects.toMatchObject({ name: 'SnapshotFailed' });
  });

  test('a missing one may come yet, but not after ten minutes', async () => {
    expect(await ask([snapshot('snap-a', ROOT, { State: 'completed' })]).answer).toMatchObject({ ready: false });
    await expect(ask([snapshot('snap-a', ROOT)], new Date(Date.now() - 601_000).toISOString()).answer).rejects.toMatchObject({ name: 'SnapshotFailed' });
  });

  test('without the lease nothing goes on', async () => {
    fakeAws({ UpdateItem: () => { throw awsError('LeaseLost'); } });
    await expect(areReady({ ...STEP, plan, attempt: 0, lease, since: since() })).rejects.toMatchObject({ name: 'LeaseLost' });
  });

  test('the longer it takes the rarer it is looked at: six hours in fewer than sixty turns', async () => {
    let waited = 0;
    let turns = 0;
    for (; waited < 6 * 3600; turns += 1) {
      waited += (await ask([snapshot('snap-a', ROOT), snapshot('snap-b', DATA)], new Date(Date.now() - waited * 1000).toISOString()).answer).waitSeconds;
    }
    expect(turns).toBeLessThan(60);
  });
});

describe('make image', () => {
  const snapshots = [{ snapshotId: 'snap-a', volumeId: ROOT, device: '/dev/xvda', startTime: '' }, { snapshotId: 'snap-b', volumeId: DATA, device: '/dev/sdf', startTime: '' }];
  const input = { ...STEP, plan, route: 'register-image' as const, attempt: 0, snapshots, imageId: null };

  test('says every attribute, and the UEFI variables go from call to call', async () => {
    const calls = fakeAws({ DescribeImages: () => ({}), GetInstanceUefiData: () => ({ UefiData: 'c2VjcmV0' }), RegisterImage: () => ({ ImageId: 'ami-1' }) });
    const answer = await makeImage(input);
    expect(answer).toEqual({ imageId: 'ami-1' });
    const said = calls.at(-1)?.input;
    expect(said).toMatchObject({
      Name: imageName(EXECUTION, 0), Architecture: 'x86_64', VirtualizationType: 'hvm', EnaSupport: true, RootDeviceName: '/dev/xvda', BootMode: 'uefi-preferred', ImdsSupport: 'v2.0', UefiData: 'c2VjcmV0',
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: 'snap-a' } }],
    });
    expect(said).not.toHaveProperty('TpmSupport');
  });

  test('another\'s image under that name is not taken for ours', async () => {
    fakeAws({ DescribeImages: () => ({ Images: [{ ImageId: 'ami-9', Name: imageName(EXECUTION, 0), Tags: [] }] }) });
    await expect(makeImage(input)).rejects.toMatchObject({ name: 'ImageNameTaken', message: expect.stringContaining('ami-9') });
  });

  test('a name that is taken but not to be seen yet is EC2\'s error', async () => {
    fakeAws({ DescribeImages: () => ({}), GetInstanceUefiData: () => ({}), RegisterImage: () => { throw awsError('InvalidAMIName.Duplicate'); } });
    await expect(makeImage(input)).rejects.toMatchObject({ name: 'InvalidAMIName.Duplicate' });
  });

  test('on the other route the image is there already', async () => {
    const calls = fakeAws({});
    expect(await makeImage({ ...input, route: 'create-image', imageId: 'ami-7' })).toEqual({ imageId: 'ami-7' });
    expect(calls).toEqual([]);
  });
});

describe('is image ready', () => {
  const ask = (image: object | undefined, route: 'register-image' | 'create-image' = 'register-image', from = since()) => {
    fakeAws({ UpdateItem: () => ({}), DescribeImages: () => { if (!image) throw awsError('InvalidAMIID.NotFound'); return { Images: [image] }; } });
    return isImageReady({ ...STEP, plan, route, imageId: 'ami-1', lease, since: from });
  };
  const RIGHT = { State: 'available', PlatformDetails: 'Linux/UNIX', UsageOperation: 'RunInstances' };

  test.each<[string, object | undefined, string]>([
    ['available', RIGHT, 'available'], ['pending', { State: 'pending' }, 'pending'], ['not to be seen yet', undefined, 'pending'],
    ['of another platform', { ...RIGHT, PlatformDetails: 'Red Hat Enterprise Linux' }, 'wrong-platform'], ['of another usage', { ...RIGHT, UsageOperation: 'RunInstances:0010' }, 'wrong-platform'],
    ['without platform', { State: 'available' }, 'wrong-platform'],
  ])('%s', async (_, image, state) => expect(await ask(image)).toMatchObject({ state }));

  test('failed tells why', () => expect(ask({ State: 'failed', StateReason: { Message: 'Client.InternalError' } })).rejects.toMatchObject({ name: 'ImageFailed', message: expect.stringContaining('Client.InternalError') }));
  test('gone', () => expect(ask(undefined, 'register-image', new Date(0).toISOString())).rejects.toMatchObject({ name: 'ImageFailed' }));
  test('CreateImage has nothing to fall back to', () => expect(ask({ ...RIGHT, PlatformDetails: 'x' }, 'create-image')).rejects.toMatchObject({ name: 'PlatformLost' }));
});

test('discard image removes the image before its snapshots, and does nothing twice', async () => {
  const calls = fakeAws({
    DeregisterImage: () => { throw awsError('InvalidAMIID.NotFound'); }, DescribeSnapshots: () => ({ Snapshots: [snapshot('snap-a', ROOT)] }),
    DeleteSnapshot: () => { throw awsError('InvalidSnapshot.NotFound'); },
  });
  expect(await discardImage({ ...STEP, imageId: 'ami-1', attempt: 0 })).toEqual({ route: 'create-image' });
  expect(calls.map(({ command }) => command)).toEqual(['DeregisterImage', 'DescribeSnapshots', 'DeleteSnapshot']);
});
