import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { type Execution, historyLimit } from '../../rehearsal/asl';
import type { Json } from '../../rehearsal/json';
import { type MigrationBench, rehearseMigration, synthesizedMigration } from '../support/migration';
import { expectSuccess, KEY_ARN } from '../support/rehearse';

jest.setTimeout(900_000);

const full = synthesizedMigration();
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs are JSON that faults look into */
type Any = any;

/** An AWS call of a step, as a rehearsal that went well made it. */
interface Used { readonly step: string; readonly operation: string }

const used: Used[] = [];
const input = { consistency: 'filesystem' };

beforeAll(() => rehearseMigration(full, async bench => {
  const run = await bench.run(input);
  expectSuccess(run);
  const steps = [...new Set(run.trace)];
  const found = new Map<string, Used>();
  for (const { operation, principal, input: given } of bench.account.calls) {
    const role = /Workflow(\w+?)handler/.exec(principal.callerArn)?.[1];
    const step = steps.find(each => each.replaceAll(' ', '') === role);
    // a dry run that is denied is a matter of the plan's own tests
    if (step && !(given as Any).DryRun) found.set(`${step} ${operation}`, { step, operation });
  }
  used.push(...found.values());
}));

/** Runs with one call failing for good, and with the same source again while nothing came of it. */
async function failEach(bench: MigrationBench, calls: readonly Used[], more: { [key: string]: Json } = input): Promise<void> {
  for (const { step, operation } of calls) {
    let failing = true;
    bench.account.fail(operation, 'OrderedFailure', { times: Infinity, where: () => failing, ...bench.by(step) });
    const run = await bench.run(more);
    failing = false;
    const what = `${step}: ${operation}`;
    expect({ what, passed: run.trace.includes(step), status: run.status }).toEqual({ what, passed: true, status: 'FAILED' });
    await bench.expectNothingHappened(run);
    bench.forgetPauses();
  }
}

const SWITCH = 'Mark serving';
const index = (name: string): number => used.findIndex(({ step }) => step === name);

test('before the pause: every call that fails leaves the source as it was, and nothing behind', () => rehearseMigration(full, async bench => {
  const before = used.slice(index('Acquire lease'), index('Mark switching'));
  expect(before.length).toBeGreaterThan(25);
  await failEach(bench, before);
}));

test('in the pause: every call that fails makes the source serve again', () => rehearseMigration(full, async bench => {
  const last = used.findLastIndex(({ step }) => step === SWITCH);
  const within = used.slice(index('Mark switching'), last + 1);
  expect(within.length).toBeGreaterThan(20);
  await failEach(bench, within);
}));

test('the target that was marked already, and then could not be told so on its source, is given up again', () => rehearseMigration(full, async bench => {
  bench.account.fail('CreateTags', 'OrderedFailure', {
    times: Infinity, ...bench.by(SWITCH), where: (given: Any) => given.Resources.includes(bench.sourceInstanceId),
  });
  const run = await bench.run();
  expect(run).toMatchObject({ status: 'FAILED', error: 'OrderedFailure' });
  await bench.expectNothingHappened(run);
}, { interfaces: [{ deleteOnTermination: false }], volumes: [{ size: 20, written: 1 }, { size: 50, written: 2, deleteOnTermination: false }] }));

test('a source that was stopped for it is started again, with a volume under a key of yours', () => rehearseMigration(full, async bench => {
  bench.account.fail('CreateSnapshots', 'OrderedFailure', { times: Infinity, ...bench.by('Snapshot quiesced volumes') });
  const run = await bench.run({ stopSource: true });
  expect(run).toMatchObject({ status: 'FAILED', error: 'OrderedFailure' });
  expect(run.trace).toEqual(expect.arrayContaining(['Start source', 'Resume services']));
  await bench.expectServed(bench.sourceInstanceId);
  bench.expectNothingLeft(run);
}, { volumes: [{ size: 20, written: 1 }, { size: 50, written: 2, encrypted: true, kmsKeyId: KEY_ARN }] }));

test('a source that EC2 shows as stopped, or stops again, right after it was started, is started once more', () => rehearseMigration(full, async bench => {
  bench.account.fail('CreateSnapshots', 'OrderedFailure', { times: Infinity, ...bench.by('Snapshot quiesced volumes') });
  const source = bench.account.ec2.instances.get(bench.sourceInstanceId)!;
  bench.once('Is source reachable', () => {
    const { State } = source;
    source.State = { Code: 80, Name: 'stopped' };
    bench.account.clock.after(2_000, () => { source.State = State; });
  });
  const run = await bench.run({ stopSource: true });
  expect(run).toMatchObject({ status: 'FAILED', error: 'OrderedFailure' });
  expect(run.trace.filter(state => state === 'Start source').length).toBeGreaterThan(1);
  await bench.expectServed(bench.sourceInstanceId);
  bench.expectNothingLeft(run);
}));

test.each(['VcpuLimitExceeded', 'InsufficientHostCapacity', 'InsufficientCapacityOnHost'])(
  'a source whose room others have taken while it was stopped (%s) is started as soon as there is some', error => rehearseMigration(full, async bench => {
    bench.account.fail('CreateSnapshots', 'OrderedFailure', { times: Infinity, ...bench.by('Snapshot quiesced volumes') });
    bench.account.fail('StartInstances', error, { times: 3 });
    const run = await bench.run({ stopSource: true });
    expect(run).toMatchObject({ status: 'FAILED', error: 'OrderedFailure' });
    await bench.expectServed(bench.sourceInstanceId);
    bench.expectNothingLeft(run);
  }));

test('a service that the instance does not know is told before any is stopped; one that did not run is not started either', () => rehearseMigration(full, async bench => {
  const { systemd } = bench.account.ssm.guest(bench.sourceInstanceId);
  systemd.install('batch.service', { enabled: false });
  systemd.systemctl(['stop', 'batch.service']);
  for (const [service, error] of [['absent.service', 'NotFoundOnHost'], ['batch.service', 'OrderedFailure']] as const) {
    bench.account.fail('CreateSnapshots', 'OrderedFailure', { times: Infinity, ...bench.by('Snapshot quiesced volumes') });
    const run = await bench.run({ services: ['app.service', service] });
    expect(run).toMatchObject({ status: 'FAILED', error });
    await bench.expectNothingHappened(run);
    expect(systemd.isActive('batch.service')).toBe(false);
  }
}));

test('services of which the source is told twice to stop them run on the target', () => rehearseMigration(full, async bench => {
  // nothing starts it by itself
  bench.account.ssm.guest(bench.sourceInstanceId).systemd.install('worker.service', { enabled: false });
  bench.account.fail('SendCommand', 'InternalError', { times: 4, afterwards: true, ...bench.by('Quiesce services') });
  const run = await bench.run({ services: ['app.service', 'worker.service'] });
  expectSuccess(run);
  expect(bench.account.ssm.guest(bench.target()!).systemd.isActive('worker.service')).toBe(true);
}));

test('an execution that Step Functions itself ends in its pause, where nothing catches it: the source serves again', () => rehearseMigration(full, async bench => {
  bench.once('Are quiesced snapshots ready', ({ events }) => {
    while (events.length < historyLimit - 4) (events as HistoryEvent[]).push(events.at(-1)!);
  });
  const run = await bench.run();
  expect(run).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  await bench.expectServed(bench.sourceInstanceId);
  bench.expectSourceUntouched();
  expect(bench.account.ec2.ownedBy(run.arn)).toEqual([]);
  bench.expectLeasesFree();
}));

test('a source that does not serve again is told to whoever looks', () => rehearseMigration(full, async bench => {
  bench.account.fail('CreateSnapshots', 'OrderedFailure', { times: Infinity, ...bench.by('Snapshot quiesced volumes') });
  bench.account.ssm.guest(bench.sourceInstanceId).breakCommand('systemctl', { exitCode: 1, where: argv => argv[0] === 'start' });
  const run = await bench.run();
  expect(run).toMatchObject({ status: 'FAILED', error: 'OrderedFailure' });
  const { phase, message } = JSON.parse(run.cause!);
  expect(phase).toBe('switching');
  expect(message).toMatch(/Going back to the source failed too \(\w+\): nobody may serve\. .*start the source if it is stopped, then its services/);
  expect(bench.tagsOf(bench.sourceInstanceId)['instance-mobility:phase']).toBe('switching');
  bench.expectLeasesFree();
}));

/** A lease that could not be given back runs out. */
const keepsLease = new Set(['Release lease']);
const AFTER = ['Move traffic', 'Is traffic moved', 'Drain former', 'Mark verified', 'Tidy up', 'Hold source', 'Release source', 'Release lease'];

describe('after it every call that fails leaves the target serving and both there', () => {
  test('the steps are all that come after it', () => {
    const names = [...new Set(used.map(({ step }) => step))];
    expect(names.slice(names.indexOf(SWITCH) + 1)).toEqual(AFTER);
  });

  test.each(AFTER)('%s', async step => {
    const calls = used.filter(each => each.step === step);
    expect(calls.length).toBeGreaterThan(0);
    for (const { operation } of calls) {
      await rehearseMigration(full, async bench => {
        bench.account.fail(operation, 'OrderedFailure', { times: Infinity, ...bench.by(step) });
        const run: Execution = await bench.run();
        const target = bench.target()!;
        expect(bench.stateOf(target)).toBe('running');
        expect(bench.serving()).toContain(target);
        if (bench.servedBy() === target) await bench.expectContent(target);
        expect(run.status === 'SUCCEEDED' || run.error === 'OrderedFailure').toBe(true);
        if (run.status === 'FAILED') {
          expect(JSON.parse(run.cause!)).toMatchObject({ phase: 'serving', targetInstanceId: target });
          expect(bench.stateOf(bench.sourceInstanceId)).toBe('running');
        }
        if (!keepsLease.has(step)) bench.expectLeasesFree();
      });
    }
  });
});

test('a storm of throttling is sat out', () => rehearseMigration(full, async bench => {
  for (const operation of new Set(used.map(each => each.operation))) {
    bench.account.fail(operation, 'RequestLimitExceeded', { times: /^(Describe|Get|List)/.test(operation) ? 2 : 5, by: ({ callerArn }) => /Workflow\w+handler/.test(callerArn) });
  }
  const run = await bench.run({ maxDowntime: 'PT1H' });
  expectSuccess(run);
  await bench.expectServed(bench.target()!);
}));

test('answers that are lost are asked for again, and nothing is there twice', () => rehearseMigration(full, async bench => {
  for (const { step, operation } of used.filter(each => !/^(Describe|Get|List)/.test(each.operation))) {
    // more often than the SDK tries by itself, so that Step Functions runs the handler again
    bench.account.fail(operation, 'InternalError', { times: 4, afterwards: true, ...bench.by(step) });
  }
  const run = await bench.run({ maxDowntime: 'PT1H' });
  expectSuccess(run);
  await bench.expectServed(bench.target()!);
  await bench.finish(bench.rehearsal.startExecution('Janitor', {}));
  bench.expectNothingLeft(run);
  expect(bench.others()).toHaveLength(1);
}));
