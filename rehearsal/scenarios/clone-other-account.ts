import { readPolicy } from '../iam/policy';
import { databaseServer, deployedWith, profile } from './database-server';
import { expect, nothingLeft, succeeds } from './expectations';
import type { Scenario } from './scenario';
import { clonesAreTrue } from './source';

const here = '111122223333';
const there = '444455556666';
const sharingKeyArn = `arn:aws:kms:us-east-1:${there}:key/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f`;

/** What docs/clone.md asks of a key that is shared. */
const throughEc2 = { StringLike: { 'kms:ViaService': 'ec2.*.amazonaws.com' } };
const keyPolicy = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: here }, Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:ReEncryptFrom'], Resource: '*', Condition: throughEc2 },
    { Effect: 'Allow', Principal: { AWS: here }, Action: 'kms:CreateGrant', Resource: '*', Condition: { ...throughEc2, Bool: { 'kms:GrantIsForAWSResource': 'true' } } },
  ],
};

interface Plan { readonly sharing?: { readonly account: string; readonly reEncrypt: readonly string[] } | null }

export const otherAccount: Scenario = {
  name: 'clone-other-account',
  description: `A database server of account ${there} keeps writing while it is cloned into ${here}: its snapshots are re-encrypted there where the default key`
    + ' keeps them from being shared, shared with this account alone, copied, and nothing of it stays there.',
  app: {
    machine: 'InstanceClone',
    context: { ...deployedWith, constructs: 'InstanceClone,CloneSourceAccess', sourceAccount: there, cloningAccount: here, sharingKeyArn },
  },
  async play(stage) {
    const { account } = stage;
    const { ec2 } = account;
    const home = account.other(there);
    home.ec2.keys.create({ arn: sharingKeyArn, policy: readPolicy('key policy', keyPolicy, 'resource') });
    const source = databaseServer(stage, { home }).keepWriting();
    // somebody's network, and a profile of this account, are for the clone
    const { NetworkInterfaces: [neighbour], SubnetId } = ec2.get(ec2.instances, ec2.addInstance({ name: 'neighbour', type: 't3.micro', profile }).instanceId);
    await account.clock.advance(30_000);
    const run = await stage.run({
      sourceInstanceId: source.instanceId, subnetId: SubnetId!, securityGroupIds: neighbour!.Groups!.map(({ GroupId }) => GroupId!), instanceProfile: profile,
    });
    const clones = source.prove(run);
    const { plan } = (run.output ?? {}) as { plan?: Plan };
    const shares = account.calls.filter(({ operation, error }) => operation === 'ModifySnapshotAttribute' && !error).map(({ input }) => input as { UserIds?: string[] });
    return {
      run, clones, concerned: source.ids,
      expectations: [
        succeeds(run), clonesAreTrue(clones, 1, 3),
        expect(`the clone is of ${here}, the source of ${there}`,
          clones.length === 1 && clones.every(({ instanceId }) => ec2.instances.has(instanceId)) && home.ec2.instances.has(source.instanceId)),
        expect('the plan tells whose it is, and what has to be re-encrypted', plan?.sharing?.account === there && plan.sharing.reEncrypt.length === 2, plan?.sharing?.reEncrypt.join(', ')),
        expect('snapshots were shared with this account and no other', shares.length > 0 && shares.every(({ UserIds }) => UserIds?.join() === here), `${shares.length} calls`),
        expect('no snapshot stays in either account', home.ec2.snapshots.size + ec2.snapshots.size === 0),
        source.wroteOn(), source.noticedNothing(), nothingLeft(account, run), nothingLeft(home, run),
      ],
    };
  },
};
