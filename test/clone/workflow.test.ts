import { Aspects } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Execution } from '../../rehearsal/asl';
import type { Json } from '../../rehearsal/json';
import { Bench, everything, expectSuccess, KEY_ARN, rehearse, SERVER, synthesized } from '../support/rehearse';
import type { InstanceSpec } from '../../rehearsal/cloud/ec2/builder';

jest.setTimeout(60_000);

const full = synthesized(everything);
const plain = synthesized();

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- outputs are JSON that tests look into */
type Any = any;

describe('clones', () => {
  test('twice, while the source writes: every block equals the source at the snapshot, and none is later', () => rehearse(full, SERVER, async bench => {
    const { ec2 } = bench.account;
    const devices = ec2.instances.get(bench.sourceInstanceId)!.BlockDeviceMappings
      .map(({ DeviceName, Ebs }) => ({ device: DeviceName!, volumeId: Ebs!.VolumeId! }));
    for (const { volumeId } of devices) ec2.keepWriting(volumeId, { blocksPerSecond: 2 });
    const before = new Map<string, ReadonlyMap<number, string>>();
    const original = bench.account.call.bind(bench.account);
    jest.spyOn(bench.account, 'call').mockImplementation(async (...args) => {
      // the picture of the source at the very instant of the call, taken from outside of the EC2 model's own snapshots
      if (args[1] === 'CreateSnapshots' && !('DryRun' in args[2])) for (const { volumeId } of devices) before.set(volumeId, new Map(ec2.content(volumeId)));
      return original(...args);
    });
    const run = await bench.run({ count: 2 });
    expectSuccess(run);
    const { clones } = run.output as Any;
    expect(clones).toHaveLength(2);
    for (const clone of clones) {
      expect(clone.volumes).toHaveLength(3);
      for (const { device, volumeId } of clone.volumes) {
        const source = devices.find(each => each.device === device)!.volumeId;
        expect(new Map(ec2.content(volumeId))).toEqual(before.get(source));
        expect(new Map(ec2.content(volumeId))).not.toEqual(new Map(ec2.content(source)));
      }
    }
    bench.expectLeaseFree();
    for (const record of [...ec2.images.values(), ...ec2.snapshots.values()]) expect(JSON.stringify(record.Tags ?? [])).not.toContain('instance-mobility:owner');
    expect(ec2.ownedBy(run.arn)).toEqual([]);
    expect(run.trace).toEqual([
      'Check request', 'Acquire lease', 'Clone', 'Describe source', 'Plan clone', 'Will clones write?', 'Plan only?', 'Needs approval?', 'Freeze first?',
      'Snapshot volumes', 'Thaw now?', 'Snapshots taken?', ...turns(run.trace, 'Are snapshots ready', 'Snapshots ready?', 'Wait for snapshots'),
      'Make image', ...turns(run.trace, 'Is image ready', 'Image ready?', 'Wait for image'),
      'Isolate clones?', 'Launch how?', 'Launch instances', ...turns(run.trace, 'Are instances running', 'Instances running?', 'Wait for instances'),
      'Finish instances', 'Check identity?', 'Warm up?', 'Are they isolated?', 'Verify clones', 'Share volumes?', 'Expires?', 'Tidy up', 'Watch shares?', 'Report clones',
      'Did some fail?', 'Release lease', 'Was it cloned?', 'Cloned',
    ]);
  }));

  test('are finished clones: tagged created-by, carrying the tags of their source, and no longer anybody\'s litter', () => rehearse(full, SERVER, async bench => {
    const run = await bench.run({ tags: { purpose: 'load-test' } });
    const { clones: [clone] } = run.output as Any;
    const tags = Object.fromEntries(bench.account.ec2.instances.get(clone.instanceId)!.Tags!.map(({ Key, Value }) => [Key, Value]));
    expect(tags).toMatchObject({ clonable: 'yes', purpose: 'load-test', 'instance-mobility:created-by': run.arn, 'instance-mobility:source': bench.sourceInstanceId });
    expect(tags).not.toHaveProperty('instance-mobility:execution');
    for (const { volumeId, device } of clone.volumes) {
      const volume = bench.account.ec2.volumes.get(volumeId)!;
      expect(volume.Tags).toEqual(expect.arrayContaining([{ Key: 'instance-mobility:device', Value: device }, { Key: 'instance-mobility:created-by', Value: run.arn }]));
    }
    bench.expectSourceUntouched();
  }));

  test('may have attached a volume by their own software before they are finished: it is not touched', () => rehearse(full, SERVER, async bench => {
    const { account } = bench;
    const software = { callerArn: 'arn:aws:iam::111122223333:role/web' };
    const clones = () => [...account.ec2.instances.values()].filter(({ InstanceId }) => InstanceId !== bench.sourceInstanceId);
    bench.rehearsal.listen(async (_, event) => {
      if (event.stateEnteredEventDetails?.name !== 'Wait for instances' || clones()[0]?.State.Name !== 'running' || clones()[0]!.BlockDeviceMappings.length > 3) return;
      const { VolumeId } = await account.call('EC2', 'CreateVolume', { AvailabilityZone: clones()[0]!.Placement!.AvailabilityZone, Size: 1, VolumeType: 'gp3' }, software) as Any;
      account.clock.after(5000, () => void account.call('EC2', 'AttachVolume', { VolumeId, InstanceId: clones()[0]!.InstanceId, Device: '/dev/xvdba' }, software));
    });
    const run = await bench.run();
    expectSuccess(run);
    const foreign = clones()[0]!.BlockDeviceMappings.find(({ DeviceName }) => DeviceName === '/dev/xvdba')!.Ebs!.VolumeId!;
    expect(account.ec2.volumes.get(foreign)!.Tags).toEqual([]);
  }));

  test('with everything overridden', () => rehearse(full, { ...SERVER, profile: 'web', terminationProtection: true, stopProtection: true, userData: '#!/bin/sh\necho first boot', interfaces: [{ sourceDestCheck: false, tags: { nic: 'one' } }] }, async bench => {
    const run = await bench.run({
      count: 2, instanceType: 'm5.xlarge', userData: Buffer.from('#cloud-config').toString('base64'), keepSnapshots: 'latest', volumeInitializationRate: 200,
      volumes: { '/dev/sdf': { exclude: true }, '/dev/sdg': { type: 'gp3', iops: 4000, throughput: 250, size: 60, kmsKeyId: KEY_ARN } },
    });
    expectSuccess(run);
    const { clones, kept } = run.output as Any;
    expect(kept).toHaveLength(2);
    for (const { instanceId, volumes } of clones) {
      const model = bench.account.ec2.instanceModels.get(instanceId)!;
      expect(model).toMatchObject({ disableApiTermination: true, disableApiStop: true, userData: Buffer.from('#cloud-config').toString('base64') });
      const instance = bench.account.ec2.instances.get(instanceId)!;
      expect(instance).toMatchObject({ InstanceType: 'm5.xlarge', IamInstanceProfile: { Arn: expect.stringContaining('instance-profile/web') }, SourceDestCheck: false });
      expect(volumes.map(({ device }: Any) => device).sort()).toEqual(['/dev/sdg', '/dev/xvda']);
      const data = bench.account.ec2.volumes.get(volumes.find(({ device }: Any) => device === '/dev/sdg').volumeId)!;
      expect(data).toMatchObject({ VolumeType: 'gp3', Iops: 4000, Throughput: 250, Size: 60, Encrypted: true, KmsKeyId: KEY_ARN });
    }
    // the next clone keeps only its own snapshots
    const next = await bench.run({ keepSnapshots: 'latest', volumes: { '/dev/sdf': { exclude: true } } });
    expect(next).toMatchObject({ status: 'SUCCEEDED' });
    for (const snapshotId of kept) expect(bench.account.ec2.snapshots.has(snapshotId)).toBe(false);
    for (const snapshotId of (next.output as Any).kept) expect(bench.account.ec2.snapshots.has(snapshotId)).toBe(true);
    bench.expectSourceUntouched();
  }));

  test('a stopped source', () => rehearse(full, { ...SERVER, state: 'stopped' }, async bench => {
    const run = await bench.run();
    expectSuccess(run);
    bench.expectSourceUntouched();
  }));

  test('by CreateImage where billing codes require it', () => rehearse(full, { ...SERVER, platform: { PlatformDetails: 'Red Hat Enterprise Linux', UsageOperation: 'RunInstances:0010' } }, async bench => {
    const run = await bench.run();
    expectSuccess(run);
    expect((run.output as Any).plan.route).toBe('create-image');
    expect(bench.account.calls.filter(({ operation, input }) => operation === 'CreateImage' && !('DryRun' in input)).map(({ input }) => (input as Any).NoReboot)).toEqual([true]);
    expect(bench.account.calls.filter(({ operation, input }) => operation === 'CreateSnapshots' && !('DryRun' in input))).toEqual([]);
    const { clones: [clone] } = run.output as Any;
    expect(bench.account.ec2.instances.get(clone.instanceId)).toMatchObject({ PlatformDetails: 'Red Hat Enterprise Linux', UsageOperation: 'RunInstances:0010' });
    bench.expectSourceUntouched();
  }));

  test('a registered image with the wrong platform is discarded, and CreateImage taken, once', () => rehearse(full, SERVER, async bench => {
    bench.account.ec2.platformFromSnapshot = () => ({ PlatformDetails: 'Windows', UsageOperation: 'RunInstances:0002' });
    const run = await bench.run();
    expectSuccess(run);
    expect(run.trace.filter(state => state === 'Discard image')).toHaveLength(1);
    expect(bench.account.calls.filter(({ operation, input }) => operation === 'CreateImage' && !('DryRun' in input))).toHaveLength(1);
    bench.expectSourceUntouched();
    expect(bench.account.ec2.ownedBy(run.arn)).toEqual([]);
  }));

  test('a six-hour snapshot stays below 1,000 events', () => rehearse(full, { ...SERVER, volumes: [{ size: 20, written: 4 }, { size: 4000, written: 3000 }] }, async bench => {
    const { timing } = bench.account.ec2;
    timing.snapshotRate = 3000 * 1024 / (6 * 3600);
    const run = await bench.run();
    expectSuccess(run);
    const hours = (run.stopDate!.getTime() - run.startDate!.getTime()) / 3_600_000;
    expect(hours).toBeGreaterThan(6);
    expect(run.events.length).toBeLessThan(1000);
  }));

  test('only plans when asked to, and makes nothing', () => rehearse(full, { ...SERVER, profile: 'web' }, async bench => {
    const run = await bench.run({ planOnly: true, approve: true, keepSnapshots: 'all' });
    expectSuccess(run);
    const { plan } = run.output as Any;
    expect(plan.creates.length).toBeGreaterThan(0);
    expect(plan.expectedSeconds).toBeGreaterThan(0);
    expect(plan.cost).toContainEqual(expect.objectContaining({ unit: 'snapshot-gib-month', amount: expect.any(Number) }));
    expect(changesOf(bench)).toEqual([]);
    bench.expectNothingHappened(run);
  }));
});

describe('what a source can have', () => {
  test('burstable, booting by UEFI, with a key pair, in a placement group, with user data and two tagged interfaces', () => rehearse(full, {
    ...SERVER, type: 't3.large', credits: 'standard', keyName: 'ops', placement: { GroupName: 'together' }, userData: '#!/bin/sh\necho first boot', bootMode: 'uefi', uefiData: 'QU1aTlVFRkk=',
    interfaces: [{ tags: { nic: 'one' } }, { tags: { nic: 'two' }, sourceDestCheck: false }],
  }, async bench => {
    const run = await bench.run({ userData: 'source' });
    expectSuccess(run);
    const { clones: [clone] } = run.output as Any;
    const instance = bench.account.ec2.instances.get(clone.instanceId)!;
    expect(instance).toMatchObject({ KeyName: 'ops', Placement: expect.objectContaining({ GroupName: 'together' }), InstanceType: 't3.large', BootMode: 'uefi' });
    expect(bench.account.ec2.instanceModels.get(clone.instanceId)).toMatchObject({ cpuCredits: 'standard', userData: Buffer.from('#!/bin/sh\necho first boot').toString('base64') });
    const nics = instance.NetworkInterfaces.map(({ NetworkInterfaceId }) => bench.account.ec2.networkInterfaces.get(NetworkInterfaceId!)! as Any);
    expect(nics.map(({ SourceDestCheck }) => SourceDestCheck)).toEqual([true, false]);
    expect(nics.map(nic => nic.TagSet ?? nic.Tags).map(tags => tags.find(({ Key }: Any) => Key === 'nic')?.Value)).toEqual(['one', 'two']);
    // user data is in no state's data
    expect(JSON.stringify(run.events)).not.toContain(Buffer.from('#!/bin/sh\necho first boot').toString('base64'));
    bench.expectSourceUntouched();
  }));

  test('a volume under a customer managed key', () => rehearse(full, { ...SERVER, volumes: [{ encrypted: true, kmsKeyId: KEY_ARN }, { encrypted: true, kmsKeyId: KEY_ARN }] }, async bench => {
    const run = await bench.run();
    expectSuccess(run);
    for (const { volumeId } of (run.output as Any).clones[0].volumes) {
      expect(bench.account.ec2.volumes.get(volumeId)).toMatchObject({ Encrypted: true, KmsKeyId: KEY_ARN });
    }
  }));

  test('a key pair that was deleted since: the clone goes without, and the plan says so', () => rehearse(full, { ...SERVER, keyName: 'gone' }, async bench => {
    bench.account.ec2.keyPairs.delete('gone');
    const run = await bench.run();
    expectSuccess(run);
    const { clones: [clone], plan } = run.output as Any;
    expect(bench.account.ec2.instances.get(clone.instanceId)!.KeyName).toBeUndefined();
    expect(plan.differences).toContainEqual(expect.objectContaining({ attribute: 'KeyName', source: 'gone', kind: 'lost' }));
  }));

  test('licences, on hosts of a host resource group', () => rehearse(full, {
    ...SERVER, licenses: ['arn:aws:license-manager:us-east-1:111122223333:license-configuration:lic-0123456789abcdef0123456789abcdef'],
    placement: { Tenancy: 'host', HostResourceGroupArn: 'arn:aws:resource-groups:us-east-1:111122223333:group/hosts' },
  }, async bench => {
    const run = await bench.run();
    expectSuccess(run);
    expect(bench.account.ec2.instances.get((run.output as Any).clones[0].instanceId)).toMatchObject({
      Licenses: [{ LicenseConfigurationArn: expect.stringContaining('lic-0123') }],
      Placement: { HostResourceGroupArn: expect.stringContaining('group/hosts') },
    });
  }));

  test('a quota that the account has only by default', () => rehearse(full, SERVER, async bench => {
    bench.account.fail('GetServiceQuota', 'NoSuchResourceException', { times: Infinity });
    expectSuccess(await bench.run());
  }));
});

describe('filesystem consistency', () => {
  // by snapshots; volume-copies.test.ts has the same by copies
  const frozen = { consistency: 'filesystem', strategy: 'snapshot' };
  const managed: InstanceSpec = { ...SERVER, profile: 'web' };

  test('freezes, snapshots inside of the interval, thaws', () => rehearse(full, managed, async bench => {
    const run = await bench.run(frozen);
    expectSuccess(run);
    expect(run.trace).toEqual(expect.arrayContaining(['Freeze filesystems', 'Are filesystems frozen', 'Thaw filesystems', 'Are filesystems thawed']));
    expect((run.output as Any).freeze).not.toBeNull();
    bench.expectSourceUntouched();
  }));

  test('waits for a source that writes for minutes what it has in memory: nothing is frozen when nobody snapshots any more', () => rehearse(full, managed, async bench => {
    bench.account.ssm.guest(bench.sourceInstanceId).breakCommand('sync', { slow: 100_000 });
    const run = await bench.run(frozen);
    expectSuccess(run);
    expect((run.output as Any).freeze).not.toBeNull();
    bench.expectSourceUntouched();
  }));

  test('fails and removes the snapshots when the timer thawed before they were taken', () => rehearse(full, managed, async bench => {
    bench.account.fail('CreateSnapshots', 'SnapshotCreationPerVolumeRateExceeded', { times: 20, where: input => input.DryRun !== true, ...bench.by('Snapshot volumes') });
    const run = await bench.run(frozen);
    expect(run.status).toBe('FAILED');
    expect(run.trace).toContain('Thaw filesystems');
    bench.expectNothingHappened(run);
  }));

  test('an instance that Systems Manager does not see is refused with the way out', () => rehearse(full, SERVER, async bench => {
    const run = await bench.run(frozen);
    expect(run).toMatchObject({ status: 'FAILED', error: 'SourceNotManagedBySsm', cause: expect.stringContaining('crash') });
    bench.expectNothingHappened(run);
  }));

  test('the source is thawed when the snapshots fail, before anything else', () => rehearse(full, managed, async bench => {
    bench.account.fail('CreateSnapshots', 'SnapshotLimitExceeded', { times: Infinity, where: input => input.DryRun !== true });
    const run = await bench.run(frozen);
    expect(run).toMatchObject({ status: 'FAILED', error: 'SnapshotLimitExceeded' });
    expect(run.trace.indexOf('Thaw filesystems')).toBeLessThan(run.trace.indexOf('Roll back'));
    expect(run.trace.indexOf('Thaw filesystems')).toBeGreaterThan(-1);
    bench.expectNothingHappened(run);
  }));
});

describe('refuses before anything is made', () => {
  const arnOfKey = KEY_ARN;
  test.each<[string, InstanceSpec, { [key: string]: Json }, RegExp]>([
    ['SourceNotRunning', SERVER, {}, /running/],
    ['SourceIsOperatorManaged', { ...SERVER, operator: { Managed: true, Principal: 'eks.amazonaws.com' } }, {}, /eks/],
    ['SourceIsMarketplace', { ...SERVER, productCodes: [{ ProductCodeId: 'abc', ProductCodeType: 'marketplace' }] }, {}, /./],
    ['RoleNotPassable', { ...SERVER, profile: 'admin' }, {}, /passableRoles[\s\S]*none/],
    ['InvalidSubnetID.NotFound', SERVER, { subnetId: 'subnet-0badbadbadbadbad0' }, /./],
    ['InvalidRequest', SERVER, { count: 21, colour: 'red', subnetId: 'sub-1' }, /count[\s\S]*colour|colour[\s\S]*count/],
    ['VolumeOverrideRefused', SERVER, { volumes: { '/dev/sdz': { exclude: true } } }, /sdz/],
    ['InstanceTypeNotFound', SERVER, { instanceType: 'm99.large' }, /m99/],
    ['InstanceTypeNotPossible', SERVER, { instanceType: 't4g.micro' }, /arm64|architecture/],
  ])('%s', (error, spec, input, message) => rehearse(full, spec, async bench => {
    if (error === 'SourceNotRunning') bench.account.ec2.instances.get(bench.sourceInstanceId)!.State = { Code: 64, Name: 'stopping' };
    const run = await bench.run(input);
    expect(run).toMatchObject({ status: 'FAILED', error, cause: expect.stringMatching(message) });
    expect(changesOf(bench)).toEqual([]);
    expect(bench.account.ec2.ownedBy(run.arn)).toEqual([]);
    bench.expectLeaseFree();
  }));

  test('an approval that nobody can give', () => rehearse(plain, SERVER, async bench => {
    const run = await bench.run({ approve: true });
    expect(run).toMatchObject({ status: 'FAILED', error: 'InvalidRequest', cause: expect.stringContaining('notificationTopic') });
    expect(changesOf(bench)).toEqual([]);
  }));

  test('an instance without the tag, with the way to admit it and EC2\'s own word', () => rehearse(full, { ...SERVER, tags: {} }, async bench => {
    const run = await bench.run();
    expect(run).toMatchObject({ status: 'FAILED', error: 'SourceNotAdmitted' });
    expect(run.cause).toMatch(/prop source.*not authorized/);
    expect(changesOf(bench)).toEqual([]);
  }));

  test('what an SCP denies, by the dry run', () => rehearse(full, SERVER, async bench => {
    bench.rehearsal.deployment.gate.deny([{ Effect: 'Deny', Action: 'ec2:RunInstances', Resource: '*' }]);
    const run = await bench.run();
    expect(run).toMatchObject({ status: 'FAILED', error: 'DryRunDenied' });
    expect(changesOf(bench)).toEqual([]);
  }));

  test('a quota that would be exceeded', () => rehearse(full, SERVER, async bench => {
    bench.account.quotas.set('L-1216C47A', 3);
    const run = await bench.run({ count: 2 });
    expect(run).toMatchObject({ status: 'FAILED', error: 'QuotaExceeded' });
    expect(changesOf(bench)).toEqual([]);
  }));

  test('a key that no volume may use', () => rehearse(full, SERVER, async bench => {
    const run = await bench.run({ volumes: { '/dev/sdf': { kmsKeyId: arnOfKey.replace(/1111/, '9999') } } });
    expect(run.status).toBe('FAILED');
    bench.expectNothingHappened(run);
  }));
});

describe('approval', () => {
  const token = (bench: Bench): string => /--task-token '?([^\s']+)/.exec(JSON.stringify(bench.account.sns.published).replaceAll('\\n', '\n').replaceAll('\\"', '"'))![1]!;
  const console_ = { callerArn: 'arn:aws:iam::111122223333:user/operator' };

  test('given: goes on', () => rehearse(full, SERVER, async bench => {
    const run = bench.start({ approve: true });
    await bench.account.clock.advance(3_600_000);
    expect(run.status).toBe('RUNNING');
    expect(changesOf(bench)).toEqual([]);
    await bench.account.call('SFN', 'SendTaskSuccess', { taskToken: token(bench), output: '{}' }, console_);
    expect(await bench.finish(run)).toMatchObject({ status: 'SUCCEEDED' });
  }));

  test('refused: nothing is made', () => rehearse(full, SERVER, async bench => {
    const run = bench.start({ approve: true });
    await bench.account.clock.advance(60_000);
    await bench.account.call('SFN', 'SendTaskFailure', { taskToken: token(bench), error: 'CloneRefused', cause: 'not today' }, console_);
    expect(await bench.finish(run)).toMatchObject({ status: 'FAILED', error: 'CloneRefused', cause: expect.stringContaining('not today') });
    bench.expectNothingHappened(run);
  }));

  test('not given within a day: nothing is made', () => rehearse(full, SERVER, async bench => {
    const run = await bench.run({ approve: true });
    expect(run.status).not.toBe('SUCCEEDED');
    bench.expectNothingHappened(run);
  }));
});

describe('two executions on one source', () => {
  test('the second is refused and names the first; afterwards it may', () => rehearse(full, SERVER, async bench => {
    const first = bench.start();
    await bench.account.clock.advance(30_000);
    const second = bench.start();
    await bench.rehearsal.finish(second);
    expect(second).toMatchObject({ status: 'FAILED', error: 'InstanceIsLeased', cause: expect.stringContaining(first.arn) });
    expect(await bench.finish(first)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await bench.run()).toMatchObject({ status: 'SUCCEEDED' });
    bench.expectSourceUntouched();
  }));
});

describe('a clone of a clone', () => {
  test('that fails leaves the clone untouched', () => rehearse(full, SERVER, async bench => {
    const first = await bench.run();
    const { clones: [clone] } = first.output as Any;
    bench.account.fail('RunInstances', 'InsufficientInstanceCapacity', { times: Infinity, where: input => input.DryRun !== true });
    const second = await bench.finish(bench.start({ sourceInstanceId: clone.instanceId }));
    expect(second).toMatchObject({ status: 'FAILED', error: 'InsufficientInstanceCapacity' });
    expect(bench.account.ec2.instances.get(clone.instanceId)!.State.Name).toBe('running');
    for (const { volumeId } of clone.volumes) expect(bench.account.ec2.volumes.get(volumeId)!.State).toBe('in-use');
    expect(bench.account.ec2.ownedBy(second.arn)).toEqual([]);
    bench.expectSourceUntouched();
  }));
});

describe('a stack upgraded in the middle', () => {
  test('running executions go on with the versions they were started with', () => rehearse(full, SERVER, async bench => {
    const run = bench.start();
    await bench.account.clock.advance(90_000);
    expect(run.status).toBe('RUNNING');
    bench.rehearsal.update(synthesized(stack => {
      // every function changes, and so gets a new version
      Aspects.of(stack).add({ visit: node => { if (node instanceof lambda.CfnFunction) node.memorySize = 640; } });
      return everything(stack);
    }));
    expectSuccess(await bench.finish(run));
    expect(versionsOf(run)).toEqual(['1']);
    const next = await bench.run();
    expectSuccess(next);
    expect(versionsOf(next)).toEqual(['2']);
  }));
});

/** The versions of the functions that an execution invoked. */
function versionsOf(run: Execution): string[] {
  const outputs = run.events.filter(({ type }) => type === 'TaskSucceeded').map(({ taskSucceededEventDetails }) => JSON.parse(taskSucceededEventDetails!.output!));
  return [...new Set(outputs.map(({ ExecutedVersion }) => ExecutedVersion))];
}

/** The calls that changed something, dry runs and refused ones aside; the ledger is not the user's. */
function changesOf(bench: Bench): string[] {
  return bench.account.calls
    .filter(({ service, operation, error, input }) => service === 'EC2' && !/^(Describe|Get)/.test(operation) && !error && !('DryRun' in input && (input as Any).DryRun))
    .map(({ operation }) => operation);
}

/** A loop as it stands in the trace, however often it turned. */
function turns(trace: readonly string[], look: string, question: string, wait: string): string[] {
  const looks = trace.filter(state => state === look).length;
  return Array.from({ length: looks }, (_, turn) => turn === looks - 1 ? [look, question] : [look, question, wait]).flat();
}
