/** Two instances that switch together, each by an execution of its own. */
import type { Execution } from '../../rehearsal/asl';
import type { Json } from '../../rehearsal/json';
import { home, MOVABLE, type MigrationBench, rehearseMigration, synthesizedMigration } from '../support/migration';
import { expectSuccess } from '../support/rehearse';

jest.setTimeout(120_000);

const full = synthesizedMigration();
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- outputs are JSON that tests look into */
type Any = any;

interface Pair {
  readonly bench: MigrationBench;
  /** The other instance, which only has to run. */
  readonly other: string;
  start(who: 'orders' | 'other', more?: { [key: string]: Json }): Execution;
}

const MINUTE = 60_000;

/** As a fleet starts them: each has its part of the link, and both the same gate. */
function rehearsePair(story: (pair: Pair) => Promise<void>, waitMinutes = 60): Promise<void> {
  return rehearseMigration(full, async bench => {
    const { account, sourceInstanceId } = bench;
    const other = account.ec2.addInstance({ name: 'other', type: 'm5.large', profile: 'app-server', tags: { [MOVABLE.key]: MOVABLE.value }, subnetId: home, volumes: [{ size: 8, written: 1 }] }).instanceId;
    const at = (minutes: number): string => new Date(account.clock.now() + minutes * MINUTE).toISOString();
    const gate = { id: 'friday', members: [sourceInstanceId, other], until: at(waitMinutes) };
    // which ends before the wait does
    const reservation = { link: 'outpost/op-0123456789abcdef0', direction: 'to-edge', bitsPerSecond: 200e6, from: at(0), until: at(20) };
    const common = { gate, reservation, root: 'arn:aws:states:us-east-1:111122223333:execution:Fleet:one' };
    await story({
      bench, other,
      start: (who, more = {}) => bench.start(who === 'orders' ? { ...common, ...more } : { ...common, instanceId: other, services: [], traffic: {}, ...more }),
    });
  });
}

/** When an execution entered a state last. */
const entered = ({ events }: Execution, state: string): number =>
  Number(events.findLast(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name === state)?.timestamp ?? NaN);
const gateIn = ({ account }: MigrationBench): Any => [...account.dynamodb.tables.values()].flatMap(table => table.all()).find(({ pk }) => pk!.S!.startsWith('gate#'));

test('both switch within minutes, though one was ready long before: its copy is kept fresh meanwhile', () => rehearsePair(async ({ bench, start }) => {
  const first = start('orders');
  await bench.account.clock.advance(24 * MINUTE);
  expect(first.trace.at(-1)).toMatch(/^Wait for group$/);
  await bench.expectServed(bench.sourceInstanceId);
  const second = start('other');
  for (const run of [first, second]) expectSuccess(await bench.finish(run));
  const pauses = [first, second].map(run => entered(run, 'Begin pause'));
  expect(Math.abs(pauses[0]! - pauses[1]!)).toBeLessThan(3 * MINUTE);
  const { rounds, plan, targetInstanceId, pauseSeconds } = first.output as Any;
  // two to converge, and one whenever the last was ten minutes old
  expect(rounds.length).toBeGreaterThanOrEqual(4);
  const between = rounds.slice(1).map(({ takenAt }: Any, index: number) => Date.parse(takenAt) - Date.parse(rounds[index].takenAt));
  expect(Math.max(...between)).toBeLessThan(13 * MINUTE);
  expect(plan.story.join('\n')).toMatch(/waits for its group friday, until .* at most; the copy is kept fresh meanwhile/);
  expect(pauseSeconds).toBeLessThan(10 * 60);
  await bench.expectServed(targetInstanceId);
  expect(second.trace.filter(state => state === 'Wait for group')).toEqual([]);
  bench.expectNothingLeft(first);
  bench.expectNothingLeft(second);
  expect(gateIn(bench).verdict).toEqual({ S: 'open' });
}));

test.each<[string, { [key: string]: Json }, (bench: MigrationBench) => void, string]>([
  ['is refused', { transport: 'blocks' }, () => undefined, 'TransportNotPossible'],
  ['is worked on by another execution', {}, bench => bench.account.fail('UpdateItem', 'ConditionalCheckFailedException', { times: 1, ...bench.by('Acquire lease') }), 'InstanceIsLeased'],
  ['fails while it is copied', {}, bench => bench.account.fail('ListChangedBlocks', 'OrderedFailure', { times: Infinity, ...bench.by('Count changed blocks') }), 'OrderedFailure'],
])('when one %s, the other one has switched nothing, and both are told why', (_, more, spoil, error) => rehearsePair(async ({ bench, other, start }) => {
  const first = start('orders');
  await bench.account.clock.advance(8 * MINUTE);
  expect(first.trace).toContain('Is group ready');
  spoil(bench);
  const second = await bench.finish(start('other', more));
  await bench.finish(first);
  expect(second).toMatchObject({ status: 'FAILED', error });
  expect(first).toMatchObject({ status: 'FAILED', error: 'GroupNotReady', cause: expect.stringContaining(`${other} ended with ${error}`) });
  expect(second.trace.slice(-2)).toEqual(['Withdraw from group', 'Migration failed']);
  await bench.finish(bench.rehearsal.startExecution('Janitor', {}));
  expect(bench.others()).toEqual([other]);
  bench.expectNothingLeft(first);
  bench.expectNothingLeft(second);
  await bench.expectServed(bench.sourceInstanceId);
  bench.expectSourceUntouched();
}));

test('when one does not come, the other one waits for as long as it was told to', () => rehearsePair(async ({ bench, other, start }) => {
  const begun = bench.account.clock.now();
  const first = await bench.finish(start('orders'));
  expect(first).toMatchObject({ status: 'FAILED', error: 'GroupNotReady', cause: expect.stringMatching(new RegExp(`waited until .* for ${other}`)) });
  expect(entered(first, 'Roll back') - begun).toBeLessThan(23 * MINUTE);
  expect(bench.others()).toEqual([other]);
  bench.expectNothingLeft(first);
  // who comes now is too late for both
  const second = await bench.finish(start('other'));
  expect(second).toMatchObject({ status: 'FAILED', error: 'GroupNotReady' });
  expect(gateIn(bench)).toMatchObject({ verdict: { S: 'closed' }, closedBy: { S: bench.sourceInstanceId } });
}, 20));

test('what fails after it was decided falls back alone', () => rehearsePair(async ({ bench, other, start }) => {
  const [first, second] = [start('orders'), start('other')];
  bench.account.fail('RegisterImage', 'OrderedFailure', {
    times: Infinity, by: ({ callerArn }) => callerArn.includes('Makeimagehandler'), where: (given: Any) => JSON.stringify(given).includes(bench.sourceInstanceId),
  });
  await bench.finish(first);
  expectSuccess(await bench.finish(second));
  expect(first).toMatchObject({ status: 'FAILED', error: 'OrderedFailure' });
  expect(first.trace).toEqual(expect.arrayContaining(['Back on source', 'Withdraw from group']));
  expect(gateIn(bench).verdict).toEqual({ S: 'open' });
  await bench.expectServed(bench.sourceInstanceId);
  expect(bench.stateOf(other)).toBe('terminated');
}));

test('a group that can not be told ends the move before anything is switched', () => rehearsePair(async ({ bench, other, start }) => {
  for (const step of ['Announce to group', 'Withdraw from group']) {
    bench.account.fail('PutItem', 'OrderedFailure', { times: Infinity, ...bench.by(step) });
  }
  const run = await bench.finish(start('orders'));
  expect(run).toMatchObject({ status: 'FAILED', error: 'OrderedFailure' });
  expect(bench.others()).toEqual([other]);
  bench.expectNothingLeft(run);
}));

test('a gate that makes no sense is refused with the rest of the input', () => rehearsePair(async ({ bench, other, start }) => {
  const until = '2030-01-01T00:00:00Z';
  const wrong: [Json, RegExp][] = [
    ['friday', /gate: .*an object with id/], [{ id: 'a b', members: [bench.sourceInstanceId, other], until }, /an object with id/],
    [{ id: 'a', members: [other, 'i-0123456789abcdef0'], until }, /among its members/], [{ id: 'a', members: [bench.sourceInstanceId], until }, /2 to 1000 ids/],
    [{ id: 'a', members: [bench.sourceInstanceId, other], until, also: 1 }, /gate\.also/], [{ id: 'a', members: [bench.sourceInstanceId, other], until: 'soon' }, /until \(a time\)/],
  ];
  for (const [gate, message] of wrong) {
    const run = await bench.finish(start('orders', { gate }));
    expect(run).toMatchObject({ status: 'FAILED', error: 'InvalidRequest', cause: expect.stringMatching(message) });
    expect(run.trace).toEqual(['Check request', 'Refuse', 'Was it migrated?', 'Migration failed']);
  }
}));
