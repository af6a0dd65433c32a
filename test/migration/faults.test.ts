import { rehearseMigration, synthesizedMigration } from '../support/migration';
import { expectSuccess } from '../support/rehearse';

jest.setTimeout(240_000);

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

test('the target that was marked already, and then could not be told so on its source, is given up again', () => rehearseMigration(full, async bench => {
  bench.account.fail('CreateTags', 'OrderedFailure', {
    times: Infinity, ...bench.by('Mark serving'), where: (given: Any) => given.Resources.includes(bench.sourceInstanceId),
  });
  const run = await bench.run();
  expect(run).toMatchObject({ status: 'FAILED', error: 'OrderedFailure' });
  await bench.expectNothingHappened(run);
}, { interfaces: [{ deleteOnTermination: false }], volumes: [{ size: 20, written: 1 }, { size: 50, written: 2, deleteOnTermination: false }] }));

test('a source that was stopped for it is started again', () => rehearseMigration(full, async bench => {
  bench.account.fail('CreateSnapshots', 'OrderedFailure', { times: Infinity, ...bench.by('Snapshot quiesced volumes') });
  const run = await bench.run({ stopSource: true });
  expect(run).toMatchObject({ status: 'FAILED', error: 'OrderedFailure' });
  expect(run.trace).toEqual(expect.arrayContaining(['Start source', 'Resume services']));
  await bench.expectServed(bench.sourceInstanceId);
  bench.expectNothingLeft(run);
}));

test('a source that does not serve again is told to whoever looks', () => rehearseMigration(full, async bench => {
  bench.account.fail('CreateSnapshots', 'OrderedFailure', { times: Infinity, ...bench.by('Snapshot quiesced volumes') });
  bench.account.ssm.guest(bench.sourceInstanceId).breakCommand('systemctl', { exitCode: 1, where: argv => argv[0] === 'start' });
  const run = await bench.run();
  expect(run).toMatchObject({ status: 'FAILED', error: 'OrderedFailure' });
  const { phase, message } = JSON.parse(run.cause!);
  expect(phase).toBe('switching');
  expect(message).toMatch(/Going back to the source failed too \(\w+\): nobody may serve/);
  expect(bench.tagsOf(bench.sourceInstanceId)['instance-mobility:phase']).toBe('switching');
  bench.expectLeasesFree();
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
