import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { type Execution, historyLimit } from '../../rehearsal/asl';
import type { Json } from '../../rehearsal/json';
import { expectSuccess } from '../support/rehearse';
import { rehearseSync, type SyncBench, synthesizedSync } from '../support/sync';

jest.setTimeout(240_000);

const full = synthesizedSync();
const unprotected = { terminationProtection: false };
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs are JSON that faults look into */
type Any = any;
const release = { releaseSource: 'terminate' };

/** An AWS call of a step, as a rehearsal that went well made it. */
interface Used { readonly step: string; readonly operation: string }

const launching: Used[] = [];
const existing: Used[] = [];
const ahead: Used[] = [];
/** A lease that could not be given back runs out. */
const keepsLease = new Set(['Release lease', 'Release target lease']);

/** The steps of the machine and what they called, in the order of their first call. */
function usedIn(bench: SyncBench, run: Execution): Used[] {
  const steps = [...new Set(run.trace)];
  const found = new Map<string, Used>();
  for (const { operation, principal, input } of bench.account.calls) {
    const role = /Workflow(\w+?)handler/.exec(principal.callerArn)?.[1];
    const step = steps.find(each => each.replaceAll(/\W/g, '') === role);
    // a dry run that is denied is a matter of the plan's own tests
    if (step && !(input as Any).DryRun) found.set(`${step} ${operation}`, { step, operation });
  }
  return [...found.values()];
}

beforeAll(async () => {
  await rehearseSync(full, async bench => {
    const run = await bench.run(release);
    expectSuccess(run);
    launching.push(...usedIn(bench, run));
  }, unprotected);
  await rehearseSync(full, async bench => {
    const run = await bench.run({ ...release, target: { instanceId: bench.addTarget() } });
    expectSuccess(run);
    existing.push(...usedIn(bench, run));
  }, unprotected);
  await rehearseSync(full, async bench => {
    const run = await bench.run({ ...release, copy: 'pre-copy', target: { instanceId: bench.addTarget() } });
    expectSuccess(run);
    ahead.push(...usedIn(bench, run));
  }, unprotected);
});

/** Where a move stands when it is over, one way or another: nothing was lost, and nothing that serves was removed. */
async function expectSafe(bench: SyncBench, run: Execution): Promise<'before' | 'after'> {
  if (run.trace.includes('Serve')) {
    await bench.expectServed('target');
    if (run.status === 'FAILED') {
      expect(JSON.parse(run.cause!)).toMatchObject({ phase: 'serving', session: expect.stringMatching(/^[0-9a-f]{12}$/) });
      // only once every block was compared, and the source was let go
      expect(bench.stateOf(bench.sourceInstanceId)).toBe(run.trace.includes('Tidy up') ? 'terminated' : 'running');
    }
    return 'after';
  }
  expect(run.status).toBe('FAILED');
  await bench.expectServed('source');
  return 'before';
}

/** Runs with one call failing for good, and with the same target again while nothing came of it. */
async function failEach(bench: SyncBench, used: readonly Used[], input: () => { [key: string]: Json }): Promise<void> {
  for (const { step, operation } of used) {
    let failing = true;
    bench.account.fail(operation, 'OrderedFailure', { times: Infinity, where: () => failing, ...bench.by(step) });
    const run = await bench.run(input());
    failing = false;
    const what = `${step}: ${operation}`;
    expect({ what, trace: run.trace.includes(step), serving: bench.serving() }).toMatchObject({ what, trace: true, serving: ['source'] });
    if (await expectSafe(bench, run) === 'after') throw new Error(`${what} fails after the switch: it belongs to the others`);
    expect({ what, others: bench.others().length }).toEqual({ what, others: 'instanceId' in (input().target as object) ? 1 : 0 });
    if (!keepsLease.has(step)) await bench.expectNothingHappened(run);
  }
}

const SWITCH = 'Mark serving';

test('before the switch: every call that fails, of a launch, leaves the source as it was and nothing behind', () => rehearseSync(full, async bench => {
  const before = launching.filter(({ step }) => launching.findIndex(each => each.step === step) < launching.findIndex(each => each.step === 'Inspect target'));
  expect(before.length).toBeGreaterThan(30);
  await failEach(bench, before, () => ({ ...release, target: { launch: { instanceType: 'm5d.xlarge' } } }));
}, unprotected));

test('before the switch, and in it: every call that fails goes back to the source', () => rehearseSync(full, async bench => {
  const target = { instanceId: bench.addTarget() };
  const first = existing.findIndex(({ step }) => step === 'Acquire target lease');
  const last = existing.findIndex(({ step }) => step === SWITCH);
  const before = existing.filter(({ step, operation }, index) => index >= first && index <= last && operation !== 'PutMetricData'
    && !['Describe source', 'Inspect source', 'Is source inspected', 'Plan sync'].includes(step));
  expect(before.length).toBeGreaterThan(15);
  await failEach(bench, before, () => ({ ...release, target }));
}, unprotected));

test('while blocks are copied ahead: every call that fails goes back to the source, as does a switch after it', () => rehearseSync(full, async bench => {
  const target = { instanceId: bench.addTarget() };
  const steps = ['Mirror target', 'Is target mirrored', 'Mirror source', 'Is source mirrored', 'Ask for pre-copy', 'Is pre-copied', 'Switch source', 'Is source switched', 'Switch target', 'Is target serving'];
  const during = ahead.filter(({ step, operation }) => steps.includes(step) && operation !== 'PutMetricData' && !(step === 'Is pre-copied' && operation === 'DescribeInstances'));
  expect([...new Set(during.map(({ step }) => step))]).toEqual(steps);
  await failEach(bench, during, () => ({ ...release, copy: 'pre-copy', target }));
}, unprotected));

test('an execution that Step Functions itself ends in its switch, where nothing catches it: the source serves again', () => rehearseSync(full, async bench => {
  bench.once('Is target serving', ({ events }) => {
    while (events.length < historyLimit - 4) (events as HistoryEvent[]).push(events.at(-1)!);
  });
  const run = bench.start();
  await bench.finish(run);
  expect(run).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  await bench.expectServed('source');
  bench.expectLeasesFree();
}));

describe('who goes back to its source waits for it, for nobody else can serve', () => {
  const atWork = { status: 3, error: 'HeldByAnother', message: 'another step runs on this host' };

  test('an execution is aborted while services take minutes to stop', () => rehearseSync(full, async bench => {
    bench.pair.fail('source', 'fall-back', { ...atWork, times: 3 });
    bench.once('Is source switched', execution => execution.stop('Test', 'aborted by the test'));
    const run = bench.start({ target: { instanceId: bench.addTarget() } });
    await bench.finish(run);
    expect(run.status).toBe('ABORTED');
    await bench.expectServed('source');
    bench.expectLeasesFree();
  }));

  test.each(['source', 'target'] as const)('a switch fails while a step is at work on the %s', side => rehearseSync(full, async bench => {
    bench.pair.fail('target', 'switch-target', { status: 6, error: 'EngineFailed', message: 'ordered' });
    bench.pair.fail(side, 'fall-back', { ...atWork, times: 3 });
    const run = await bench.run();
    expect(run).toMatchObject({ status: 'FAILED', error: 'EngineFailed' });
    await bench.expectServed('source');
    expect(bench.others()).toEqual([]);
    bench.expectNothingLeft(run);
  }));

  test('a switch fails while the source reboots', () => rehearseSync(full, async bench => {
    bench.pair.fail('target', 'switch-target', { status: 6, error: 'EngineFailed', message: 'ordered' });
    bench.once('Promote source', () => {
      const guest = bench.account.ssm.guest(bench.sourceInstanceId);
      guest.online = false;
      bench.account.clock.after(600_000, () => { guest.online = true; });
    });
    const run = await bench.run();
    expect(run).toMatchObject({ status: 'FAILED', error: 'EngineFailed' });
    await bench.expectServed('source');
    bench.expectNothingLeft(run);
  }));

  test.each([['Rescue', /SyncRescueMachineRole/], ['the execution itself', /SyncMachineRole/]])('Step Functions is busy as %s starts the fall back', (who, role) => rehearseSync(full, async bench => {
    bench.account.fail('StartExecution', 'ThrottlingException', { times: 3, by: ({ callerArn }) => role.test(callerArn) });
    if (who === 'Rescue') bench.once('Is source switched', execution => execution.stop('Test', 'aborted by the test'));
    else bench.pair.fail('target', 'verify', { status: 6, error: 'EngineFailed', message: 'ordered', times: Infinity });
    await bench.run({ target: { instanceId: bench.addTarget() }, onFailure: 'fall-back' });
    await bench.expectServed('source');
    expect(bench.account.calls.filter(({ operation, error }) => operation === 'StartExecution' && error?.code === 'ThrottlingException')).toHaveLength(3);
  }));

  test('but not for ever: it is told', () => rehearseSync(full, async bench => {
    bench.pair.fail('target', 'switch-target', { status: 6, error: 'EngineFailed', message: 'ordered' });
    bench.pair.fail('source', 'fall-back', { ...atWork, times: Infinity });
    const run = await bench.run();
    expect(run).toMatchObject({ status: 'FAILED', error: 'EngineFailed', cause: expect.stringContaining('Going back to the source failed too (HeldByAnother)') });
    expect(bench.account.clock.now() - run.startDate.getTime()).toBeLessThan(2 * 3_600_000);
  }));

  test('nor only once: what Rescue starts then waits for it again', () => rehearseSync(full, async bench => {
    bench.pair.fail('target', 'switch-target', { status: 6, error: 'EngineFailed', message: 'ordered' });
    // it is asked some seventy times in twenty minutes
    bench.pair.fail('source', 'fall-back', { ...atWork, times: 100 });
    const run = await bench.run();
    expect(run).toMatchObject({ status: 'FAILED', cause: expect.stringContaining('Going back to the source failed too') });
    expectSuccess(bench.executionsOf('Sync/FallBack').at(-1)!);
    await bench.expectServed('source');
    bench.expectLeasesFree();
  }));

  test('a target that does not answer keeps nobody from serving', () => rehearseSync(full, async bench => {
    bench.pair.fail('target', 'switch-target', { status: 6, error: 'EngineFailed', message: 'ordered' });
    bench.pair.fail('target', 'fall-back', { silent: true, times: Infinity });
    const run = await bench.run();
    expect(run).toMatchObject({ status: 'FAILED', error: 'EngineFailed' });
    await bench.expectServed('source');
  }));
});

test('what another session took just before the switch stays its own', () => rehearseSync(full, async bench => {
  const theirs = { 'instance-mobility:phase': 'serving', 'instance-mobility:session': 'ba9876543210', 'instance-mobility:peer': 'i-0123456789abcdef0', 'instance-mobility:engine': 'drbd' };
  bench.once('Mark switching', () => {
    bench.account.ec2.instances.get(bench.sourceInstanceId)!.Tags!.push(...Object.entries(theirs).map(([Key, Value]) => ({ Key, Value })));
  });
  const run = await bench.run();
  expect(run).toMatchObject({ status: 'FAILED', error: 'MoveUnfinished' });
  expect(bench.tagsOf(bench.sourceInstanceId)).toMatchObject(theirs);
  await bench.expectServed('source');
  expect(bench.others()).toEqual([]);
  bench.expectNothingLeft(run);
}));

test('a metric that can not be put is no reason to go back', () => rehearseSync(full, async bench => {
  bench.account.fail('PutMetricData', 'OrderedFailure', { times: Infinity });
  const run = await bench.run({ target: { instanceId: bench.addTarget() } });
  expectSuccess(run);
  await bench.expectServed('target');
}));

/** What is made only of a target that was launched fails there, the rest on an existing one, which is quicker. */
const AFTER = ['Move traffic', 'Is traffic moved', 'Drain former', 'Ask for status', 'Is synchronised', 'Verify blocks', 'Are blocks verified', 'Mark verified', 'Finalize target',
  'Is target finalized', 'Disconnect source', 'Is source disconnected', 'Close ports', 'Release source', 'Tidy up', 'Release target lease', 'Release lease'];

describe('after the switch every call that fails leaves the target serving and both there', () => {
  test('the steps are all that come after it', () => {
    const names = [...new Set(existing.map(({ step }) => step))];
    expect(names.slice(names.indexOf(SWITCH) + 1)).toEqual(AFTER);
  });

  test.each(AFTER)('%s', async step => {
    const calls = existing.filter(each => each.step === step);
    expect(calls.length).toBeGreaterThan(0);
    for (const { operation } of calls) {
      await rehearseSync(full, async bench => {
        bench.account.fail(operation, 'OrderedFailure', { times: Infinity, ...bench.by(step) });
        const run = await bench.run({ ...release, target: { instanceId: bench.addTarget() } });
        expect(await expectSafe(bench, run)).toBe('after');
        if (!keepsLease.has(step)) bench.expectNothingLeft(run);
        expect(run.status === 'SUCCEEDED' || run.error === 'OrderedFailure').toBe(true);
      }, unprotected);
    }
  });
});

test('a storm of throttling is sat out', () => rehearseSync(full, async bench => {
  for (const operation of new Set(launching.map(each => each.operation))) {
    bench.account.fail(operation, 'RequestLimitExceeded', { times: /^(Describe|Get|List)/.test(operation) ? 2 : 5, by: ({ callerArn }) => /Workflow\w+handler/.test(callerArn) });
  }
  const run = await bench.run();
  expectSuccess(run);
  await bench.expectServed('target');
  // an image that could not be removed in time is the daily sweep's
  await bench.finish(bench.rehearsal.startExecution('Janitor', {}));
  bench.expectNothingLeft(run);
  expect(bench.others()).toHaveLength(1);
}));

test('Systems Manager is busy for minutes, whichever command it is asked about: the move goes on', () => rehearseSync(full, async bench => {
  const looks = [...new Set([...existing, ...ahead].filter(({ operation }) => operation === 'GetCommandInvocation').map(({ step }) => step))];
  expect(looks.length).toBeGreaterThan(10);
  for (const step of looks) bench.account.fail('GetCommandInvocation', 'ThrottlingException', { times: 18, ...bench.by(step) });
  const run = await bench.run({ copy: 'pre-copy', target: { instanceId: bench.addTarget() } });
  expectSuccess(run);
  await bench.expectServed('target');
}));

test.each([['Ask for pre-copy', 'SendCommand'], ['Is pre-copied', 'GetCommandInvocation'], ['Ask for status', 'SendCommand'], ['Is synchronised', 'UpdateItem'], ['Verify blocks', 'SendCommand'],
  ['Are blocks verified', 'GetCommandInvocation']])('nor does an hour without AWS end what may take days: %s, %s', (step, operation) => rehearseSync(full, async bench => {
  const { clock } = bench.account;
  let until = Infinity;
  bench.once(step, () => { until = clock.now() + 3_600_000; });
  bench.account.fail(operation, 'ServiceUnavailable', { times: Infinity, where: () => clock.now() < until, ...bench.by(step) });
  const run = await bench.run({ copy: step.includes('copied') || step.includes('copy') ? 'pre-copy' : 'post-copy', target: { instanceId: bench.addTarget() } });
  expectSuccess(run);
  await bench.expectServed('target');
}));

test('answers that are lost are asked for again, and nothing is there twice', () => rehearseSync(full, async bench => {
  for (const { step, operation } of launching.filter(each => !/^(Describe|Get|List)/.test(each.operation))) {
    // more often than the SDK tries by itself, so that Step Functions runs the handler again
    bench.account.fail(operation, 'InternalError', { times: 4, afterwards: true, ...bench.by(step) });
  }
  const run = await bench.run(release);
  expectSuccess(run);
  await bench.expectServed('target');
  bench.expectNothingLeft(run);
  expect(bench.others()).toHaveLength(1);
  expect(bench.stateOf(bench.sourceInstanceId)).toBe('terminated');
  const ours = [...bench.account.ec2.images.values()].filter(({ State, Tags }) => State !== 'deregistered' && JSON.stringify(Tags ?? []).includes('instance-mobility:owner'));
  expect(ours).toEqual([]);
}, unprotected));
