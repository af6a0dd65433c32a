/** How a group decides whether it switches: the decision itself, and its handlers against the rehearsal's DynamoDB, with calls that overtake each other. */
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { handler as announce } from '../../lambda/migration/announce-to-group';
import { handler as look } from '../../lambda/migration/is-group-ready';
import { handler as withdraw } from '../../lambda/migration/withdraw-from-group';
import { gateOf, turnOf, type Turn } from '../../lambda/shared/fleet/groups';
import type { Progress } from '../../lambda/shared/fleet/status';
import { acquireLease, releaseLease } from '../../lambda/shared/lease';
import { announced, type Gate, type Group, missingAt, waitsUntil, withdrawn } from '../../lambda/shared/migration/gate';
import { Account } from '../../rehearsal/cloud/account';
import { type Server, serve } from '../../rehearsal/cloud/server';

jest.setTimeout(60_000);

const NOW = Date.parse('2026-01-05T20:00:00Z');
const HOUR = 3_600_000;
const IDS = ['i-0000000a', 'i-0000000b', 'i-0000000c'];
const group: Group = { id: 'friday', members: IDS, until: new Date(NOW + HOUR).toISOString() };
const executionOf = (id: string): string => `arn:move-of-${id}`;
const member = (id: string) => ({ group, id, execution: executionOf(id) });

type Event = { readonly what: 'announce' | 'withdraw'; readonly id: string };
const after = (gate: Gate | undefined, { what, id }: Event): Gate => (what === 'announce' ? announced(gate, member(id), NOW) : withdrawn(gate, member(id), 'ended'));

describe('the decision', () => {
  const events = fc.array(fc.record<Event>({ what: fc.constantFrom('announce', 'announce', 'withdraw'), id: fc.constantFrom(...IDS) }), { maxLength: 12 });

  test('is made once, for all: open if all were ready before anybody withdrew', () => {
    fc.assert(fc.property(events, all => {
      let gate: Gate | undefined;
      const verdicts: string[] = [];
      for (const event of all) verdicts.push((gate = after(gate, event)).verdict);
      const decided = verdicts.filter(verdict => verdict !== 'waiting');
      expect(new Set(decided).size).toBeLessThan(2);
      if (decided.length > 0) expect(verdicts.at(-1)).toBe(decided[0]);
      const firstOut = all.findIndex(({ what }) => what === 'withdraw');
      const before = new Set((firstOut < 0 ? all : all.slice(0, firstOut)).filter(({ what }) => what === 'announce').map(({ id }) => id));
      const expected = before.size === IDS.length ? 'open' : firstOut < 0 ? 'waiting' : 'closed';
      expect(gate?.verdict ?? 'waiting').toBe(expected);
      if (gate?.verdict === 'closed') expect(gate.closed!.by).toBe(all[firstOut]!.id);
    }), { numRuns: 500 });
  });

  test('is the same however often each step runs', () => {
    fc.assert(fc.property(events, all => {
      const once = all.reduce<Gate | undefined>(after, undefined);
      const twice = all.flatMap(event => [event, event]).reduce<Gate | undefined>(after, undefined);
      expect(twice).toEqual(once);
    }), { numRuns: 200 });
  });

  test('is waited for until its time, the deadline of the move, or half a day', () => {
    const gate = announced(undefined, member(IDS[0]!), NOW);
    const until = (later: number): Group => ({ ...group, until: new Date(NOW + later).toISOString() });
    expect(waitsUntil(gate, member(IDS[0]!), null)).toBe(NOW + HOUR);
    expect(waitsUntil(gate, { ...member(IDS[0]!), group: until(40 * HOUR) }, null)).toBe(NOW + 12 * HOUR);
    expect(waitsUntil(gate, member(IDS[0]!), new Date(NOW + 60_000).toISOString())).toBe(NOW + 60_000);
    expect(missingAt(gate)).toEqual(IDS.slice(1));
  });
});

describe('in the ledger', () => {
  const TABLE = 'ledger';
  let account: Account;
  let server: Server;
  beforeAll(async () => {
    account = new Account();
    server = await serve(account, () => ({ callerArn: 'arn:aws:iam::111122223333:user/somebody' }));
    Object.assign(process.env, { AWS_ENDPOINT_URL: server.url, AWS_REGION: account.region, AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'none' });
  });
  afterAll(() => server.close());
  beforeEach(() => {
    account.dynamodb.addTable({ name: TABLE, partitionKey: { name: 'pk', type: 'S' } });
    jest.spyOn(Date, 'now').mockReturnValue(NOW);
  });
  afterEach(() => jest.restoreAllMocks());

  const step = (id: string, more: object = {}) => ({ gate: group, instanceId: id, table: TABLE, execution: executionOf(id), owner: 'Test', ...more });
  const leaseOf = (id: string, execution = executionOf(id)) => acquireLease(TABLE, id, execution);
  const ready = async (id: string, more: object = {}) => announce({ ...step(id), lease: await leaseOf(id), ...more });
  const looks = async (id: string, more: object = {}) => look({
    ...step(id), plan: { sourceInstanceId: id, deadline: null, link: null } as never, lease: await leaseOf(id), reservation: null,
    since: new Date(NOW - 400_000).toISOString(), takenAt: new Date(NOW - 60_000).toISOString(), ...more,
  });
  const ends = (id: string) => withdraw({ ...step(id), error: 'WillNotConverge' });
  const item = () => account.dynamodb.table(TABLE).all().find(({ pk }) => pk!.S === 'gate#friday');

  test('the last one opens it, each once, and DynamoDB may forget it a week after', async () => {
    await ready(IDS[0]!);
    await ready(IDS[0]!);
    expect(await looks(IDS[0]!)).toEqual({ ready: false, stale: false, reservation: null, waitSeconds: 60 });
    expect(await looks(IDS[0]!, { takenAt: new Date(NOW - 601_000).toISOString() })).toMatchObject({ ready: false, stale: true });
    expect(await looks(IDS[0]!, { takenAt: null })).toMatchObject({ stale: false });
    await ready(IDS[1]!);
    await ready(IDS[2]!);
    for (const id of IDS) expect(await looks(id)).toMatchObject({ ready: true });
    expect(item()).toMatchObject({ verdict: { S: 'open' }, version: { N: '3' }, ttl: { N: `${(NOW + HOUR) / 1000 + 7 * 86_400}` } });
    // after that a failure is its own
    expect(await ends(IDS[1]!)).toEqual({ verdict: 'open' });
    expect(await looks(IDS[0]!)).toMatchObject({ ready: true });
  });

  test('who ends before closes it for all, and who comes later is told whom to ask', async () => {
    await ready(IDS[0]!);
    expect(await ends(IDS[1]!)).toEqual({ verdict: 'closed' });
    expect(await ends(IDS[1]!)).toEqual({ verdict: 'closed' });
    await expect(looks(IDS[0]!)).rejects.toMatchObject({ name: 'GroupNotReady', message: expect.stringContaining(`${IDS[1]} ended with WillNotConverge`) });
    await ready(IDS[2]!);
    await expect(looks(IDS[2]!)).rejects.toMatchObject({ name: 'GroupNotReady' });
  });

  test('who has waited for long enough closes it; in the same moment as the last one comes, one of both wins for all', async () => {
    await ready(IDS[0]!);
    await ready(IDS[1]!);
    jest.spyOn(Date, 'now').mockReturnValue(NOW + HOUR + 1);
    const [given, came] = await Promise.allSettled([looks(IDS[0]!), ready(IDS[2]!)]);
    expect(came.status).toBe('fulfilled');
    const verdicts = await Promise.allSettled(IDS.map(id => looks(id)));
    expect(new Set([given, ...verdicts].map(({ status }) => status)).size).toBe(1);
    if (given.status === 'rejected') expect(given.reason).toMatchObject({ name: 'GroupNotReady', message: expect.stringMatching(/waited until 2026-01-05T21:00:00.000Z for i-0000000c/) });
  });

  test('whatever overtakes what, all decide alike', () => fc.assert(fc.asyncProperty(
    fc.array(fc.constantFrom(...IDS), { maxLength: 2 }), fc.shuffledSubarray(IDS, { minLength: 3 }), async (leaving, coming) => {
      account.dynamodb.addTable({ name: TABLE, partitionKey: { name: 'pk', type: 'S' } });
      await Promise.all([...coming.map(id => ready(id)), ...leaving.map(ends)]);
      const verdicts = (await Promise.allSettled(IDS.map(id => looks(id)))).map(({ status }) => status);
      expect(new Set(verdicts).size).toBe(1);
      if (leaving.length === 0) expect(verdicts[0]).toBe('fulfilled');
    }), { numRuns: 12 }));

  test('an id that was used before, or with other members, is told', async () => {
    await ready(IDS[0]!);
    await releaseLease(TABLE, IDS[0]!, executionOf(IDS[0]!));
    const lease = await leaseOf(IDS[0]!, 'arn:another');
    await expect(announce({ ...step(IDS[0]!), execution: 'arn:another', lease })).rejects.toMatchObject({ name: 'GroupNotReady', message: expect.stringContaining('under another id') });
    // nor can the stranger close it
    expect(await withdraw({ ...step(IDS[0]!), execution: 'arn:another', error: 'GroupNotReady' })).toEqual({ verdict: 'waiting' });
    await expect(ready(IDS[1]!, { gate: { ...group, members: IDS.slice(0, 2) } })).rejects.toMatchObject({ name: 'GroupNotReady', message: expect.stringContaining('tell all of them the same') });
    await expect(looks(IDS[1]!, { gate: { ...group, id: 'forgotten' } })).rejects.toMatchObject({ name: 'GroupNotReady', message: expect.stringContaining('nothing is known') });
  });

  test('who loses every race is run again by its step; any other failure is one', async () => {
    const send = DynamoDBClient.prototype.send as (command: unknown) => Promise<unknown>;
    let meanwhile = 0;
    jest.spyOn(DynamoDBClient.prototype, 'send').mockImplementation(async function interfering(this: DynamoDBClient, command: unknown) {
      if (command instanceof PutItemCommand) {
        const { TableName, Item } = command.input;
        await send.call(this, new PutItemCommand({ TableName, Item: { ...Item, verdict: { S: 'waiting' }, version: { N: `${++meanwhile + 100}` } } }));
      }
      return send.call(this, command);
    } as never);
    await expect(ends(IDS[0]!)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    expect(meanwhile).toBe(10);
    jest.spyOn(DynamoDBClient.prototype, 'send').mockRejectedValue(Object.assign(new Error('no'), { name: 'AccessDeniedException' }) as never);
    await expect(ends(IDS[0]!)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

describe('a fleet', () => {
  const [a, b, c] = IDS as [string, string, string];
  const groups = [IDS];
  const waiting = (gate?: number): Progress => ({ state: 'waiting', attempts: gate === undefined ? 0 : 1, ...gate !== undefined && { gate } });
  const moving = (gate: number, switched: number | null = null): Progress => ({ state: 'moving', attempts: 1, execution: 'arn:1', expected: {} as never, switched, gate });
  const lost: Progress = { state: 'failed', execution: null, error: 'MountBusy', message: '' };
  const turn = (id: string, ...[x, y, z]: Progress[]): Turn => turnOf({ groups }, id, { [a]: x!, [b]: y!, [c]: z! });
  const all = (number: number, members = IDS): Turn => ({ may: 'start', together: { number, members } });

  test.each<[string, Turn, Turn]>([
    ['the first of a group begins a new gate', turn(a, waiting(), waiting(), waiting()), all(1)],
    ['the others join it', turn(b, moving(1), waiting(), waiting()), all(1)],
    ['who left it waits until the others have left it, too', turn(a, waiting(1), moving(1), waiting()), { may: 'wait' }],
    ['then all try again', turn(a, waiting(1), waiting(1), waiting()), all(2)],
    ['also who had no part in it', turn(c, waiting(1), waiting(1), waiting()), all(2)],
    ['or joins those who have begun', turn(c, moving(2), waiting(1), waiting()), all(2)],
    ['who is lost before any has switched keeps all', turn(a, waiting(), lost, waiting()), { may: 'never', because: b }],
    ['but one that was lost after its own switch keeps nobody', turn(a, waiting(), { ...lost, switched: true }, waiting()), all(1, [a, c])],
    ['who fell back when others switched follows them with the rest', turn(a, waiting(1), moving(1, 7), waiting(1)), all(2, [a, c])],
    ['or alone', turn(a, waiting(1), moving(1, 7), lost), { may: 'start', together: null }],
    ['who is in no group has nobody to wait for', turnOf({ groups }, 'i-0000000d', {}), { may: 'start', together: null }],
  ])('%s', (_, found, expected) => expect(found).toEqual(expected));

  test('gives an attempt an id that no other has', () => {
    const first = gateOf('arn:fleet', { number: 1, members: IDS }, NOW / 1000);
    expect(first).toEqual({ id: expect.stringMatching(/^[0-9a-f]{32}$/), members: IDS, until: '2026-01-05T20:00:00.000Z' });
    const others = [gateOf('arn:fleet', { number: 2, members: IDS }, NOW / 1000), gateOf('arn:other', { number: 1, members: IDS }, NOW / 1000), gateOf('arn:fleet', { number: 1, members: [a, b] }, 0)];
    expect(new Set([first, ...others].map(({ id }) => id)).size).toBe(4);
  });
});
