/** The reservation by which a source keeps those that read its volume from writing to it: when it is taken, and when it ends. */
import type { InstanceSpec } from '../../rehearsal/cloud/ec2/builder';
import type { Guest } from '../../rehearsal/guest/guest';
import type { Json } from '../../rehearsal/json';
import { type Bench, everything, expectSuccess, rehearse, SERVER, synthesized } from '../support/rehearse';

jest.setTimeout(120_000);

const full = synthesized(everything);
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs and outputs are JSON that tests look into */
type Any = any;
const HOUR = 3_600_000;
const person = { callerArn: 'arn:aws:iam::111122223333:user/console' };
const server: InstanceSpec = {
  ...SERVER, profile: 'web', volumes: [{ size: 20, written: 4 }, { type: 'io2', iops: 1000, size: 100, written: 10, multiAttach: true, deleteOnTermination: false }],
};
const reserved: { [key: string]: Json } = { volumes: { '/dev/sdf': { strategy: 'shared', reservation: 'write-exclusive' } } };

const dataOf = (bench: Bench): string => bench.account.ec2.instances.get(bench.sourceInstanceId)!.BlockDeviceMappings[1]!.Ebs!.VolumeId!;
const reservationOf = ({ account: { ec2 } }: Bench, volumeId: string) => ec2.volumeModels.get(volumeId)!.reservation;
/** Who keeps others from writing; null: nobody. */
const holderOf = (bench: Bench): string | null => reservationOf(bench, dataOf(bench))?.holder ?? null;
const pass = async ({ account, rehearsal }: Bench, hours: number) => {
  await account.clock.advance(hours * HOUR);
  await rehearsal.settle();
};
const operate = ({ account }: Bench, operation: string, input: object) => account.call('EC2', operation, input, person);
const lastOf = ({ rehearsal }: Bench, machine: string) =>
  rehearsal.executions.filter(({ arn }) => arn.includes(`:${rehearsal.deployment.machines.find(machine).name}:`)).at(-1)!;

async function cloned(bench: Bench, input: { [key: string]: Json } = {}): Promise<{ ids: string[]; output: Any; trace: readonly string[] }> {
  const run = await bench.run({ ...reserved, ...input });
  expectSuccess(run);
  const output = run.output as Any;
  return { ids: output.clones.map(({ instanceId }: Any) => instanceId), output, trace: run.trace };
}

describe('a source that reserves what its clones read', () => {
  test('does so before they have it, and writes on; their kernels are fenced all the same', () => rehearse(full, server, async bench => {
    const { ec2, ssm } = bench.account;
    const data = dataOf(bench);
    let heldAtAttachment: string | null | undefined;
    bench.rehearsal.listen((_, event) => {
      if (event.stateEnteredEventDetails?.name === 'Attach shared volumes') heldAtAttachment = holderOf(bench);
    });
    const { ids, output, trace } = await cloned(bench, { count: 2 });
    expect(heldAtAttachment).toBe(bench.sourceInstanceId);
    expect(reservationOf(bench, data)).toMatchObject({ type: 1, holder: bench.sourceInstanceId });
    expect(output.shares.map(({ instanceId, reservation }: Any) => [instanceId, reservation]).sort()).toEqual(ids.map(id => [id, 1]).sort());
    expect(output.plan.shared).toEqual([{ device: '/dev/sdf', volumeId: data, size: 100, iops: 1000, cluster: null, reservation: 'write-exclusive' }]);
    expect(output.plan.warnings.join('\n')).toMatch(/the source reserves \/dev\/sdf/);
    expect(output.plan.warnings.join('\n')).not.toMatch(/keeps them out for certain/);
    expect(trace.indexOf('Are clones fenced')).toBeLessThan(trace.indexOf('Reserve shared volumes'));
    for (const id of ids) {
      expect(ssm.guest(id).disks.readOnly).toEqual(new Set([data]));
      expect(ec2.instances.get(id)!.Tags).toContainEqual({ Key: 'instance-mobility:reserved', Value: 'write-exclusive' });
    }
  }));

  test('may do so again, for the next clone', () => rehearse(full, server, async bench => {
    await cloned(bench);
    await cloned(bench);
    expect(reservationOf(bench, dataOf(bench))).toMatchObject({ type: 1, holder: bench.sourceInstanceId });
    expect(reservationOf(bench, dataOf(bench))!.keys.size).toBe(1);
  }));

  test('is not asked where nobody asks for it', () => rehearse(full, server, async bench => {
    const run = await bench.run({ volumes: { '/dev/sdf': { strategy: 'shared', reservation: 'none' } } });
    expectSuccess(run);
    expect(reservationOf(bench, dataOf(bench))?.keys.size ?? 0).toBe(0);
    expect(run.trace).not.toContain('Reserve shared volumes');
    expect(bench.account.ssm.guest(bench.sourceInstanceId).history).toEqual([]);
  }));
});

describe('the reservation ends', () => {
  test('with the last clone that expires', () => rehearse(full, server, async bench => {
    const { ids: [first] } = await cloned(bench, { expireAfter: 'PT8H' });
    await cloned(bench, { expireAfter: 'PT16H' });
    await pass(bench, 10);
    expect(bench.account.ec2.instances.get(first!)?.State.Name ?? 'terminated').toBe('terminated');
    expect(lastOf(bench, 'Expire')).toMatchObject({ status: 'SUCCEEDED' });
    expect(holderOf(bench)).toBe(bench.sourceInstanceId);
    await pass(bench, 8);
    expect(lastOf(bench, 'Expire')).toMatchObject({ status: 'SUCCEEDED' });
    expect(reservationOf(bench, dataOf(bench))).toEqual({ type: 0, holder: null, keys: new Map() });
    bench.expectSourceUntouched();
  }));

  test('with the last clone that gets a volume of its own', () => rehearse(full, server, async bench => {
    const data = dataOf(bench);
    const { ids } = await cloned(bench, { count: 2 });
    const [first, second] = await ids.reduce<Promise<Any[]>>(async (before, cloneInstanceId) => {
      const runs = await before;
      const run = await bench.operate('OwnVolume', { cloneInstanceId, volumeId: data });
      expectSuccess(run);
      return [...runs, { output: run.output, holder: holderOf(bench) }];
    }, Promise.resolve([]));
    expect(first.holder).toBe(bench.sourceInstanceId);
    expect(second.holder).toBeNull();
    expect([first.output.leftOver, second.output.leftOver]).toEqual([[], []]);
    expect(reservationOf(bench, data)!.keys.size).toBe(0);
  }));

  test('not while an unfinished clone is about to share it', () => rehearse(full, server, async bench => {
    const { ids: [first] } = await cloned(bench);
    let holder: string | null | undefined;
    let ended = false;
    bench.rehearsal.listen((_, event) => {
      if (event.stateEnteredEventDetails?.name !== 'Reserve shared volumes' || ended) return;
      ended = true;
      void bench.operate('OwnVolume', { cloneInstanceId: first!, volumeId: dataOf(bench) }).then(() => holder = holderOf(bench));
    });
    await cloned(bench);
    await bench.rehearsal.settle();
    expect(ended).toBe(true);
    expect(holder).toBe(bench.sourceInstanceId);
    expect(holderOf(bench)).toBe(bench.sourceInstanceId);
  }));

  test.each<[string, (bench: Bench) => void]>([
    ['the volume can not be attached', bench => bench.account.fail('AttachVolume', 'OrderedFailure', { times: Infinity })],
    ['a clone can not mount it', bench => bench.rehearsal.listen((_, event) => {
      if (event.stateEnteredEventDetails?.name !== 'Mount shared volumes') return;
      const clone = [...bench.account.ec2.instances.values()].find(({ InstanceId }) => InstanceId !== bench.sourceInstanceId)!;
      bench.account.ssm.guest(clone.InstanceId).breakCommand('mount', { exitCode: 32, stderr: 'mount: bad superblock' });
    })],
  ])('when %s, and the clone goes', (_, breakIt) => rehearse(full, server, async bench => {
    breakIt(bench);
    const run = await bench.run(reserved);
    expect(run.status).toBe('FAILED');
    expect(run.trace).toContain('Are volumes reserved');
    expect(reservationOf(bench, dataOf(bench))).toEqual({ type: 0, holder: null, keys: new Map() });
    expect(JSON.parse(run.cause!)).toMatchObject({ leftOver: [], leftOverInAll: 0 });
    bench.expectNothingHappened(run);
  }));
});

describe('a reservation that can not be given back is told, and changes nothing else', () => {
  const breakRelease = (bench: Bench): void => bench.account.ssm.guest(bench.sourceInstanceId)
    .breakCommand('nvme', { exitCode: 1, stderr: 'nvme: Input/output error', where: argv => argv.includes('--rrega=1') });

  test('by the roll back', () => rehearse(full, server, async bench => {
    breakRelease(bench);
    bench.account.fail('AttachVolume', 'OrderedFailure', { times: Infinity });
    const run = await bench.run(reserved);
    expect(run).toMatchObject({ status: 'FAILED', error: 'OrderedFailure' });
    expect(JSON.parse(run.cause!)).toMatchObject({
      leftOver: [{ type: 'reservation', id: bench.sourceInstanceId, reason: expect.stringMatching(/could not be released.*Input\/output error.*Action release/s) }], leftOverInAll: 1,
    });
    bench.expectNothingHappened(run);
  }));

  test('by the end of the clone, for the source is stopped', () => rehearse(full, server, async bench => {
    const { ids: [clone] } = await cloned(bench, { expireAfter: 'PT8H' });
    await operate(bench, 'StopInstances', { InstanceIds: [bench.sourceInstanceId] });
    await pass(bench, 10);
    expect(bench.account.ec2.instances.get(clone!)?.State.Name ?? 'terminated').toBe('terminated');
    expect(lastOf(bench, 'Expire')).toMatchObject({ status: 'FAILED', error: 'CloneNotRemoved', cause: expect.stringContaining('is stopped, and only it can release') });
  }));

  test('by who gave the clone its own volume: the step fails for good', () => rehearse(full, server, async bench => {
    const { ids: [cloneInstanceId] } = await cloned(bench);
    bench.account.fail('SendCommand', 'OrderedFailure', { times: Infinity, ...bench.by('Release reservations') });
    const run = await bench.operate('OwnVolume', { cloneInstanceId: cloneInstanceId!, volumeId: dataOf(bench) });
    expectSuccess(run);
    expect((run.output as Any).leftOver).toEqual([{ type: 'reservation', id: 'unknown', reason: expect.stringContaining('OrderedFailure') }]);
  }));

  test.each<[string, (source: Guest) => void, RegExp]>([
    ['hangs', source => source.breakCommand('nvme', { hang: true }), /TimedOut/],
    ['is away', source => { source.online = false; }, /does not answer/],
  ])('by who waits for a source that %s', (_, breakIt, reason) => rehearse(full, server, async bench => {
    const { ids: [cloneInstanceId] } = await cloned(bench);
    breakIt(bench.account.ssm.guest(bench.sourceInstanceId));
    const run = await bench.operate('OwnVolume', { cloneInstanceId: cloneInstanceId!, volumeId: dataOf(bench) });
    expectSuccess(run);
    expect((run.output as Any).leftOver).toEqual([{ type: 'reservation', id: bench.sourceInstanceId, reason: expect.stringMatching(reason) }]);
  }));
});

describe('nothing is shared', () => {
  test.each<[string, string]>([['Reserve shared volumes', 'SendCommand'], ['Reserve shared volumes', 'DescribeVolumes'], ['Are volumes reserved', 'GetCommandInvocation']])(
    '%s: %s fails for good', (step, operation) => rehearse(full, server, async bench => {
      bench.account.fail(operation, 'OrderedFailure', { times: Infinity, ...bench.by(step) });
      const run = await bench.run(reserved);
      expect(run).toMatchObject({ status: 'FAILED', error: 'OrderedFailure' });
      expect(run.trace).not.toContain('Attach shared volumes');
      expect(holderOf(bench)).toBeNull();
      bench.expectNothingHappened(run);
    }));

  test('where the reservation is refused', () => rehearse(full, server, async bench => {
    bench.account.ssm.guest(bench.sourceInstanceId).breakCommand('nvme', { exitCode: 1, stderr: 'NVMe status: Reservation Conflict', where: argv => argv[0] === 'resv-acquire' });
    const run = await bench.run(reserved);
    expect(run).toMatchObject({ status: 'FAILED', error: 'ShareFailed', cause: expect.stringMatching(/could not reserve what is shared.*Reservation Conflict/) });
    expect(run.trace).not.toContain('Attach shared volumes');
    bench.expectNothingHappened(run);
  }));

  test('where a clone sees another reservation', () => rehearse(full, server, async bench => {
    bench.rehearsal.listen((_, event) => {
      if (event.stateEnteredEventDetails?.name === 'Mount shared volumes') Object.assign(reservationOf(bench, dataOf(bench))!, { type: 0, holder: null });
    });
    const run = await bench.run(reserved);
    expect(run).toMatchObject({ status: 'FAILED', error: 'ShareFailed', cause: expect.stringContaining('sees a reservation of type 0') });
    bench.expectNothingHappened(run);
  }));

  test('where another instance writes to it: by the plan, and by the step, should it come in between', () => rehearse(full, server, async bench => {
    const other = bench.account.ec2.addInstance({ type: 'm6i.large' });
    const attach = () => operate(bench, 'AttachVolume', { VolumeId: dataOf(bench), InstanceId: other.instanceId, Device: '/dev/sdf' });
    bench.rehearsal.listen((_, event) => {
      if (event.stateEnteredEventDetails?.name === 'Fence clones') void attach();
    });
    const late = await bench.run(reserved);
    expect(late).toMatchObject({ status: 'FAILED', error: 'ShareFailed', cause: expect.stringContaining(`${other.instanceId} (${dataOf(bench)})`) });
    expect(holderOf(bench)).toBeNull();
    const early = await bench.run(reserved);
    expect(early).toMatchObject({ status: 'FAILED', error: 'VolumeStrategyRefused', cause: expect.stringContaining(`${other.instanceId} (${dataOf(bench)})`) });
    expect(early.trace).not.toContain('Launch instances');
  }));

  test.each<[string, InstanceSpec, { [key: string]: Json }, string, RegExp]>([
    ['of a stopped source', { ...server, state: 'stopped' }, reserved, 'VolumeStrategyRefused', /is stopped, and only it can reserve it/],
    ['of a volume that is not shared', server, { volumes: { '/dev/sdf': { reservation: 'write-exclusive' } } }, 'InvalidRequest', /reservation: got .*unless .*strategy/],
    ['of another kind', server, { volumes: { '/dev/sdf': { strategy: 'shared', reservation: 'exclusive-access' } } }, 'InvalidRequest', /write-exclusive/],
    ['with writers', server, { volumes: { '/dev/sdf': { strategy: 'shared', reservation: 'write-exclusive', access: 'read-write', clusterServices: ['a.service'] } } },
      'InvalidRequest', /kept from writing can not join/],
  ])('%s', (_, spec, input, error, message) => rehearse(full, spec, async bench => {
    const run = await bench.run(input);
    expect(run).toMatchObject({ status: 'FAILED', error, cause: expect.stringMatching(message) });
    bench.expectNothingHappened(run);
  }));
});
