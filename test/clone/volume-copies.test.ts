import type { InstanceSpec } from '../../rehearsal/cloud/ec2/builder';
import type { Json } from '../../rehearsal/json';
import { type Bench, everything, expectSuccess, KEY_ARN, rehearse, SERVER, synthesized } from '../support/rehearse';

jest.setTimeout(120_000);

const full = synthesized(everything);
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs and outputs are JSON that tests look into */
type Any = any;
const real = { where: (input: Any): boolean => input.DryRun !== true };
const managed: InstanceSpec = { ...SERVER, profile: 'web' };
const frozen = { consistency: 'filesystem' };

/** The copies and what else EC2 made, dry runs aside. */
const made = (bench: Bench, operation: string): Any[] => bench.account.calls
  .filter(call => call.operation === operation && !call.error && !(call.input as Any).DryRun).map(({ input }) => input);

describe('a clone by copies', () => {
  test('of frozen volumes: a placeholder takes the copies, boots from the root\'s, and is the clone', () => rehearse(full, managed, async bench => {
    const { ec2 } = bench.account;
    const sources = ec2.instances.get(bench.sourceInstanceId)!.BlockDeviceMappings
      .map(({ DeviceName, Ebs }) => ({ device: DeviceName!, volumeId: Ebs!.VolumeId! }));
    for (const { volumeId } of sources) ec2.keepWriting(volumeId, { blocksPerSecond: 2 });
    const before = new Map<string, ReadonlyMap<number, string>>();
    const original = bench.account.call.bind(bench.account);
    jest.spyOn(bench.account, 'call').mockImplementation(async (...args) => {
      const [, operation, input] = args as Any[];
      // the picture at the very instant of each call, with what a freeze has flushed
      if (operation === 'CopyVolumes' && !input.DryRun) before.set(input.SourceVolumeId, new Map(ec2.content(input.SourceVolumeId)));
      return original(...args);
    });
    const run = await bench.run(frozen);
    expectSuccess(run);
    const { clones: [clone], plan, freeze } = run.output as Any;
    expect(freeze).not.toBeNull();
    expect(plan).toMatchObject({ copying: true, snapshotting: false, fellBack: null });
    expect(clone.volumes).toHaveLength(3);
    const mappings = ec2.instances.get(clone.instanceId)!.BlockDeviceMappings;
    for (const { device, volumeId } of sources) {
      const copy = clone.volumes.find((volume: Any) => volume.device === device);
      expect(copy.copyOf).toBe(volumeId);
      expect(new Map(ec2.content(copy.volumeId))).toEqual(before.get(volumeId));
      expect(new Map(ec2.content(copy.volumeId))).not.toEqual(new Map(ec2.content(volumeId)));
      const model = ec2.instances.get(bench.sourceInstanceId)!.BlockDeviceMappings.find(({ DeviceName }) => DeviceName === device)!;
      expect(mappings.find(({ DeviceName }) => DeviceName === device)!.Ebs).toMatchObject({ Status: 'attached', DeleteOnTermination: model.Ebs!.DeleteOnTermination });
      expect(ec2.volumes.get(copy.volumeId)!.Tags).toEqual(expect.arrayContaining([
        { Key: 'instance-mobility:device', Value: device }, { Key: 'instance-mobility:created-by', Value: run.arn },
      ]));
    }
    expect(run.trace).toEqual(expect.arrayContaining(['Copy volumes', 'Thaw filesystems', 'Launch placeholder', 'Attach copies', 'Replace root', 'Booted from copy', 'Are instances running']));
    expect(run.trace.filter(state => /Snapshot volumes|Make image|^Launch instances$|Roll back/.test(state))).toEqual([]);
    expect(made(bench, 'CreateSnapshots')).toEqual([]);
    // the root of the placeholder is gone: of what the execution made there are the clone's volumes alone
    expect([...ec2.volumes.values()].filter(({ Tags }) => JSON.stringify(Tags).includes(run.arn)).map(({ VolumeId }) => VolumeId).sort())
      .toEqual(clone.volumes.map((volume: Any) => volume.volumeId).sort());
    expect(ec2.ownedBy(run.arn)).toEqual([]);
    bench.expectSourceUntouched();
    bench.expectLeaseFree();
  }));

  test('of a single volume of a running source', () => rehearse(full, { ...managed, volumes: [{ size: 20, deleteOnTermination: true }] }, async bench => {
    const run = await bench.run();
    expectSuccess(run);
    expect((run.output as Any).plan.volumes).toEqual([expect.objectContaining({ strategy: 'volume-copy', why: expect.stringContaining('us-east-1a') })]);
    bench.expectSourceUntouched();
  }));

  test('of a stopped source, with other types, sizes and keys than its volumes have', () => rehearse(full, {
    ...SERVER, state: 'stopped', volumes: [{ encrypted: true, kmsKeyId: KEY_ARN }, { size: 100 }, { size: 50, type: 'io2', iops: 3000 }],
  }, async bench => {
    const run = await bench.run({ volumes: { '/dev/sdf': { type: 'gp3', iops: 4000, throughput: 250, size: 120, kmsKeyId: KEY_ARN } } });
    expectSuccess(run);
    const { clones: [clone] } = run.output as Any;
    const volume = (device: string) => bench.account.ec2.volumes.get(clone.volumes.find((each: Any) => each.device === device).volumeId)!;
    expect(volume('/dev/xvda')).toMatchObject({ Encrypted: true, KmsKeyId: KEY_ARN });
    expect(volume('/dev/sdf')).toMatchObject({ Size: 120, Iops: 4000, Throughput: 250, Encrypted: true, KmsKeyId: KEY_ARN });
    expect(volume('/dev/sdg')).toMatchObject({ VolumeType: 'io2', Iops: 3000 });
    bench.expectSourceUntouched();
  }));

  test('but for one volume, which comes from a snapshot at the launch of the placeholder', () => rehearse(full, managed, async bench => {
    const run = await bench.run({ ...frozen, strategy: 'volume-copy', volumes: { '/dev/sdf': { strategy: 'snapshot' } } });
    expectSuccess(run);
    const { clones: [clone], plan } = run.output as Any;
    expect(plan.volumes.map(({ strategy }: Any) => strategy)).toEqual(['volume-copy', 'snapshot', 'volume-copy']);
    expect(clone.volumes.map(({ device, copyOf, snapshotId }: Any) => [device, copyOf !== null, /^snap-/.test(snapshotId)]).sort())
      .toEqual([['/dev/sdf', false, true], ['/dev/sdg', true, false], ['/dev/xvda', true, false]]);
    const left = expect.objectContaining({ ExcludeBootVolume: true, ExcludeDataVolumeIds: [expect.any(String)] });
    expect(made(bench, 'CreateSnapshots')).toEqual([expect.objectContaining({ InstanceSpecification: left })]);
    expect(bench.account.ec2.ownedBy(run.arn)).toEqual([]);
    bench.expectSourceUntouched();
  }));

  const keys: [string, InstanceSpec['volumes'], { [key: string]: Json }][] = [
    ['is encrypted for the clone', [{}, { size: 20 }, {}], { kmsKeyId: KEY_ARN }],
    ['is encrypted already', [{}, { size: 20, encrypted: true, kmsKeyId: KEY_ARN }, {}], {}],
  ];
  test.each(keys)('but for one volume that %s, under a key of the customer', (_, volumes, choice) => rehearse(full, { ...managed, volumes }, async bench => {
    const run = await bench.run({ ...frozen, strategy: 'volume-copy', volumes: { '/dev/sdf': { strategy: 'snapshot', ...choice } } });
    expectSuccess(run);
    const { clones: [clone] } = run.output as Any;
    expect(bench.account.ec2.volumes.get(clone.volumes.find(({ device }: Any) => device === '/dev/sdf').volumeId)).toMatchObject({ Encrypted: true, KmsKeyId: KEY_ARN });
    bench.expectSourceUntouched();
  }));

  const launched: [string, InstanceSpec][] = [
    ['key pair and placement group', { keyName: 'ops', placement: { GroupName: 'together' } }],
    ['licences and host resource group', {
      licenses: ['arn:aws:license-manager:us-east-1:111122223333:license-configuration:lic-0123456789abcdef0123456789abcdef'],
      placement: { Tenancy: 'host', HostResourceGroupArn: 'arn:aws:resource-groups:us-east-1:111122223333:group/hosts' },
    }],
  ];
  test.each(launched)('has its source\'s %s', (_, spec) => rehearse(full, { ...managed, volumes: [{ size: 20, deleteOnTermination: true }], ...spec }, async bench => {
    const run = await bench.run();
    expectSuccess(run);
    expect(run.trace).toContain('Launch placeholder');
    const { Placement, Licenses, KeyName } = bench.account.ec2.instances.get((run.output as Any).clones[0].instanceId)!;
    const { GroupName, HostResourceGroupArn } = spec.placement!;
    expect({ Placement, Licenses, KeyName }).toEqual({
      Placement: expect.objectContaining(GroupName ? { GroupName } : { HostResourceGroupArn }),
      Licenses: spec.licenses?.map(LicenseConfigurationArn => ({ LicenseConfigurationArn })), KeyName: spec.keyName,
    });
  }));
});

describe('auto', () => {
  const reasons: [string, InstanceSpec, { [key: string]: Json }, RegExp][] = [
    ['several volumes of a running source', managed, {}, /an instant of its own/],
    ['several clones', managed, { ...frozen, count: 2 }, /2 clones/],
    ['kept snapshots', managed, { ...frozen, keepSnapshots: 'all' }, /keepSnapshots/],
    ['an initialization rate', managed, { ...frozen, volumeInitializationRate: 200 }, /initialization rate/],
    ['user data', managed, { ...frozen, userData: 'IyEvYmluL3NoCg==' }, /user data/],
    ['a snapshot that is asked for', managed, { ...frozen, volumes: { '/dev/sdf': { strategy: 'snapshot' } } }, /another volume comes from a snapshot/],
    ['a volume that several instances share', { ...managed, type: 'm5.large', volumes: [{}, { type: 'io2', iops: 500, multiAttach: true }] }, frozen, /several instances write/],
  ];
  test.each(reasons)('takes snapshots for %s, and says why', (name, spec, input, why) => rehearse(full, spec, async bench => {
    if (name.includes('share')) {
      const shared = [...bench.account.ec2.volumes.values()].find(({ MultiAttachEnabled }) => MultiAttachEnabled)!;
      const { instanceId } = bench.account.ec2.addInstance({ volumes: [{}] });
      await bench.account.call('EC2', 'AttachVolume', { VolumeId: shared.VolumeId, InstanceId: instanceId, Device: '/dev/sdf' }, { callerArn: 'arn:aws:iam::111122223333:user/console' });
    }
    const run = await bench.run({ ...input, planOnly: true });
    expectSuccess(run);
    const { plan } = run.output as Any;
    expect(plan).toMatchObject({ copying: false, snapshotting: true });
    expect(plan.volumes.every(({ strategy }: Any) => strategy === 'snapshot')).toBe(true);
    expect(plan.volumes.map((volume: Any) => volume.why).join('\n')).toMatch(why);
  }));

  test('takes snapshots for another zone, and where the source\'s image is gone', () => rehearse(full, managed, async bench => {
    const { ec2 } = bench.account;
    const there = ec2.addInstance({ zone: 'us-east-1b' });
    const elsewhere = await bench.run({ ...frozen, subnetId: there.subnetId, planOnly: true });
    expect((elsewhere.output as Any).plan.volumes[0].why).toMatch(/goes to us-east-1b/);
    ec2.images.delete(ec2.instances.get(bench.sourceInstanceId)!.ImageId);
    const orphan = await bench.run({ ...frozen, planOnly: true });
    expect((orphan.output as Any).plan.volumes[0].why).toMatch(/image .* is gone/);
  }));

  test('knows which copies are in progress, and takes snapshots meanwhile', () => rehearse(full, { ...managed, volumes: [{}, { size: 1000, written: 900 }, {}] }, async bench => {
    const first = await bench.run(frozen);
    expectSuccess(first);
    const second = await bench.run(frozen);
    expectSuccess(second);
    expect((second.output as Any).plan).toMatchObject({ copying: false, fellBack: null });
    expect((second.output as Any).plan.volumes[1].why).toMatch(/still being initialized/);
    bench.account.quotas.set('L-39BD5252', 3);
    const other = bench.account.ec2.addInstance({ ...managed, name: 'other' });
    const third = await bench.finish(bench.rehearsal.startExecution('Clone', { sourceInstanceId: other.instanceId, ...frozen, planOnly: true }));
    expect((third.output as Any).plan.volumes[0].why).toMatch(/3 copies are needed and \d are in progress/);
  }));
});

describe('volume-copy that can not be', () => {
  test('is refused before anything is made, with every reason', () => rehearse(full, managed, async bench => {
    const run = await bench.run({ strategy: 'volume-copy', count: 2, keepSnapshots: 'latest' });
    expect(run).toMatchObject({ status: 'FAILED', error: 'VolumeStrategyRefused', cause: expect.stringMatching(/xvda: 2 clones[^]*keepSnapshots[^]*consistency [^]*sdf/) });
    expect(made(bench, 'CopyVolumes')).toEqual([]);
    bench.expectNothingHappened(run);
  }));

  test('of data while the root comes from a snapshot', () => rehearse(full, managed, async bench => {
    const run = await bench.run({ ...frozen, strategy: 'volume-copy', volumes: { '/dev/xvda': { strategy: 'snapshot' } } });
    expect(run).toMatchObject({ status: 'FAILED', error: 'VolumeStrategyRefused', cause: expect.stringMatching(/the clone boots before/) });
  }));
});

describe('falls back to snapshots, once and visibly', () => {
  const failures: [string, (bench: Bench) => void, string][] = [
    ['the Region\'s limit of copies', bench => bench.account.fail('CopyVolumes', 'CopyVolumesLimitExceeded', { times: Infinity, ...real }), 'CopyVolumesLimitExceeded'],
    ['the limit, for the last volume only', bench => {
      let calls = 0;
      bench.account.fail('CopyVolumes', 'ConcurrentCopyVolumeLimitExceeded', { times: Infinity, where: input => real.where(input) && ++calls > 2 });
    }, 'ConcurrentCopyVolumeLimitExceeded'],
    ['a refusal of what is not encrypted', bench => bench.account.fail('CopyVolumes', 'InvalidParameterValue', { times: Infinity, ...real }), 'InvalidParameterValue'],
    ['a filesystem that can not be frozen', bench => {
      const { disks } = bench.account.ssm.guest(bench.sourceInstanceId);
      const data = bench.account.ec2.instances.get(bench.sourceInstanceId)!.BlockDeviceMappings[1]!.Ebs!.VolumeId!;
      disks.format({ mounts: ['/data/fat'], kind: 'vfat', volumes: [data] });
    }, 'WritesNotHeld'],
    ['a placeholder that does not come up', bench => bench.rehearsal.listen((_, event) => {
      if (event.stateEnteredEventDetails?.name !== 'Is placeholder running') return;
      for (const { InstanceId, State } of bench.account.ec2.instances.values()) {
        if (State.Name === 'pending') void bench.account.call('EC2', 'TerminateInstances', { InstanceIds: [InstanceId] }, { callerArn: 'arn:aws:iam::111122223333:user/console' });
      }
    }), 'PlaceholderFailed'],
    ['a root that EC2 does not replace', bench => { bench.account.ec2.rootReplacementFails = 'failed'; }, 'RootNotReplaced'],
    ['a root that it takes off and does not replace', bench => { bench.account.ec2.rootReplacementFails = 'failed-detached'; }, 'RootNotReplaced'],
  ];
  test.each(failures)('for %s', (_, prepare, error) => rehearse(full, managed, async bench => {
    prepare(bench);
    const run = await bench.run(frozen);
    expectSuccess(run);
    const { clones, plan } = run.output as Any;
    expect(plan).toMatchObject({ copying: false, snapshotting: true, fellBack: { error } });
    expect(plan.warnings.join('\n')).toContain(`because ${error}`);
    expect(clones[0].volumes.map(({ copyOf }: Any) => copyOf)).toEqual([null, null, null]);
    expect(run.trace.filter(state => state === 'Begin by snapshots')).toHaveLength(1);
    const others = [...bench.account.ec2.instances.values()].filter(({ InstanceId, State }) => InstanceId !== bench.sourceInstanceId && State.Name !== 'terminated');
    expect(others.map(({ InstanceId }) => InstanceId)).toEqual([clones[0].instanceId]);
    expect([...bench.account.ec2.volumes.values()].filter(({ SourceVolumeId }) => SourceVolumeId)).toEqual([]);
    expect(bench.account.ec2.ownedBy(run.arn)).toEqual([]);
    expect(bench.account.ssm.guest(bench.sourceInstanceId).disks.frozenMounts).toEqual([]);
    bench.expectSourceUntouched();
  }));

  test('whatever there is by then: a snapshot of the volume that is not copied, an interface that outlives its instance', () => rehearse(
    full, { ...managed, interfaces: [{ deleteOnTermination: false }] }, async bench => {
      bench.account.ec2.rootReplacementFails = 'failed';
      const run = await bench.run({ ...frozen, strategy: 'volume-copy', volumes: { '/dev/sdf': { strategy: 'snapshot' } } });
      expectSuccess(run);
      expect((run.output as Any).plan).toMatchObject({ copying: false, fellBack: { error: 'RootNotReplaced' } });
      expect(made(bench, 'CreateSnapshots')).toHaveLength(2);
      expect([...bench.account.ec2.snapshots.values()].filter(({ Tags }) => JSON.stringify(Tags).includes(run.arn))).toEqual([]);
      expect(bench.account.ec2.ownedBy(run.arn)).toEqual([]);
      bench.expectSourceUntouched();
    }));

  test('and not for a failure of another kind', () => rehearse(full, managed, async bench => {
    bench.account.fail('CopyVolumes', 'VolumeLimitExceeded', { times: Infinity, ...real });
    const run = await bench.run(frozen);
    expect(run).toMatchObject({ status: 'FAILED', error: 'VolumeLimitExceeded' });
    bench.expectNothingHappened(run);
  }));

  test('and if those fail, too, the source is as it was and nothing is left', () => rehearse(full, managed, async bench => {
    bench.account.ec2.rootReplacementFails = 'failed';
    bench.account.fail('RegisterImage', 'OrderedFailure', { times: Infinity });
    const run = await bench.run(frozen);
    expect(run).toMatchObject({ status: 'FAILED', error: 'OrderedFailure' });
    bench.expectNothingHappened(run);
  }));
});

/** Which call a step can not do without. */
const STEPS: [step: string, operation: string][] = [
  ['Copy volumes', 'CopyVolumes'], ['Are copies ready', 'DescribeVolumes'], ['Launch placeholder', 'RunInstances'], ['Is placeholder running', 'DescribeInstances'],
  ['Attach copies', 'AttachVolume'], ['Are copies attached', 'DescribeVolumes'], ['Replace root', 'CreateReplaceRootVolumeTask'],
  ['Is root replaced', 'DescribeReplaceRootVolumeTasks'], ['Is root replaced', 'ModifyInstanceAttribute'],
];

describe('faults', () => {
  test.each(STEPS)('%s: %s fails for good: the source is as it was, and nothing is left', (step, operation) => rehearse(full, managed, async bench => {
    bench.account.fail(operation, 'OrderedFailure', { times: Infinity, ...real, ...bench.by(step) });
    const run = await bench.run(frozen);
    expect(run).toMatchObject({ status: 'FAILED', error: 'OrderedFailure' });
    bench.expectNothingHappened(run);
  }));

  const changing = STEPS.filter(([, operation]) => !operation.startsWith('Describe'));
  test.each(changing)('%s: the answer of %s is lost: nothing is there twice', (step, operation) => rehearse(full, managed, async bench => {
    bench.account.fail(operation, 'InternalError', { times: 4, afterwards: true, ...real, ...bench.by(step) });
    const run = await bench.run(frozen);
    expectSuccess(run);
    const { clones: [clone], plan } = run.output as Any;
    expect(plan.fellBack).toBeNull();
    const ours = (record: { Tags?: { Key?: string }[] }): boolean => (record.Tags ?? []).some(({ Key }) => Key === 'instance-mobility:owner');
    const { volumes } = bench.account.ec2;
    expect([...volumes.values()].filter(ours).map(({ VolumeId }) => VolumeId).sort()).toEqual(clone.volumes.map((volume: Any) => volume.volumeId).sort());
    bench.expectSourceUntouched();
  }));

  test('describes lag behind', () => rehearse(full, managed, async bench => {
    bench.account.consistency.describeLag = 20;
    const run = await bench.run(frozen);
    expectSuccess(run);
    expect((run.output as Any).plan.fellBack).toBeNull();
  }));
});

describe('aborted', () => {
  const STATES = ['Copy volumes', 'Are copies ready', 'Launch placeholder', 'Is placeholder running', 'Attach copies', 'Replace root', 'Is root replaced', 'Wait for root'];
  test.each(STATES)('in %s: the janitor sweeps, the source is as it was', state => rehearse(full, managed, async bench => {
    let met = false;
    bench.rehearsal.listen((execution, event) => {
      if (met || event.stateEnteredEventDetails?.name !== state) return;
      met = true;
      bench.account.clock.after(50, () => execution.stop('Test', 'aborted by the test'));
    });
    const run = await bench.run(frozen);
    expect({ met, status: run.status }).toEqual({ met: true, status: 'ABORTED' });
    bench.expectNothingHappened(run);
  }));

  test('while it falls back', () => rehearse(full, managed, async bench => {
    bench.account.ec2.rootReplacementFails = 'failed-detached';
    bench.rehearsal.listen((execution, event) => {
      if (event.stateEnteredEventDetails?.name === 'Wait for the fall back') execution.stop('Test', 'aborted by the test');
    });
    const run = await bench.run(frozen);
    expect(run.status).toBe('ABORTED');
    bench.expectNothingHappened(run);
  }));
});
