/** Clones of instances in another account: two stacks of one app, each deployed in its own account. */
import { createHash } from 'node:crypto';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { CloneSource, CloneSourceAccess, InstanceClone } from '../../lib';
import type { InstanceSpec } from '../../rehearsal/cloud/ec2/builder';
import type { Json } from '../../rehearsal/json';
import type { Assembly } from '../../rehearsal/rehearsal';
import { type Bench, CLONABLE, everything, expectSuccess, KEY_ARN, rehearse, synthesized } from '../support/rehearse';

jest.setTimeout(180_000);

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs and outputs are JSON that tests look into */
type Any = any;
const HERE = '111122223333';
const THERE = '444455556666';
const OWNER = 'Test:Test/Clone';
const ROLE = 'clone-source';

interface Wanted { readonly region?: string; readonly sharing?: boolean }

/** The ARN that a key of the source's stack will have in a rehearsal, where names follow from stack and logical id. */
function arnOf(key: kms.Key, region: string): string {
  const digest = createHash('sha256').update(`Source/${Stack.of(key).getLogicalId(key.node.defaultChild as kms.CfnKey)}`).digest('hex');
  const hex = (digits: number) => digest.slice(0, digits);
  return `arn:aws:kms:${region}:${THERE}:key/${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
}

/** The app, and the key of the source's data volume. */
function app({ region = 'us-east-1', sharing = true }: Wanted = {}): { readonly assembly: Assembly; readonly dataKey: string; readonly sharingKey: string } {
  let keys = { dataKey: '', sharingKey: '' };
  const assembly = synthesized(stack => {
    const there = new Stack(stack.node.root, 'Source', { env: { account: THERE, region } });
    const [data, shareable] = [new kms.Key(there, 'Data'), new kms.Key(there, 'Sharing')];
    keys = { dataKey: arnOf(data, region), sharingKey: arnOf(shareable, region) };
    const { role } = new CloneSourceAccess(there, 'Access', {
      source: CloneSource.tagged('clonable', 'yes'), account: HERE, owner: OWNER, roleName: ROLE, volumeKeys: [data],
      principals: [`arn:aws:iam::${HERE}:role/Test-*`],
      ...sharing && { sharingKey: shareable },
    });
    const tagged = CloneSource.tagged('clonable', 'yes');
    return {
      ...everything(stack),
      source: (region === 'us-east-1' ? tagged : tagged.inRegion(region)).inAccount(THERE, role, {
        volumeKeys: [kms.Key.fromKeyArn(stack, 'DataThere', keys.dataKey)],
        ...sharing && { sharingKey: kms.Key.fromKeyArn(stack, 'SharingThere', keys.sharingKey) },
      }),
    };
  });
  return { assembly, ...keys };
}

const usual = app();
const spec: InstanceSpec = {
  name: 'db-1', type: 'm5.large', bootMode: 'uefi', uefiData: 'QU1aTlVFRkk=', tags: CLONABLE, profile: 'web', userData: '#!/bin/sh', keyName: 'operators',
  volumes: [{ size: 20, written: 4 }, { size: 50, written: 8, kmsKeyId: usual.dataKey }, { size: 10, written: 2, encrypted: true }],
};

/** Nothing of the source's network, and none of its roles, is here. */
function destination({ account: { ec2 } }: Bench): { [key: string]: Json } {
  const { NetworkInterfaces: [there], SubnetId } = ec2.get(ec2.instances, ec2.addInstance({ name: 'neighbour', type: 't3.micro', profile: 'web' }).instanceId);
  return { subnetId: SubnetId!, securityGroupIds: there!.Groups!.map(({ GroupId }) => GroupId!), instanceProfile: 'web' };
}

const volumesOf = ({ home: { ec2 }, sourceInstanceId }: Bench): string[] =>
  ec2.get(ec2.instances, sourceInstanceId).BlockDeviceMappings.map(({ Ebs }) => Ebs!.VolumeId!);
const snapshotsOf = ({ home, account }: Bench): string[] => [...home.ec2.snapshots.keys(), ...account.ec2.snapshots.keys()];

const acrossAccounts = (story: (bench: Bench) => Promise<void>, its = spec, assembly = usual.assembly, region = 'us-east-1') =>
  rehearse(assembly, its, story, account => account.other(THERE).inRegion(region));

test('a clone of another account has the blocks of its source, keys of its own, and nothing of it stays there', () => acrossAccounts(async bench => {
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
  let shared: unknown[] = [];
  bench.rehearsal.listen((_, event) => {
    if (event.stateEnteredEventDetails?.name === 'Copy snapshots') shared = [...home.ec2.snapshots.keys()].map(id => home.ec2.snapshotModels.get(id)!.sharedWith);
  });
  const run = await bench.run({ ...destination(bench), isolation: true, identity: 'reset', userData: 'source', volumes: { '/dev/sdf': { kmsKeyId: KEY_ARN } } });
  expectSuccess(run);
  const { clones: [clone], plan, identity, leftOver } = run.output as Any;
  expect(run.trace.filter(state => /^(Re-encrypt|Share|Copy) snapshots$/.test(state) || state === 'Make image' || state === 'Verify identity')).toEqual([
    'Re-encrypt snapshots', 'Share snapshots', 'Copy snapshots', 'Make image', 'Verify identity',
  ]);
  for (const { volumeId, device } of clone.volumes) {
    const source = volumes[clone.volumes.findIndex((one: Any) => one.device === device)]!;
    const content = new Map(account.ec2.content(volumeId));
    expect(content.size).toBeGreaterThanOrEqual(50);
    expect(content).toEqual(before.get(source));
  }
  expect(clone.volumes.map(({ volumeId }: Any) => account.ec2.volumes.get(volumeId)!.KmsKeyId)).toEqual([undefined, KEY_ARN, account.ec2.keys.managed.arn]);
  expect(account.ec2.instances.get(clone.instanceId)!.KeyName).toBeUndefined();
  // three were taken, the one under the default key was copied: that one itself is not shared
  expect(shared).toHaveLength(4);
  expect(shared.filter(with_ => JSON.stringify(with_) === JSON.stringify([HERE]))).toHaveLength(3);
  expect([identity.mode, leftOver]).toEqual(['reset', []]);
  expect(plan).toMatchObject({ sourceRegion: null, sharing: { account: THERE, reEncrypt: ['/dev/sdg'] } });
  expect(plan.cost.some(({ unit }: Any) => unit === 'gib-between-regions')).toBe(false);
  expect(plan.warnings).toContainEqual(expect.stringMatching(/^\/dev\/sdg: snapshots under the default key can not be shared/));
  expect(snapshotsOf(bench)).toEqual([]);
  // all that touched the source was done by the one role, in the name of its step
  const touching = new Set(home.calls.filter(({ service, principal }) => service === 'EC2' && principal.callerArn.includes(THERE)).map(({ principal }) => principal.callerArn));
  expect([...touching].every(arn => /assumed-role\/[^/]+\/Test-Clone/.test(arn))).toBe(true);
  bench.expectSourceUntouched();
  bench.expectLeaseFree();
}));

test('another account and another Region at once', () => {
  const far = app({ region: 'eu-west-1' });
  return acrossAccounts(async bench => {
    const run = await bench.run(destination(bench));
    expectSuccess(run);
    expect((run.output as Any).plan).toMatchObject({ sourceRegion: 'eu-west-1', sharing: { account: THERE, reEncrypt: ['/dev/sdg'] } });
    expect(snapshotsOf(bench)).toEqual([]);
    bench.expectSourceUntouched();
  }, { ...spec, type: 't3.large', volumes: [spec.volumes![0]!, { size: 50, kmsKeyId: far.dataKey }, spec.volumes![2]!] }, far.assembly, 'eu-west-1');
});

test('what can be shared as it is, is; what is kept makes the next copies smaller', () => acrossAccounts(async bench => {
  const input = { ...destination(bench), keepSnapshots: 'latest' };
  const first = await bench.run(input);
  expectSuccess(first);
  expect(first.trace).not.toContain('Re-encrypt snapshots');
  const second = await bench.run(input);
  expectSuccess(second);
  expect((second.output as Any).kept.map((id: string) => bench.account.ec2.snapshotModels.get(id)!.movedMiB)).toEqual([0, 0]);
  expect([...bench.home.ec2.snapshots.keys()]).toEqual([]);
}, { ...spec, volumes: spec.volumes!.slice(0, 2) }));

test('snapshots under the default key are refused where there is no key to share them by', () => {
  const { assembly, dataKey } = app({ sharing: false });
  return acrossAccounts(async bench => {
    const run = await bench.run(destination(bench));
    expect(run).toMatchObject({ status: 'FAILED', error: 'SnapshotsNotShareable', cause: expect.stringMatching(/\/dev\/sdg \(.*sharingKey/) });
    expect(run.trace).not.toContain('Snapshot volumes');
    bench.expectNothingHappened(run);
    // without that volume it goes
    expectSuccess(await bench.run({ ...destination(bench), volumes: { '/dev/sdg': { exclude: true } } }));
  }, { ...spec, volumes: [spec.volumes![0]!, { size: 50, kmsKeyId: dataKey }, spec.volumes![2]!] }, assembly);
});

test('a role that trusts another construct is not to be had, and the error says what to do', () => acrossAccounts(async bench => {
  const role = bench.home.iam.role(ROLE);
  role.AssumeRolePolicyDocument = role.AssumeRolePolicyDocument!.replace(OWNER, 'Test:Test/Other');
  const run = await bench.run(destination(bench));
  expect(run).toMatchObject({
    status: 'FAILED', error: 'SourceRoleNotAssumable', cause: expect.stringMatching(/deploy CloneSourceAccess in account 444455556666.*external id is Test:Test\/Clone.*not authorized to perform: sts:AssumeRole/),
  });
  expect(run.trace).not.toContain('Plan clone');
  bench.expectNothingHappened(run);
}));

test('a key that does not admit this account shows while the copies are made', () => acrossAccounts(async bench => {
  const key = bench.home.ec2.keys.find(usual.dataKey)!;
  bench.home.ec2.keys.create({ arn: key.arn });
  const run = await bench.run(destination(bench));
  expect(run).toMatchObject({ status: 'FAILED', error: 'SnapshotFailed', cause: expect.stringContaining('Given key ID is not accessible') });
  bench.expectNothingHappened(run);
}));

test.each([
  ['Re-encrypt snapshots', 'CopySnapshot', 'home'], ['Share snapshots', 'ModifySnapshotAttribute', 'home'],
] as const)('%s whose answer is lost makes nothing twice that stays', (_, operation, where) => acrossAccounts(async bench => {
  bench[where].fail(operation, 'InternalError', { afterwards: true });
  expectSuccess(await bench.run(destination(bench)));
  expect(snapshotsOf(bench)).toEqual([]);
}));

test.each([
  ['Re-encrypt snapshots', 'CopySnapshot', 'home'], ['Share snapshots', 'ModifySnapshotAttribute', 'home'], ['Copy snapshots', 'CopySnapshot', 'account'],
  ['Launch instances', 'RunInstances', 'account'],
] as const)('%s fails: nothing is left in either account', (step, operation, where) => acrossAccounts(async bench => {
  const only = step === 'Share snapshots' || step === 'Launch instances' ? bench.by(step) : {};
  bench[where].fail(operation, 'UnauthorizedOperation', { times: Infinity, ...only });
  const run = await bench.run(destination(bench));
  expect(run).toMatchObject({ status: 'FAILED', error: 'UnauthorizedOperation' });
  bench.expectNothingHappened(run);
  expect(snapshotsOf(bench)).toEqual([]);
}));

test.each(['Wait for re-encryption', 'Copy snapshots', 'Launch instances'])('aborted in %s: the janitor sweeps both accounts', state => acrossAccounts(async bench => {
  let met = false;
  bench.rehearsal.listen((execution, event) => {
    if (met || event.stateEnteredEventDetails?.name !== state) return;
    met = true;
    bench.account.clock.after(50, () => execution.stop('Test', 'aborted by the test'));
  });
  const run = await bench.run(destination(bench));
  expect([met, run.status]).toEqual([true, 'ABORTED']);
  bench.expectNothingHappened(run);
  expect(snapshotsOf(bench)).toEqual([]);
}));

test('what is left where nobody gets to any more is told; when the role is back, the daily sweep removes it', () => acrossAccounts(async bench => {
  const { home } = bench;
  const roles = new Map(home.iam.roles);
  bench.rehearsal.listen((_, event) => {
    if (event.stateEnteredEventDetails?.name === 'Are snapshots copied') home.iam.roles.clear();
  });
  bench.account.fail('RunInstances', 'UnauthorizedOperation', { times: Infinity, ...bench.by('Launch instances') });
  const run = await bench.run(destination(bench));
  expect(run.status).toBe('FAILED');
  const { leftOver } = JSON.parse(run.cause!);
  expect(leftOver).toEqual([{ type: 'snapshot', id: 'unknown', reason: expect.stringMatching(/account 444455556666, if there are any, are out of reach/) }]);
  expect([...bench.account.ec2.snapshots.keys()]).toEqual([]);
  expect(home.ec2.snapshots.size).toBe(4);
  // without the role a day passes, and the sweep says so instead of failing
  const sweeps = () => bench.rehearsal.executions.filter(({ arn }) => arn.includes('Janitor')).map(({ status }) => status);
  await bench.account.clock.advance(25 * 3_600_000);
  await bench.rehearsal.settle();
  expect(new Set(sweeps())).toEqual(new Set(['SUCCEEDED']));
  for (const [name, role] of roles) home.iam.roles.set(name, role);
  await bench.account.clock.advance(25 * 3_600_000);
  await bench.rehearsal.settle();
  bench.expectNothingHappened(run);
}));

test('what can not be had from another account is refused before anything is made', () => acrossAccounts(async bench => {
  const refusals: [string, RegExp, { [key: string]: Json }][] = [
    ['SecurityGroupsElsewhere', /account 444455556666/, { securityGroupIds: null }],
    ['NotFromOtherAccount', /name one of this account in instanceProfile/, { instanceProfile: null }],
    ['NotFromOtherAccount', /ask for consistency/, { consistency: 'filesystem' }],
    ['VolumeStrategyRefused', /stays in its account and Region/, { strategy: 'volume-copy' }],
    ['VolumeStrategyRefused', /only to instances of its own account/, { volumes: { '/dev/sdf': { strategy: 'shared' } } }],
    ['SourceNotFound', /does not exist in account 444455556666/, { sourceInstanceId: 'i-0123456789abcdef0' }],
  ];
  const there = destination(bench);
  for (const [error, cause, more] of refusals) {
    const run = await bench.run({ ...there, ...more });
    expect(run).toMatchObject({ status: 'FAILED', error, cause: expect.stringMatching(cause) });
    expect(run.trace).not.toContain('Snapshot volumes');
    bench.expectNothingHappened(run);
  }
}));

test.each<[string, string, RegExp, Partial<InstanceSpec>]>([
  ['Windows, whose billing codes a copied snapshot loses', 'NotFromOtherAccount', /billing codes/, { platform: { windows: true } }],
  ['an instance without the tag', 'SourceNotAdmitted', /may not be read/, { tags: {} }],
])('%s: refused before anything is made', (_, error, cause, its) => acrossAccounts(async bench => {
  const run = await bench.run(destination(bench));
  expect(run).toMatchObject({ status: 'FAILED', error, cause: expect.stringMatching(cause) });
  bench.expectNothingHappened(run);
}, { ...spec, ...its }));

describe('CloneSourceAccess', () => {
  const stackThere = () => new Stack(new App(), 'Source', { env: { account: THERE, region: 'us-east-1' } });
  const wanted = { source: CloneSource.tagged('clonable', 'yes'), account: HERE, owner: 'Clones:Klöne/From there' };

  test('trusts one account that knows the owner, whose roles may be limited; keys of the app admit it', () => {
    const stack = stackThere();
    new CloneSourceAccess(stack, 'Access', { ...wanted, principals: ['arn:aws:iam::111122223333:role/Clones-*'], volumeKeys: [new kms.Key(stack, 'Key')] });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: { Statement: [{
        Action: 'sts:AssumeRole',
        Principal: { AWS: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::111122223333:root']] } },
        Condition: {
          StringEquals: { 'sts:ExternalId': 'Clones:Kl-ne/From-there' }, ArnLike: { 'aws:PrincipalArn': ['arn:aws:iam::111122223333:role/Clones-*'] },
        },
      }] },
    });
    template.hasResourceProperties('AWS::KMS::Key', { KeyPolicy: { Statement: Match.arrayWith([
      Match.objectLike({ Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:ReEncryptFrom'], Condition: Match.objectLike({ StringLike: { 'kms:ViaService': Match.anyValue() } }) }),
      Match.objectLike({ Action: 'kms:CreateGrant', Condition: Match.objectLike({ Bool: { 'kms:GrantIsForAWSResource': 'true' } }) }),
    ]) } });
  });

  test('without a key to share by nothing is copied in the account', () => {
    const stack = stackThere();
    new CloneSourceAccess(stack, 'Access', wanted);
    expect(JSON.stringify(Template.fromStack(stack))).not.toMatch(/CopySnapshot|kms:/);
  });

  test.each<[string, object, RegExp]>([
    ['the own account', { account: THERE }, /account must be another one/],
    ['no account', { account: 'production' }, /account must have 12 digits, got 'production'/],
    ['a source elsewhere', { source: CloneSource.tagged('a', 'b').inRegion('eu-west-1') }, /leave inRegion and inAccount/],
    ['nobody', { principals: [] }, /principals must name at least one role/],
  ])('%s is refused', (_, more, message) => {
    expect(() => new CloneSourceAccess(stackThere(), 'Access', { ...wanted, ...more })).toThrow(message);
  });

  test('the account of a source is one, and not the stack\'s own', () => {
    const stack = stackThere();
    const { role } = new CloneSourceAccess(stack, 'Access', wanted);
    expect(() => CloneSource.tagged('a', 'b').inAccount('production', role)).toThrow("the account of a clone source must have 12 digits, got 'production'");
    expect(() => new InstanceClone(stack, 'Clone', { source: CloneSource.tagged('a', 'b').inAccount(THERE, role) })).toThrow(/444455556666 is the stack's own/);
  });
});
