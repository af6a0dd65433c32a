/** A second account on the same clock: trust between roles, shared snapshots, keys of the other account. */
import { Account } from '../../../rehearsal/cloud/account';
import type { Principal } from '../../../rehearsal/cloud/service';
import { PolicyGate } from '../../../rehearsal/iam/gate';
import { readPolicy } from '../../../rehearsal/iam/policy';
import type { Json, JsonObject } from '../../../rehearsal/json';

const HERE = '111122223333';
const THERE = '444455556666';
const person: Principal = { callerArn: `arn:aws:iam::${THERE}:user/operator` };

/** Both accounts, each with a role whose policy is given. */
function accounts(policy: Json[], trust: JsonObject = {}) {
  const account = new Account();
  const other = account.other(THERE);
  const statements = (list: Json[]) => readPolicy('policy', { Version: '2012-10-17', Statement: list }).map(statement => ({ statement, label: '' }));
  const role = account.iam.addRole({ name: 'step' });
  const source = other.iam.addRole({
    name: 'source', trust: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${HERE}:root` }, Action: 'sts:AssumeRole', ...trust }] },
  });
  for (const [where, { Arn: arn, RoleId: roleId }, list] of [[account, role, policy], [other, source, []]] as const) {
    const gate = new PolicyGate(account.clock, where.accountId, where.region);
    gate.put({ arn, roleId, label: arn, statements: statements([...list]) });
    where.gate = gate;
  }
  const caller: Principal = { roleArn: role.Arn, callerArn: `arn:aws:sts::${HERE}:assumed-role/step/function` };
  const assume = (more: object = {}) => account.call('STS', 'AssumeRole', { RoleArn: source.Arn, RoleSessionName: 'test', ...more }, caller);
  return { account, other, caller, assume };
}
const may = (...actions: string[]): Json => ({ Effect: 'Allow', Action: actions, Resource: '*' });

test('accounts have nothing in common but time, sessions and the record of calls', () => {
  const account = new Account();
  const other = account.other(THERE);
  other.ec2.addInstance({ name: 'theirs' });
  expect([account.ec2.instances.size, other.ec2.instances.size]).toEqual([0, 1]);
  expect(account.other(THERE)).toBe(other);
  expect(other.other(HERE)).toBe(account);
  expect(other.inRegion('eu-west-1').other(HERE)).toBe(account);
  expect([other.inRegion('eu-west-1').accountId, other.iam.arn('role/a')]).toEqual([THERE, `arn:aws:iam::${THERE}:role/a`]);
  expect([other.calls, other.sessions, other.clock]).toEqual([account.calls, account.sessions, account.clock]);
});

test.each<[string, Json[], JsonObject, object, boolean]>([
  ['who is trusted and may', [may('sts:AssumeRole')], {}, {}, true],
  ['who is trusted and may not', [may('ec2:*')], {}, {}, false],
  ['who knows the external id', [may('sts:AssumeRole')], { Condition: { StringEquals: { 'sts:ExternalId': 'right' } } }, { ExternalId: 'right' }, true],
  ['who knows another one', [may('sts:AssumeRole')], { Condition: { StringEquals: { 'sts:ExternalId': 'right' } } }, { ExternalId: 'wrong' }, false],
  ['who knows none', [may('sts:AssumeRole')], { Condition: { StringEquals: { 'sts:ExternalId': 'right' } } }, {}, false],
  ['whose name fits', [may('sts:AssumeRole')], { Condition: { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${HERE}:role/st*` } } }, {}, true],
  ['whose name does not', [may('sts:AssumeRole')], { Condition: { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${HERE}:role/other` } } }, {}, false],
  ['who is of a third account', [may('sts:AssumeRole')], { Principal: { AWS: 'arn:aws:iam::777788889999:root' } }, {}, false],
])('a role is taken on by one %s: %#', async (_, policy, trust, more, allowed) => {
  const { account, assume } = accounts(policy, trust);
  if (!allowed) {
    await expect(assume(more)).rejects.toMatchObject({ code: 'AccessDenied', message: expect.stringContaining('is not authorized to perform: sts:AssumeRole on resource') });
    return;
  }
  interface Taken { readonly Credentials: { readonly AccessKeyId: string; readonly Expiration: Date }; readonly AssumedRoleUser: { readonly Arn: string } }
  const { Credentials: { AccessKeyId, Expiration }, AssumedRoleUser: { Arn } } = await assume(more) as Taken;
  expect(Arn).toBe(`arn:aws:sts::${THERE}:assumed-role/source/test`);
  expect(account.sessions.get(AccessKeyId)).toMatchObject({ principal: { callerArn: Arn }, expires: Expiration.getTime() });
});

test('a role that is not there is refused in the same words', async () => {
  const { account, caller } = accounts([may('sts:AssumeRole')]);
  await expect(account.call('STS', 'AssumeRole', { RoleArn: `arn:aws:iam::${THERE}:role/none`, RoleSessionName: 'test' }, caller)).rejects.toMatchObject({ code: 'AccessDenied' });
});

/** A snapshot in the other account, as a person there takes it. */
async function snapshot(other: Account, volume: object): Promise<string> {
  const { volumeIds } = other.ec2.addInstance({ name: 'theirs', volumes: [{ size: 1, ...volume }] });
  const { SnapshotId } = await other.call('EC2', 'CreateSnapshot', { VolumeId: volumeIds[0] }, person) as { SnapshotId: string };
  await other.clock.advance(600_000);
  return SnapshotId;
}
const share = (other: Account, SnapshotId: string, OperationType: string) =>
  other.call('EC2', 'ModifySnapshotAttribute', { SnapshotId, Attribute: 'createVolumePermission', OperationType, UserIds: [HERE] }, person);

test('a snapshot is copied by whom it is shared with, as long as it is', async () => {
  const { account, other, caller } = accounts([may('ec2:CopySnapshot')]);
  const SourceSnapshotId = await snapshot(other, {});
  const copy = () => account.call('EC2', 'CopySnapshot', { SourceSnapshotId, SourceRegion: 'us-east-1' }, caller) as Promise<{ SnapshotId: string }>;
  await expect(copy()).rejects.toMatchObject({ code: 'InvalidSnapshot.NotFound' });
  await share(other, SourceSnapshotId, 'add');
  const { SnapshotId } = await copy();
  await account.clock.advance(600_000);
  expect(account.ec2.get(account.ec2.snapshots, SnapshotId)).toMatchObject({ State: 'completed', OwnerId: HERE });
  expect(account.ec2.get(account.ec2.snapshotModels, SnapshotId).sharedWith).toBeUndefined();
  await share(other, SourceSnapshotId, 'remove');
  await expect(copy()).rejects.toMatchObject({ code: 'InvalidSnapshot.NotFound' });
});

test('under the default key nothing is shared', async () => {
  const { other } = accounts([]);
  await expect(share(other, await snapshot(other, { encrypted: true }), 'add')).rejects.toMatchObject({ code: 'OperationNotPermitted' });
});

const use = ['kms:Decrypt', 'kms:ReEncryptFrom', 'kms:DescribeKey', 'kms:CreateGrant'];
test.each<[string, Json[], Json[], string]>([
  ['key policy and role allow it', [may('ec2:CopySnapshot', ...use)], [{ Effect: 'Allow', Principal: { AWS: HERE }, Action: use, Resource: '*' }], 'completed'],
  ['the key policy does not admit the account', [may('ec2:CopySnapshot', ...use)], [], 'error'],
  ['the role may not use it', [may('ec2:CopySnapshot', 'kms:Decrypt')], [{ Effect: 'Allow', Principal: { AWS: HERE }, Action: use, Resource: '*' }], 'error'],
])('a shared snapshot under a key of its account is copied where %s', async (_, policy, statements, state) => {
  const { account, other, caller } = accounts(policy);
  const { arn } = other.ec2.keys.create({ policy: readPolicy('key', { Version: '2012-10-17', Statement: statements }, 'resource') });
  const SourceSnapshotId = await snapshot(other, { kmsKeyId: arn });
  await share(other, SourceSnapshotId, 'add');
  const { SnapshotId } = await account.call('EC2', 'CopySnapshot', { SourceSnapshotId, SourceRegion: 'us-east-1' }, caller) as { SnapshotId: string };
  await account.clock.advance(600_000);
  expect(account.ec2.get(account.ec2.snapshots, SnapshotId).State).toBe(state);
});
