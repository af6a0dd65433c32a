import { handler as askForPreCopy } from '../../lambda/replication/ask-for-pre-copy';
import { handler as isPreCopied, type Output } from '../../lambda/replication/is-pre-copied';
import { handler as isSourceMirrored } from '../../lambda/replication/is-source-mirrored';
import { takeOverStory } from '../../lambda/sync/await-take-over-approval';
import type { Progress } from '../../lambda/shared/replication/progress';
import { fakeAws } from './support/fake-aws';
import { EXECUTION, STEP } from './support/fixtures';
import { hosts, SESSION, SOURCE_ID, status, syncRequest, synchronisedStatus, TARGET_ID } from './support/replication';

const START = Date.parse('2026-01-05T09:00:00Z');
const since = new Date(START).toISOString();
const HOUR = 3600_000;
const BEGUN = { synchronised: false, pace: null, percent: 0, since, waitSeconds: 0 };
const METRICS = { namespace: 'InstanceMobility', construct: 'Stack:Stack/Sync' };
const LEASES = [{ table: 'ledger', instanceId: SOURCE_ID, token: 1 }];

beforeEach(() => { jest.useFakeTimers({ now: START, doNotFake: ['nextTick', 'setImmediate'] }); });
afterEach(() => { jest.useRealTimers(); });

const at = (hours: number): void => { jest.setSystemTime(START + hours * HOUR); };
const mirrored = (over: object = {}) => status({ phase: 'mirrored', serving: false, ...over });
const all = (over: object = {}) => synchronisedStatus({ phase: 'mirrored', serving: false, ...over });
const said = (answer: unknown, Status = 'Success') => ({
  GetCommandInvocation: () => ({ Status, StatusDetails: Status, StandardOutputContent: typeof answer === 'string' ? answer : JSON.stringify(answer) }),
  UpdateItem: () => ({}), PutMetricData: () => ({}), DescribeInstances: () => ({ Reservations: [{ Instances: [{ InstanceId: SOURCE_ID, Tags: [] }] }] }),
});

function looked(
  answers: Parameters<typeof fakeAws>[0], progress: typeof BEGUN | Progress = BEGUN, over = {}, undelivered: string | null = null,
): Promise<Output> {
  fakeAws(answers);
  return isPreCopied({
    ...STEP, command: { instanceId: TARGET_ID, commandId: 'c-1', sentAt: new Date().toISOString(), undelivered }, since: new Date().toISOString(),
    request: syncRequest({ copy: 'pre-copy', ...over }), progress, sourceInstanceId: SOURCE_ID, leases: LEASES, metrics: METRICS,
  });
}

describe('is pre-copied', () => {
  test('not while blocks are missing: how far it is, the pace, the lease kept, the metric put', async () => {
    at(1);
    const calls = fakeAws(said(mirrored({ secondsLeft: 3000 })));
    const output = await isPreCopied({
      ...STEP, command: { instanceId: TARGET_ID, commandId: 'c-1', sentAt: since, undelivered: null }, since, request: syncRequest({ rateLimit: 2 }), progress: BEGUN,
      sourceInstanceId: SOURCE_ID, leases: LEASES, metrics: METRICS,
    });
    expect(output).toMatchObject({
      done: true, ready: false, progress: { percent: 60, bytesLeft: 400, pace: { maxRate: 2048 }, errors: [], troubleSince: null, waitSeconds: 300 },
    });
    expect(calls.map(({ command }) => command)).toEqual(expect.arrayContaining(['UpdateItem', 'PutMetricData']));
    expect(JSON.stringify(calls.find(({ command }) => command === 'UpdateItem')!.input)).toContain(EXECUTION);
  });

  test('when every block is on a target that sees its source', async () => {
    expect(await looked(said(all()))).toMatchObject({ ready: true, progress: { synchronised: true, percent: 100 } });
    expect(await looked(said(all({ peerConnected: false })))).toMatchObject({ ready: false, progress: { synchronised: false } });
  });

  test('when it is time, whatever is missing; not without a source that can be seen', async () => {
    const switchBy = new Date(START + 2 * HOUR).toISOString();
    at(1.99);
    const before = await looked(said(mirrored({ secondsLeft: 90_000 })), BEGUN, { switchBy });
    expect(before).toMatchObject({ ready: false });
    // it does not sleep through the time
    expect(before.progress.waitSeconds).toBe(36);
    at(2);
    expect(await looked(said(mirrored({ peerConnected: false })), before.progress, { switchBy })).toMatchObject({ ready: false });
    expect(await looked(said(mirrored()), before.progress, { switchBy })).toMatchObject({ ready: true, progress: { synchronised: false, bytesLeft: 400 } });
  });

  test.each<[string, () => Parameters<typeof fakeAws>[0], string | null, string]>([
    ['a target that does not see its source', () => said(mirrored({ peerConnected: false })), null, 'SourceUnreachable'],
    ['a target that says nothing', () => said('', 'TimedOut'), null, 'TargetUnreachable'],
    ['a target that no command reaches', () => said(''), 'Systems Manager does not reach it', 'TargetUnreachable'],
  ])('%s is waited for a day, for the source serves', async (_, answers, undelivered, name) => {
    const first = await looked(answers(), BEGUN, {}, undelivered);
    expect(first).toMatchObject({ ready: false, progress: { troubleSince: since, errors: [expect.stringContaining('24 hours')] } });
    at(23.99);
    const then = await looked(answers(), first.progress, {}, undelivered);
    expect(then).toMatchObject({ ready: false, progress: { troubleSince: since } });
    // what heals begins anew
    expect((await looked(said(mirrored()), then.progress)).progress.troubleSince).toBeNull();
    at(24);
    await expect(looked(answers(), then.progress, {}, undelivered)).rejects.toMatchObject({ name, message: expect.stringContaining('The source serves on') });
  });

  test('when it is time to switch and nobody can, the source goes on', async () => {
    const switchBy = new Date(START + 2 * HOUR).toISOString();
    const first = await looked(said(mirrored({ peerConnected: false })), BEGUN, { switchBy });
    expect(first.progress.errors).toEqual([expect.stringContaining(`no longer than ${switchBy}`)]);
    at(1.99);
    expect(await looked(said(mirrored({ peerConnected: false })), first.progress, { switchBy })).toMatchObject({ ready: false });
    at(2);
    await expect(looked(said(mirrored({ peerConnected: false })), first.progress, { switchBy })).rejects.toMatchObject({ name: 'SourceUnreachable' });
    // one that has just broken may heal
    expect(await looked(said(mirrored({ peerConnected: false })), BEGUN, { switchBy })).toMatchObject({ ready: false });
  });

  test('a copy that stands still though both see each other is told, and given up after a day; at the time to switch sooner', async () => {
    const first = await looked(said(mirrored()));
    expect(first.progress).toMatchObject({ quietSince: null, errors: [] });
    at(0.1);
    const quiet = await looked(said(mirrored()), first.progress);
    at(0.4);
    expect((await looked(said(mirrored()), quiet.progress)).progress.errors).toEqual([expect.stringMatching(/nothing was copied since 2026-01-05T09:06.*waited for 24 hours/)]);
    const switchBy = new Date(START + 3600_000 / 2).toISOString();
    at(0.5);
    await expect(looked(said(mirrored()), quiet.progress, { switchBy })).rejects.toMatchObject({ name: 'ReplicationStandsStill', message: expect.stringContaining('The source serves on') });
    at(24.05);
    expect(await looked(said(mirrored()), quiet.progress)).toMatchObject({ ready: false });
    at(24.1);
    await expect(looked(said(mirrored()), quiet.progress)).rejects.toMatchObject({ name: 'ReplicationStandsStill' });
  });

  test('a session that was ended meanwhile is not gone on with', async () => {
    for (const phase of ['prepared', 'switched', 'fallen-back', 'released']) {
      await expect(looked(said(all({ phase })))).rejects.toMatchObject({ name: 'ReplicationInWrongState' });
    }
  });

  test('while the document runs everything that the workflow assigns is there', async () => {
    expect(await looked(said('', 'InProgress'))).toMatchObject({ done: false, ready: false, progress: BEGUN });
  });
});

test('the target is told the pace, for it takes the blocks; the source is asked how its application fares', async () => {
  const calls = fakeAws({ SendCommand: ({ InstanceIds }) => ({ Command: { CommandId: `c-${String(InstanceIds)}` } }) });
  const pace = { minRate: 5, maxRate: 9, ceiling: null, ease: 0, isTold: false };
  const output = await askForPreCopy({ ...STEP, session: SESSION, instanceId: TARGET_ID, sourceInstanceId: SOURCE_ID, pace, documentName: 'status' });
  expect(calls[0]!.input).toMatchObject({ InstanceIds: [TARGET_ID], Parameters: { MinRate: ['5'], MaxRate: ['9'] } });
  expect(calls[1]!.input).toMatchObject({ InstanceIds: [SOURCE_ID], Parameters: { MinRate: [''], MaxRate: [''] } });
  expect(output).toMatchObject({ instanceId: TARGET_ID, commandId: `c-${TARGET_ID}`, source: { instanceId: SOURCE_ID, commandId: `c-${SOURCE_ID}` } });
});

describe('the pace of a copy ahead', () => {
  const pace = { minRate: 10_000, maxRate: 4_194_304, ceiling: null, ease: 0, isTold: true };
  const sent = (instanceId: string) => ({ instanceId, commandId: `c-${instanceId}`, sentAt: new Date().toISOString(), undelivered: null });
  const looking = (source: object, Status = 'Success') => {
    fakeAws({ ...said(''), GetCommandInvocation: ({ InstanceId }) => {
      const isTarget = InstanceId === TARGET_ID;
      return { Status: isTarget ? 'Success' : Status, StandardOutputContent: isTarget || Status === 'Success' ? JSON.stringify(isTarget ? mirrored() : source) : '' };
    } });
    return isPreCopied({
      ...STEP, command: { ...sent(TARGET_ID), source: sent(SOURCE_ID) }, since: new Date().toISOString(), request: syncRequest({ copy: 'pre-copy' }),
      progress: { ...BEGUN, pace }, sourceInstanceId: SOURCE_ID, leases: LEASES, metrics: METRICS,
    });
  };
  const busy = (awaitMillis: number, bytes = 50_000_000) =>
    mirrored({ serving: true, application: { readBytesPerSecond: bytes, writeBytesPerSecond: bytes, awaitMillis } });

  test('gives way to the application of the source that waits', async () => {
    expect((await looking(busy(200))).progress.pace?.minRate).toBe(7000);
    expect((await looking(busy(2))).progress.pace?.minRate).toBeGreaterThan(7000);
  });

  test('does not count what the source reads, which does not go over the link', async () => {
    const reading = mirrored({ serving: true, application: { readBytesPerSecond: 1e9, writeBytesPerSecond: 50_000_000, awaitMillis: 2 } });
    expect((await looking(reading)).progress.pace).toEqual((await looking(busy(2))).progress.pace);
  });

  test('stays as it is where the source does not tell, which is said', async () => {
    const { done, progress } = await looking({}, 'TimedOut');
    expect({ done, pace: progress.pace, bytesLeft: progress.bytesLeft }).toEqual({ done: true, pace, bytesLeft: 400 });
    expect(progress.errors).toEqual([expect.stringMatching(/^the source did not tell how its application fares, so the pace stays: .*i-/)]);
  });

  test('waits for what the source tells', async () => {
    expect(await looking({}, 'InProgress')).toMatchObject({ done: false, ready: false, progress: { pace, errors: [] } });
  });
});

describe('the first pause', () => {
  const ask = (answer: object) => {
    const calls = fakeAws(said({ phase: 'mirrored', serving: true, ...answer }));
    return isSourceMirrored({ ...STEP, command: { instanceId: SOURCE_ID, commandId: 'c-1', sentAt: since }, since, metrics: METRICS }).then(output => ({ output, calls }));
  };

  test('is what the source measured, and a metric', async () => {
    const { output, calls } = await ask({ pausedAt: '2026-01-05T08:59:50.000Z', servingAt: '2026-01-05T08:59:53.240Z' });
    expect(output).toEqual({ done: true, waitSeconds: 0, pauseSeconds: 3.2, warnings: [] });
    expect(JSON.stringify(calls.at(-1)!.input)).toContain('SecondsPaused');
  });

  test.each([{}, { pausedAt: 'then', servingAt: 'now' }, { pausedAt: '2026-01-05T08:59:50.000Z', servingAt: '2026-01-05T08:59:49.000Z' }])('is not known from %j', async answer => {
    const { output, calls } = await ask(answer);
    expect(output).toMatchObject({ done: true, pauseSeconds: null });
    expect(calls.map(({ command }) => command)).not.toContain('PutMetricData');
  });

  test('a source that does not serve is no success', async () => {
    await expect(ask({ serving: false })).rejects.toMatchObject({ name: 'ReplicationInWrongState' });
  });
});

test('who approves the take-over is told what the target has', () => {
  const story = (preCopy: Parameters<typeof takeOverStory>[2]): string => takeOverStory(hosts(), SESSION, preCopy, EXECUTION).join('\n');
  expect(story({ pauseSeconds: 2, percent: 100, bytesLeft: 0 })).toContain('100 % of the blocks, and gets every write.');
  expect(story({ pauseSeconds: 2, percent: 40, bytesLeft: 77 })).toContain('40 % of the blocks, 77 bytes follow the switch.');
  expect(story(null)).toContain('the blocks follow the switch');
});
