import { handler as rollBack } from '../../lambda/clone/roll-back';
import { handler as tidyUp } from '../../lambda/clone/tidy-up';
import { handler as sweep } from '../../lambda/janitor/sweep';
import type { Plan } from '../../lambda/shared/plan/plan';
import { awsError, fakeAws, tags } from './support/fake-aws';
import { EXECUTION, instance, OWNER, planFor, SOURCE_ID, STEP } from './support/fixtures';

const MINE = { 'instance-mobility:owner': OWNER, 'instance-mobility:execution': EXECUTION, 'instance-mobility:set': '0' };
const DONE = { ...MINE, 'instance-mobility:created-by': EXECUTION };
const OTHERS = { ...MINE, 'instance-mobility:execution': `${EXECUTION}-other` };

interface World { instances?: object[]; images?: object[]; snapshots?: object[]; volumes?: object[]; interfaces?: object[]; groups?: object[] }
function world({ instances = [], images = [], snapshots = [], volumes = [], interfaces = [], groups = [] }: World, more: Parameters<typeof fakeAws>[0] = {}) {
  return fakeAws({
    DescribeInstances: () => ({ Reservations: [{ Instances: instances }] }),
    DescribeImages: () => ({ Images: images }), DescribeSnapshots: () => ({ Snapshots: snapshots }),
    DescribeVolumes: () => ({ Volumes: volumes }), DescribeNetworkInterfaces: () => ({ NetworkInterfaces: interfaces }),
    DescribeSecurityGroups: () => ({ SecurityGroups: groups }),
    TerminateInstances: () => ({}), ModifyInstanceAttribute: () => ({}),
    DeregisterImage: () => ({}), DeleteSnapshot: () => ({}), DeleteVolume: () => ({}), DeleteNetworkInterface: () => ({}), DeleteSecurityGroup: () => ({}),
    ListSchedules: () => ({ Schedules: [] }),
    ...more,
  });
}
const made = (calls: ReturnType<typeof fakeAws>) => calls.filter(({ command }) => !/^(Describe|List)/.test(command)).map(({ command, input }) => `${command} ${Object.values(input).flat().join()}`);
const clone = (over: object = {}) => ({ InstanceId: 'i-clone', State: { Name: 'running' }, Tags: tags(MINE), ...over });
const begin = { ...STEP, sourceInstanceId: SOURCE_ID, scheduleGroup: 'schedules', polls: 0, quiet: false, removed: [], removedInAll: 0 };

describe('roll back', () => {
  test('terminates first and touches nothing else before that is over', async () => {
    const parts = { images: [{ ImageId: 'ami-1', Tags: tags(MINE) }], snapshots: [{ SnapshotId: 'snap-1', Tags: tags(MINE) }], volumes: [{ VolumeId: 'vol-1', Tags: tags(MINE) }] };
    const first = world({ instances: [clone()], ...parts });
    const answer = await rollBack(begin);
    expect(made(first)).toEqual(['TerminateInstances i-clone']);
    expect(answer).toMatchObject({ done: false, quiet: false, removed: [{ type: 'instance', id: 'i-clone' }] });
    expect(answer.leftOver.map(({ id }) => id)).toEqual(['ami-1', 'snap-1', 'vol-1']);

    const second = world({ instances: [clone({ State: { Name: 'shutting-down' } })], ...parts });
    expect(await rollBack({ ...begin, removed: answer.removed })).toMatchObject({ done: false, quiet: false });
    expect(made(second)).toEqual([]);

    const third = world({ instances: [clone({ State: { Name: 'terminated' } })], ...parts, interfaces: [{ NetworkInterfaceId: 'eni-1', TagSet: tags(MINE) }], groups: [{ GroupId: 'sg-1', Tags: tags(MINE) }] });
    const last = await rollBack({ ...begin, removed: answer.removed });
    expect(made(third)).toEqual(['DeregisterImage ami-1', 'DeleteSnapshot snap-1', 'DeleteVolume vol-1', 'DeleteNetworkInterface eni-1', 'DeleteSecurityGroup sg-1']);
    expect(last.removed.map(({ id }) => id)).toEqual(['i-clone', 'ami-1', 'snap-1', 'vol-1', 'eni-1', 'sg-1']);
  });

  test('is done only when two looks in a row find nothing: answers may have been lost', async () => {
    world({});
    const first = await rollBack(begin);
    expect(first).toMatchObject({ done: false, quiet: true });
    expect(await rollBack({ ...begin, quiet: first.quiet })).toMatchObject({ done: true, leftOver: [] });
  });

  test('what the recycle bin has is deleted already: nobody waits for it', async () => {
    const calls = world({ snapshots: [{ SnapshotId: 'snap-1', State: 'recoverable', Tags: tags(MINE) }] });
    const first = await rollBack(begin);
    expect(await rollBack({ ...begin, quiet: first.quiet })).toMatchObject({ done: true, removed: [], leftOver: [] });
    expect(made(calls)).toEqual([]);
  });

  test('terminates a fleet in few calls, and one by one what these refuse', async () => {
    const fleet = Array.from({ length: 250 }, (_, index) => clone({ InstanceId: `i-${index}` }));
    const calls = world({ instances: fleet }, {
      TerminateInstances: ({ InstanceIds }: { InstanceIds: string[] }) => { if (InstanceIds.length > 1 && InstanceIds.includes('i-249')) throw awsError('OperationNotPermitted'); return {}; },
    });
    const { removedInAll, removed, leftOver } = await rollBack(begin);
    expect(calls.filter(({ command }) => command === 'TerminateInstances').map(({ input }) => (input['InstanceIds'] as string[]).length)).toEqual([200, 50, ...Array<number>(50).fill(1)]);
    expect([removedInAll, removed.length, leftOver]).toEqual([250, 250, []]);
  });

  test('tells of thousands only some, and how many there are; being throttled in the midst it goes on in the next pass', async () => {
    const volumes = Array.from({ length: 900 }, (_, index) => ({ VolumeId: `vol-${index}`, State: 'available', Tags: tags(MINE) }));
    let left = 400;
    world({ volumes }, { DeleteVolume: () => { if (--left < 0) throw awsError('RequestLimitExceeded'); return {}; } });
    const answer = await rollBack(begin);
    expect(answer).toMatchObject({ done: false, quiet: false, removedInAll: 400, leftOverInAll: 500 });
    expect([answer.removed.length, answer.leftOver.length]).toEqual([300, 300]);
  });

  test('never touches what is finished, what is another execution\'s, or what a wildcard caught', async () => {
    const calls = world({ instances: [clone({ Tags: tags(DONE) })], snapshots: [{ SnapshotId: 'snap-x', Tags: tags(OTHERS) }, { SnapshotId: 'snap-y', Tags: tags({ ...MINE, 'instance-mobility:owner': 'Other' }) }] });
    expect(await rollBack(begin)).toMatchObject({ quiet: true });
    expect(made(calls)).toEqual([]);
  });

  test('never touches what somebody else made of a clone with its tags copied: a backup of its volumes', async () => {
    const copied = { 'instance-mobility:owner': OWNER, 'instance-mobility:execution': EXECUTION, 'instance-mobility:source': SOURCE_ID, 'instance-mobility:device': '/dev/sdf' };
    const calls = world({ snapshots: [{ SnapshotId: 'snap-backup', Tags: tags(copied) }], images: [{ ImageId: 'ami-backup', Tags: tags(copied) }] });
    expect(await rollBack(begin)).toMatchObject({ quiet: true, leftOver: [] });
    expect(made(calls)).toEqual([]);
  });

  test('a reason is short enough for the cause of an execution, however long EC2 speaks', async () => {
    world({ images: [{ ImageId: 'ami-1', Tags: tags(MINE) }] }, { DeregisterImage: () => { throw awsError('UnauthorizedOperation', `not allowed. Encoded authorization failure message: ${'x'.repeat(5000)}`); } });
    const { leftOver: [one] } = await rollBack(begin);
    expect(one?.reason).toMatch(/^UnauthorizedOperation: not allowed/);
    expect(one?.reason.length).toBeLessThan(400);
  });

  test('never touches the source, even under our tags and with a wrong id in the request', async () => {
    const parts = { instances: [clone({ InstanceId: SOURCE_ID })], snapshots: [{ SnapshotId: 'snap-1', Tags: tags({ ...MINE, 'instance-mobility:source': SOURCE_ID }) }] };
    for (const sourceInstanceId of [SOURCE_ID, { not: 'an id' }]) {
      const calls = world(parts);
      const { leftOver } = await rollBack({ ...begin, sourceInstanceId });
      expect(made(calls)).toEqual(['DeleteSnapshot snap-1']);
      expect(leftOver).toEqual([{ type: 'instance', id: SOURCE_ID, reason: 'it is the source, which is never removed' }]);
    }
  });

  test('takes protections off that tidy-up had set', async () => {
    let denied = 1;
    const calls = world({ instances: [clone()] }, { TerminateInstances: () => { if (denied-- > 0) throw awsError('OperationNotPermitted'); return {}; } });
    await rollBack(begin);
    expect(calls.filter(({ command }) => !/^(Describe|List)/.test(command)).map(({ command, input }) => [command, input['DisableApiTermination'] ?? input['DisableApiStop']])).toEqual([
      ['TerminateInstances', undefined], ['ModifyInstanceAttribute', { Value: false }], ['ModifyInstanceAttribute', { Value: false }], ['TerminateInstances', undefined]]);
  });

  test('what is gone already is removed; what can not be removed yet or ever is left over with its reason', async () => {
    world({ snapshots: [{ SnapshotId: 'snap-1', Tags: tags(MINE) }], volumes: [{ VolumeId: 'vol-1', Tags: tags(MINE) }], images: [{ ImageId: 'ami-1', Tags: tags(MINE) }] }, {
      DeleteSnapshot: () => { throw awsError('InvalidSnapshot.InUse', 'in use by ami-1'); }, DeleteVolume: () => { throw awsError('InvalidVolume.NotFound'); },
      DeregisterImage: () => { throw awsError('UnauthorizedOperation', 'not allowed'); },
    });
    const { removed, leftOver, quiet } = await rollBack(begin);
    expect(removed).toEqual([{ type: 'volume', id: 'vol-1' }]);
    expect(leftOver.map(({ id, reason }) => [id, reason])).toEqual([['ami-1', 'UnauthorizedOperation: not allowed'], ['snap-1', 'InvalidSnapshot.InUse: in use by ami-1']]);
    expect(quiet).toBe(false);
  });

  test('what is denied does not hold the roll back up; what takes long does not for ever', async () => {
    const denied = { DeregisterImage: () => { throw awsError('UnauthorizedOperation'); } };
    world({ images: [{ ImageId: 'ami-1', Tags: tags(MINE) }] }, denied);
    expect(await rollBack({ ...begin, quiet: true })).toMatchObject({ done: true, leftOver: [{ id: 'ami-1' }] });
    world({ instances: [clone({ State: { Name: 'shutting-down' } })] });
    expect(await rollBack({ ...begin, polls: 60 })).toMatchObject({ done: true, leftOver: [{ id: 'i-clone' }] });
  });

  test('throttling is retried by the workflow, under its own name', async () => {
    world({ snapshots: [{ SnapshotId: 'snap-1', Tags: tags(MINE) }] }, { DeleteSnapshot: () => { throw awsError('RequestLimitExceeded'); } });
    await expect(rollBack(begin)).rejects.toMatchObject({ name: 'RequestLimitExceeded' });
  });

  test('looks on every page', async () => {
    const calls = world({}, { DescribeSnapshots: ({ NextToken }: { NextToken?: string }) => (NextToken ? { Snapshots: [{ SnapshotId: 'snap-2', Tags: tags(MINE) }] } : { Snapshots: [], NextToken: 'more' }) });
    await rollBack(begin);
    expect(made(calls)).toEqual(['DeleteSnapshot snap-2']);
  });
});

describe('sweep', () => {
  const input = JSON.stringify({ sourceInstanceId: SOURCE_ID });
  const execution = (status: string) => ({ DescribeExecution: () => ({ status, input }), UpdateItem: () => ({}) });
  const janitor = { execution: 'arn:aws:states:eu-west-1:111122223333:execution:Janitor:run-9', owner: OWNER, table: 't', scheduleGroup: 'schedules' };
  const snapshots = [{ SnapshotId: 'snap-1', Tags: tags(MINE) }];

  test('an execution that was stopped is cleaned up after, and its lease freed', async () => {
    const calls = world({ snapshots }, execution('ABORTED'));
    expect(await sweep({ ...janitor, executionToSweep: EXECUTION })).toMatchObject({ clean: false, removed: [{ id: 'snap-1' }] });
    expect(calls.find(({ command }) => command === 'UpdateItem')?.input).toMatchObject({ Key: { pk: { S: `lease#${SOURCE_ID}` } }, ExpressionAttributeValues: { ':holder': { S: EXECUTION } } });
    world({}, execution('ABORTED'));
    expect(await sweep({ ...janitor, executionToSweep: EXECUTION })).toEqual({ clean: true, removed: [], leftOver: [] });
  });

  test('an execution that an alarm had started frees the clone that the alarm is named after', async () => {
    const named = JSON.stringify({ alarmName: 'Test-Clone-Shares-i-0123456789abcdef1-vol-0123456789abcdef0' });
    const calls = world({}, { DescribeExecution: () => ({ status: 'ABORTED', input: named }), UpdateItem: () => ({}) });
    await sweep({ ...janitor, executionToSweep: EXECUTION });
    expect(calls.filter(({ command }) => command === 'UpdateItem').map(({ input: item }) => item['Key'])).toEqual([{ pk: { S: 'lease#i-0123456789abcdef1' } }]);
  });

  test('an execution that runs is left alone', async () => {
    const calls = world({ snapshots }, execution('RUNNING'));
    expect(await sweep({ ...janitor, executionToSweep: null })).toEqual({ clean: true, removed: [], leftOver: [] });
    expect(made(calls)).toEqual([]);
  });

  test('what is finished while the sweep is under way is not litter any more', async () => {
    const clone_ = { ...clone(), Tags: tags(MINE) };
    const calls = world({ instances: [clone_] }, { UpdateItem: () => ({}), DescribeExecution: () => { clone_.Tags = tags(DONE); return { status: 'SUCCEEDED', input }; } });
    expect(await sweep({ ...janitor, executionToSweep: null })).toMatchObject({ removed: [] });
    expect(made(calls).filter(call => !call.startsWith('UpdateItem'))).toEqual([]);
  });

  test('the daily sweep asks for each execution that left something, and takes a forgotten one for over', async () => {
    const calls = world({ snapshots: [...snapshots, { SnapshotId: 'snap-2', Tags: tags(OTHERS) }] }, {
      UpdateItem: () => ({}),
      DescribeExecution: ({ executionArn }: { executionArn: string }) => { if (executionArn === EXECUTION) return { status: 'RUNNING' }; throw awsError('ExecutionDoesNotExist'); },
    });
    await sweep({ ...janitor, executionToSweep: null });
    expect(made(calls).filter(call => call.startsWith('Delete'))).toEqual(['DeleteSnapshot snap-2']);
  });

  test('the daily sweep leaves what the same stack in another Region or account left here', async () => {
    const elsewhere = ['us-east-1:111122223333', 'eu-west-1:444455556666'].map(place => `arn:aws:states:${place}:execution:Clone:run-1`);
    const calls = world({ snapshots: elsewhere.map((arn, index) => ({ SnapshotId: `snap-${index}`, Tags: tags({ ...MINE, 'instance-mobility:execution': arn }) })) }, {});
    expect(await sweep({ ...janitor, executionToSweep: null })).toEqual({ clean: true, removed: [], leftOver: [] });
    expect(calls.map(({ command }) => command)).not.toContain('DescribeExecution');
  });

  test('an execution that it may not look at does not keep it from the others', async () => {
    const calls = world({ snapshots: [...snapshots, { SnapshotId: 'snap-2', Tags: tags(OTHERS) }] }, {
      UpdateItem: () => ({}),
      DescribeExecution: ({ executionArn }: { executionArn: string }) => { if (executionArn === EXECUTION) throw awsError('AccessDeniedException'); return { status: 'ABORTED', input }; },
    });
    expect(await sweep({ ...janitor, executionToSweep: null })).toMatchObject({
      removed: [{ id: 'snap-2' }], leftOver: [{ type: 'execution', id: EXECUTION, reason: expect.stringContaining('remove what carries it in its tag instance-mobility:execution') }],
    });
    expect(made(calls).filter(call => call.startsWith('Delete'))).toEqual(['DeleteSnapshot snap-2']);
  });
});

describe('tidy up', () => {
  const snapshots = ['snap-a', 'snap-b'].map(snapshotId => ({ snapshotId, volumeId: '', device: '', startTime: '' }));
  const described = { ...instance(), InstanceId: 'i-clone' };
  const input = (over: object) => ({ ...STEP, plan: { ...planFor(over), checks: [] } as Plan, clones: [{ instanceId: 'i-clone', privateIpAddress: null, volumes: [] }], imageId: 'ami-1', snapshots });
  const mine = ['snap-a', 'snap-b', 'snap-extra'].map(SnapshotId => ({ SnapshotId, Tags: tags(MINE) }));
  const run = (over: object, more: Parameters<typeof fakeAws>[0] = {}) => {
    const calls = world({ instances: [described], snapshots: mine }, { CreateTags: () => ({}), DeleteTags: () => ({}), ...more });
    return { calls, answer: tidyUp(input(over)) };
  };

  test('nothing is kept: image, snapshots, protections, and the signature last', async () => {
    const { calls, answer } = run({});
    expect(await answer).toEqual({ kept: [], removed: [{ type: 'image', id: 'ami-1' }, ...['snap-a', 'snap-b', 'snap-extra'].map(id => ({ type: 'snapshot', id }))], leftOver: [] });
    expect(calls.filter(({ command }) => !/^(Describe|List)/.test(command)).map(({ command }) => command)).toEqual([
      'DeregisterImage', 'DeleteSnapshot', 'DeleteSnapshot', 'DeleteSnapshot', 'ModifyInstanceAttribute', 'CreateTags', 'DeleteTags']);
    expect(calls.at(-2)?.input).toEqual({
      Resources: ['i-clone', 'vol-0000000000000000a', 'vol-0000000000000000b', 'eni-0000000000000000a'], Tags: tags({ 'instance-mobility:created-by': EXECUTION }),
    });
    expect(calls.at(-1)?.input).toMatchObject({ Tags: tags({ 'instance-mobility:execution': EXECUTION }) });
  });

  test('what others attached to a clone is not signed: it is not ours', async () => {
    const [eni] = described.NetworkInterfaces ?? [];
    const busy = { ...described, NetworkInterfaces: [eni, { ...eni, NetworkInterfaceId: 'eni-cni', Attachment: { DeviceIndex: 1 } }],
      BlockDeviceMappings: [...described.BlockDeviceMappings ?? [], { DeviceName: '/dev/xvdba', Ebs: { VolumeId: 'vol-csi' } }] };
    const { calls, answer } = run({}, { DescribeInstances: () => ({ Reservations: [{ Instances: [busy] }] }) });
    await answer;
    expect(calls.at(-1)?.input['Resources']).toEqual(['i-clone', 'vol-0000000000000000a', 'vol-0000000000000000b', 'eni-0000000000000000a']);
  });

  test('kept snapshots are signed too, extras go', async () => {
    const { calls, answer } = run({ keepSnapshots: 'all' });
    expect(await answer).toMatchObject({ kept: ['snap-a', 'snap-b'], removed: [{ id: 'ami-1' }, { id: 'snap-extra' }] });
    expect(calls.at(-1)?.input['Resources']).toEqual(expect.arrayContaining(['snap-a', 'snap-b']));
  });

  test('the latest replace earlier ones of the same source and owner, and only those', async () => {
    const kept = (over: object) => tags({ 'instance-mobility:owner': OWNER, 'instance-mobility:source': SOURCE_ID, 'instance-mobility:created-by': 'earlier', 'instance-mobility:set': '0', ...over });
    const DescribeSnapshots = ({ Filters }: { Filters: { Name: string }[] }) => ({ Snapshots: Filters.some(({ Name }) => Name === 'tag-key') ? [
      { SnapshotId: 'snap-old', Tags: kept({}) }, { SnapshotId: 'snap-now', Tags: kept({ 'instance-mobility:created-by': EXECUTION }) },
      { SnapshotId: 'snap-other', Tags: kept({ 'instance-mobility:source': 'i-other' }) }, { SnapshotId: 'snap-busy', Tags: kept({ 'instance-mobility:execution': 'other' }) },
      // a backup of a clone's volume, with the volume's tags copied
      { SnapshotId: 'snap-backup', Tags: kept({}).filter(({ Key }) => Key !== 'instance-mobility:set') },
    ] : mine });
    const { calls, answer } = run({ keepSnapshots: 'latest' }, { DescribeSnapshots });
    expect(await answer).toMatchObject({ kept: ['snap-a', 'snap-b'] });
    expect(made(calls).filter(call => call.startsWith('DeleteSnapshot'))).toEqual(['DeleteSnapshot snap-extra', 'DeleteSnapshot snap-old']);
  });

  test('earlier ones go only when the clones are finished: a failure keeps them', async () => {
    const DescribeSnapshots = ({ Filters }: { Filters: { Name: string }[] }) => ({ Snapshots: Filters.some(({ Name }) => Name === 'tag-key')
      ? [{ SnapshotId: 'snap-old', Tags: tags({ 'instance-mobility:owner': OWNER, 'instance-mobility:source': SOURCE_ID, 'instance-mobility:created-by': 'earlier', 'instance-mobility:set': '0' }) }] : mine });
    const { calls, answer } = run({ keepSnapshots: 'latest' }, { DescribeSnapshots, CreateTags: () => { throw awsError('UnauthorizedOperation'); } });
    await expect(answer).rejects.toThrow();
    expect(made(calls)).not.toContain('DeleteSnapshot snap-old');
  });

  test('once they are signed the clones are finished: a tag that can not be removed undoes nothing and fails nothing', async () => {
    for (const code of ['UnauthorizedOperation', 'RequestLimitExceeded']) {
      const { answer } = run({}, { DeleteTags: () => { throw awsError(code); } });
      expect((await answer).leftOver).toEqual([{ type: 'instance', id: 'i-clone', reason: expect.stringContaining(code) }]);
    }
    await expect(run({}, { CreateTags: () => { throw awsError('UnauthorizedOperation'); } }).answer).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
  });

  const OLD = { 'instance-mobility:owner': OWNER, 'instance-mobility:source': SOURCE_ID, 'instance-mobility:created-by': 'earlier', 'instance-mobility:set': '0' };

  test('throttled while it removes earlier snapshots, or looks for them: left over, not failed', async () => {
    let signed = false;
    const CreateTags = () => { signed = true; return {}; };
    const DescribeSnapshots = () => ({ Snapshots: signed ? ['snap-old', 'snap-older'].map(SnapshotId => ({ SnapshotId, Tags: tags(OLD) })) : mine });
    const throttled = () => { throw awsError('RequestLimitExceeded'); };
    const removing = run({ keepSnapshots: 'latest' }, { CreateTags, DescribeSnapshots, DeleteSnapshot: () => (signed ? throttled() : {}) });
    expect((await removing.answer).leftOver.map(({ id, reason }) => [id, reason])).toEqual(
      ['snap-old', 'snap-older'].map(id => [id, expect.stringContaining('RequestLimitExceeded')]));
    // one throttled call is enough to know: a step has a minute
    expect(made(removing.calls).filter(call => /snap-old/.test(call))).toHaveLength(1);
    signed = false;
    const looking = run({ keepSnapshots: 'latest' }, { CreateTags, DescribeSnapshots: () => (signed ? throttled() : DescribeSnapshots()) });
    expect((await looking.answer).leftOver).toEqual([{ type: 'snapshot', id: 'unknown', reason: expect.stringMatching(/earlier.*RequestLimitExceeded/) }]);
    // before the clones are signed the workflow retries
    await expect(run({}, { DeleteSnapshot: throttled }).answer).rejects.toMatchObject({ name: 'RequestLimitExceeded' });
  });

  test('of more than a thousand resources no clone is signed by halves', async () => {
    const input_ = input({ keepSnapshots: 'all' });
    const devices = Array.from({ length: 100 }, (_, i) => `/dev/d${i}`);
    const plan = { ...input_.plan, volumes: devices.map(device => ({ ...input_.plan.volumes[0]!, device })) };
    const clones = Array.from({ length: 20 }, (_, i) => ({ instanceId: `i-${i}`, privateIpAddress: null, volumes: [] }));
    const Instances = clones.map(({ instanceId }) => ({ ...described, InstanceId: instanceId, NetworkInterfaces: [],
      BlockDeviceMappings: devices.map(DeviceName => ({ DeviceName, Ebs: { VolumeId: `vol-${instanceId}-${DeviceName.slice(5)}` } })) }));
    const calls = world({ instances: Instances, snapshots: mine }, { CreateTags: () => ({}), DeleteTags: () => ({}) });
    await tidyUp({ ...input_, plan, clones });
    const signing = calls.filter(({ command }) => command === 'CreateTags').map(({ input: { Resources } }) => Resources as string[]);
    expect(signing).toHaveLength(3);
    expect(signing.flat()).toHaveLength(20 * 101 + 2);
    expect(new Set(signing.flat()).size).toBe(20 * 101 + 2);
    for (const resources of signing) expect(resources.length).toBeLessThanOrEqual(1000);
    for (const { instanceId } of clones) {
      expect(signing.filter(resources => resources.some(id => id === instanceId || id.startsWith(`vol-${instanceId}-`)))).toHaveLength(1);
    }
    // the snapshots that stay are signed together with a clone, so that they never stay alone
    expect(signing[0]).toEqual(expect.arrayContaining(['i-0', 'snap-a', 'snap-b']));
    expect(calls.filter(({ command }) => command === 'DeleteTags').map(({ input: { Resources } }) => Resources)).toEqual(signing);
  });

  test('a snapshot that still counts as used is tried again at the end, and never fails the clone', async () => {
    let busy = 4; // snap-a twice, the others once
    const { answer } = run({}, { DeleteSnapshot: ({ SnapshotId }: { SnapshotId: string }) => { if (busy-- > 0 || SnapshotId === 'snap-a') throw awsError('InvalidSnapshot.InUse'); return {}; } });
    expect((await answer).leftOver.map(({ id }) => id)).toEqual(['snap-a']);
  });
});
