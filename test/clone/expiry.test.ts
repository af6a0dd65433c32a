/** The end of clones: the schedule, the machine that it starts, and the machine that puts it off. */
import type { Execution } from '../../rehearsal/asl';
import type { InstanceSpec } from '../../rehearsal/cloud/ec2/builder';
import { Bench, everything, expectSuccess, rehearse, SERVER, synthesized } from '../support/rehearse';

jest.setTimeout(60_000);

const full = synthesized(everything);
const HOUR = 3_600_000;
const person = { callerArn: 'arn:aws:iam::111122223333:user/operator' };
/** One volume that outlives its instance, one interface that does. */
const LASTING: InstanceSpec = {
  ...SERVER, terminationProtection: true, interfaces: [{ deleteOnTermination: false }],
  volumes: [{ size: 20, written: 4 }, { size: 100, written: 10, deleteOnTermination: false }],
};

interface Cloned { readonly run: Execution; readonly ids: readonly string[]; readonly volumeIds: readonly string[]; readonly expiresAt: string | null }
async function cloned(bench: Bench, input: Parameters<Bench['run']>[0] = { expireAfter: 'PT8H' }): Promise<Cloned> {
  const run = await bench.run(input);
  expectSuccess(run);
  const { clones, expiresAt } = run.output as { clones: { instanceId: string; volumes: { volumeId: string }[] }[]; expiresAt: string | null };
  return {
    run, expiresAt, ids: clones.map(({ instanceId }) => instanceId),
    volumeIds: clones.flatMap(({ volumes }) => volumes.map(({ volumeId }) => volumeId)),
  };
}
/** The machine's executions so far, by the last part of its construct's path. */
const executionsOf = ({ rehearsal }: Bench, machine: string) => rehearsal.executions
 .filter(({ arn }) => arn.includes(`:${rehearsal.deployment.machines.find(machine).name}:`));
/** EC2 forgets terminated instances after about an hour. */
const stateOf = ({ account }: Bench, id: string) => account.ec2.instances.get(id)?.State.Name ?? 'terminated';
const tagsOf = (tags: readonly { Key?: string; Value?: string }[] = []) => Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
const operate = ({ account }: Bench, operation: string, input: object) => account.call('EC2', operation, input, person);
async function pass(bench: Bench, hours: number): Promise<void> {
  await bench.account.clock.advance(hours * HOUR);
  await bench.rehearsal.settle();
}
/** Calls of the two machines of this page that changed something in EC2, and to what. */
const changes = ({ account }: Bench, from: number) => account.calls.slice(from)
  .filter(({ service, operation, error }) => service === 'EC2' && !error && !operation.startsWith('Describe')).map(({ operation, input }) => `${operation} ${JSON.stringify(input)}`);

describe('a clone whose time has come', () => {
  test('is removed with all that is its own: volumes and interfaces that outlive it, snapshots with the last of them, schedules', () => rehearse(full, LASTING, async bench => {
    const { run, ids, volumeIds, expiresAt } = await cloned(bench, { expireAfter: 'PT8H', count: 2, keepSnapshots: 'latest' });
    const { ec2, scheduler } = bench.account;
    expect([...scheduler.schedules.values()].map(({ ScheduleExpression }) => ScheduleExpression)).toEqual(Array(2).fill(`at(${expiresAt!.replace('Z', '')})`));
    expect(run.trace.filter(state => ['Verify clones', 'Expires?', 'Schedule expiry', 'Tidy up'].includes(state))).toEqual(['Verify clones', 'Expires?', 'Schedule expiry', 'Tidy up']);
    for (const id of ids) expect(tagsOf(ec2.instances.get(id)!.Tags)).toMatchObject({ 'instance-mobility:expires': expiresAt, 'instance-mobility:created-by': run.arn });
    // one that somebody else attached to it is not its own
    const { VolumeId: foreign } = await operate(bench, 'CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 1 }) as { VolumeId: string };
    await bench.account.clock.advance(60_000);
    await operate(bench, 'AttachVolume', { VolumeId: foreign, InstanceId: ids[0], Device: '/dev/sdz' });
    const interfaces = [...ec2.networkInterfaces.values()].filter(({ Attachment }) => ids.includes(Attachment?.InstanceId ?? '')).map(({ NetworkInterfaceId }) => NetworkInterfaceId);
    expect(interfaces).toHaveLength(2);

    await pass(bench, 7.5);
    expect(ids.map(id => stateOf(bench, id))).toEqual(['running', 'running']);
    await pass(bench, 1);
    expect(ids.map(id => stateOf(bench, id))).toEqual(['terminated', 'terminated']);
    expect(volumeIds.filter(id => ec2.volumes.has(id) && ec2.volumes.get(id)!.State !== 'deleted')).toEqual([]);
    expect(interfaces.filter(id => ec2.networkInterfaces.has(id))).toEqual([]);
    expect([...ec2.snapshots.values()].filter(({ Tags }) => 'instance-mobility:set' in tagsOf(Tags))).toEqual([]);
    expect(ec2.volumes.get(foreign)!.State).toBe('available');
    expect(scheduler.schedules.size).toBe(0);
    const expiries = executionsOf(bench, 'Expire');
    expect(expiries.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    for (const { trace } of expiries) {
      expect(trace.filter(state => !['Remove clone', 'Removed?', 'Wait for termination'].includes(state))).toEqual([
        'Begin', 'Acquire lease', 'Expire clone', 'Check expiry', 'Expired?', 'Anything reserved?', 'Anything left?', 'Report removal', 'Release lease', 'Expire clone: succeeded?', 'Expire clone: done',
      ]);
    }
    bench.expectSourceUntouched();
    bench.expectLeaseFree();
  }));

  test('leaves the snapshots that were kept as long as another clone of the execution lives', () => rehearse(full, SERVER, async bench => {
    const { ids: [first, second] } = await cloned(bench, { expireAfter: 'PT8H', count: 2, keepSnapshots: 'all' });
    expectSuccess(await bench.operate('Extend', { cloneInstanceId: second!, expireAfter: 'P2D' }));
    await pass(bench, 9);
    expect([stateOf(bench, first!), stateOf(bench, second!)]).toEqual(['terminated', 'running']);
    expect(bench.account.ec2.snapshots.size).toBe(3);
    await pass(bench, 48);
    expect(stateOf(bench, second!)).toBe('terminated');
    expect(bench.account.ec2.snapshots.size).toBe(0);
  }));

  test('that somebody terminated before leaves nothing either', () => rehearse(full, LASTING, async bench => {
    const { ids: [id], volumeIds } = await cloned(bench);
    await operate(bench, 'ModifyInstanceAttribute', { InstanceId: id, DisableApiTermination: { Value: false } });
    await operate(bench, 'TerminateInstances', { InstanceIds: [id] });
    await pass(bench, 1);
    expect(volumeIds.filter(volume => bench.account.ec2.volumes.get(volume)?.State === 'available')).toHaveLength(1);
    await pass(bench, 8);
    expect(volumeIds.filter(volume => bench.account.ec2.volumes.get(volume)?.State === 'available')).toEqual([]);
    expect(executionsOf(bench, 'Expire').map(({ status }) => status)).toEqual(['SUCCEEDED']);
  }));

  test('that is being cloned is removed when that is over', () => rehearse(full, SERVER, async bench => {
    const { ids: [id] } = await cloned(bench, { expireAfter: 'PT10M' });
    // a person takes her time to approve
    const again = bench.rehearsal.startExecution('Clone', { sourceInstanceId: id!, approve: true, isolation: false, identity: 'keep' });
    await bench.account.clock.advance(20 * 60_000);
    expect([again.status, stateOf(bench, id!)]).toEqual(['RUNNING', 'running']);
    bench.account.states.tokens!.succeed(/--task-token '([^']+)'/.exec(bench.account.sns.published[0]!.message)![1]!, '{}');
    await bench.finish(again);
    expectSuccess(again);
    await pass(bench, 1);
    expect(stateOf(bench, id!)).toBe('terminated');
    const [expiry] = executionsOf(bench, 'Expire');
    expect(expiry!.trace).toContain('Wait for lease');
    const [clone] = (again.output as { clones: { instanceId: string }[] }).clones;
    expect(stateOf(bench, clone!.instanceId)).toBe('running');
  }));

  test('is removed although calls fail at first, and twice started it is removed once', () => rehearse(full, SERVER, async bench => {
    const { ids: [id], run } = await cloned(bench);
    bench.account.fail('TerminateInstances', 'RequestLimitExceeded', { times: 6, ...bench.by('Remove clone') });
    bench.account.fail('TerminateInstances', 'Lost', { afterwards: true, connectionLost: true, ...bench.by('Remove clone') });
    bench.account.fail('DeleteVolume', 'InternalError', { times: 4, ...bench.by('Remove clone') });
    await pass(bench, 9);
    expect(stateOf(bench, id!)).toBe('terminated');
    const second = await bench.operate('Expire', { instanceId: id!, createdBy: run.arn });
    expectSuccess(second);
    expect(second.output).toEqual({ instanceId: id, expired: true, removed: [] });
  }));

  test('of which something can not be removed makes the machine fail, and tells what', () => rehearse(full, LASTING, async bench => {
    const { volumeIds, ids: [id] } = await cloned(bench);
    const kept = volumeIds[1]!;
    // somebody moved a volume of the clone to another server
    await operate(bench, 'DetachVolume', { VolumeId: kept });
    await bench.account.clock.advance(60_000);
    await operate(bench, 'AttachVolume', { VolumeId: kept, InstanceId: bench.sourceInstanceId, Device: '/dev/sdz' });
    await pass(bench, 9);
    const [expiry] = executionsOf(bench, 'Expire');
    expect(expiry).toMatchObject({ status: 'FAILED', error: 'CloneNotRemoved', cause: expect.stringContaining(`${bench.sourceInstanceId} has it attached`) });
    expect(stateOf(bench, id!)).toBe('terminated');
    expect(bench.account.ec2.volumes.get(kept)!.State).toBe('in-use');
    bench.expectLeaseFree();
  }));
});

describe('what its tags do not say', () => {
  test.each([
    ['another owner', { 'instance-mobility:owner': 'Other:Other/Clone' }],
    ['another maker', { 'instance-mobility:created-by': 'arn:aws:states:us-east-1:111122223333:execution:Other:1' }],
    ['no time', { 'instance-mobility:expires': 'soon' }],
  ])('%s: nothing is removed', (_, changed) => rehearse(full, LASTING, async bench => {
    const { ids: [id] } = await cloned(bench);
    await operate(bench, 'CreateTags', { Resources: [id], Tags: Object.entries(changed).map(([Key, Value]) => ({ Key, Value })) });
    const from = bench.account.calls.length;
    await pass(bench, 9);
    expect(executionsOf(bench, 'Expire')[0]).toMatchObject({ status: 'FAILED', error: 'NotAClone', cause: expect.stringContaining('nothing is removed') });
    expect(changes(bench, from)).toEqual([]);
    bench.expectLeaseFree();
  }));

  test('its time no longer: it lives on', () => rehearse(full, SERVER, async bench => {
    const { ids: [id] } = await cloned(bench);
    await operate(bench, 'DeleteTags', { Resources: [id], Tags: [{ Key: 'instance-mobility:expires' }] });
    const from = bench.account.calls.length;
    await pass(bench, 9);
    expect(executionsOf(bench, 'Expire')[0]).toMatchObject({ status: 'SUCCEEDED', output: { instanceId: id, expired: false, expiresAt: null, removed: [] } });
    expect(changes(bench, from)).toEqual([]);
  }));

  test('changed between the check and the removal: nothing is removed', () => rehearse(full, SERVER, async bench => {
    const { ids: [id] } = await cloned(bench);
    bench.rehearsal.listen((_, event) => {
      if (event.stateEnteredEventDetails?.name !== 'Expired?') return;
      void operate(bench, 'CreateTags', { Resources: [id], Tags: [{ Key: 'instance-mobility:expires', Value: '2030-01-01T00:00:00Z' }] });
    });
    await pass(bench, 9);
    expect(executionsOf(bench, 'Expire')[0]).toMatchObject({ status: 'FAILED', error: 'NotAClone' });
    expect(stateOf(bench, id!)).toBe('running');
  }));

  test('a volume of the clone that carries another\'s tag stays', () => rehearse(full, LASTING, async bench => {
    const { volumeIds } = await cloned(bench);
    await operate(bench, 'CreateTags', { Resources: [volumeIds[1]], Tags: [{ Key: 'instance-mobility:clone', Value: 'i-0000000000000000f' }] });
    await pass(bench, 9);
    expect(executionsOf(bench, 'Expire')[0]).toMatchObject({ status: 'SUCCEEDED' });
    expect(bench.account.ec2.volumes.get(volumeIds[1]!)!.State).toBe('available');
  }));

  test('a role that is tricked can not terminate what does not expire, nor delete what is no clone\'s', () => rehearse(full, LASTING, async bench => {
    const { ids: [id], volumeIds } = await cloned(bench, {});
    const roleArn = [...bench.account.iam.roles.values()].find(({ Arn = '' }) => Arn.includes('Removeclone'))!.Arn!;
    const asRole = { roleArn, callerArn: roleArn };
    for (const [operation, input] of [
      ['TerminateInstances', { InstanceIds: [id] }], ['TerminateInstances', { InstanceIds: [bench.sourceInstanceId] }], ['DeleteVolume', { VolumeId: volumeIds[0] }],
    ] as const) await expect(bench.account.call('EC2', operation, input, asRole)).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
  }));
});

describe('Extend clone', () => {
  test('puts off: the earlier time passes, the later one counts', () => rehearse(full, SERVER, async bench => {
    const { ids: [id], run } = await cloned(bench);
    const extension = await bench.operate('Extend', { cloneInstanceId: id!, expireAfter: 'P2DT30M' });
    expectSuccess(extension);
    expect(extension.trace).toEqual(['Check extension', 'Acquire lease', 'Extend', 'Extend clone', 'Release lease', 'Extend: succeeded?', 'Extend: done']);
    const { expiresAt } = extension.output as { expiresAt: string };
    expect(Date.parse(expiresAt)).toBeGreaterThanOrEqual(extension.startDate!.getTime() + 48.5 * HOUR);
    expect(Date.parse(expiresAt)).toBeLessThan(extension.startDate!.getTime() + 48.5 * HOUR + 61_000);
    expect(bench.schedulesOf(run)).toEqual([id]);
    await pass(bench, 40);
    expect(stateOf(bench, id!)).toBe('running');
    await pass(bench, 9);
    expect(stateOf(bench, id!)).toBe('terminated');
    expect(executionsOf(bench, 'Expire')).toHaveLength(1);
  }));

  test('for ever, and then not', () => rehearse(full, LASTING, async bench => {
    const { ids: [id], run, volumeIds } = await cloned(bench);
    expect((await bench.operate('Extend', { cloneInstanceId: id!, expireAfter: 'never' })).output).toEqual({ cloneInstanceId: id, expiresAt: null });
    expect(bench.schedulesOf(run)).toEqual([]);
    await pass(bench, 20);
    expect(stateOf(bench, id!)).toBe('running');
    expectSuccess(await bench.operate('Extend', { cloneInstanceId: id!, expireAfter: 'PT1H' }));
    await pass(bench, 2);
    expect(stateOf(bench, id!)).toBe('terminated');
    expect(volumeIds.filter(volume => bench.account.ec2.volumes.get(volume)?.State === 'available')).toEqual([]);
  }));

  test('gives a time to a clone that had none, and says of its volumes that they go with it', () => rehearse(full, LASTING, async bench => {
    const { ids: [id], volumeIds, expiresAt } = await cloned(bench, {});
    expect(expiresAt).toBeNull();
    expectSuccess(await bench.operate('Extend', { cloneInstanceId: id!, expireAfter: 'PT1H' }));
    await pass(bench, 2);
    expect(stateOf(bench, id!)).toBe('terminated');
    expect(volumeIds.filter(volume => bench.account.ec2.volumes.get(volume)?.State === 'available')).toEqual([]);
    bench.expectSourceUntouched();
  }));

  test('that got as far as the tag: the old schedule finds it, removes nothing, and is made anew', () => rehearse(full, SERVER, async bench => {
    const { ids: [id], run } = await cloned(bench);
    bench.account.fail('UpdateSchedule', 'AccessDeniedException', { times: 1, ...bench.by('Extend clone') });
    const extension = await bench.operate('Extend', { cloneInstanceId: id!, expireAfter: 'PT20H' });
    expect(extension).toMatchObject({ status: 'FAILED', error: 'AccessDeniedException' });
    await pass(bench, 9);
    expect(executionsOf(bench, 'Expire')).toMatchObject([{ status: 'SUCCEEDED', output: { expired: false } }]);
    expect(bench.schedulesOf(run)).toEqual([id]);
    // started by hand it finds its schedule, and changes it
    expectSuccess(await bench.operate('Expire', { instanceId: id!, createdBy: run.arn }));
    expect(stateOf(bench, id!)).toBe('running');
    await pass(bench, 12);
    expect(stateOf(bench, id!)).toBe('terminated');
    bench.expectLeaseFree();
  }));

  test.each([
    ['nothing', {}, ['cloneInstanceId: got nothing', 'expireAfter: got nothing']],
    ['too short a time', { cloneInstanceId: 'i-0123456789abcdef0', expireAfter: 'PT9M' }, ['expireAfter: got "PT9M", allowed is "never"']],
    ['a number', { cloneInstanceId: 'i-0123456789abcdef0', expireAfter: 3600 }, ['expireAfter: got 3600']],
    ['another field', { cloneInstanceId: 'i-0123456789abcdef0', expireAfter: 'P1D', by: 'P1D' }, ['by: unknown']],
    ['no object', 'i-0123456789abcdef0', ['input: got "i-0123456789abcdef0"']],
  ])('refuses %s', (_, input, problems) => rehearse(full, SERVER, async bench => {
    const run = await bench.operate('Extend', input as never);
    expect(run).toMatchObject({ status: 'FAILED', error: 'InvalidRequest' });
    for (const problem of problems) expect(run.cause).toContain(JSON.stringify(problem).slice(1, -1));
  }));

  test('refuses what is no clone: the source, one that is gone', () => rehearse(full, SERVER, async bench => {
    const { ids: [id] } = await cloned(bench);
    await operate(bench, 'TerminateInstances', { InstanceIds: [id] });
    for (const cloneInstanceId of [bench.sourceInstanceId, id!, 'i-0000000000000000f']) {
      expect(await bench.operate('Extend', { cloneInstanceId, expireAfter: 'P1D' })).toMatchObject({ status: 'FAILED', error: 'NotAClone' });
    }
    bench.expectSourceUntouched();
    bench.expectLeaseFree();
  }));
});

describe('a clone that fails', () => {
  test('at the second schedule leaves no first', () => rehearse(full, LASTING, async bench => {
    let calls = 0;
    bench.account.fail('CreateSchedule', 'ServiceQuotaExceededException', { times: Infinity, where: () => ++calls > 1 });
    const run = await bench.run({ expireAfter: 'P1D', count: 2 });
    expect(run).toMatchObject({ status: 'FAILED', error: 'ServiceQuotaExceededException', cause: expect.stringContaining('"schedule"') });
    bench.expectNothingHappened(run);
  }));

  test('because an answer was lost has one schedule all the same', () => rehearse(full, SERVER, async bench => {
    bench.account.fail('CreateSchedule', 'Lost', { afterwards: true, connectionLost: true, times: 3 });
    // the service may forget tokens: the name is taken then
    bench.account.fail('CreateSchedule', 'ConflictException', { times: 1 });
    const { run, ids } = await cloned(bench);
    expect(bench.schedulesOf(run)).toEqual(ids);
  }));

  test.each(['Schedule expiry', 'Tidy up', 'Release lease'])('by an abort in %s: what is finished keeps its schedule, what is not leaves none', state => rehearse(full, LASTING, async bench => {
    bench.rehearsal.listen((execution, event) => {
      if (event.stateEnteredEventDetails?.name === state) bench.account.clock.after(50, () => execution.stop('Test', 'aborted by the test'));
    });
    const run = await bench.run({ expireAfter: 'P1D' });
    expect(run.status).toBe('ABORTED');
    const finished = [...bench.account.ec2.instances.values()].filter(({ Tags, State }) => tagsOf(Tags)['instance-mobility:created-by'] === run.arn && State.Name === 'running');
    expect(bench.schedulesOf(run)).toEqual(finished.map(({ InstanceId }) => InstanceId));
    if (state === 'Release lease') expect(finished).toHaveLength(1);
    if (state === 'Schedule expiry') bench.expectNothingHappened(run);
  }));

  test('is rolled back although EventBridge Scheduler fails for a while', () => rehearse(full, SERVER, async bench => {
    bench.account.fail('RunInstances', 'Unsupported', { times: Infinity, where: input => !input.DryRun });
    bench.account.fail('ListSchedules', 'InternalServerException', { times: 4, ...bench.by('Roll back') });
    const run = await bench.run({ expireAfter: 'P1D' });
    expect(run).toMatchObject({ status: 'FAILED', error: 'Unsupported', cause: expect.not.stringContaining('the roll back itself failed') });
    bench.expectNothingHappened(run);
  }));

  test('and may not look at schedules is rolled back all the same', () => rehearse(full, SERVER, async bench => {
    bench.account.fail('RunInstances', 'Unsupported', { times: Infinity, where: input => !input.DryRun });
    bench.account.fail('ListSchedules', 'AccessDeniedException', { times: Infinity });
    const run = await bench.run({ expireAfter: 'P1D' });
    expect(run).toMatchObject({ status: 'FAILED', error: 'Unsupported', cause: expect.stringContaining('AccessDeniedException') });
    bench.expectNothingHappened(run);
  }));
});

test('the plan tells of the end', () => rehearse(full, SERVER, async bench => {
  const run = await bench.run({ expireAfter: 'P7D', count: 3, planOnly: true });
  const { plan } = run.output as { plan: { expireAfter: number; creates: object[]; warnings: string[]; steps: { step: string }[] } };
  expect(plan.expireAfter).toBe(7 * 86_400);
  expect(plan.creates).toContainEqual({ resource: 'schedule', quantity: 3, detail: 'removes a clone P7D after it is verified' });
  expect(plan.warnings.join()).toContain('terminated P7D after');
  expect(plan.steps.map(({ step }) => step)).toContain('Schedule expiry');
  bench.expectNothingHappened(run);
}));
