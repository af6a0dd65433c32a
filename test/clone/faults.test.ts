import type { Json } from '../../rehearsal/json';
import { type Bench, everything, expectSuccess, KEY_ARN, rehearse, SERVER, synthesized } from '../support/rehearse';

jest.setTimeout(120_000);

const full = synthesized(everything);
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs are JSON that faults look into */
type Any = any;
const real = { where: (input: Any): boolean => input.DryRun !== true };

/** Which call a step can not do without; the execution input that takes the step. */
const STEPS: [step: string, operation: string, input?: { [key: string]: Json }][] = [
  ['Acquire lease', 'UpdateItem'],
  ['Describe source', 'DescribeInstances'],
  ['Describe source', 'DescribeInstanceAttribute'],
  ['Describe source', 'GetInstanceProfile'],
  ['Plan clone', 'DescribeSubnets'],
  ['Await approval', 'Publish', { approve: true }],
  ['Freeze filesystems', 'SendCommand', { consistency: 'filesystem' }],
  ['Are filesystems frozen', 'GetCommandInvocation', { consistency: 'filesystem' }],
  ['Snapshot volumes', 'DescribeSnapshots'],
  ['Snapshot volumes', 'CreateSnapshots'],
  ['Thaw filesystems', 'SendCommand', { consistency: 'filesystem' }],
  ['Are filesystems thawed', 'GetCommandInvocation', { consistency: 'filesystem' }],
  ['Are snapshots ready', 'DescribeSnapshots'],
  ['Are snapshots ready', 'UpdateItem'],
  ['Make image', 'RegisterImage'],
  ['Is image ready', 'DescribeImages'],
  ['Launch instances', 'RunInstances'],
  ['Are instances running', 'DescribeInstances'],
  ['Finish instances', 'CreateTags'],
  ['Finish instances', 'ModifyNetworkInterfaceAttribute'],
  ['Verify clones', 'DescribeVolumes'],
  ['Tidy up', 'DeregisterImage'],
  ['Tidy up', 'ModifyInstanceAttribute'],
  ['Tidy up', 'CreateTags'],
];

const spec = { ...SERVER, profile: 'web', terminationProtection: true, interfaces: [{ sourceDestCheck: false, tags: { nic: 'one' } }] };

describe('a step that fails for good leaves the source as it was and nothing behind', () => {
  test.each(STEPS)('%s: %s', (step, operation, input = {}) => rehearse(full, spec, async bench => {
    bench.account.fail(operation, 'OrderedFailure', { times: Infinity, ...real, ...bench.by(step) });
    const run = await bench.run(input);
    expect(run).toMatchObject({ status: 'FAILED', error: 'OrderedFailure' });
    bench.expectSourceUntouched();
    expect(bench.account.ec2.ownedBy(run.arn)).toEqual([]);
    expect(runningBesides(bench)).toEqual([]);
  }));
});

describe('an answer that is lost is asked for again, and nothing is there twice', () => {
  const creating: typeof STEPS = [
    ...STEPS.filter(([, operation]) => !/^(Describe|Get)/.test(operation)),
    ['Make image', 'RegisterImage'],
    ['Tidy up', 'DeleteSnapshot'],
    ['Tidy up', 'DeleteTags'],
    ['Release lease', 'UpdateItem'],
  ];
  test.each(creating.filter(([step]) => step !== 'Await approval'))('%s: %s', (step, operation, input = {}) => rehearse(full, spec, async bench => {
    // more often than the SDK tries by itself, so that Step Functions runs the handler again
    bench.account.fail(operation, 'InternalError', { times: 4, afterwards: true, ...real, ...bench.by(step) });
    const run = await bench.run({ count: 2, ...input });
    expectSuccess(run);
    const { clones } = run.output as Any;
    expect(runningBesides(bench).sort()).toEqual(clones.map(({ instanceId }: Any) => instanceId).sort());
    const { volumes, snapshots, images } = bench.account.ec2;
    const ours = (record: { Tags?: { Key?: string }[] }): boolean => (record.Tags ?? []).some(({ Key }) => Key === 'instance-mobility:owner');
    expect([...volumes.values()].filter(ours).map(({ VolumeId }) => VolumeId).sort())
      .toEqual(clones.flatMap((clone: Any) => clone.volumes.map(({ volumeId }: Any) => volumeId)).sort());
    expect([...snapshots.values()].filter(ours)).toEqual([]);
    expect([...images.values()].filter(image => ours(image) && image.State !== 'deregistered')).toEqual([]);
    bench.expectSourceUntouched();
    bench.expectLeaseFree();
  }));

  test('snapshots taken twice, because nobody could see the first ones, are there once in the end', () => rehearse(full, SERVER, async bench => {
    bench.account.consistency.describeLag = 40;
    bench.account.fail('CreateSnapshots', 'InternalError', { times: 3, afterwards: true, ...real });
    const run = await bench.run({ keepSnapshots: 'all' });
    expectSuccess(run);
    expect(bench.account.calls.filter(({ operation, output, input }) => operation === 'CreateSnapshots' && output && !('DryRun' in input)).length).toBeGreaterThan(1);
    const ours = [...bench.account.ec2.snapshots.values()].filter(({ Tags }) => (Tags ?? []).some(({ Key }) => Key === 'instance-mobility:owner')).map(({ SnapshotId }) => SnapshotId);
    expect(ours.sort()).toEqual([...(run.output as Any).kept].sort());
    expect(ours).toHaveLength(3);
  }));

  test('and those that can be seen by then are removed at once', () => rehearse(full, SERVER, async bench => {
    bench.account.consistency.describeLag = 40;
    // both answers are lost; between them lie the 15 s that EC2 asks for, in which a try is refused
    let calls = 0;
    bench.account.fail('CreateSnapshots', 'InternalError', { times: 4, afterwards: true, where: input => {
      if (input.DryRun) return false;
      if (++calls === 4) bench.account.consistency.describeLag = 0;
      return true;
    } });
    expectSuccess(await bench.run());
    expect(bench.account.calls.filter(({ operation, principal }) => operation === 'DeleteSnapshot' && principal.callerArn.includes('Snapshotvolumes'))).toHaveLength(3);
  }));

  test('the connection breaks off after RunInstances has acted', () => rehearse(full, spec, async bench => {
    bench.account.fail('RunInstances', 'lost', { times: 4, afterwards: true, connectionLost: true, ...real });
    const run = await bench.run();
    expectSuccess(run);
    expect(runningBesides(bench)).toHaveLength(1);
  }));
});

describe('what EC2 only tells later', () => {
  test('a snapshot that fails for its key is named by its state message', () => rehearse(full, { ...SERVER, volumes: [{}, { encrypted: true, kmsKeyId: KEY_ARN }] }, async bench => {
    const run = bench.start();
    bench.rehearsal.listen((_, event) => {
      if (event.stateEnteredEventDetails?.name === 'Launch instances') bench.account.ec2.keys.disable(KEY_ARN);
    });
    await bench.finish(run);
    expect(run).toMatchObject({ status: 'FAILED', error: 'InstanceFailedToStart', cause: expect.stringContaining('Client.') });
    bench.expectNothingHappened(run);
  }));

  test('describes lag behind what was created', () => rehearse(full, spec, async bench => {
    bench.account.consistency.describeLag = 20;
    const run = await bench.run({ count: 2 });
    expectSuccess(run);
    expect(runningBesides(bench)).toHaveLength(2);
    expect(bench.account.ec2.ownedBy(run.arn)).toEqual([]);
    bench.expectSourceUntouched();
  }));

  test('what is waited for after a shortage is waited for from the launch on, not from the first try', () => rehearse(full, SERVER, async bench => {
    bench.account.fail('RunInstances', 'InsufficientInstanceCapacity', { times: 12, ...real });
    const run = await bench.run();
    expectSuccess(run);
    const shortage = run.events.filter(({ type }) => type === 'TaskFailed').at(-1)!.timestamp!;
    const looked = run.events.find(({ taskScheduledEventDetails }) => /"FunctionName":"[^"]*Areinstancesrunning/.test(taskScheduledEventDetails?.parameters ?? ''))!;
    expect(Date.parse(JSON.parse(looked.taskScheduledEventDetails!.parameters!).Payload.since)).toBeGreaterThan(Number(shortage));
  }));

  test('a tag that shows late does not undo the clones', () => rehearse(full, { ...SERVER, volumes: [{}, { tags: { purpose: 'data' } }] }, async bench => {
    bench.rehearsal.listen((_, event) => {
      if (event.stateEnteredEventDetails?.name !== 'Verify clones') return;
      const late = [...bench.account.ec2.volumes.values()].filter(({ Tags }) => (Tags ?? []).some(({ Key }) => Key === 'instance-mobility:execution'))
        .find(({ Tags }) => (Tags ?? []).some(({ Key }) => Key === 'purpose'))!;
      const tags = late.Tags;
      late.Tags = tags!.filter(({ Key }) => Key !== 'purpose');
      bench.account.clock.after(2000, () => { late.Tags = tags; });
    });
    expectSuccess(await bench.run());
  }));

  test('a name that is taken by an image which can not be seen yet is asked for again', () => rehearse(full, SERVER, async bench => {
    bench.account.fail('RegisterImage', 'InvalidAMIName.Duplicate', { times: 1, ...real });
    expectSuccess(await bench.run());
  }));

  test('an instance that never passes its status checks is given up', () => rehearse(full, SERVER, async bench => {
    bench.rehearsal.listen((_, event) => {
      if (event.stateEnteredEventDetails?.name !== 'Are instances running') return;
      for (const [id, model] of bench.account.ec2.instanceModels) if (id !== bench.sourceInstanceId) model.impaired = true;
    });
    const run = await bench.run();
    expect(run.status).toBe('FAILED');
    bench.expectNothingHappened(run);
  }));
});

describe('a busy or full EC2', () => {
  test('a capacity shortage that passes is waited out', () => rehearse(full, SERVER, async bench => {
    bench.account.fail('RunInstances', 'InsufficientInstanceCapacity', { times: 6, ...real });
    const run = await bench.run();
    expectSuccess(run);
    expect(runningBesides(bench)).toHaveLength(1);
  }));

  test('one that lasts is rolled back', () => rehearse(full, SERVER, async bench => {
    bench.account.fail('RunInstances', 'InsufficientInstanceCapacity', { times: Infinity, ...real });
    const run = await bench.run();
    expect(run).toMatchObject({ status: 'FAILED', error: 'InsufficientInstanceCapacity' });
    expect(JSON.parse(run.cause!)).toMatchObject({ removed: expect.arrayContaining([expect.objectContaining({ type: 'image' })]), leftOver: [] });
    bench.expectNothingHappened(run);
  }));

  test('a throttling storm is sat out', () => rehearse(full, SERVER, async bench => {
    for (const operation of ['DescribeSnapshots', 'CreateSnapshots', 'RegisterImage', 'DescribeImages', 'RunInstances', 'DescribeInstances', 'CreateTags', 'DeleteSnapshot']) {
      bench.account.fail(operation, 'RequestLimitExceeded', { times: 7, ...real });
    }
    const run = await bench.run({ count: 2 });
    expectSuccess(run);
    expect(runningBesides(bench)).toHaveLength(2);
    expect(bench.account.ec2.ownedBy(run.arn)).toEqual([]);
  }));

  test('a snapshot taken a moment ago by somebody else is waited for', () => rehearse(full, SERVER, async bench => {
    const run = bench.start();
    bench.rehearsal.listen((_, event) => {
      if (event.stateEnteredEventDetails?.name !== 'Snapshot volumes') return;
      const [volume] = bench.account.ec2.instances.get(bench.sourceInstanceId)!.BlockDeviceMappings;
      void bench.account.call('EC2', 'CreateSnapshot', { VolumeId: volume!.Ebs!.VolumeId }, { callerArn: 'arn:aws:iam::111122223333:user/backup' });
    });
    await bench.finish(run);
    expectSuccess(run);
    expect(run.events.filter(({ type }) => type === 'TaskFailed').map(({ taskFailedEventDetails }) => taskFailedEventDetails!.error)).toContain('SnapshotCreationPerVolumeRateExceeded');
  }));

  test('an image name that is taken is refused with advice, and the other image stays', () => rehearse(full, SERVER, async bench => {
    const original = bench.account.call.bind(bench.account);
    let taken: Any;
    jest.spyOn(bench.account, 'call').mockImplementation(async (...args) => {
      const [service, operation, input] = args;
      // somebody takes the very name, just before
      if (operation === 'RegisterImage' && !taken) taken = await original(service, operation, { ...input, TagSpecifications: undefined }, { callerArn: 'arn:aws:iam::111122223333:user/other' });
      return original(...args);
    });
    const run = await bench.run();
    expect(run).toMatchObject({ status: 'FAILED', error: 'ImageNameTaken' });
    expect(bench.account.ec2.images.get(taken.ImageId)!.State).toBe('available');
    bench.expectSourceUntouched();
  }));
});

describe('interfaces that outlive their instance', () => {
  test('are rolled back, too', () => rehearse(full, { ...spec, interfaces: [{ deleteOnTermination: false }] }, async bench => {
    bench.account.fail('DescribeVolumes', 'OrderedFailure', { times: Infinity, ...bench.by('Verify clones') });
    const run = await bench.run();
    expect(run).toMatchObject({ status: 'FAILED', error: 'OrderedFailure' });
    expect(JSON.parse(run.cause!).removed).toContainEqual(expect.objectContaining({ type: 'network-interface' }));
    bench.expectNothingHappened(run);
  }));
});

describe('a roll back that fails itself', () => {
  test('ends with the first error, tells what is left, and the janitor goes on', () => rehearse(full, SERVER, async bench => {
    bench.account.fail('RunInstances', 'InsufficientInstanceCapacity', { times: Infinity, ...real });
    bench.account.fail('DescribeSnapshots', 'RollBackFailure', { times: Infinity, ...bench.by('Roll back') });
    const run = bench.start();
    await bench.rehearsal.finish(run);
    expect(run).toMatchObject({ status: 'FAILED', error: 'InsufficientInstanceCapacity' });
    expect(JSON.parse(run.cause!).leftOver).not.toEqual([]);
    expect(bench.account.ec2.ownedBy(run.arn)).not.toEqual([]);
    await bench.rehearsal.settle();
    bench.expectNothingHappened(run);
  }));

  test('what can not be removed is listed with its reason', () => rehearse(full, SERVER, async bench => {
    bench.account.fail('RunInstances', 'InsufficientInstanceCapacity', { times: Infinity, ...real });
    bench.account.fail('DeleteSnapshot', 'OperationNotPermitted', { times: Infinity, message: 'locked by somebody', ...bench.by('Roll back') });
    const run = bench.start();
    await bench.rehearsal.finish(run);
    expect(JSON.parse(run.cause!).leftOver).toContainEqual(expect.objectContaining({ type: 'snapshot', reason: expect.stringContaining('locked by somebody') }));
  }));
});

/** Ids of the instances that live besides the source. */
function runningBesides(bench: Bench): string[] {
  return [...bench.account.ec2.instances.values()]
    .filter(({ InstanceId, State }) => InstanceId !== bench.sourceInstanceId && !['terminated', 'shutting-down'].includes(State.Name!))
    .map(({ InstanceId }) => InstanceId);
}
