import { handler as areFrozen } from '../../lambda/clone/are-filesystems-frozen';
import { handler as areThawed } from '../../lambda/clone/are-filesystems-thawed';
import { handler as freeze } from '../../lambda/clone/freeze-filesystems';
import { handler as thaw } from '../../lambda/clone/thaw-filesystems';
import type { Plan } from '../../lambda/shared/plan/plan';
import { awsError, fakeAws, tags } from './support/fake-aws';
import { EXECUTION, OWNER, planFor, SOURCE_ID, STEP } from './support/fixtures';

const plan = { ...planFor({ consistency: 'filesystem', strategy: 'snapshot' }), checks: [] } as Plan;
/** The patterns of the documents' parameters. */
const OWNER_PATTERN = /^arn:aws[a-z-]*:states:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.:+=@/-]+$/;
const VOLUMES_PATTERN = /^vol-[0-9a-f]{8,17}(=\/dev\/[a-z0-9]{1,16})?(,vol-[0-9a-f]{8,17}(=\/dev\/[a-z0-9]{1,16})?)*$/;

test('freeze and thaw name one owner, in the documents\' own alphabet', async () => {
  const calls = fakeAws({ SendCommand: () => ({ Command: { CommandId: 'c-1' } }) });
  const strange = { ...STEP, execution: `${EXECUTION}-ä!` };
  expect(await freeze({ ...strange, plan, documentName: 'freeze', attempt: 1, seconds: 60 })).toEqual({ commandId: 'c-1' });
  await thaw({ ...strange, instanceId: SOURCE_ID, documentName: 'thaw', attempt: 1 });
  const [first, second] = calls.map(({ input }) => input['Parameters'] as Record<string, string[]>);
  expect(first?.['Owner']).toEqual([expect.stringMatching(OWNER_PATTERN)]);
  expect(second).toEqual({ Owner: first?.['Owner'] });
  expect(first).toMatchObject({ Volumes: ['vol-0000000000000000a=/dev/xvda,vol-0000000000000000b=/dev/sdf'], Seconds: ['60'] });
  expect(first?.['Volumes']?.[0]).toMatch(VOLUMES_PATTERN);
});

test('128 volumes fit into the parameter', async () => {
  const volumes = Array.from({ length: 128 }, (_, i) => ({ ...plan.volumes[0], device: `/dev/xvd${String.fromCharCode(98 + i % 24)}${String.fromCharCode(97 + i % 26)}x`, volumeId: `vol-${String(i).padStart(17, '0')}` }));
  const calls = fakeAws({ SendCommand: () => ({}) });
  await freeze({ ...STEP, plan: { ...plan, volumes } as Plan, documentName: 'freeze', attempt: 0, seconds: 60 });
  const list = (calls[0]?.input['Parameters'] as Record<string, string[]>)['Volumes']?.[0] ?? '';
  expect(list.length).toBeLessThanOrEqual(4096);
  expect(list.split(',')).toHaveLength(128);
  expect(list).toMatch(VOLUMES_PATTERN);
});

const invocation = (Status: string, answer: unknown, over: object = {}) => ({ GetCommandInvocation: () => ({ Status, StatusDetails: Status, StandardOutputContent: typeof answer === 'string' ? answer : JSON.stringify(answer), ...over }) });
const askFrozen = (polls = 0) => areFrozen({ ...STEP, instanceId: SOURCE_ID, commandId: 'c-1', polls });

describe('are filesystems frozen', () => {
  test('while the command runs, or can not be seen yet', async () => {
    fakeAws(invocation('InProgress', ''));
    expect(await askFrozen()).toMatchObject({ frozen: false, freeze: null });
    fakeAws({ GetCommandInvocation: () => { throw awsError('InvocationDoesNotExist'); } });
    expect(await askFrozen()).toMatchObject({ frozen: false });
    await expect(askFrozen(120)).rejects.toMatchObject({ name: 'FreezeFailed' });
  });

  test('what the instance says', async () => {
    fakeAws(invocation('Success', { frozen: ['/data'], since: '2026-01-05T09:00:00.000Z', until: '2026-01-05T09:01:00.000Z', clockSynchronized: true }));
    expect(await askFrozen()).toMatchObject({ frozen: true, freeze: { frozen: ['/data'], since: '2026-01-05T09:00:00.000Z', until: '2026-01-05T09:01:00.000Z' } });
    fakeAws(invocation('Success', { frozen: [], since: null, until: null, clockSynchronized: null }));
    expect(await askFrozen()).toMatchObject({ frozen: true, freeze: { frozen: [], since: null } });
  });

  test.each([
    ['the document\'s own reason', invocation('Failed', { error: 'HeldByAnother', message: 'held by arn:other' }), 'HeldByAnother: held by arn:other'],
    ['a timeout', invocation('TimedOut', '', { StatusDetails: 'ExecutionTimedOut' }), 'ExecutionTimedOut'],
    ['no answer', invocation('Success', 'cut off {'), 'without saying what it froze'],
    ['a clock that is wrong', invocation('Success', { frozen: ['/data'], clockSynchronized: false }), 'chrony'],
  ])('fails with %s', async (_, answers, message) => {
    fakeAws(answers);
    await expect(askFrozen()).rejects.toMatchObject({ name: 'FreezeFailed', message: expect.stringContaining(message) });
  });
});

describe('are filesystems thawed', () => {
  const freezeAnswer = { frozen: ['/data'], since: '2026-01-05T09:00:00.000Z', until: '2026-01-05T09:01:00.000Z', held: true };
  const thawed = { thawed: ['/data'], since: '2026-01-05T09:00:00.000Z', frozenUntil: '2026-01-05T09:00:10.000Z', by: 'command', clockSynchronized: true };
  const ask = (answer: unknown, starts: string[], { verify = true, freeze: held = freezeAnswer as typeof freezeAnswer | null, status = 'Success', polls = 0 } = {}) => {
    fakeAws({
      ...invocation(status, answer),
      DescribeSnapshots: () => ({ Snapshots: starts.map((StartTime, i) => ({
        SnapshotId: `snap-${i}`, VolumeId: plan.volumes[i]?.volumeId, StartTime: new Date(StartTime), Tags: tags({ 'instance-mobility:owner': OWNER, 'instance-mobility:execution': EXECUTION, 'instance-mobility:set': '0' }),
      })) }),
    });
    return areThawed({ ...STEP, plan, commandId: 'c-1', attempt: 0, polls, freeze: held, verify });
  };
  const INSIDE = '2026-01-05T09:00:05.000Z';

  test('snapshots inside the interval that the instance reports', async () => {
    expect(await ask(thawed, [INSIDE, INSIDE])).toEqual({ thawed: true, interval: { from: thawed.since, to: thawed.frozenUntil }, waitSeconds: 0 });
    expect(await ask(thawed, [thawed.since, thawed.frozenUntil])).toMatchObject({ thawed: true });
  });

  test.each<[string, unknown, string[]]>([
    ['a snapshot before', thawed, [INSIDE, '2026-01-05T08:59:59.999Z']], ['a snapshot after', thawed, [INSIDE, '2026-01-05T09:00:10.001Z']], 
    ['thawed by somebody else', { ...thawed, frozenUntil: null, by: 'other' }, [INSIDE, INSIDE]],
    ['nothing remembered', { thawed: [], since: null, frozenUntil: null, by: null }, [INSIDE, INSIDE]],
    ['a clock that is wrong', { ...thawed, clockSynchronized: false }, [INSIDE, INSIDE]],
  ])('%s is no consistent snapshot', async (_, answer, starts) => {
    await expect(ask(answer, starts)).rejects.toMatchObject({ name: 'NotFrozenAtSnapshot' });
    await expect(ask(answer, starts, { verify: false })).resolves.toMatchObject({ thawed: true });
  });

  test('a snapshot that can not be seen yet is looked for again, but not for ever', async () => {
    expect(await ask(thawed, [INSIDE])).toEqual({ thawed: false, interval: null, waitSeconds: 3 });
    await expect(ask(thawed, [INSIDE], { polls: 60 })).rejects.toMatchObject({ name: 'NotFrozenAtSnapshot', message: expect.stringContaining('/dev/sdf has no snapshot') });
    // what was taken outside is no better for a look more
    await expect(ask(thawed, ['2026-01-05T08:59:59.999Z'])).rejects.toMatchObject({ name: 'NotFrozenAtSnapshot' });
  });

  test('where nothing had to be frozen nothing is compared', async () => {
    const nothing = { frozen: [] as string[], since: null, until: null };
    const answer = await ask({ thawed: [], since: null, frozenUntil: null, by: null }, [], { freeze: nothing as never });
    expect(answer).toMatchObject({ thawed: true, interval: null });
  });

  test('running, failed, silent', async () => {
    expect(await ask('', [], { status: 'Pending' })).toMatchObject({ thawed: false });
    await expect(ask({ error: 'ThawFailed', message: '/data' }, [], { status: 'Failed' })).rejects.toMatchObject({ name: 'ThawFailed', message: expect.stringContaining('/data') });
    await expect(ask('', [], { status: 'Pending', polls: 60 })).rejects.toMatchObject({ name: 'ThawFailed' });
  });
});
