/** What the construct's clones cost, and what is left of those that are gone. */
import { Bench, everything, expectSuccess, rehearse, SERVER, synthesized } from '../support/rehearse';

jest.setTimeout(60_000);

const full = synthesized(stack => ({ ...everything(stack), prices: { 'instance-hour:m5.large': 0.1, 'snapshot-gib-month': 0.05 } }));
const capped = synthesized(stack => ({
  ...everything(stack), maxCost: 5,
  prices: {
    'instance-hour:m5.large': 0.1, 'public-ipv4-hour': 0, 'copied-gib': 0, 'volume-gib-month:gp3': 0.1, 'volume-iops-month:gp3': 0, 'volume-mibps-month:gp3': 0,
    'volume-gib-month:io2': 0, 'volume-iops-month:io2': 0,
  },
}));
const HOUR = 3_600_000;
const person = { callerArn: 'arn:aws:iam::111122223333:user/operator' };
const lasting = {
  ...SERVER,
  volumes: [
    { size: 20, written: 4 }, { size: 100, written: 10, deleteOnTermination: false, iops: 5000, throughput: 200 },
    { size: 10, type: 'io2' as const, iops: 3000, deleteOnTermination: true },
  ],
};

interface Report {
  readonly clones: { instanceId: string; sourceInstanceId: string; createdBy: string; state: string; expiresAt: string | null;
    units: Record<string, number> }[];
  readonly clonesInAll: number;
  readonly cost: { unit: string; quantity: number; price: number | null; amount: number | null }[];
  readonly leftOver: { type: string; id: string; reason: string }[];
  readonly leftOverInAll: number;
}
async function report(bench: Bench, input: { [key: string]: string } = {}): Promise<Report> {
  const run = await bench.operate('Report', input);
  expectSuccess(run);
  expect(run.trace).toEqual(['List clones']);
  return run.output as unknown as Report;
}
const idsOf = (output: unknown) => (output as { clones: { instanceId: string; volumes: { volumeId: string }[] }[] }).clones;

test('counts instances, volumes, what is provisioned beyond the free, and kept snapshots', () => rehearse(full, lasting, async bench => {
  expect(await report(bench)).toEqual({ clones: [], clonesInAll: 0, cost: [], leftOver: [], leftOverInAll: 0 });
  const run = await bench.run({ count: 2, keepSnapshots: 'all', expireAfter: 'P1D' });
  const { clones, clonesInAll, cost, leftOver } = await report(bench);
  expect(clonesInAll).toBe(2);
  expect(clones.map(({ instanceId }) => instanceId).sort()).toEqual(idsOf(run.output).map(({ instanceId }) => instanceId).sort());
  const units = {
    'instance-hour:m5.large': 1, 'public-ipv4-hour': 1, 'volume-gib-month:gp3': 120, 'volume-iops-month:gp3': 2000, 'volume-mibps-month:gp3': 75,
    'volume-gib-month:io2': 10, 'volume-iops-month:io2': 3000,
  };
  for (const clone of clones) {
    expect(clone).toMatchObject({ sourceInstanceId: bench.sourceInstanceId, createdBy: run.arn, state: 'running', expiresAt: (run.output as { expiresAt: string }).expiresAt });
    expect(clone.units).toEqual({ ...units, ...'public-ipv4-hour' in clone.units ? {} : { 'public-ipv4-hour': undefined } });
  }
  const quantities = Object.fromEntries(cost.map(({ unit, quantity }) => [unit, quantity]));
  expect(quantities).toMatchObject({ 'instance-hour:m5.large': 2, 'volume-gib-month:gp3': 240, 'volume-iops-month:io2': 6000, 'snapshot-gib-month': 130 });
  expect(cost).toContainEqual({ item: 'per hour', unit: 'instance-hour:m5.large', quantity: 2, price: 0.1, amount: 0.2 });
  expect(cost).toContainEqual({ item: 'per month, at most', unit: 'snapshot-gib-month', quantity: 130, price: 0.05, amount: 6.5 });
  expect(cost.find(({ unit }) => unit === 'volume-gib-month:io2')).toMatchObject({ price: null, amount: null });
  expect(leftOver).toEqual([]);
}));

test('what would cost more than the construct allows is not made', () => rehearse(capped, lasting, async bench => {
  const run = await bench.run({ expireAfter: 'P365D' });
  expect(run).toMatchObject({ status: 'FAILED', error: 'CostLimitExceeded', cause: expect.stringContaining('the limit is 5') });
  expect(bench.account.calls.filter(({ operation, error }) => !error && /^(Create|Run|Register)/.test(operation))).toEqual([]);
  const allowed = await bench.run({ expireAfter: 'P1D' });
  expectSuccess(allowed);
  const { plan } = allowed.output as unknown as { plan: { expectedCost: unknown } };
  expect(plan.expectedCost).toEqual({ amount: 2.79, hours: 24, unpriced: [] });
}));

test('a stopped clone costs no hours; of one source alone', () => rehearse(full, lasting, async bench => {
  const [clone] = idsOf((await bench.run()).output);
  await bench.account.call('EC2', 'StopInstances', { InstanceIds: [clone!.instanceId] }, person);
  await bench.account.clock.advance(HOUR / 10);
  const { clones: [listed] } = await report(bench, { sourceInstanceId: bench.sourceInstanceId });
  expect(listed).toMatchObject({ state: 'stopped' });
  expect(Object.keys(listed!.units).filter(unit => unit.startsWith('instance-hour'))).toEqual([]);
  expect(await report(bench, { sourceInstanceId: 'i-0000000000000000f' })).toMatchObject({ clonesInAll: 0, cost: [], leftOver: [] });
}));

test('finds the volume of a clone that is gone, and what an execution left that is over', () => rehearse(full, lasting, async bench => {
  const [clone] = idsOf((await bench.run()).output);
  await bench.account.call('EC2', 'TerminateInstances', { InstanceIds: [clone!.instanceId] }, person);
  await bench.account.clock.advance(HOUR / 6);
  const { leftOver, cost, clonesInAll } = await report(bench);
  expect(clonesInAll).toBe(0);
  expect(leftOver).toEqual([{ type: 'volume', id: clone!.volumes[1]!.volumeId, reason: 'its clone is gone' }]);
  expect(cost.map(({ unit }) => unit)).toEqual(['volume-gib-month:gp3', 'volume-iops-month:gp3', 'volume-mibps-month:gp3']);

  const running = bench.start();
  await bench.account.clock.advance(60_000);
  const during = bench.rehearsal.startExecution('Report', {});
  await bench.rehearsal.finish(during);
  expect(running.status).toBe('RUNNING');
  expect((during.output as unknown as Report).leftOver.map(({ type }) => type)).toEqual(['volume']);
  bench.account.events.deliver = () => undefined;
  running.stop('Test', 'aborted by the test');
  const unfinished = (await report(bench)).leftOver.filter(({ reason }) => reason === `unfinished, of ${running.arn}`);
  expect(unfinished.map(({ type }) => type)).toEqual(expect.arrayContaining(['snapshot', 'snapshot', 'snapshot']));
}));

test('does not say of what is detached from a living clone that its clone is gone', () => rehearse(full, lasting, async bench => {
  const run = await bench.run();
  const [clone] = idsOf(run.output);
  const { volumeId } = clone!.volumes[1]!;
  await bench.account.call('EC2', 'DetachVolume', { VolumeId: volumeId, InstanceId: clone!.instanceId }, person);
  await bench.account.clock.advance(HOUR / 6);
  expect((await report(bench)).leftOver).toEqual([{ type: 'volume', id: volumeId, reason: `nobody has it attached, and clones of ${run.arn} live: look whose it is` }]);
}));

test('finds clones whose schedule is gone, and clones that should be', () => rehearse(full, SERVER, async bench => {
  const [clone] = idsOf((await bench.run({ expireAfter: 'PT2H' })).output);
  const [schedule] = [...bench.account.scheduler.schedules.values()];
  bench.account.scheduler.remove(schedule!);
  expect((await report(bench)).leftOver).toEqual([{ type: 'instance', id: clone!.instanceId, reason: expect.stringContaining('its schedule is gone') }]);
  await bench.account.clock.advance(2.5 * HOUR);
  expect((await report(bench)).leftOver).toEqual([]);
  await bench.account.clock.advance(HOUR);
  expect((await report(bench)).leftOver).toEqual([{ type: 'instance', id: clone!.instanceId, reason: expect.stringContaining('was to be removed at') }]);
}));

test.each([[{ source: 'i-1' }], [{ sourceInstanceId: 'i-1' }], ['all']])('refuses %j', input => rehearse(full, SERVER, async bench => {
  expect(await bench.operate('Report', input as never)).toMatchObject({ status: 'FAILED', error: 'InvalidRequest' });
}));
