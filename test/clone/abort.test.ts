import { Duration } from 'aws-cdk-lib';
import fc from 'fast-check';
import { everything, rehearse, SERVER, synthesized } from '../support/rehearse';

jest.setTimeout(120_000);

const full = synthesized(everything);
const spec = { ...SERVER, profile: 'web', terminationProtection: true };
const input = { consistency: 'filesystem', strategy: 'snapshot', approve: false };

/** The states that take time, in the order in which an execution with a freeze passes them. */
const STATES = [
  'Check request', 'Acquire lease', 'Describe source', 'Plan clone', 'Freeze filesystems', 'Wait for freeze', 'Are filesystems frozen', 'Snapshot volumes',
  'Thaw filesystems', 'Wait for thaw', 'Are filesystems thawed', 'Are snapshots ready', 'Wait for snapshots', 'Make image', 'Is image ready', 'Wait for image',
  'Launch instances', 'Are instances running', 'Wait for instances', 'Finish instances', 'Verify clones', 'Tidy up', 'Release lease',
];

test('the states to abort in are those that take time', () => rehearse(full, spec, async bench => {
  const run = await bench.run(input);
  const types = run.events.filter(({ type }) => /^(Task|Wait)StateEntered$/.test(type!)).map(({ stateEnteredEventDetails }) => stateEnteredEventDetails!.name!);
  expect(STATES).toEqual(expect.arrayContaining([...new Set(types)]));
}));

describe.each([['as it is entered', 0], ['a moment later', 50]])('aborted %s', (_, delay) => {
  test.each(STATES)('%s: the janitor sweeps, the source is as it was', state => rehearse(full, spec, async bench => {
    let met = false;
    bench.rehearsal.listen((execution, event) => {
      if (met || event.stateEnteredEventDetails?.name !== state) return;
      met = true;
      bench.account.clock.after(delay, () => execution.stop('Test', 'aborted by the test'));
    });
    const run = await bench.run(input);
    expect(met).toBe(true);
    expect(['ABORTED', 'SUCCEEDED']).toContain(run.status);
    const finished = [...bench.account.ec2.instances.values()].filter(({ Tags }) => JSON.stringify(Tags ?? []).includes('instance-mobility:created-by'));
    // once it is finished a clone is the user's; until then it is litter
    if (!['Tidy up', 'Release lease'].includes(state)) expect(finished).toEqual([]);
    bench.expectNothingHappened(run);
    for (const { InstanceId } of finished) expect(bench.account.ec2.instances.get(InstanceId)!.State.Name).toBe('running');
  }));
});

test('aborted at any instant', () => fc.assert(fc.asyncProperty(fc.integer({ min: 0, max: 450_000 }), async delay => {
  await rehearse(full, spec, async bench => {
    const run = bench.start(input);
    bench.account.clock.after(delay, () => run.stop('Test', 'aborted by the test'));
    await bench.finish(run);
    bench.expectNothingHappened(run);
  });
}), { numRuns: 12, seed: 20260105 }));

test('aborted between protecting and finishing a clone whose interface outlives it', () => rehearse(full, { ...spec, interfaces: [{ deleteOnTermination: false }] }, async bench => {
  bench.account.fail('CreateTags', 'InternalError', { times: Infinity, ...bench.by('Tidy up') });
  bench.rehearsal.listen((execution, event) => {
    if (event.stateEnteredEventDetails?.name === 'Tidy up') bench.account.clock.after(20_000, () => execution.stop('Test', 'aborted by the test'));
  });
  const run = await bench.run(input);
  expect(run.status).toBe('ABORTED');
  bench.expectNothingHappened(run);
}));

test('an execution that times out is swept, too', () => {
  const hasty = synthesized(stack => ({ ...everything(stack), timeout: Duration.minutes(10) }));
  return rehearse(hasty, { ...SERVER, volumes: [{ size: 4000, written: 3900 }] }, async bench => {
    // its own roll back begins in time, but gets nowhere
    bench.account.fail('DescribeSnapshots', 'RequestLimitExceeded', { times: Infinity, ...bench.by('Roll back') });
    const run = bench.start({ strategy: 'snapshot' });
    await bench.rehearsal.finish(run);
    expect(run.status).toBe('TIMED_OUT');
    expect(bench.account.ec2.ownedBy(run.arn)).not.toEqual([]);
    await bench.rehearsal.settle();
    bench.expectNothingHappened(run);
  });
});

test('what takes longer than the machine may is rolled back before it times out', () => rehearse(full, { ...SERVER, volumes: [{ size: 4000, written: 3900 }] }, async bench => {
  bench.account.ec2.timing.snapshotRate = 0.01;
  const run = await bench.run({ strategy: 'snapshot' });
  expect(run).toMatchObject({ status: 'FAILED', error: 'TookTooLong', cause: expect.stringContaining('Are snapshots ready') });
  expect(run.events.length).toBeLessThan(3000);
  bench.expectNothingHappened(run);
}));

test('what events missed is swept once a day', () => rehearse(full, SERVER, async bench => {
  const run = bench.start();
  await bench.account.clock.advance(60_000);
  // the bus loses the event: best effort is all that AWS promises
  const { deliver } = bench.account.events;
  bench.account.events.deliver = () => undefined;
  run.stop('Test', 'aborted by the test');
  await bench.account.clock.advance(1000);
  bench.account.events.deliver = deliver;
  expect(bench.account.ec2.ownedBy(run.arn)).not.toEqual([]);
  await bench.account.clock.advance(25 * 3_600_000);
  await bench.rehearsal.settle();
  bench.expectNothingHappened(run);
}));
