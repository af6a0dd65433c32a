import { handler as adopt } from '../../lambda/sync/adopt-session';
import { handler as markFallenBack } from '../../lambda/sync/mark-fallen-back';
import { handler as markFallingBack } from '../../lambda/sync/mark-falling-back';
import { handler as markPreparing } from '../../lambda/sync/mark-preparing';
import { handler as markStillServing } from '../../lambda/sync/mark-still-serving';
import { handler as markSwitching } from '../../lambda/sync/mark-switching';
import { handler as markVerified } from '../../lambda/sync/mark-verified';
import { handler as releaseSource, type Input as ReleaseInput } from '../../lambda/sync/release-source';
import { handler as rollBack } from '../../lambda/sync/roll-back';
import { handler as tidyUp } from '../../lambda/sync/tidy-up';
import { checkFallBackRequest } from '../../lambda/shared/sync/check';
import { awsError, fakeAws, tags } from './support/fake-aws';
import { EXECUTION, OWNER, STEP } from './support/fixtures';
import { hosts, SESSION, SOURCE_ID, syncRequest, TARGET_ID } from './support/replication';

const MADE = { 'instance-mobility:owner': OWNER, 'instance-mobility:execution': EXECUTION };
const PHASE = 'instance-mobility:phase';
const tag = (name: string) => `instance-mobility:${name}`;
const launched = hosts({ target: { launched: true, protections: { termination: true, stop: false } } });
const existing = hosts();

interface World { tags: Record<string, Record<string, string>>; states: Record<string, string>; calls: string[] }

/** A source, and a target that was launched for it with a volume and an interface; a second interface was attached by its software. */
interface Over { target?: Record<string, string>; source?: Record<string, string>; states?: Record<string, string> }
function account(over: Over = {}, more: Parameters<typeof fakeAws>[0] = {}): World {
  const w: World = {
    tags: { [SOURCE_ID]: { Name: 'db', ...over.source }, [TARGET_ID]: { ...MADE, ...over.target }, 'vol-1': { ...MADE }, 'eni-1': { ...MADE }, 'eni-2': {}, 'vol-wild': { ...MADE, [tag('owner')]: `${OWNER}x` } },
    states: { [SOURCE_ID]: 'running', [TARGET_ID]: 'running', ...over.states }, calls: [],
  };
  const instance = (InstanceId: string) => ({ InstanceId, State: { Name: w.states[InstanceId] }, PrivateIpAddress: InstanceId === SOURCE_ID ? '10.0.0.10' : '10.0.0.20', Tags: tags(w.tags[InstanceId]!) });
  const change = (name: string) => ({ InstanceIds }: { InstanceIds: string[] }) => { w.calls.push(`${name} ${InstanceIds.join()}`); return {}; };
  fakeAws({
    DescribeInstances: ({ InstanceIds, Filters }) => ({ Reservations: [{ Instances: ((InstanceIds ?? (Filters[0].Name === 'instance-id' ? Filters[0].Values : Object.keys(w.states))) as string[]).filter(id => w.states[id]).map(instance) }] }),
    DescribeVolumes: () => ({ Volumes: ['vol-1', 'vol-wild'].map(VolumeId => ({ VolumeId, Tags: tags(w.tags[VolumeId]!) })) }),
    DescribeNetworkInterfaces: () => ({ NetworkInterfaces: ['eni-1', 'eni-2'].map(NetworkInterfaceId => ({ NetworkInterfaceId, TagSet: tags(w.tags[NetworkInterfaceId]!) })) }),
    CreateTags: ({ Resources, Tags }) => {
      for (const id of Resources) {
        for (const { Key, Value } of Tags) w.tags[id]![Key] = Value;
        if (Object.keys(w.tags[id]!).length > 50) throw awsError('TagLimitExceeded');
      }
    },
    DeleteTags: ({ Resources, Tags }) => { for (const id of Resources) for (const { Key } of Tags) delete w.tags[id]![Key]; },
    StopInstances: change('stop'), TerminateInstances: change('terminate'),
    DescribeSecurityGroups: () => ({ SecurityGroups: [] }), DescribeImages: () => ({ Images: [] }), DescribeSnapshots: () => ({ Snapshots: [] }), ModifyInstanceAttribute: ({ InstanceId }) => { w.calls.push(`protect ${InstanceId}`); return {}; },
    ...more,
  });
  return w;
}
const moveTags = (phase: string, peer: string, more: object = {}) => ({ [PHASE]: phase, [tag('session')]: SESSION, [tag('peer')]: peer, ...more });
const engine = { [tag('engine')]: 'md' };
const SWITCHED = { source: moveTags('switching', TARGET_ID, engine), target: moveTags('switching', SOURCE_ID) };

const SERVING = { source: moveTags('serving', TARGET_ID, engine), target: moveTags('serving', SOURCE_ID) };

const begin = { ...STEP, sourceInstanceId: SOURCE_ID, polls: 0, quiet: false, removed: [], removedInAll: 0 };

describe('the phase', () => {
  test('is told on both before the switch, and on all that was launched; an earlier verification no longer counts', async () => {
    const w = account({ source: { [tag('verified')]: 'an earlier execution' } });
    await markSwitching({ ...STEP, hosts: launched, session: SESSION, replication: { engine: 'md' } });
    expect(w.tags).toEqual({
      [SOURCE_ID]: { Name: 'db', ...moveTags('switching', TARGET_ID, engine) }, [TARGET_ID]: { ...MADE, ...moveTags('switching', SOURCE_ID) },
      'vol-1': { ...MADE, [PHASE]: 'switching' }, 'eni-1': { ...MADE, [PHASE]: 'switching' }, 'eni-2': {}, 'vol-wild': { ...MADE, [tag('owner')]: `${OWNER}x` },
    });
  });

  test('parts of an existing target are not ours to mark', async () => {
    const w = account();
    await markSwitching({ ...STEP, hosts: existing, session: SESSION, replication: { engine: 'md' } });
    expect(w.tags['vol-1']).toEqual(MADE);
  });

  test('is not told over another session\'s', async () => {
    const w = account({ target: { [PHASE]: 'switching', [tag('session')]: 'ba9876543210' } });
    const before = structuredClone(w.tags);
    await expect(markSwitching({ ...STEP, hosts: launched, session: SESSION, replication: { engine: 'md' } })).rejects.toMatchObject({ name: 'MoveUnfinished' });
    expect(w.tags).toEqual(before);
  });

  test('nor taken from another session: who finds the source taken leaves it so', async () => {
    const theirs = { [PHASE]: 'serving', [tag('session')]: 'ba9876543210', [tag('peer')]: 'i-another' };
    const w = account({ source: theirs, target: moveTags('switching', SOURCE_ID) });
    await markPreparing({ ...STEP, hosts: launched, session: SESSION });
    expect(w.tags[SOURCE_ID]).toEqual({ Name: 'db', ...theirs });
    expect(w.tags[TARGET_ID]).toEqual(MADE);
    const taken = account({ target: theirs });
    taken.tags['vol-1']![PHASE] = 'switching';
    await markPreparing({ ...STEP, hosts: launched, session: SESSION });
    expect(taken.tags).toMatchObject({ [TARGET_ID]: theirs, 'vol-1': { [PHASE]: 'switching' } });
  });

  test('what carries it is spared by the roll back, even under this execution\'s tags', async () => {
    const w = account();
    await markSwitching({ ...STEP, hosts: launched, session: SESSION, replication: { engine: 'md' } });
    expect(await rollBack(begin)).toMatchObject({ removed: [], leftOver: [] });
    expect(w.calls).toEqual([]);
    await markPreparing({ ...STEP, hosts: launched, session: SESSION });
    expect((await rollBack(begin)).removed).toEqual([{ type: 'instance', id: TARGET_ID }]);
    expect(w.calls).toEqual([`terminate ${TARGET_ID}`]);
  });

  test.each([
    ['preparing', () => markPreparing({ ...STEP, hosts: launched, session: SESSION })], ['fallen back', () => markFallenBack({ ...STEP, hosts: launched, targetLost: false })],
  ])('%s: all is as before the switch', async (_, undo) => {
    const w = account();
    const before = structuredClone(w.tags);
    await markSwitching({ ...STEP, hosts: launched, session: SESSION, replication: { engine: 'md' } });
    await undo();
    expect(w.tags).toEqual(before);
  });

  test('a lost target keeps its tags, so that nothing removes it unseen', async () => {
    const w = account(SWITCHED);
    await markFallenBack({ ...STEP, hosts: launched, targetLost: true });
    expect(w.tags[SOURCE_ID]).toEqual({ Name: 'db' });
    expect(w.tags[TARGET_ID]).toMatchObject(SWITCHED.target);
  });

  test('is at last "verified", with the execution that did it on the source alone', async () => {
    const w = account(SWITCHED);
    await markVerified({ ...STEP, hosts: launched });
    expect(w.tags[SOURCE_ID]).toMatchObject({ [PHASE]: 'verified', [tag('verified')]: EXECUTION });
    expect(w.tags[TARGET_ID]).toMatchObject({ [PHASE]: 'verified' });
    expect(w.tags[TARGET_ID]).not.toHaveProperty([tag('verified')]);
    expect(w.tags['vol-1']).toMatchObject({ [PHASE]: 'verified' });
  });

  test('a target with as many tags as a launch gives has room for all of the move\'s', async () => {
    const own = Object.fromEntries(Array.from({ length: 44 }, (_, i) => [`tag-${i}`, '']));
    const w = account({ target: { ...own, [tag('source')]: SOURCE_ID } });
    w.tags['vol-1'] = { ...own, ...MADE, [tag('source')]: SOURCE_ID, [tag('device')]: '/dev/xvda' };
    await markSwitching({ ...STEP, hosts: launched, session: SESSION, replication: { engine: 'md' } });
    await markVerified({ ...STEP, hosts: launched });
    await tidyUp({ ...STEP, hosts: launched, session: SESSION });
    expect(Object.keys(w.tags[TARGET_ID]!)).toHaveLength(47);
  });
});

describe('release source', () => {
  const HOUR = 3600;
  const leases = [{ table: 'ledger', instanceId: SOURCE_ID, token: 1 }];
  const release = (asked: ReleaseInput['release'], cachedFor: number | null = null) => {
    const cachedUntil = cachedFor === null ? null : new Date(Date.now() + cachedFor * 1000).toISOString();
    return releaseSource({ ...STEP, hosts: launched, release: asked, cachedUntil, longestWait: 16 * HOUR, leases });
  };
  const whileCached = () => {
    const renewed: number[] = [];
    const w = account(VERIFIED, {
      UpdateItem: ({ ExpressionAttributeValues }) => { renewed.push(Math.round((Number(ExpressionAttributeValues[':expires'].N) - Date.now()) / 1000)); return {}; },
    });
    return { w, renewed };
  };
  test.each([['stop', 90, 90], ['terminate', 10 * HOUR, 6 * HOUR]] as const)('%s: not while clients may have its address in their caches; its lease outlasts the wait', async (asked, cachedFor, wait) => {
    const { w, renewed } = whileCached();
    const answer = await release(asked, cachedFor);
    expect(answer).toEqual({ released: null, waitSeconds: expect.any(Number) });
    expect(Math.abs(answer.waitSeconds - wait)).toBeLessThan(3);
    expect(renewed).toHaveLength(1);
    expect(Math.abs(renewed[0]! - wait - HOUR)).toBeLessThan(5);
    expect(w.calls).toEqual([]);
  });
  test('caches that have forgotten it do not matter, nor where it is kept; for days nobody waits', async () => {
    const { w, renewed } = whileCached();
    expect(await release('keep', HOUR)).toEqual({ released: { how: 'kept', why: null }, waitSeconds: 0 });
    expect(await release('terminate', 20 * HOUR)).toEqual({ released: { how: 'kept', why: expect.stringMatching(/in their caches until 20/) }, waitSeconds: 0 });
    expect(w.calls).toEqual([]);
    expect(await release('terminate', -1)).toEqual({ released: { how: 'terminated', why: null }, waitSeconds: 0 });
    expect(renewed).toEqual([]);
  });
  const VERIFIED = { source: moveTags('verified', TARGET_ID, { [tag('verified')]: EXECUTION }) };
  test.each([['stop', 'stopped'], ['terminate', 'terminated']] as const)('%s', async (asked, how) => {
    const w = account(VERIFIED);
    expect(await release(asked)).toEqual({ released: { how, why: null }, waitSeconds: 0 });
    expect(w.calls).toEqual([`${asked} ${SOURCE_ID}`]);
  });
  test('keep asks nothing', async () => {
    const w = account();
    expect(await release('keep')).toEqual({ released: { how: 'kept', why: null }, waitSeconds: 0 });
    expect(w.calls).toEqual([]);
  });
  test.each<[string, Parameters<typeof account>[0]]>([
    ['by nobody', { source: moveTags('verified', TARGET_ID) }],
    ['by another execution', { source: moveTags('verified', TARGET_ID, { [tag('verified')]: `${EXECUTION}0` }) }],
    ['with another target', { source: moveTags('verified', 'i-another', { [tag('verified')]: EXECUTION }) }],
    ['in another phase', { source: moveTags('switching', TARGET_ID, { [tag('verified')]: EXECUTION }) }],
    ['while the target does not run', { ...VERIFIED, states: { [TARGET_ID]: 'stopped' } }],
    ['while the target is gone', { ...VERIFIED, states: { [TARGET_ID]: '' } }],
  ])('never what was verified %s', async (_, over) => {
    for (const asked of ['stop', 'terminate'] as const) {
      const w = account(over);
      await expect(release(asked)).rejects.toMatchObject({ name: 'NotVerified' });
      expect(w.calls).toEqual([]);
    }
  });
  test.each([['stop', 'stopping'], ['terminate', 'shutting-down']] as const)('a call that is repeated finds it done: %s, %s', async (asked, state) => {
    const w = account({ ...VERIFIED, states: { [SOURCE_ID]: state } });
    expect((await release(asked)).released?.why).toBeNull();
    expect(w.calls).toEqual([]);
  });
  test('a protection that was set meanwhile keeps it, and is told', async () => {
    account(VERIFIED, { TerminateInstances: () => { throw awsError('OperationNotPermitted', 'disableApiTermination'); } });
    expect(await release('terminate')).toEqual({ released: { how: 'kept', why: 'disableApiTermination' }, waitSeconds: 0 });
  });
});

describe('tidy up', () => {
  test('the target is signed and an instance like any other, its launch\'s image and snapshots are gone', async () => {
    const mine = { ...MADE, [tag('set')]: '0' };
    const removed: string[] = [];
    const w = account({ source: moveTags('verified', TARGET_ID, { [tag('verified')]: EXECUTION }), target: moveTags('verified', SOURCE_ID) }, {
      DescribeImages: ({ Filters: [{ Values: [Name] }] }) => ({ Images: [{ ImageId: 'ami-1', Name, Tags: tags(mine) }] }), DeregisterImage: ({ ImageId }) => { removed.push(ImageId); },
      DescribeSnapshots: () => ({ Snapshots: [{ SnapshotId: 'snap-1', Tags: tags(mine) }, { SnapshotId: 'snap-backup', Tags: tags(MADE) }] }), DeleteSnapshot: ({ SnapshotId }) => { removed.push(SnapshotId); },
    });
    await markVerified({ ...STEP, hosts: launched });
    const answer = await tidyUp({ ...STEP, hosts: launched, session: SESSION });
    const finished = { [tag('owner')]: OWNER, [tag('created-by')]: EXECUTION };
    expect(w.tags).toMatchObject({ [TARGET_ID]: finished, 'vol-1': finished, 'eni-1': finished });
    for (const id of [TARGET_ID, 'vol-1', 'eni-1']) expect(Object.keys(w.tags[id]!)).toHaveLength(2);
    expect(w.tags[SOURCE_ID]).toEqual({ Name: 'db', [tag('verified')]: EXECUTION });
    expect(removed).toEqual(['ami-1', 'snap-1']);
    expect(w.calls).toEqual([`protect ${TARGET_ID}`]);
    expect(answer).toEqual({ removed: [{ type: 'image', id: 'ami-1' }, { type: 'snapshot', id: 'snap-1' }], leftOver: [] });
    const before = structuredClone(w.tags);
    await tidyUp({ ...STEP, hosts: launched, session: SESSION });
    expect(w.tags).toEqual(before);
  });

  test('never in a moment without phase or created-by: the sweep would take the target', async () => {
    const w = account({ target: moveTags('verified', SOURCE_ID) });
    const seen: string[] = [];
    const watch = () => {
      for (const id of [TARGET_ID, 'vol-1', 'eni-1']) if (w.tags[id]![PHASE] === undefined && w.tags[id]![tag('created-by')] === undefined) seen.push(id);
    };
    account({ target: moveTags('verified', SOURCE_ID) }, {
      CreateTags: ({ Resources, Tags }) => { for (const id of Resources) for (const { Key, Value } of Tags) w.tags[id]![Key] = Value; watch(); },
      DeleteTags: ({ Resources, Tags }) => { for (const id of Resources) for (const { Key } of Tags) delete w.tags[id]![Key]; watch(); },
      DescribeVolumes: () => ({ Volumes: [{ VolumeId: 'vol-1', Tags: tags(w.tags['vol-1']!) }] }),
    });
    for (const id of ['vol-1', 'eni-1']) w.tags[id]![PHASE] = 'verified';
    await tidyUp({ ...STEP, hosts: launched, session: SESSION });
    expect(seen).toEqual([]);
    expect(w.tags[TARGET_ID]).toHaveProperty([tag('created-by')]);
  });

  test('what can not be removed is told, and the target signed all the same', async () => {
    const w = account({ target: moveTags('verified', SOURCE_ID) }, { DescribeSnapshots: () => { throw awsError('UnauthorizedOperation', 'no'); } });
    const { leftOver } = await tidyUp({ ...STEP, hosts: launched, session: SESSION });
    expect(leftOver).toEqual([expect.objectContaining({ reason: expect.stringContaining('UnauthorizedOperation: no') })]);
    expect(w.tags[TARGET_ID]).toEqual({ [tag('owner')]: OWNER, [tag('created-by')]: EXECUTION });
  });

  test('of a continued session, the launch is the first execution\'s, and the protections are not known', async () => {
    const first = `${EXECUTION}-first`;
    const w = account({ target: { ...moveTags('verified', SOURCE_ID), [tag('execution')]: first } });
    const continued = hosts({ target: { launched: true } });
    const { leftOver } = await tidyUp({ ...STEP, hosts: continued, session: SESSION });
    expect(w.tags[TARGET_ID]).toHaveProperty([tag('created-by')], first);
    expect(leftOver).toEqual([expect.objectContaining({ id: TARGET_ID, reason: expect.stringContaining('protect') })]);
  });

  test('an existing target and a source that is gone', async () => {
    const w = account({ target: moveTags('verified', SOURCE_ID), states: { [SOURCE_ID]: 'terminated' } });
    delete w.tags[TARGET_ID]![tag('execution')];
    w.tags[SOURCE_ID] = { left: 'alone' };
    expect(await tidyUp({ ...STEP, hosts: existing, session: SESSION })).toEqual({ removed: [], leftOver: [] });
    expect(w.tags[TARGET_ID]).toEqual({ [tag('owner')]: OWNER });
    expect(w.tags[SOURCE_ID]).toEqual({ left: 'alone' });
  });
});

describe('adopt session', () => {
  const request = syncRequest({ continueSession: SESSION, target: { launch: null, instanceId: null } });
  const admitted = { targetGroupArns: [], hostedZoneIds: [], approvable: false };
  const fallBack = (over: object = {}) =>
    checkFallBackRequest({ sourceInstanceId: SOURCE_ID, targetInstanceId: TARGET_ID, session: SESSION, ...over }, admitted);
  const take = (what: object = request) => adopt({ ...STEP, request: what as typeof request, session: SESSION });

  test('finds both by what they say of each other', async () => {
    account(SERVING);
    expect(await take()).toEqual({
      hosts: { source: { instanceId: SOURCE_ID, address: '10.0.0.10', launched: false, protections: null }, target: { instanceId: TARGET_ID, address: '10.0.0.20', launched: true, protections: null } },
      replication: { engine: 'md' },
      verified: false,
      fallenBack: false,
      targetServes: true,
      fallingBack: false,
    });
    expect((await take(fallBack())).hosts.target.instanceId).toBe(TARGET_ID);
  });
  test('tells whether every block was compared already', async () => {
    account({ ...SERVING, source: moveTags('verified', TARGET_ID, { ...engine, [tag('verified')]: 'arn:of:an:earlier:execution' }) });
    expect((await take()).verified).toBe(true);
    account({ ...SERVING, source: moveTags('verified', TARGET_ID, engine) });
    expect((await take()).verified).toBe(false);
  });
  test('where a fall back was begun the target has to be asked, whoever takes the session over; what was compared stays so', async () => {
    const w = account({ ...SERVING, source: moveTags('verified', TARGET_ID, { ...engine, [tag('verified')]: 'arn:of:an:earlier:execution' }) });
    await markFallingBack({ ...STEP, hosts: launched });
    expect(await take()).toMatchObject({ fallingBack: true, targetServes: false, verified: true });
    expect(await take(fallBack())).toMatchObject({ fallingBack: true, targetServes: false, fallenBack: false });
    await markStillServing({ ...STEP, hosts: launched, verified: true });
    expect(await take()).toMatchObject({ fallingBack: false, targetServes: true, verified: true });
    await markStillServing({ ...STEP, hosts: launched, verified: false });
    expect(w.tags[SOURCE_ID]![PHASE]).toBe('serving');
  });
  test('a target of an earlier move that is finished was not launched for this one', async () => {
    const w = account(SERVING);
    delete w.tags[TARGET_ID]![tag('execution')];
    expect((await take()).hosts.target.launched).toBe(false);
  });
  test('tells whether the source serves again already, from where a fall back goes on', async () => {
    account({ ...SERVING, source: moveTags('fallen-back', TARGET_ID, engine) });
    expect(await take(fallBack())).toMatchObject({ fallenBack: true, targetServes: false });
    account(SWITCHED);
    expect(await take(fallBack())).toMatchObject({ fallenBack: false, targetServes: false });
  });
  test.each<[string, Parameters<typeof account>[0], object]>([
    ['to continue while it is not known that the target serves', SWITCHED, request],
    ['to continue what fell back', { ...SERVING, source: moveTags('fallen-back', TARGET_ID) }, request],
    ['another session', { ...SERVING, source: moveTags('switching', TARGET_ID, { [tag('session')]: 'ba9876543210' }) }, request],
    ['no phase', { ...SERVING, source: { [tag('session')]: SESSION, [tag('peer')]: TARGET_ID } }, request],
    ['a target that is with another', { ...SERVING, target: moveTags('switching', 'i-another') }, request],
    ['a target that carries nothing', { source: SERVING.source }, request],
    ['a source that does not run: its blocks are lost', { ...SERVING, states: { [SOURCE_ID]: 'stopped' } }, request],
    ['a target that does not run', { ...SERVING, states: { [TARGET_ID]: 'stopped' } }, fallBack()],
    ['a target that is gone', { ...SERVING, states: { [TARGET_ID]: '' } }, fallBack()],
    ['another target than is named', SERVING, { ...request, target: { launch: null, instanceId: 'i-0000000000000000f' } }],
    ['another target than is said to be lost', SERVING, fallBack({ targetInstanceId: 'i-0000000000000000f', targetLost: true })],
  ])('refuses %s', async (_, over, what) => {
    account(over);
    await expect(take(what)).rejects.toMatchObject({ name: 'SessionNotFound' });
  });
  test('of a target that is lost the request knows the address', async () => {
    account({ ...SERVING, states: { [TARGET_ID]: '' } });
    expect((await take(fallBack({ targetLost: true }))).hosts.target).toMatchObject({ instanceId: TARGET_ID, address: null });
    expect((await take(fallBack({ targetLost: true, targetAddress: '10.0.0.20' }))).hosts.target.address).toBe('10.0.0.20');
  });
});
