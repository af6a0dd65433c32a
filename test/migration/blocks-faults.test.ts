/** A failure and an abort in every step of the blocks way: one copy serves, with every write that was acknowledged. */
import type { Execution } from '../../rehearsal/asl';
import type { Json } from '../../rehearsal/json';
import { expectServed, moving, rehearseBlocks, replications, type Site } from '../support/blocks';
import { synthesizedBlocks } from '../support/migration';
import { expectSuccess } from '../support/rehearse';

jest.setTimeout(300_000);

const full = synthesizedBlocks();
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs are JSON that faults look into */
type Any = any;
type Input = { [key: string]: Json };

/** Before the hand-over nothing of the other machine exists, so that one world has room for all of it. */
const BEFORE = ['Check request', 'Acquire lease', 'Describe source', 'Check destination', 'Plan migration', 'Reserve link', 'Announce hand-over', 'Is group ready for hand-over'];
/** After a group that did not come. */
const ENDING = ['Roll back', 'Release lease', 'Withdraw from group'];
/** From there on the instance is moved by the other machine, whatever becomes of this one. */
const AFTER = ['Hand over', 'Is replicated', 'Give link back', 'Hold source', 'Await release approval', 'Release source', 'Release lease'];

/** A group whose other member never comes. */
function alone({ bench }: Site): Input {
  const now = bench.account.clock.now();
  return { gate: { id: `group-${now}`, members: [bench.sourceInstanceId, 'i-0123456789abcdef0'], until: new Date(now + 240_000).toISOString() } };
}

/** Somebody says yes to every question, a minute later. */
function approving({ bench }: Site): Input {
  const { account } = bench;
  let answered = 0;
  const answer = (): void => {
    for (const { message } of account.sns.published.slice(answered)) {
      answered++;
      const taskToken = /--task-token '?([^\s']+)/.exec(message)?.[1];
      void account.call('SFN', 'SendTaskSuccess', { taskToken, output: '{}' }, { callerArn: 'arn:aws:iam::111122223333:user/operator' }).catch(() => undefined);
    }
    account.clock.after(60_000, answer);
  };
  answer();
  return { approve: ['release'] };
}

/** A step's name as it is in those of roles. */
const plain = (step: string): string => step.replaceAll(/[ -]/g, '');

/** An AWS call of a step, as a rehearsal made it. */
interface Used { readonly step: string; readonly operation: string }

function usedIn({ bench }: Site, run: Execution): Used[] {
  const steps = [...new Set(run.trace)];
  const found = new Map<string, Used>();
  for (const { operation, principal, input } of bench.account.calls) {
    const role = /EdgeWorkflow(\w+?)handler/.exec(principal.callerArn)?.[1];
    const step = steps.find(each => plain(each) === role);
    if (step && !(input as Any).DryRun) found.set(`${step} ${operation}`, { step, operation });
  }
  return [...found.values()];
}

const stepsOf = (used: readonly Used[]): string[] => [...new Set(used.map(({ step }) => step))];
let waiting: Used[] = [];
let whole: Used[] = [];

beforeAll(async () => {
  await rehearseBlocks(full, async site => {
    const run = await site.bench.run({ ...moving, ...alone(site) });
    expect(run.error).toBe('GroupNotReady');
    waiting = usedIn(site, run);
  });
  await rehearseBlocks(full, async site => {
    const run = await site.bench.run({ ...moving, ...approving(site) });
    expectSuccess(run);
    whole = usedIn(site, run);
  });
}, 300_000);

test('the steps are all that the way has', () => {
  // the first one calls nobody
  expect(['Check request', ...stepsOf(waiting)]).toEqual([...BEFORE, ...ENDING]);
  expect(stepsOf(whole).slice(stepsOf(whole).indexOf('Hand over'))).toEqual(AFTER);
});

/** What is held of links just now, and until when at most, in seconds from now. */
function heldFor({ bench: { account } }: Site): number {
  const entries = [...account.dynamodb.tables.values()].flatMap(table => table.all()).flatMap(item => Object.values(item.held?.M ?? {}));
  return Math.max(0, ...entries.map(entry => Number(entry.M!.expires!.N) - account.clock.now() / 1000));
}

/** The source serves on, and nothing is there that was not. */
async function expectAsBefore(site: Site, run: Execution): Promise<void> {
  const { bench } = site;
  expect(replications(site)).toEqual([]);
  bench.expectSourceUntouched();
  expect(bench.others()).toEqual([]);
  expect(bench.account.ec2.ownedBy(run.arn)).toEqual([]);
  await expectServed(site, 'source');
}

/** Starts a move that is ended while a step's handler is at work. */
function aborted({ bench }: Site, state: string, input: Input): { readonly run: Execution; readonly met: () => boolean } {
  let met = false;
  const started: { run?: Execution } = {};
  bench.rehearsal.listen((execution, event) => {
    // the first state is entered before the start returns
    if (met || execution !== (started.run ?? execution) || event.stateEnteredEventDetails?.name !== state) return;
    met = true;
    // the handler goes on although its execution is ended
    bench.account.clock.after(50, () => execution.stop('Test', 'aborted by the test'));
  });
  started.run = bench.start({ ...moving, ...input });
  return { run: started.run, met: () => met };
}

/** Only calls of this machine's own step; the other one has steps of the same names. */
const by = (step: string) => ({ by: ({ callerArn }: { callerArn: string }) => callerArn.includes(`EdgeWorkflow${plain(step)}handler`) });

describe('before the hand-over', () => {
  test('an abort in any step leaves the source as it was; what is held of the link runs out within the hour', () => rehearseBlocks(full, async site => {
    const { bench } = site;
    for (const state of [...BEFORE, 'Wait for group before hand-over', ...ENDING]) {
      const { run, met } = aborted(site, state, alone(site));
      await bench.finish(run);
      expect({ state, met: met(), status: run.status }).toEqual({ state, met: true, status: 'ABORTED' });
      await expectAsBefore(site, run);
      bench.expectLeasesFree();
      const held = heldFor(site);
      expect(held).toBeLessThan(3600);
      await bench.account.clock.advance(held * 1000);
    }
  }));

  test('a call that fails for good leaves the source as it was, link and lease given back, or running out', () => rehearseBlocks(full, async site => {
    const { bench } = site;
    const handOver = whole.filter(({ step }) => step === 'Hand over');
    expect(handOver.map(({ operation }) => operation).sort()).toEqual(['StartExecution', 'UpdateItem']);
    for (const { step, operation } of [...waiting, ...handOver]) {
      let failing = true;
      bench.account.fail(operation, 'OrderedFailure', { times: Infinity, where: () => failing, ...by(step) });
      const run = await bench.run({ ...moving, ...step === 'Hand over' ? {} : alone(site) });
      failing = false;
      const what = `${step}: ${operation}`;
      // who can not give back or withdraw says nevertheless why it ended; without a forecast the rate is held that was asked for
      const error = ENDING.includes(step) || step === 'Reserve link' && /Metric|Object/.test(operation) ? 'GroupNotReady' : 'OrderedFailure';
      expect({ what, passed: run.trace.includes(step), status: run.status, error: run.error }).toEqual({ what, passed: true, status: 'FAILED', error });
      await expectAsBefore(site, run);
      if (step === 'Release lease') await bench.account.clock.advance(3_600_000);
      else bench.expectLeasesFree();
      if (step === 'Roll back') await bench.account.clock.advance(heldFor(site) * 1000);
      else bench.expectLinksFree();
    }
  }));
});

/** The target serves, has everything, and what is there is what the phase says. */
async function expectMoved(site: Site): Promise<void> {
  const { bench, pair } = site;
  const [replication] = replications(site);
  expect(replication).toMatchObject({ status: 'SUCCEEDED' });
  await expectServed(site, 'target');
  expect(pair.blocksLeft).toBe(0);
  expect(bench.others()).toEqual([bench.target()]);
  for (const { arn } of bench.rehearsal.executions) expect(bench.account.ec2.ownedBy(arn)).toEqual([]);
  expect(heldFor(site)).toBeLessThan(3600);
}

describe('from the hand-over on', () => {
  test.each([...AFTER, 'Wait for blocks', 'Wait while source is held'])('aborted in %s: the other machine ends the move, and the target serves alone', state => rehearseBlocks(full, async site => {
    const { bench } = site;
    const { run, met } = aborted(site, state, approving(site));
    await bench.finish(run);
    await bench.rehearsal.settle();
    expect({ met: met(), status: run.status }).toEqual({ met: true, status: 'ABORTED' });
    await expectMoved(site);
    bench.expectLeasesFree();
    // the handler that ends it was at work
    expect(bench.stateOf(bench.sourceInstanceId)).toBe(['Release source', 'Release lease'].includes(state) ? 'terminated' : 'running');
  }));

  test.each<[string, string, Partial<Execution>]>([
    // who can not look knows nothing of who serves, and says so
    ['Is replicated', 'DescribeExecution', { status: 'FAILED', error: 'ReplicationUnfinished', cause: expect.stringContaining('could not be read (OrderedFailure)') }],
    ['Is replicated', 'DescribeInstances', { status: 'FAILED', error: 'ReplicationUnfinished' }],
    ['Is replicated', 'UpdateItem', { status: 'FAILED', error: 'ReplicationUnfinished' }],
    ['Is replicated', 'GetItem', { status: 'FAILED', error: 'ReplicationUnfinished' }],
    // blocks go on at the rate that they have
    ['Is replicated', 'ListMetrics', { status: 'SUCCEEDED' }],
    ['Is replicated', 'GetMetricData', { status: 'SUCCEEDED' }],
    // it runs out by itself
    ['Give link back', 'GetItem', { status: 'SUCCEEDED' }],
    ['Hold source', 'UpdateItem', { status: 'FAILED', error: 'OrderedFailure' }],
    ['Await release approval', 'Publish', { status: 'FAILED', error: 'OrderedFailure' }],
    ['Release source', 'TerminateInstances', { status: 'FAILED', error: 'OrderedFailure' }],
    ['Release lease', 'UpdateItem', { status: 'SUCCEEDED' }],
  ])('%s can not %s: the target serves alone, and both are there', (step, operation, end) => rehearseBlocks(full, async site => {
    const { bench } = site;
    expect(whole).toContainEqual({ step, operation });
    bench.account.fail(operation, 'OrderedFailure', { times: Infinity, ...by(step) });
    const run = await bench.run({ ...moving, ...approving(site) });
    expect(run).toMatchObject(end);
    await expectMoved(site);
    if (run.status === 'FAILED') expect(JSON.parse(run.cause!)).toMatchObject({ phase: 'serving' });
    expect(bench.stateOf(bench.sourceInstanceId)).toBe(run.status === 'FAILED' ? 'running' : 'terminated');
    if (step !== 'Release lease') bench.expectLeasesFree();
  }));
});
