import * as kms from 'aws-cdk-lib/aws-kms';
import { CloneSource } from '../../lib';
import type { InstanceSpec } from '../../rehearsal/cloud/ec2/builder';
import type { Json } from '../../rehearsal/json';
import { type Bench, CLONABLE, everything, expectSuccess, KEY_ARN, KEY_ARN_ABROAD, rehearse, synthesized } from '../support/rehearse';

jest.setTimeout(120_000);

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs and outputs are JSON that tests look into */
type Any = any;
const HOME = 'eu-west-1';
const full = synthesized(stack => ({
  ...everything(stack),
  source: CloneSource.tagged('clonable', 'yes').inRegion(HOME, [kms.Key.fromKeyArn(stack, 'KeyAbroad', KEY_ARN_ABROAD)]),
}));
const spec: InstanceSpec = {
  name: 'db-1', type: 'm5.large', bootMode: 'uefi', uefiData: 'QU1aTlVFRkk=', tags: CLONABLE, profile: 'web', userData: '#!/bin/sh',
  volumes: [{ size: 20, written: 4 }, { size: 50, written: 8, kmsKeyId: KEY_ARN_ABROAD }, { size: 10, written: 2, encrypted: true }],
};

/** Where the clones shall go: nothing of the source's network is there. */
function destination({ account: { ec2 } }: Bench): { [key: string]: Json } {
  const { NetworkInterfaces: [there], SubnetId } = ec2.get(ec2.instances, ec2.addInstance({ name: 'neighbour', type: 't3.micro' }).instanceId);
  return { subnetId: SubnetId!, securityGroupIds: there!.Groups!.map(({ GroupId }) => GroupId!) };
}

const volumesOf = ({ home: { ec2 }, sourceInstanceId }: Bench): string[] =>
  ec2.get(ec2.instances, sourceInstanceId).BlockDeviceMappings.map(({ Ebs }) => Ebs!.VolumeId!);

const inOtherRegion = (story: (bench: Bench) => Promise<void>, its = spec) => rehearse(full, its, story, account => account.inRegion(HOME));

test('a clone of another Region has the blocks of its source, the keys and the network of its own, and an identity that was verified', () => inOtherRegion(async bench => {
  const { account, home } = bench;
  const volumes = volumesOf(bench);
  for (const volumeId of volumes) {
    for (let block = 0; block < 50; block++) home.ec2.write(volumeId, block, `old ${block} of ${volumeId}`);
    home.ec2.keepWriting(volumeId, { blocksPerSecond: 2 });
  }
  let before = new Map<string, Map<number, unknown>>();
  const act = home.call.bind(home);
  home.call = (...args) => {
    if (args[1] === 'CreateSnapshots' && !(args[2] as Any).DryRun) before = new Map(volumes.map(id => [id, new Map(home.ec2.content(id))]));
    return act(...args);
  };
  const input = { ...destination(bench), isolation: true, identity: 'reset', userData: 'source', volumes: { '/dev/xvda': { kmsKeyId: KEY_ARN }, '/dev/sdf': { kmsKeyId: KEY_ARN } } };
  const run = await bench.run(input);
  expectSuccess(run);
  const { clones: [clone], plan, identity, leftOver } = run.output as Any;
  expect(run.trace).toEqual(expect.arrayContaining(['Snapshot volumes', 'Copy snapshots', 'Are snapshots copied', 'Make image', 'Verify identity', 'Admit clones']));
  expect(clone.volumes).toHaveLength(3);
  for (const { volumeId, device } of clone.volumes) {
    const source = volumes[clone.volumes.findIndex((one: Any) => one.device === device)]!;
    const content = new Map(account.ec2.content(volumeId));
    expect(content.size).toBeGreaterThanOrEqual(50);
    expect(content).toEqual(before.get(source));
    expect(content).not.toEqual(new Map(home.ec2.content(source)));
  }
  expect(clone.volumes.map(({ volumeId }: Any) => account.ec2.volumes.get(volumeId)!.KmsKeyId)).toEqual([KEY_ARN, KEY_ARN, account.ec2.keys.managed.arn]);
  expect(identity.mode).toBe('reset');
  expect(plan.sourceRegion).toBe(HOME);
  expect(plan.cost).toContainEqual(expect.objectContaining({ unit: 'gib-between-regions', quantity: 80 }));
  expect(leftOver).toEqual([]);
  // nothing of it stays in either Region but the clone itself
  expect([...home.ec2.snapshots.keys(), ...account.ec2.snapshots.keys()]).toEqual([]);
  bench.expectSourceUntouched();
  bench.expectLeaseFree();
}));

test('copies that are kept make the next ones smaller', () => inOtherRegion(async bench => {
  const input = { ...destination(bench), keepSnapshots: 'latest' };
  const first = await bench.run(input);
  expectSuccess(first);
  const kept = (first.output as Any).kept as string[];
  expect(kept.map(id => bench.account.ec2.snapshotModels.get(id)!.movedMiB)).toEqual([4096, 8192, 2048]);
  const [root] = volumesOf(bench);
  bench.home.ec2.write(root!, 7, 'changed');
  const second = await bench.run(input);
  expectSuccess(second);
  const now = (second.output as Any).kept as string[];
  expect(now.map(id => bench.account.ec2.snapshotModels.get(id)!.movedMiB)).toEqual([0.5, 0, 0]);
  expect([...bench.account.ec2.snapshots.keys()].sort()).toEqual([...now].sort());
  expect([...bench.home.ec2.snapshots.keys()]).toEqual([]);
}));

test.each([
  ['Snapshot volumes', 'CreateSnapshots', 'home'], ['Copy snapshots', 'CopySnapshot', 'account'],
] as const)('%s whose answer is lost makes nothing twice that stays', (step, operation, where) => inOtherRegion(async bench => {
  bench[where].fail(operation, 'InternalError', { afterwards: true, ...bench.by(step), where: (input: Any) => input.DryRun !== true });
  const run = await bench.run(destination(bench));
  expectSuccess(run);
  expect([...bench.home.ec2.snapshots.keys(), ...bench.account.ec2.snapshots.keys()]).toEqual([]);
}));

test('sets of snapshots that were taken twice there do not mix: the later goes', () => inOtherRegion(async bench => {
  const { home } = bench;
  home.consistency.describeLag = 40;
  // both answers are lost; between them lie the 15 s that EC2 asks for, in which a try is refused
  let calls = 0;
  home.fail('CreateSnapshots', 'InternalError', { times: 4, afterwards: true, where: (input: Any) => {
    if (input.DryRun) return false;
    if (++calls === 4) home.consistency.describeLag = 0;
    return true;
  } });
  expectSuccess(await bench.run(destination(bench)));
  expect(home.calls.filter(({ operation, principal }) => operation === 'DeleteSnapshot' && principal.callerArn.includes('Snapshotvolumes'))).toHaveLength(3);
  expect([...home.ec2.snapshots.keys()]).toEqual([]);
}));

test.each([
  ['Copy snapshots', 'CopySnapshot', 'account'], ['Are snapshots ready', 'CreateTags', 'home'], ['Are snapshots copied', 'DescribeSnapshots', 'account'],
  ['Make image', 'RegisterImage', 'account'], ['Launch instances', 'RunInstances', 'account'],
] as const)('%s fails: nothing is left in either Region', (step, operation, where) => inOtherRegion(async bench => {
  bench[where].fail(operation, 'UnauthorizedOperation', { times: Infinity, ...bench.by(step) });
  const run = await bench.run(destination(bench));
  expect(run).toMatchObject({ status: 'FAILED', error: 'UnauthorizedOperation' });
  bench.expectNothingHappened(run);
}));

test('a snapshot there that somebody made an image of stays, is told, and keeps nothing else', () => inOtherRegion(async bench => {
  const { account, home } = bench;
  home.fail('DeleteSnapshot', 'InvalidSnapshot.InUse', { times: Infinity });
  account.fail('DescribeInstances', 'OrderedFailure', { times: Infinity, ...bench.by('Verify clones') });
  const run = await bench.run(destination(bench));
  expect(run).toMatchObject({ status: 'FAILED', error: 'OrderedFailure' });
  const { leftOver } = JSON.parse(run.cause!) as Any;
  expect(leftOver).toEqual(volumesOf(bench).map(() => ({ type: 'snapshot', id: expect.any(String), reason: expect.stringMatching(/in eu-west-1: InvalidSnapshot\.InUse/) })));
  expect(account.ec2.ownedBy(run.arn)).toEqual([]);
  expect(home.ec2.snapshots.size).toBe(3);
}));

test('more volumes than EBS copies at once wait for each other, for hours if it takes them', () => inOtherRegion(async bench => {
  const { account, home } = bench;
  const run = await bench.run({ ...destination(bench), keepSnapshots: 'latest' });
  expectSuccess(run);
  const { kept, clones: [clone] } = run.output as Any;
  expect([kept.length, clone.volumes.length, new Set(kept).size]).toEqual([23, 23, 23]);
  expect([...account.ec2.snapshots.keys()].sort()).toEqual([...kept].sort());
  expect([...home.ec2.snapshots.keys()]).toEqual([]);
  bench.expectLeaseFree();
}, { ...spec, volumes: [{ size: 20, written: 4 }, ...Array.from({ length: 22 }, () => ({ size: 300, written: 250 }))] }));

test('a key that can not be used shows while the copies are made', () => inOtherRegion(async bench => {
  bench.account.ec2.keys.disable(KEY_ARN);
  const run = await bench.run({ ...destination(bench), volumes: { '/dev/sdf': { kmsKeyId: KEY_ARN } } });
  expect(run).toMatchObject({ status: 'FAILED', error: 'SnapshotFailed', cause: expect.stringContaining('Given key ID is not accessible') });
  bench.expectNothingHappened(run);
}));

test.each(['Copy snapshots', 'Are snapshots copied', 'Wait for copied snapshots', 'Launch instances'])('aborted in %s: the janitor sweeps both Regions', state => inOtherRegion(
  async bench => {
    let met = false;
    bench.rehearsal.listen((execution, event) => {
      if (met || event.stateEnteredEventDetails?.name !== state) return;
      met = true;
      bench.account.clock.after(50, () => execution.stop('Test', 'aborted by the test'));
    });
    const run = await bench.run(destination(bench));
    expect([met, run.status]).toEqual([true, 'ABORTED']);
    bench.expectNothingHappened(run);
  }));

test('what events missed in the source\'s Region is swept once a day', () => inOtherRegion(async bench => {
  const { events } = bench.account;
  const { deliver } = events;
  bench.rehearsal.listen((execution, event) => {
    if (event.stateEnteredEventDetails?.name !== 'Copy snapshots') return;
    events.deliver = () => undefined;
    execution.stop('Test', 'aborted by the test');
  });
  const run = await bench.run(destination(bench));
  events.deliver = deliver;
  expect(bench.home.ec2.ownedBy(run.arn)).toHaveLength(3);
  await bench.account.clock.advance(25 * 3_600_000);
  await bench.rehearsal.settle();
  bench.expectNothingHappened(run);
}));

test.each<[string, string, RegExp, { [key: string]: Json }, Partial<InstanceSpec>]>([
  ['no groups', 'SecurityGroupsElsewhere', /eu-west-1/, { securityGroupIds: null }, {}],
  ['no subnet', 'SubnetNotPossible', /subnetId/, { subnetId: null }, {}],
  ['a freeze', 'NotFromOtherRegion', /ask for consistency/, { consistency: 'filesystem' }, {}],
  ['Windows, whose billing codes a copied snapshot loses', 'NotFromOtherRegion', /billing codes/, {}, { platform: { windows: true } }],
  ['a copy of a volume', 'VolumeStrategyRefused', /eu-west-1a/, { strategy: 'volume-copy' }, {}],
])('%s: refused before anything is made', (_, error, cause, more, its) => inOtherRegion(async bench => {
  const run = await bench.run({ ...destination(bench), ...more });
  expect(run).toMatchObject({ status: 'FAILED', error, cause: expect.stringMatching(cause) });
  expect(run.trace).not.toContain('Snapshot volumes');
  bench.expectNothingHappened(run);
}, { ...spec, ...its }));

test('a Region is named as AWS names them, and not the stack\'s own', () => {
  for (const region of ['eu-west-1', 'us-gov-east-1', 'us-isob-east-1', 'eusc-de-east-1']) expect(CloneSource.tagged('a', 'b').inRegion(region)._region).toBe(region);
  expect(() => CloneSource.tagged('a', 'b').inRegion('Ireland')).toThrow("the Region of a clone source must be like 'eu-west-1', got 'Ireland'");
  expect(() => synthesized(() => ({ source: CloneSource.tagged('clonable', 'yes').inRegion('us-east-1') }))).toThrow(/us-east-1 is the stack's own/);
});
