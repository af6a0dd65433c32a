import type { InstanceSpec } from '../../rehearsal/cloud/ec2/builder';
import { committed } from '../../rehearsal/cloud/ec2/writers';
import type { Json } from '../../rehearsal/json';
import type { Guest } from '../../rehearsal/guest/guest';
import { type Bench, everything, expectSuccess, rehearse, SERVER, synthesized } from '../support/rehearse';

jest.setTimeout(60_000);

const full = synthesized(everything);
const WINDOWS = { ...SERVER, profile: 'web', platform: { windows: true } };
const input = { consistency: 'filesystem' };

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- outputs are JSON that tests look into */
type Any = any;

/** A Windows server whose own role may take snapshots. */
function windows(story: (bench: Bench, guest: Guest) => Promise<void>, spec: InstanceSpec = WINDOWS): Promise<void> {
  return rehearse(full, spec, async bench => {
    if (spec.profile === 'web') bench.account.iam.attachRolePolicy('web', 'AWSEC2VssSnapshotPolicy');
    await story(bench, bench.account.ssm.guest(bench.sourceInstanceId));
  });
}

function volumesOf(bench: Bench): string[] {
  return bench.account.ec2.instances.get(bench.sourceInstanceId)!.BlockDeviceMappings.map(({ Ebs }) => Ebs!.VolumeId!);
}

/** The calls of AWS's document on the instance; what else calls these operations does so with roles of the construct. */
function byInstance(bench: Bench, operation: string): Any[] {
  return bench.account.calls.filter(call => call.operation === operation && call.principal.callerArn.endsWith(`/web/${bench.sourceInstanceId}`));
}

describe('a running Windows', () => {
  test('is frozen by VSS, and snapshotted by itself: nothing was written meanwhile, and every change has its commit', () => windows(async bench => {
    const { ec2 } = bench.account;
    for (const volumeId of volumesOf(bench)) ec2.keepWriting(volumeId, { blocksPerSecond: 2 });
    let before = new Map<string, ReadonlyMap<number, string>>();
    const original = bench.account.call.bind(bench.account);
    jest.spyOn(bench.account, 'call').mockImplementation(async (...args) => {
      const answer = original(...args);
      // what the source holds a moment after the snapshots, from outside of EC2's own
      if (args[1] === 'CreateSnapshots') before = new Map(volumesOf(bench).map(id => [id, new Map(ec2.content(id))]));
      return answer;
    });
    const run = await bench.run({ ...input, count: 2 });
    expectSuccess(run);
    const { clones, plan, freeze } = run.output as Any;
    expect(plan).toMatchObject({ vss: true, freeze: false, copying: false, route: 'register-image' });
    expect(freeze).toBeNull();
    expect(clones).toHaveLength(2);
    for (const { instanceId, volumes } of clones) {
      expect(ec2.instances.get(instanceId)).toMatchObject({ PlatformDetails: 'Windows', UsageOperation: 'RunInstances:0002' });
      expect(volumes).toHaveLength(3);
      for (const { device, volumeId } of volumes) {
        const source = volumesOf(bench)[['/dev/xvda', '/dev/sdf', '/dev/sdg'].indexOf(device)]!;
        const content = new Map(ec2.content(volumeId));
        expect(content).toEqual(before.get(source));
        expect(committed(content)).toBe(true);
        expect(content.size).toBeGreaterThan(0);
        expect(content).not.toEqual(new Map(ec2.content(source)));
      }
    }
    expect(byInstance(bench, 'CreateSnapshots')).toHaveLength(1);
    expect(bench.account.calls.filter(({ operation }) => operation === 'CreateSnapshots')).toHaveLength(1);
    expect(run.trace.slice(run.trace.indexOf('Freeze first?')).slice(0, 3)).toEqual(['Freeze first?', 'Take VSS snapshots', 'Are VSS snapshots taken']);
    expect(run.trace).not.toContain('Snapshot volumes');
    expect(ec2.ownedBy(run.arn)).toEqual([]);
    expect([...ec2.snapshots.values()]).toEqual([]);
    bench.expectSourceUntouched();
    bench.expectLeaseFree();
  }));

  test('snapshots that are kept carry our tags and AWS\'s; those of volumes that were left out go', () => windows(async bench => {
    const run = await bench.run({ ...input, keepSnapshots: 'all', tags: { purpose: 'load test' }, volumes: { '/dev/sdf': { exclude: true } } });
    expectSuccess(run);
    const { kept, plan } = run.output as Any;
    const snapshots = [...bench.account.ec2.snapshots.values()];
    expect(snapshots.map(({ SnapshotId }) => SnapshotId).sort()).toEqual([...kept].sort());
    expect(snapshots.map(({ VolumeId }) => VolumeId)).not.toContain(volumesOf(bench)[1]);
    for (const { Tags } of snapshots) {
      expect(Object.fromEntries(Tags!.map(({ Key, Value }) => [Key, Value]))).toMatchObject({
        'AppConsistent': 'True', 'purpose': 'load test', 'instance-mobility:created-by': run.arn, 'instance-mobility:source': bench.sourceInstanceId,
        'instance-mobility:device': expect.stringMatching(/^\/dev\/(xvda|sdg)$/), 'instance-mobility:set': '0',
      });
    }
    expect(plan.warnings.join('\n')).toMatch(/VSS snapshots every attached volume: the snapshots of \/dev\/sdf/);
    expect(plan.checks).toContainEqual(expect.objectContaining({ check: 'rights of VSS', result: 'not possible', detail: expect.stringContaining('AWSEC2VssSnapshotPolicy') }));
    expect(plan.volumes[0].why).toMatch(/VSS freezes only for the snapshots/);
    // SQL Server's own chain of backups goes on
    const [{ input: sent }] = bench.account.calls.filter(({ operation }) => operation === 'SendCommand') as Any;
    expect(sent).toMatchObject({ DocumentName: 'AWSEC2-CreateVssSnapshot', Parameters: { CopyOnly: ['True'], ExcludeBootVolume: ['False'] } });
    bench.expectSourceUntouched();
  }));

  test('whose answer was lost is not told twice', () => windows(async bench => {
    bench.account.fail('SendCommand', 'InternalServerError', { afterwards: true, ...bench.by('Take VSS snapshots') });
    const run = await bench.run(input);
    expectSuccess(run);
    expect(bench.account.calls.filter(({ operation }) => operation === 'SendCommand')).toHaveLength(1);
    expect(byInstance(bench, 'CreateSnapshots')).toHaveLength(1);
    expect([...bench.account.ec2.snapshots.values()]).toEqual([]);
    bench.expectSourceUntouched();
  }));

  test('that is stopped needs no freeze', () => rehearse(full, { ...WINDOWS, state: 'stopped' }, async bench => {
    const run = await bench.run(input);
    expectSuccess(run);
    expect((run.output as Any).plan).toMatchObject({ vss: false, freeze: false, route: 'create-image' });
    bench.expectSourceUntouched();
  }));
});

describe('what goes wrong leaves nothing behind, and the source as it was', () => {
  test.each<[string, (bench: Bench, guest: Guest) => void, RegExp]>([
    ['AWS\'s components are missing', (_, guest) => { guest.vss.components = undefined; }, /not installed[^]*Install the package AwsVssComponents/],
    ['the freeze is over before the snapshots are taken', (_, guest) => { guest.vss.duration.call = 12_000; }, /Timeout waiting for VSS[^]*ten seconds/],
    ['a volume\'s backup fails though the command succeeds', (bench, guest) => { guest.vss.unconfirmed.add(volumesOf(bench)[1]!); }, /no snapshot with the tag AppConsistent is there of \/dev\/sdf/],
    ['the agent goes away', (_, guest) => { guest.deliveryDelay = 100_000; }, /DeliveryTimedOut/],
    ['EC2 refuses the snapshots', bench => { bench.account.fail('CreateSnapshots', 'SnapshotLimitExceeded', { times: Infinity }); }, /SnapshotLimitExceeded/],
  ])('%s', (_, spoil, message) => windows(async (bench, guest) => {
    spoil(bench, guest);
    const run = await bench.run(input);
    expect(run).toMatchObject({ status: 'FAILED', error: 'VssFailed', cause: expect.stringMatching(message) });
    bench.expectNothingHappened(run);
    expect([...bench.account.ec2.snapshots.values()]).toEqual([]);
    expect(guest.disks.isFrozen(volumesOf(bench)[0]!)).toBe(false);
  }));

  test('VSS that goes on after its time: the daily sweep removes what comes of it', () => windows(async (bench, guest) => {
    guest.vss.duration.prepare = 1_000_000;
    const run = await bench.run(input);
    expect(run).toMatchObject({ status: 'FAILED', error: 'VssFailed', cause: expect.stringContaining('ExecutionTimedOut') });
    await bench.account.clock.advance(600_000);
    expect(bench.account.ec2.ownedBy(run.arn)).toHaveLength(3);
    await bench.account.clock.advance(25 * 3_600_000);
    await bench.rehearsal.settle();
    bench.expectNothingHappened(run);
  }));

  test.each([['Take VSS snapshots', 'SendCommand'], ['Are VSS snapshots taken', 'DescribeSnapshots']])('%s can not call %s', (step, operation) => windows(async bench => {
    bench.account.fail(operation, 'OrderedFailure', { times: Infinity, ...bench.by(step) });
    const run = await bench.run(input);
    expect(run).toMatchObject({ status: 'FAILED', error: 'OrderedFailure' });
    bench.expectNothingHappened(run);
  }));

  test('the instance\'s role may not take snapshots', () => rehearse(full, WINDOWS, async bench => {
    const run = await bench.run(input);
    expect(run).toMatchObject({ status: 'FAILED', error: 'VssFailed', cause: expect.stringMatching(/UnauthorizedOperation[^]*AWSEC2VssSnapshotPolicy/) });
    bench.expectNothingHappened(run);
  }));

  test('the image does not bring Windows\' billing details: nothing is launched, and no image is made outside of the freeze', () => windows(async bench => {
    bench.account.ec2.platformFromSnapshot = () => undefined;
    const run = await bench.run(input);
    expect(run).toMatchObject({ status: 'FAILED', error: 'PlatformLost', cause: expect.stringContaining('consistency \\"crash\\"') });
    expect(bench.account.calls.filter(({ operation }) => operation === 'CreateImage' || operation === 'RunInstances').filter(({ input: { DryRun } }: Any) => !DryRun)).toEqual([]);
    bench.expectNothingHappened(run);
  }));

  test.each([
    ['Take VSS snapshots', 0], ['Are VSS snapshots taken', 0], ['Wait for VSS', 0], ['Wait for VSS', 4500], ['Are snapshots ready', 0],
  ])('aborted in %s, after %d ms: the janitor removes what the instance made', (state, delay) => windows(async bench => {
    let met = false;
    bench.rehearsal.listen((execution, event) => {
      if (met || event.stateEnteredEventDetails?.name !== state) return;
      met = true;
      bench.account.clock.after(delay, () => execution.stop('Test', 'aborted by the test'));
    });
    const run = await bench.run(input);
    expect(run.status).toBe('ABORTED');
    bench.expectNothingHappened(run);
    expect([...bench.account.ec2.snapshots.values()]).toEqual([]);
  }));
});

describe('is refused before anything is asked of it', () => {
  test.each<[string, InstanceSpec, { [key: string]: Json }, (guest: Guest) => void, string, RegExp]>([
    ['without a profile', { profile: undefined }, {}, guest => { guest.managed = true; }, 'VssNotPossible', /AWSEC2VssSnapshotPolicy/],
    ['to be copied', {}, { strategy: 'volume-copy' }, () => undefined, 'VolumeStrategyRefused', /VSS freezes only for the snapshots/],
  ])('%s', (_, spec, over, spoil, error, cause) => windows(async (bench, guest) => {
    spoil(guest);
    const run = await bench.run({ ...input, ...over });
    expect(run).toMatchObject({ status: 'FAILED', error, cause: expect.stringMatching(cause) });
    expect(bench.account.calls.filter(({ operation }) => operation === 'SendCommand')).toEqual([]);
    bench.expectNothingHappened(run);
  }, { ...WINDOWS, ...spec }));
});
