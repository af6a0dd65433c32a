import { everything, expectSuccess, rehearse, SERVER, synthesized } from '../support/rehearse';

jest.setTimeout(120_000);

const full = synthesized(everything);
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- outputs are JSON that tests look into */
type Any = any;
/** Loads for much longer than the clone takes to come up: 400 GiB at 40 MiB/s. */
const LARGE = { ...SERVER, volumes: [{ size: 20, written: 4 }, { size: 500, written: 400 }] };

test('waits until every block is loaded, and tells how far it is', () => rehearse(full, LARGE, async bench => {
  const run = await bench.run({ ready: 'warmed' });
  expectSuccess(run);
  const { clones: [clone], warmUp, plan } = run.output as Any;
  const { ec2 } = bench.account;
  for (const { volumeId } of clone.volumes) expect(ec2.get(ec2.volumeModels, volumeId).initialization!.until).toBeLessThanOrEqual(Number(run.stopDate));
  expect(warmUp).toEqual({ warm: true, progress: 100, clones: [{ instanceId: clone.instanceId, progress: 100 }] });
  const told = run.events.flatMap(({ taskSucceededEventDetails }) => JSON.parse(taskSucceededEventDetails?.output ?? '{}').Payload?.warmUp?.progress ?? []);
  expect(told[0]).toBeLessThan(50);
  expect(told.at(-1)).toBe(100);
  expect([...told].sort((a, b) => a - b)).toEqual(told);
  expect(plan.warnings).toContainEqual(expect.stringContaining('AWS promises no rate'));
  expect(plan.steps).toContainEqual({ step: 'Are volumes warm', seconds: expect.any(Number) });
  expect(run.events.length).toBeLessThan(1000);
}));

test('without being asked nothing is waited for, and nothing is said', () => rehearse(full, LARGE, async bench => {
  const run = await bench.run();
  expectSuccess(run);
  const { clones: [clone], warmUp } = run.output as Any;
  expect(warmUp).toBeNull();
  const { ec2 } = bench.account;
  expect(clone.volumes.some(({ volumeId }: Any) => ec2.get(ec2.volumeModels, volumeId).initialization!.until > Number(run.stopDate))).toBe(true);
}));

test('isolated clones are warm before they are let out', () => rehearse(full, { ...SERVER, profile: 'web' }, async bench => {
  const run = await bench.run({ ready: 'warmed', isolation: true, identity: 'reset', volumeInitializationRate: 300 });
  expectSuccess(run);
  const order = ['Verify identity', 'Are volumes warm', 'Admit clones'].map(state => run.trace.indexOf(state));
  expect(order).toEqual([...order].sort((a, b) => a - b));
  expect(order[0]).toBeGreaterThan(0);
}));

test('clones that do not get warm in time are handed over as they are', () => rehearse(full, LARGE, async bench => {
  bench.account.ec2.timing.initializationRate = 1;
  const run = await bench.run({ ready: 'warmed' });
  expectSuccess(run);
  const { warmUp } = run.output as Any;
  expect(warmUp.warm).toBe(false);
  expect(warmUp.progress).toBeGreaterThan(0);
  expect(warmUp.progress).toBeLessThan(100);
  expect((Number(run.stopDate) - Number(run.startDate)) / 3_600_000).toBeGreaterThan(20);
}));

test('a failure while it is waited for leaves nothing behind', () => rehearse(full, LARGE, async bench => {
  bench.account.fail('DescribeVolumeStatus', 'OrderedFailure', { times: Infinity });
  const run = await bench.run({ ready: 'warmed' });
  expect(run).toMatchObject({ status: 'FAILED', error: 'OrderedFailure' });
  bench.expectNothingHappened(run);
}));
