import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { handler as areVerified } from '../../lambda/replication/are-blocks-verified';
import { handler as askForStatus } from '../../lambda/replication/ask-for-status';
import { handler as isSynchronised } from '../../lambda/replication/is-synchronised';
import { handler as verifyBlocks } from '../../lambda/replication/verify-blocks';
import type { Begun, Progress } from '../../lambda/shared/replication/progress';
import type { Verification } from '../../lambda/shared/replication/verification';
import { awsError, fakeAws } from './support/fake-aws';
import { EXECUTION, STEP } from './support/fixtures';
import { SESSION, SOURCE_ID, status, syncRequest, synchronisedStatus, TARGET_ID } from './support/replication';

const START = Date.parse('2026-01-05T09:00:00Z');
const since = new Date(START).toISOString();
const MINUTE = 60_000;
const BEGUN = { synchronised: false, pace: null, percent: 0, since, waitSeconds: 0 };
const METRICS = { namespace: 'InstanceMobility', construct: 'Stack:Stack/Sync' };
const LEASES = [SOURCE_ID, TARGET_ID].map(instanceId => ({ table: 'ledger', instanceId, token: 1 }));
const AROUND = { sourceInstanceId: SOURCE_ID, leases: LEASES, metrics: METRICS };

beforeEach(() => { jest.useFakeTimers({ now: START, doNotFake: ['nextTick', 'setImmediate'] }); });
afterEach(() => { jest.useRealTimers(); });

const at = (minutes: number): void => { jest.setSystemTime(START + minutes * MINUTE); };
const command = (over: object = {}) => ({ instanceId: TARGET_ID, commandId: 'c-1', sentAt: new Date().toISOString(), undelivered: null, ...over });
const said = (answer: unknown, Status = 'Success', over: object = {}) => ({
  GetCommandInvocation: () => ({ Status, StatusDetails: Status, StandardOutputContent: typeof answer === 'string' ? answer : JSON.stringify(answer), ...over }),
  UpdateItem: () => ({}), PutMetricData: () => ({}), DescribeInstances: () => ({ Reservations: [{ Instances: [{ InstanceId: SOURCE_ID, Tags: [] }] }] }),
});
const failed = (error: string) => said({ error, message: `${error}!` }, 'Failed');
const CUT = status({ peerConnected: false, suspended: true, volumes: [{ mountPoint: '/data', bytesLeft: 400, state: 'disconnected' }] });

async function looked(answers: Parameters<typeof fakeAws>[0], progress: Begun & Partial<Progress> = BEGUN, sent: object = {}, over = {}): Promise<Progress> {
  fakeAws(answers);
  const output = await isSynchronised({
    ...STEP, command: command(sent), since: new Date().toISOString(), request: syncRequest(over), progress, ...AROUND,
  });
  expect(output).toMatchObject({ done: true, waitSeconds: 0 });
  return output.progress;
}

describe('is synchronised', () => {
  test('while the document runs everything that the workflow assigns is there', async () => {
    fakeAws(said('', 'InProgress'));
    const output = await isSynchronised({ ...STEP, command: command(), since, request: syncRequest(), progress: BEGUN, ...AROUND });
    expect(output).toEqual({
      done: false, waitSeconds: 4,
      progress: {
        ...BEGUN, bytes: null, bytesLeft: null, bytesPerSecond: null, secondsLeft: null, suspended: null, connected: null,
        rateLimit: null, errors: [], troubleSince: null, quietSince: null, hurried: 0,
      },
    });
  });

  test('tells how far it is, chooses the pace, keeps the leases beyond the wait, and puts the metric', async () => {
    at(60);
    const calls = fakeAws(said(status({ secondsLeft: 3000.4 })));
    const request = syncRequest({ rateLimit: 2 });
    const { progress } = await isSynchronised({ ...STEP, command: command(), since, request, progress: BEGUN, ...AROUND });
    expect(progress).toEqual({
      synchronised: false, percent: 60, bytes: 1000, bytesLeft: 400, bytesPerSecond: 10, secondsLeft: 3000, suspended: false, connected: true,
      pace: { minRate: 2048, maxRate: 2048, ceiling: null, ease: 0, isTold: false }, rateLimit: 2, since, waitSeconds: 300,
      errors: [], troubleSince: null, quietSince: null, hurried: 0,
    });
    const renewed = calls.filter(call => call.command === 'UpdateItem').map(({ input }) => input as unknown as { Key: { pk: { S: string } }; ExpressionAttributeValues: Record<string, { N: string; S: string }> });
    expect(renewed.map(({ Key }) => Key.pk.S)).toEqual([`lease#${SOURCE_ID}`, `lease#${TARGET_ID}`]);
    for (const { ExpressionAttributeValues: values } of renewed) {
      expect(values[':holder']?.S).toBe(EXECUTION);
      expect(Number(values[':expires']?.N)).toBe(Date.now() + (300 + 3600) * 1000);
    }
    expect(calls.find(call => call.command === 'PutMetricData')?.input).toEqual({
      Namespace: 'InstanceMobility', MetricData: [{ MetricName: 'BytesLeft', Dimensions: [{ Name: 'Construct', Value: 'Stack:Stack/Sync' }], Value: 400, Unit: 'Bytes' }],
    });
  });

  test('while the application waits for its requests, and can be given more, it is looked at every minute', async () => {
    at(48 * 60);
    const application = { readBytesPerSecond: 1e6, writeBytesPerSecond: 0 };
    const slow = (awaitMillis: number) => said(status({ secondsLeft: 1e6, bytesPerSecond: 1e8, application: { ...application, awaitMillis } }));
    const pace = { minRate: 100_000, maxRate: 4_194_304, ceiling: null, ease: 3, isTold: true };
    const [given, eased] = [await looked(slow(31), { ...BEGUN, pace }), await looked(slow(29), { ...BEGUN, pace })];
    expect(given).toMatchObject({ waitSeconds: 60, hurried: 1 });
    expect(given.pace!.minRate).toBeLessThan(100_000);
    expect(eased).toMatchObject({ waitSeconds: 7200, hurried: 0 });
    // there is nothing left to give
    expect(await looked(slow(900), { ...BEGUN, pace: { ...pace, minRate: 1024 } })).toMatchObject({ waitSeconds: 7200, hurried: 0, pace: { minRate: 1024 } });
  });

  test('nothing that serves fails by a metric', async () => {
    const progress = await looked({ ...said(synchronisedStatus()), PutMetricData: () => { throw awsError('AccessDenied', 'no'); } });
    expect(progress).toMatchObject({ synchronised: true, percent: 100, errors: ['the metric BytesLeft could not be put: AccessDenied: no'] });
  });

  test('a lease that another execution took ends it', async () => {
    const { ConditionalCheckFailedException } = jest.requireActual('@aws-sdk/client-dynamodb');
    await expect(looked({ ...said(status()), UpdateItem: () => { throw new ConditionalCheckFailedException({ message: '', $metadata: {} }); } })).rejects.toMatchObject({ name: 'LeaseLost' });
  });

  test.each<[string, object]>([
    ['a byte is left', { bytesLeft: 1 }], ['a volume has some left', { volumes: [{ mountPoint: '/a', bytesLeft: 1, state: 'synchronised' }] }],
    ['a volume still synchronises', { volumes: [{ mountPoint: '/a', bytesLeft: 0, state: 'synchronising' }, { mountPoint: '/b', bytesLeft: 0, state: 'synchronised' }] }],
    ['there is no volume', { volumes: [] }], ['the source is not there', { peerConnected: false }], ['I/O is suspended', { suspended: true }], ['nobody is served', { serving: false }],
  ])('not while %s', async (_, over) => {
    const progress = await looked(said(synchronisedStatus(over)));
    expect(progress.synchronised).toBe(false);
    expect(progress.percent).toBeLessThan(100);
  });

  describe('its rate limit', () => {
    const tagged = (value?: string) => ({
      ...said(status()), DescribeInstances: () => ({ Reservations: [{ Instances: [{ InstanceId: SOURCE_ID, Tags: value === undefined ? [] : [{ Key: 'instance-mobility:rate-limit', Value: value }] }] }] }),
    });

    test('is a tag of the source once there is one: it is changed while blocks go, up and down, and with the tag it goes', async () => {
      const first = await looked(tagged(), BEGUN, {}, { rateLimit: 20 });
      expect(first).toMatchObject({ rateLimit: 20, pace: { maxRate: 20_480 }, errors: [] });
      at(60);
      // the engine hears of it with the next look, which is not waited for; as long as nothing changes it is
      const slower = await looked(tagged('3'), first, {}, { rateLimit: 20 });
      expect(slower).toMatchObject({ rateLimit: 3, pace: { maxRate: 3072 }, errors: [], waitSeconds: 10 });
      expect(await looked(tagged('3'), slower, {}, { rateLimit: 20 })).toMatchObject({ rateLimit: 3, waitSeconds: 40 });
      const faster = await looked(tagged('50'), slower, {}, { rateLimit: 20 });
      expect(faster).toMatchObject({ rateLimit: 50, pace: { maxRate: 51_200 } });
      expect(await looked(tagged(), faster, {}, { rateLimit: 20 })).toMatchObject({ rateLimit: 20, pace: { maxRate: 20_480 } });
      expect(await looked(tagged(), faster)).toMatchObject({ rateLimit: null });
    });

    test.each(['0', '-1', '1.5', '07', '100001', '1 MiB', '', '$(reboot)', '9'.repeat(200)])('a tag of "%s" is not heeded, and that is told', async value => {
      const progress = await looked(tagged(value), BEGUN, {}, { rateLimit: 20 });
      expect(progress).toMatchObject({ rateLimit: 20, errors: [expect.stringContaining('no whole number of MiB/s from 1 to 100000')] });
    });

    test('stays as it was where the tag can not be read', async () => {
      const slower = await looked(tagged('3'), BEGUN, {}, { rateLimit: 20 });
      const progress = await looked({ ...tagged(), DescribeInstances: () => { throw awsError('RequestLimitExceeded'); } }, slower, {}, { rateLimit: 20 });
      expect(progress).toMatchObject({ rateLimit: 3, errors: [expect.stringContaining('could not be read (RequestLimitExceeded')] });
    });
  });

  test('a link that is cut is waited for, and named; then it goes on as before', async () => {
    const first = await looked(said(status()));
    at(120);
    const cut = await looked(said(CUT), first);
    expect(cut).toMatchObject({ troubleSince: '2026-01-05T11:00:00.000Z', waitSeconds: 60, hurried: 1, pace: first.pace, errors: [expect.stringContaining('has not seen its source since 2026-01-05T11:00')] });
    at(134.9);
    const still = await looked(said(CUT), cut);
    expect(still).toMatchObject({ troubleSince: cut.troubleSince, synchronised: false });
    const healed = await looked(said(status({ secondsLeft: null })), still);
    expect(healed).toMatchObject({ troubleSince: null, errors: [], waitSeconds: 300 });
    // the patience begins anew
    at(140);
    expect(await looked(said(CUT), healed)).toMatchObject({ troubleSince: '2026-01-05T11:20:00.000Z' });
  });

  test.each<[string, () => Parameters<typeof fakeAws>[0], object, string, RegExp]>([
    ['the source stays away', () => said(CUT), {}, 'SourceUnreachable', /400 bytes are not copied yet and reads of them wait.*continues this session.*AcceptLoss yes/],
    ['the services stay down', () => said(status({ serving: false, errors: ['mount failed'] })), {}, 'ServiceFailed', /has not served since 2026-01-05T09:00:00.000Z. It says: mount failed/],
    ['the target stays silent', () => said('', 'TimedOut', { StatusDetails: 'DeliveryTimedOut' }), {}, 'TargetUnreachable', /targetLost true/],
    ['no command reaches it', () => said(''), { undelivered: 'Systems Manager does not reach it' }, 'TargetUnreachable', /does not reach it/],
    ['its document fails', () => failed('WrongState'), {}, 'TargetUnreachable', /ReplicationInWrongState: i-0fedcba9876543210: WrongState!/],
    ['it talks nonsense', () => said('{"phase":1}'), {}, 'TargetUnreachable', /StrangeAnswer/],
  ])('for 15 minutes and no longer: %s', async (_, answers, sent, name, message) => {
    const first = await looked(answers(), BEGUN, sent);
    expect(first).toMatchObject({ troubleSince: since, synchronised: false, waitSeconds: 10 });
    at(14.99);
    const then = await looked(answers(), first, sent);
    at(15);
    await expect(looked(answers(), then, sent)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });

  describe('which copies nothing, though both see each other', () => {
    const still = (over: object = {}) => said(status({ secondsLeft: null, bytesPerSecond: 0, ...over }));

    test('is told after 15 minutes, and somebody has to decide after an hour', async () => {
      const first = await looked(still());
      expect(first).toMatchObject({ quietSince: null, errors: [] });
      at(5);
      let progress = await looked(still(), first);
      expect(progress).toMatchObject({ quietSince: '2026-01-05T09:05:00.000Z', troubleSince: null, errors: [] });
      at(20);
      progress = await looked(still(), progress);
      expect(progress.errors).toEqual([expect.stringContaining('nothing was copied since 2026-01-05T09:05:00.000Z')]);
      at(64.9);
      progress = await looked(still(), progress);
      at(65);
      await expect(looked(still(), progress)).rejects.toMatchObject({
        name: 'ReplicationStandsStill', message: expect.stringMatching(/copied since 2026-01-05T09:05:00.000Z \(\/data is synchronising, 400 bytes left\).*continues this session/),
      });
      // a single block is enough to go on waiting
      expect(await looked(still({ bytesLeft: 399 }), progress)).toMatchObject({ quietSince: null, errors: [] });
    });

    test('is looked at each five minutes, however seldom it was before', async () => {
      at(5 * 24 * 60);
      const first = await looked(still());
      expect(first.waitSeconds).toBe(7200);
      at(5 * 24 * 60 + 120);
      // two hours between two looks tell nothing of the line in between: an hour begins now
      expect(await looked(still(), first)).toMatchObject({ quietSince: '2026-01-10T11:00:00.000Z', waitSeconds: 300, hurried: 1, errors: [] });
    });

    test('is another thing than a line that is cut, or than having nothing left', async () => {
      const first = await looked(still());
      at(50);
      const quiet = await looked(still(), first);
      at(55);
      expect(await looked(said(CUT), quiet)).toMatchObject({ quietSince: null, troubleSince: '2026-01-05T09:55:00.000Z' });
      expect(await looked(said(synchronisedStatus()), quiet)).toMatchObject({ quietSince: null, synchronised: true });
    });
  });

  test('a document that does not end is given up, and asked for anew', async () => {
    at(10);
    const sentAt = new Date(START + 5 * MINUTE).toISOString();
    expect(await looked(said('', 'InProgress'), BEGUN, { sentAt })).toMatchObject({ troubleSince: '2026-01-05T09:10:00.000Z', errors: [expect.stringContaining('did not answer command c-1')] });
  });

  test.each([['AgentTooOld', 'AgentTooOld'], ['InvalidParameter', 'ParameterRefused']])('%s does not pass by waiting', async (error, name) => {
    await expect(looked(failed(error))).rejects.toMatchObject({ name });
  });

  test('a split brain, and a session that somebody ended, are told at once', async () => {
    await expect(looked(said(status({ peerConnected: false, errors: ['r0: Split-Brain detected'] })))).rejects.toMatchObject({ name: 'SplitBrain', message: expect.stringContaining('r0: Split-Brain detected') });
    for (const phase of ['fallen-back', 'finalized', 'released']) await expect(looked(said(status({ phase })))).rejects.toMatchObject({ name: 'ReplicationInWrongState' });
  });

  test('what AWS refuses is left to the workflow to retry', async () => {
    await expect(looked({ ...said(''), GetCommandInvocation: () => { throw awsError('ThrottlingException'); } })).rejects.toMatchObject({ name: 'ThrottlingException' });
  });

  test('a host that complains without end does not fill the state', async () => {
    const progress = await looked(said(status({ errors: Array.from({ length: 50 }, () => `\u0007${'x'.repeat(5000)}\n`) })));
    expect(JSON.stringify(progress).length).toBeLessThan(4000);
    expect(progress.errors.join('')).not.toMatch(/[\p{Cc}]/u);
  });
});

describe('ask for status', () => {
  const ask = (pace: Progress['pace']) => askForStatus({ ...STEP, session: SESSION, instanceId: TARGET_ID, pace, documentName: 'status' });

  test('tells the pace, in KiB per second', async () => {
    const calls = fakeAws({ SendCommand: () => ({ Command: { CommandId: 'c-9' } }) });
    expect(await ask({ minRate: 1024, maxRate: 4096, ceiling: 7, ease: 0, isTold: false })).toEqual({ instanceId: TARGET_ID, commandId: 'c-9', sentAt: since, undelivered: null });
    await ask(null);
    expect(calls.map(({ input }) => input['Parameters'])).toEqual([
      { Session: [SESSION], MinRate: ['1024'], MaxRate: ['4096'] }, { Session: [SESSION], MinRate: [''], MaxRate: [''] },
    ]);
  });

  test('a target that reboots is no failure yet; what else AWS refuses is', async () => {
    fakeAws({ SendCommand: () => { throw awsError('InvalidInstanceId', 'not in a valid state'); } });
    expect(await ask(null)).toMatchObject({ commandId: '', undelivered: expect.stringContaining('not in a valid state') });
    fakeAws({ SendCommand: () => { throw awsError('AccessDeniedException'); } });
    await expect(ask(null)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

describe('are blocks verified', () => {
  const begun = { verified: false, restart: true, rounds: 0, percent: 0, pace: null, since, waitSeconds: 0 };
  const application = { readBytesPerSecond: 0, writeBytesPerSecond: 0, awaitMillis: 0 };
  const checked = (state: string, bytesChecked: number, outOfSyncBytes = 0, bytes = 1000, over: object = {}) =>
    said({ session: SESSION, state, bytes, bytesChecked, outOfSyncBytes, bytesPerSecond: 10, application, ...over });
  type Told = Parameters<typeof fakeAws>[0];
  type Former = Parameters<typeof areVerified>[0]['verification'];
  const from = { request: syncRequest(), sourceInstanceId: SOURCE_ID, leases: LEASES };
  const look = async (answers: Told, verification: Former = begun, sent: object = {}, over = {}): Promise<Verification> => {
    const calls = fakeAws(answers);
    const output = await areVerified({ ...STEP, ...from, request: syncRequest(over), command: command(sent), since: new Date().toISOString(), verification });
    expect(output.done).toBe(true);
    expect(calls.filter(call => call.command === 'UpdateItem')).toHaveLength(2);
    return output.verification;
  };

  test('begins anew once, then asks how far it is', async () => {
    const calls = fakeAws({ SendCommand: () => ({ Command: { CommandId: 'c-1' } }) });
    const pace = { minRate: 5, maxRate: 6, ceiling: null, ease: 0, isTold: false };
    for (const [restart, told] of [[true, pace], [false, null]] as const) {
      await verifyBlocks({ ...STEP, session: SESSION, instanceId: TARGET_ID, restart, pace: told, documentName: 'verify' });
    }
    expect(calls.map(({ input }) => input['Parameters'])).toEqual([
      { Session: [SESSION], Restart: ['yes'], MinRate: ['5'], MaxRate: ['6'] }, { Session: [SESSION], Restart: ['no'], MinRate: [''], MaxRate: [''] },
    ]);
    const running = await look(checked('running', 250));
    expect(running).toMatchObject({ verified: false, restart: false, rounds: 1, percent: 25 });
    expect(await look(checked('done', 1000), running)).toMatchObject({ verified: true, restart: false, rounds: 1, percent: 100, bytes: 1000, bytesChecked: 1000, outOfSyncBytes: 0 });
  });

  test('is looked at when it should be over, by what was compared since the last look', async () => {
    at(10 * 60);
    const first = await look(checked('running', 100));
    expect(first).toMatchObject({ waitSeconds: 6000, hurried: 0 });
    at(11 * 60);
    // 500 in an hour: what is left takes 48 minutes
    const second = await look(checked('running', 600), first);
    expect(second).toMatchObject({ waitSeconds: 2880, hurried: 1 });
    at(12 * 60);
    expect(await look(checked('running', 601), second)).toMatchObject({ waitSeconds: 7200, hurried: 1 });
  });

  describe('goes on at the pace of the synchronisation', () => {
    const pace = { minRate: 1024, maxRate: 4096, ceiling: null, ease: 0, isTold: true };
    // twice as much as it is
    const kept = { bytesPerSecond: 1024 * 1024, application: { readBytesPerSecond: 1e6, writeBytesPerSecond: 1e6, awaitMillis: 2 } };
    const waiting = { ...kept, application: { ...kept.application, awaitMillis: 200 } };
    const begunSo = { ...begun, pace, rateLimit: 4 };
    const told = (over: object) => checked('running', 500, 0, 1000, over);

    test('which grows while the application is answered in time, and is told to the target', async () => {
      const { pace: grown } = await look(told(kept), begunSo, {}, { rateLimit: 4 });
      expect(grown).toEqual({ ...pace, minRate: 2048, ease: 1, isTold: false });
      expect(await look(told(kept), { ...begunSo, pace: grown }, {}, { rateLimit: 4 })).toMatchObject({ pace: { minRate: 2048, isTold: true } });
    });

    test('and gives way when it is not: that is looked at every minute', async () => {
      at(600);
      const busy = await look(told({ ...waiting, bytesPerSecond: 4096 * 1024 }), { ...begunSo, pace: { ...pace, minRate: 4096 } }, {}, { rateLimit: 4 });
      expect(busy).toMatchObject({ pace: { minRate: 2867 }, waitSeconds: 60 });
    });

    test('no goal makes it faster: the blocks are there, in time or not', async () => {
      at(600);
      expect(await look(told(waiting), begunSo, {}, { rateLimit: 4, finishBy: since })).toMatchObject({ pace: { minRate: 1024 } });
    });

    test('a limit that has changed is told to the target at once', async () => {
      at(600);
      const limited = await look(told(kept), begunSo, {}, { rateLimit: 2 });
      expect(limited).toMatchObject({ rateLimit: 2, pace: { minRate: 2048, maxRate: 2048 }, waitSeconds: 10 });
      const tags = [{ Key: 'instance-mobility:rate-limit', Value: 'fast' }];
      const odd = await look({ ...told(kept), DescribeInstances: () => ({ Reservations: [{ Instances: [{ InstanceId: SOURCE_ID, Tags: tags }] }] }) }, begunSo);
      expect(odd.errors).toEqual([expect.stringContaining('is no whole number of MiB/s')]);
    });

    test('what stands still, or is done, changes nothing of it', async () => {
      const first = await look(checked('running', 500, 0, 1000, kept), { ...begunSo, restart: false }, {}, { rateLimit: 4 });
      expect((await look(checked('running', 500, 0, 1000, kept), first, {}, { rateLimit: 4 })).pace).toEqual(first.pace);
      expect((await look(checked('done', 1000, 0, 1000, kept), first, {}, { rateLimit: 4 })).pace).toEqual(first.pace);
    });
  });

  test('while the document runs', async () => {
    fakeAws(said('', 'Pending'));
    const output = await areVerified({ ...STEP, ...from, command: command(), since, verification: begun });
    expect(output).toMatchObject({ done: false, verification: { ...begun, bytes: null, errors: [] } });
  });

  test.each<[string, number, number, number]>([
    ['differences', 1000, 512, 1000], ['a part only', 999, 0, 1000], ['nothing', 0, 0, 0],
  ])('%s: compared again, three times in all', async (_, bytesChecked, differing, bytes) => {
    let verification: Former = begun;
    for (const round of [1, 2]) {
      verification = await look(checked('done', bytesChecked, differing, bytes), verification);
      expect(verification).toMatchObject({ verified: false, restart: true, rounds: round, errors: [expect.stringContaining(`in round ${round}`)] });
    }
    await expect(look(checked('done', bytesChecked, differing, bytes), verification)).rejects.toMatchObject({ name: 'BlocksDiffer', message: expect.stringContaining('3 comparisons') });
  });

  test('what is running is never taken for verified', async () => {
    expect(await look(checked('running', 1000))).toMatchObject({ verified: false, percent: 99 });
  });

  test('a comparison that gets no further is given up after 15 minutes', async () => {
    const first = await look(checked('running', 500));
    const stalled = await look(checked('running', 500), first);
    expect(stalled).toMatchObject({ restart: false, troubleSince: since, errors: [expect.stringContaining('no more blocks were compared')] });
    at(14);
    // a connection that comes back begins from the start, which is further than nothing
    const again = await look(checked('running', 0), stalled);
    expect(again.troubleSince).toBe(since);
    expect(await look(checked('running', 10), again)).toMatchObject({ troubleSince: null, errors: [] });
    at(15);
    await expect(look(checked('running', 0), again)).rejects.toMatchObject({ name: 'SourceUnreachable', message: expect.stringContaining('compared no further than 0 of 1000') });
  });

  test('an interruption begins anew, for 15 minutes', async () => {
    const running = await look(checked('running', 900));
    const interrupted = await look(failed('WrongState'), running);
    expect(interrupted).toMatchObject({ verified: false, restart: true, percent: 0, rounds: 1, troubleSince: since, errors: [expect.stringContaining('WrongState!')] });
    expect(await look(checked('running', 10), interrupted)).toMatchObject({ restart: false, rounds: 2, troubleSince: null, errors: [] });
    at(15);
    await expect(look(failed('PeerUnreachable'), interrupted)).rejects.toMatchObject({ name: 'SourceUnreachable' });
    await expect(look(said(''), interrupted, { undelivered: 'rebooting' })).rejects.toMatchObject({ name: 'TargetUnreachable' });
  });

  test.each(['/data is synchronising', 'the blocks that differ are still being copied: try again'])('as long as the two copy it is waited for: %s', async message => {
    const copying = said({ error: 'WrongState', message }, 'Failed');
    const interrupted = await look(failed('PeerUnreachable'), await look(checked('running', 900)));
    at(14);
    const waiting = await look(copying, interrupted);
    expect(waiting).toMatchObject({ verified: false, restart: true, rounds: 1, troubleSince: null, errors: [expect.stringContaining(message)] });
    at(600);
    expect(await look(copying, waiting)).toMatchObject({ restart: true, troubleSince: null, waitSeconds: 60, hurried: waiting.hurried + 1 });
    expect(await look(checked('running', 10), waiting)).toMatchObject({ restart: false, rounds: 2, errors: [] });
    await expect(look(failed('PeerUnreachable'), interrupted)).rejects.toMatchObject({ name: 'SourceUnreachable' });
  });

  test('these are the words of the documents', () => {
    const text = ['verify.sh', 'parts/drbd-verify.sh', 'parts/md-verify.sh'].map(file => readFileSync(join(__dirname, '../../documents/replication', file), 'utf8'));
    expect(text[0]).toContain('fail 8 WrongState "${mounts[index]} is $state"');
    for (const engine of text.slice(1)) expect(engine).toContain("fail 8 WrongState 'the blocks that differ are still being copied: try again'");
  });
});
