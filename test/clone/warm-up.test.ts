import type { Execution } from '../../rehearsal/asl';
import { type Bench, everything, expectSuccess, rehearse, SERVER, synthesized } from '../support/rehearse';

jest.setTimeout(120_000);

const full = synthesized(everything);
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- outputs are JSON that tests look into */
type Any = any;
/** Each turn's warming up, as *Are volumes warm* tells it. */
const toldBy = (run: Execution): Any[] => run.events.flatMap(({ taskSucceededEventDetails }) => JSON.parse(taskSucceededEventDetails?.output ?? '{}').Payload?.warmUp ?? []);

/** Does something when a state is entered for the first time. */
function when(bench: Bench, state: string, act: () => void): void {
  let done = false;
  bench.rehearsal.listen((_, event) => {
    if (done || event.stateEnteredEventDetails?.name !== state) return;
    done = true;
    act();
  });
}

/** Loads for much longer than the clone takes to come up: 400 GiB at 40 MiB/s. */
const LARGE = { ...SERVER, volumes: [{ size: 20, written: 4 }, { size: 500, written: 400 }] };

test('waits until every block is loaded, and tells how far it is', () => rehearse(full, LARGE, async bench => {
  const run = await bench.run({ ready: 'warmed' });
  expectSuccess(run);
  const { clones: [clone], warmUp, plan } = run.output as Any;
  const { ec2 } = bench.account;
  for (const { volumeId } of clone.volumes) expect(ec2.get(ec2.volumeModels, volumeId).initialization!.until).toBeLessThanOrEqual(Number(run.stopDate));
  expect(warmUp).toEqual({ how: 'wait', warm: true, progress: 100, notRead: 0, clones: [{ instanceId: clone.instanceId, progress: 100 }] });
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

describe('by reading', () => {
  const MANAGED = { ...SERVER, profile: 'web', volumes: [{ size: 20, written: 4 }, { size: 100, written: 80, throughput: 500 }] };
  const isolated = { ready: 'warmed', isolation: true, identity: 'reset' };
  const cloneOf = (bench: Bench) => bench.account.ssm.guest([...bench.account.ec2.instances.keys()].find(id => id !== bench.sourceInstanceId)!);

  test.each([['in isolation', isolated], ['without isolation', { ready: 'warmed' }]])('%s: what is in use first, then every block, and far sooner than EBS alone', (_, input) => rehearse(
    full, MANAGED, async bench => {
      const { ec2, clock } = bench.account;
      const data = ec2.get(ec2.instances, bench.sourceInstanceId).BlockDeviceMappings[1]!.Ebs!.VolumeId!;
      ec2.get(ec2.volumeModels, data).data = [{ path: '/base/1', mib: 200, usedAt: clock.now(), open: true }];
      const run = await bench.run(input);
      expectSuccess(run);
      const { clones: [clone], warmUp, plan } = run.output as Any;
      expect(plan.warmUp.how).toBe('read');
      expect(warmUp).toEqual({ how: 'read', warm: true, progress: 100, notRead: 0, clones: [{ instanceId: clone.instanceId, progress: 100, hot: true, notRead: null }] });
      const reads = cloneOf(bench).history.filter(line => line.startsWith('dd ')).map(line => /if=(\S+)/.exec(line)![1]);
      expect(reads.indexOf('/data/sdf/base/1')).toBeLessThan(reads.indexOf('/dev/nvme1n1'));
      expect(reads.filter(path => path === '/dev/nvme1n1')).toHaveLength(20);
      const seconds = (state: string) => Number(run.events.find(event => event.stateEnteredEventDetails?.name === state)!.timestamp) / 1000;
      // 80 GiB at 40 MiB/s are 34 minutes
      expect(seconds('Tidy up') - seconds('Read volumes')).toBeLessThan(20 * 60);
      const told = toldBy(run).map(({ progress }) => progress);
      expect([...told].sort((a, b) => a - b)).toEqual(told);
      expect(told.length).toBeGreaterThan(5);
      if (input === isolated) expect(run.trace.indexOf('Admit clones')).toBeGreaterThan(run.trace.lastIndexOf('Are volumes warm'));
    }));

  test.each<[string, (bench: Bench) => void, RegExp]>([
    ['whose system can not', bench => when(bench, 'Read volumes', () => cloneOf(bench).without.add('ionice')), /NotSupported: .*ionice/],
    ['whose disk answers errors', bench => when(bench, 'Read volumes', () => cloneOf(bench).breakCommand('dd', { exitCode: 1, stderr: 'dd: Input/output error\n' })), /Input\/output error/],
    ['that is rebooted', bench => when(bench, 'Ask readers', () => cloneOf(bench).systemd.reboot()), /the reader of vol-\w+ is gone/],
    ['that Systems Manager does not see', bench => when(bench, 'Read volumes', () => { cloneOf(bench).managed = false; }), /not online in Systems Manager/],
    ['that may not be told', bench => bench.account.fail('SendCommand', 'AccessDeniedException', { times: Infinity, ...bench.by('Read volumes') }), /could not be told to read: AccessDeniedException/],
    ['that nobody may ask', bench => bench.account.fail('SendCommand', 'AccessDeniedException', { times: Infinity, ...bench.by('Ask readers') }), /it does not answer/],
  ])('a clone %s is waited for, and the output says so', (_, prepare, reason) => rehearse(full, MANAGED, async bench => {
    prepare(bench);
    const run = await bench.run({ ready: 'warmed' });
    expectSuccess(run);
    const { warmUp } = run.output as Any;
    expect(warmUp).toMatchObject({ how: 'read', warm: true, progress: 100, notRead: 1, clones: [{ notRead: expect.stringMatching(reason) }] });
  }));

  test('a clone that is silent for a while is asked on', () => rehearse(full, MANAGED, async bench => {
    when(bench, 'Ask readers', () => {
      cloneOf(bench).online = false;
      bench.account.clock.after(300_000, () => { cloneOf(bench).online = true; });
    });
    const run = await bench.run({ ready: 'warmed' });
    expectSuccess(run);
    expect(toldBy(run).some(({ notRead }) => notRead === 1)).toBe(true);
    expect((run.output as Any).warmUp).toMatchObject({ warm: true, notRead: 0, clones: [{ hot: true, notRead: null }] });
  }));
});
