/** Reservations through the real client, against the rehearsal's DynamoDB, with calls that overtake each other. */
import { DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { extend, refit, release, reservationId, reservationsOn, reserve, type Reservation, type Wanted } from '../../lambda/shared/reservations/reservations';
import { heldPerSlot, lackOf, type Held, rateAt, type Room } from '../../lambda/shared/reservations/room';
import { Account } from '../../rehearsal/cloud/account';
import { type Server, serve } from '../../rehearsal/cloud/server';

jest.setTimeout(120_000);

const TABLE = 'ledger';
const BOOK = 'vpn/vpn-0123456789abcdef0#to-edge';
const NOW = Date.parse('2026-01-05T20:00:00Z');
const start = NOW / 1000;
const SLOT = 900;
const at = (slot: number): number => start + slot * SLOT;
/** Two days of 100 bytes per second: midnight is at slot 16, the one after it at slot 112. */
const room: Room = { start, step: SLOT, values: new Array<number>(192).fill(100) };

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

const later = (seconds: number): void => { jest.spyOn(Date, 'now').mockReturnValue(NOW + seconds * 1000); };
const wanted = (migration: string, from: number, to: number, rate: number, more: Partial<Wanted> = {}): Wanted =>
  ({ table: TABLE, book: BOOK, execution: 'arn:fleet', migration, from: at(from), to: at(to), rate, ...more });
const book = (migration: string, from: number, to: number, rate: number, more: Partial<Wanted> = {}): Promise<Reservation> =>
  reserve(wanted(migration, from, to, rate, more), room);
const days = (): Record<string, { version: number; ids: string[] }> => Object.fromEntries(account.dynamodb.table(TABLE).all()
  .map(({ pk, version, held }) => [pk!.S!.split('#').at(-1)!, { version: Number(version!.N), ids: Object.keys(held!.M!) }]));
const all = (): Promise<Held[]> => reservationsOn(TABLE, BOOK, { from: start - 86_400, to: start + 3 * 86_400 });
const most = async (): Promise<number> => Math.max(...heldPerSlot(await all(), room));

describe('a reservation', () => {
  test('is an entry of its UTC day; the day has a version and a time at which DynamoDB may forget it', async () => {
    const held = await book('i-1', 0, 4, 60);
    expect(held).toEqual({ table: TABLE, book: BOOK, id: reservationId('arn:fleet', 'i-1'), from: at(0), to: at(4), rate: 60, expires: start + 3600 });
    const [day] = account.dynamodb.table(TABLE).all();
    expect(day).toEqual({
      pk: { S: 'link#vpn/vpn-0123456789abcdef0#to-edge#2026-01-05' },
      version: { N: '1' },
      ttl: { N: `${Date.parse('2026-01-06T00:00:00Z') / 1000 + 30 * 86_400}` },
      held: { M: { [held.id]: { M: { from: { N: `${at(0)}` }, to: { N: `${at(4)}` }, rate: { N: '60' }, expires: { N: `${start + 3600}` } } } } },
    });
  });

  test('is refused where there is no room, with how much there is and when', async () => {
    await book('i-1', 2, 6, 60);
    await book('i-2', 4, 8, 30);
    await expect(book('i-3', 0, 8, 20)).rejects.toMatchObject({ name: 'LinkIsFull', message: expect.stringContaining('0.0 Mbit/s free at 2026-01-05T21:00:00.000Z') });
    await expect(book('i-3', 6, 8, 70)).resolves.toBeDefined();
    await expect(book('i-4', 6, 8, 1)).rejects.toMatchObject({ name: 'LinkIsFull' });
    await expect(book('i-5', 191, 193, 1)).rejects.toMatchObject({ name: 'LinkIsFull' }); // beyond what is forecast there is nothing
    expect(await most()).toBe(100);
  });

  test('over midnight stands on both days, or on none', async () => {
    const held = await book('i-1', 12, 20, 60);
    expect(days()).toEqual({ '2026-01-05': { version: 1, ids: [held.id] }, '2026-01-06': { version: 1, ids: [held.id] } });
    await expect(book('i-2', 18, 22, 50)).rejects.toMatchObject({ name: 'LinkIsFull' });
    await expect(book('i-3', 0, 17, 50)).rejects.toMatchObject({ name: 'LinkIsFull' });
    expect(await release(held)).toBe(true);
    expect(days()).toEqual({ '2026-01-05': { version: 2, ids: [] }, '2026-01-06': { version: 2, ids: [] } });
    expect(await all()).toEqual([]);
  });

  test('that ends at midnight is on one day only', async () => {
    await book('i-1', 12, 16, 60);
    expect(Object.keys(days())).toEqual(['2026-01-05']);
  });

  test('is there once, however often it is asked for', async () => {
    const held = await book('i-1', 12, 20, 60);
    expect(await book('i-1', 12, 20, 60)).toEqual(held);
    expect(await most()).toBe(60);
    // another span of the same migration takes its place on all days
    await book('i-1', 4, 14, 90);
    expect(days()).toMatchObject({ '2026-01-05': { ids: [held.id] }, '2026-01-06': { ids: [] } });
    expect((await all()).map(({ from, to, rate }) => ({ from, to, rate }))).toEqual([{ from: at(4), to: at(14), rate: 90 }]);
    // and the same migration of another execution is another one
    await expect(book('i-1', 4, 14, 20, { execution: 'arn:other' })).rejects.toMatchObject({ name: 'LinkIsFull' });
  });

  test('ends by its expiry, which is compared, and is swept up with the next change', async () => {
    const first = await book('i-1', 0, 20, 90);
    later(3599);
    await expect(book('i-2', 10, 18, 20)).rejects.toMatchObject({ name: 'LinkIsFull' });
    later(3601);
    expect(await all()).toEqual([]);
    const second = await book('i-2', 10, 14, 20);
    expect(days()).toMatchObject({ '2026-01-05': { ids: [second.id] }, '2026-01-06': { ids: [first.id] } });
    await expect(extend(first, at(20), room)).rejects.toMatchObject({ name: 'ReservationLost' });
    expect(await release(first)).toBe(false);
    expect(days()).toMatchObject({ '2026-01-06': { ids: [] } });
  });

  test('can be renewed and prolonged where there is room', async () => {
    const held = await book('i-1', 0, 4, 60);
    await book('i-2', 6, 8, 60);
    later(1800);
    expect(await extend(held, at(4), room)).toMatchObject({ to: at(4), expires: start + 1800 + 3600 });
    const longer = await extend(held, at(6), room);
    await expect(extend(longer, at(7), room)).rejects.toMatchObject({ name: 'LinkIsFull' });
    expect(await extend(longer, at(2), room)).toMatchObject({ to: at(2) });
    expect((await all()).map(({ to }) => to).sort()).toEqual([at(2), at(8)]);
  });

  test('that is held is not questioned when the forecast shrinks, but what is new is', async () => {
    const held = await book('i-1', 0, 4, 60);
    const less: Room = { ...room, values: new Array<number>(192).fill(50) };
    await expect(extend(held, at(4), less)).resolves.toBeDefined();
    await expect(extend(held, at(5), less)).rejects.toMatchObject({ name: 'LinkIsFull' });
    later(3601);
    await expect(extend(held, at(4), less)).rejects.toMatchObject({ name: 'LinkIsFull' });
    await expect(extend(held, at(20), room)).resolves.toMatchObject({ to: at(20) }); // ran out, but nobody took it
  });

  test.each([[4, 4, 60], [4, 2, 60], [0, 4, 0]])('from slot %d to %d at %d is none', async (from, to, rate) => {
    await expect(book('i-1', from, to, rate)).rejects.toThrow(RangeError);
  });
});

describe('held slot by slot', () => {
  const MIB = 2 ** 20;
  const forecast = (...mebibytes: number[]): Room => ({ start, step: SLOT, values: mebibytes.map(value => value * MIB) });
  const wide: Room = { start, step: SLOT, values: new Array<number>(192).fill(100 * MIB) };
  const take = (migration: string, from: number, to: number, mebibytes: number, more: Partial<Wanted> = {}): Promise<Reservation> =>
    reserve(wanted(migration, from, to, mebibytes * MIB, more), wide);
  const six: Room = { ...wide, values: new Array<number>(6).fill(0) };
  const perSlot = async (): Promise<number[]> => [...heldPerSlot(await all(), six)].map(rate => Math.round(rate / MIB));

  test('it is never more than its rate, nor than its part of what is forecast, and 1 MiB/s at least', async () => {
    const held = await take('i-1', 0, 6, 40, { forecast: forecast(50, 30, 30, 0, 60, 20) });
    expect(held.steps).toEqual([
      { at: at(1), rate: 30 * MIB }, { at: at(3), rate: MIB }, { at: at(4), rate: 40 * MIB }, { at: at(5), rate: 20 * MIB }, { at: at(6), rate: 40 * MIB },
    ]);
    expect((await all())[0]).toMatchObject({ rate: 40 * MIB, steps: held.steps });
    expect(await perSlot()).toEqual([40, 30, 30, 1, 40, 20]);
    expect([0, 2, 3, 5, 99].map(slot => rateAt(held, at(slot)) / MIB)).toEqual([40, 30, 1, 20, 40]);
    // others get what is left slot by slot
    await take('i-2', 1, 4, 70);
    await expect(take('i-3', 3, 5, 60)).rejects.toMatchObject({ name: 'LinkIsFull' });
    await take('i-3', 3, 5, 29);
  });

  test('it is fitted to a new forecast in parts as large as what each holds, and stays so when it is extended', async () => {
    const [one, other] = [await take('i-1', 0, 6, 40), await take('i-2', 0, 6, 20)];
    for (const held of [one, other]) await refit(held, forecast(60, 30, 90, 90, 90, 90));
    expect((await all()).map(({ steps }) => steps?.map(({ rate }) => rate / MIB))).toEqual([[20, 40], [10, 20]]);
    expect(await perSlot()).toEqual([60, 30, 60, 60, 60, 60]);
    later(SLOT + 60);
    const longer = await extend(one, at(8), wide);
    expect(longer).toMatchObject({ to: at(8), steps: [{ at: at(1), rate: 20 * MIB }, { at: at(2), rate: 40 * MIB }] });
    // nothing is written where nothing has changed, and what was held is remembered for a while
    const before = days();
    await refit(other, forecast(60, 30, 90, 90, 90, 90));
    expect(days()).toEqual(before);
    await refit(other, forecast(60, 30, 45, 90, 90, 90));
    const { steps } = (await all()).find(({ id }) => id === other.id)!;
    expect(steps).toEqual([{ at: at(1), rate: 10 * MIB }, { at: at(2), rate: 15 * MIB }, { at: at(3), rate: 20 * MIB }]);
  });

  test('more than it holds already is taken only of what nobody has reserved', async () => {
    const held = await take('i-1', 0, 4, 40);
    await refit(held, forecast(20, 20, 20, 20));
    await take('i-2', 1, 3, 75);
    await refit(held, forecast(100, 100, 100, 100));
    expect(await perSlot()).toEqual([40, 100, 100, 40, 0, 0]);
  });

  test('whole MiB/s of it are held, as engines are told, and of what comes after tomorrow its rate: that is fitted when it is nearer', async () => {
    const held = await take('i-1', 0, 6, 40.5);
    await refit(held, { start, step: SLOT, values: new Array<number>(192).fill(20.7 * MIB) });
    // it is 20:00
    expect((await all())[0]!.steps).toEqual([{ at: at(0), rate: 20 * MIB }, { at: at(16 + 96), rate: 40.5 * MIB }]);
  });

  test('what was given back, or never was, is not made', async () => {
    const held = await take('i-1', 12, 20, 40);
    await release(held);
    await refit(held, forecast(...new Array<number>(30).fill(10)));
    expect(await all()).toEqual([]);
    await refit({ ...held, id: 'another' }, forecast(10));
    expect(await all()).toEqual([]);
  });

  test('whatever is forecast, all together hold no more of a slot than that, but for the least of each', async () => {
    const rates = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 3 });
    const values = fc.array(fc.integer({ min: 0, max: 90 }), { minLength: 6, maxLength: 6 });
    await fc.assert(fc.asyncProperty(rates, values, values, async (several, first, second) => {
      account.dynamodb.addTable({ name: TABLE, partitionKey: { name: 'pk', type: 'S' } });
      const all = await Promise.all(several.map((rate, index) => take(`i-${index}`, index % 3, 6, rate)));
      for (const room of [first, second]) {
        for (const held of all) await refit(held, forecast(...room));
        (await perSlot()).forEach((sum, slot) => expect(sum).toBeLessThanOrEqual(room[slot]! + several.length));
      }
    }), { numRuns: 40 });
  });
});

describe('when AWS fails', () => {
  test('an answer that was lost changes nothing: the client asks again, and so may the step', async () => {
    account.fail('TransactWriteItems', 'InternalServerError', { afterwards: true, connectionLost: true });
    await book('i-1', 12, 20, 60);
    expect(days()).toMatchObject({ '2026-01-05': { version: 1 }, '2026-01-06': { version: 1 } });
    account.fail('TransactWriteItems', 'InternalServerError', { afterwards: true, status: 400 });
    await expect(book('i-2', 0, 4, 40)).rejects.toMatchObject({ name: 'InternalServerError' });
    await book('i-2', 0, 4, 40);
    expect(await all()).toHaveLength(3); // i-1 in two parts
  });

  test('a conflict is tried again, a refusal for another reason is not', async () => {
    const real = DynamoDBClient.prototype.send as (command: unknown) => Promise<object>;
    const cancelled = (Code: string) => new TransactionCanceledException({ message: 'cancelled', $metadata: {}, CancellationReasons: [{ Code }] });
    const failing: string[] = [];
    jest.spyOn(DynamoDBClient.prototype as unknown as { send: (command: object) => Promise<object> }, 'send').mockImplementation(async function (this: DynamoDBClient, command) {
      const code = command.constructor.name === 'TransactWriteItemsCommand' ? failing.pop() : undefined;
      if (code) throw cancelled(code);
      return real.call(this, command);
    });
    failing.push('TransactionConflict', 'ConditionalCheckFailed');
    await expect(book('i-1', 0, 4, 60)).resolves.toBeDefined();
    failing.push('ItemCollectionSizeLimitExceeded');
    await expect(book('i-2', 0, 4, 10)).rejects.toMatchObject({ name: 'TransactionCanceledException' });
    failing.push(...new Array<string>(10).fill('TransactionConflict'));
    await expect(book('i-2', 0, 4, 10)).rejects.toMatchObject({ name: 'LinkIsContended' });
  });
});

/** What one execution does, in its order. */
type Act = { readonly kind: 'reserve'; readonly from: number; readonly length: number; readonly rate: number; readonly twice: boolean }
  | { readonly kind: 'release' } | { readonly kind: 'extend'; readonly by: number };

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('reserve' as const), from: fc.integer({ min: 0, max: 24 }), length: fc.integer({ min: 1, max: 12 }),
      rate: fc.integer({ min: 10, max: 70 }), twice: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('extend' as const), by: fc.integer({ min: -3, max: 8 }) }) },
);

/** Runs executions side by side; their calls reach DynamoDB in the order that the scheduler says. */
async function interleaved(
  executions: readonly (readonly Act[])[], scheduler: fc.Scheduler,
): Promise<{ expected: Map<string, Held>; refused: number; wanted: number }> {
  account.dynamodb.addTable({ name: TABLE, partitionKey: { name: 'pk', type: 'S' } });
  const real = DynamoDBClient.prototype.send as (command: unknown) => Promise<object>;
  const spy = jest.spyOn(DynamoDBClient.prototype as unknown as { send: (command: object) => Promise<object> }, 'send')
    .mockImplementation(async function (this: DynamoDBClient, command) {
      await scheduler.schedule(Promise.resolve(), command.constructor.name);
      return real.call(this, command);
    });
  const expected = new Map<string, Held>();
  let refused = 0;
  // a step that met too many others is tried again
  const persist = async <T>(call: () => Promise<T>): Promise<T> => call().catch((error: Error) => {
    if (error.name !== 'LinkIsContended') throw error;
    return persist(call);
  });
  const allowed = async <T>(call: Promise<T>): Promise<T | undefined> => call.catch((error: Error) => {
    if (error.name !== 'LinkIsFull') throw error;
    refused++;
    return undefined;
  });
  const run = async (acts: readonly Act[], index: number): Promise<void> => {
    const execution = `arn:execution-${index}`;
    let mine: Reservation | undefined;
    for (const each of acts) {
      if (each.kind === 'reserve') {
        const ask = () => persist(() => book('i-1', each.from, each.from + each.length, each.rate, { execution }));
        const held = mine;
        if (held) {
          await persist(() => release(held));
          expected.delete(held.id);
        }
        const answers = await Promise.all((each.twice ? [ask(), ask()] : [ask()]).map(allowed));
        mine = answers.find(answer => answer !== undefined);
      } else if (mine && each.kind === 'release') {
        const held = mine;
        expect(await persist(() => release(held))).toBe(true);
        expected.delete(held.id);
        mine = undefined;
      } else if (mine && each.kind === 'extend') {
        const held = mine;
        const to = held.to + each.by * SLOT;
        if (to > held.from) mine = await allowed(persist(() => extend(held, to, room))) ?? held;
      }
      if (mine) expected.set(mine.id, mine);
    }
  };
  try {
    await scheduler.waitFor(Promise.all(executions.map(run)));
  } finally {
    spy.mockRestore();
  }
  return { expected, refused, wanted: executions.flat().filter(({ kind }) => kind === 'reserve').length };
}

describe('executions side by side', () => {
  test('never overbook a link, and hold exactly what they were told', async () => {
    let [refusals, wishes] = [0, 0];
    const several = fc.array(fc.array(act, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 4 });
    await fc.assert(fc.asyncProperty(several, fc.scheduler(), async (executions, scheduler) => {
      const { expected, refused, wanted: asked } = await interleaved(executions, scheduler);
      refusals += refused;
      wishes += asked;
      expect(await most()).toBeLessThanOrEqual(100);
      const held = new Map<string, { from: number; to: number }>();
      for (const { id, from, to } of await all()) {
        const known = held.get(id);
        held.set(id, known ? { from: Math.min(known.from, from), to: Math.max(known.to, to) } : { from, to });
      }
      expect(new Map([...held].sort())).toEqual(new Map([...expected].sort().map(([id, { from, to }]) => [id, { from, to }])));
    }), { numRuns: 40, seed: 7 });
    // neither is everything refused nor nothing
    expect(refusals).toBeGreaterThan(10);
    expect(wishes - refusals).toBeGreaterThan(50);
  });

  test('are not refused for what all fits', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 2, maxLength: 5 }), fc.scheduler(), async (froms, scheduler) => {
      const { refused, expected } = await interleaved(froms.map(from => [{ kind: 'reserve', from, length: 8, rate: 20, twice: true }]), scheduler);
      expect(refused).toBe(0);
      expect(expected.size).toBe(froms.length);
    }), { numRuns: 20, seed: 11 });
  });
});

describe('room', () => {
  const held = fc.record({ from: fc.integer({ min: 0, max: 40 }), length: fc.integer({ min: 1, max: 20 }), rate: fc.integer({ min: 1, max: 5 }) })
    .map(({ from, length, rate }) => ({ id: 'x', from, to: from + length, rate, expires: 100 }));

  test('what fits and what is held agree with counting second by second', () => {
    const values = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 8 });
    fc.assert(fc.property(fc.array(held, { maxLength: 8 }), held, values, fc.integer({ min: 1, max: 7 }),
      (others, each, perSlot, step) => {
        const small: Room = { start: 5, step, values: perSlot };
        const taken = (second: number) => others.filter(({ from, to }) => from <= second && second < to).reduce((sum, { rate }) => sum + rate, 0);
        const capacity = (second: number) => perSlot[Math.floor((second - 5) / step)] ?? 0;
        const seconds = Array.from({ length: each.to - each.from }, (_, i) => each.from + i);
        const first = seconds.find(second => taken(second) + each.rate > capacity(second));
        expect(lackOf(small, others, each, each.rate)?.at).toBe(first);
        const slots = perSlot.map((_, slot) => Math.max(...Array.from({ length: step }, (__, i) => taken(5 + slot * step + i))));
        expect([...heldPerSlot(others, small)]).toEqual(slots);
      }), { numRuns: 500 });
  });
});
