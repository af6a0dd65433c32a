import type { ModifySnapshotAttributeRequest } from '@aws-sdk/client-ec2';
import type { Account } from '../account';
import { AwsError, type Call } from '../service';
import { existing, invalidCombination, invalidValue, required } from './errors';
import type { Ec2 } from './state';

/**
 * Lets other accounts make volumes and copies of a snapshot, or no longer. "You can add or remove specified AWS account IDs, but you can not do
 * both in a single operation", "Snapshots encrypted with your default KMS key can not be shared with other accounts" (EC2 API reference,
 * ModifySnapshotAttribute); the codes of refusals are unverified against AWS.
 */
export function modifySnapshotAttribute(input: ModifySnapshotAttributeRequest, { account }: Call): object {
  const { ec2 } = account;
  const snapshot = existing(ec2.snapshots, 'snapshot', input.SnapshotId);
  if (input.Attribute !== 'createVolumePermission') throw invalidValue(`Only createVolumePermission of a snapshot can be modified, not ${input.Attribute}.`);
  if (input.CreateVolumePermission !== undefined || input.GroupNames !== undefined) {
    throw new AwsError('NotEmulated', 'the rehearsal shares snapshots by OperationType and UserIds only', 501);
  }
  const ids = required(input.UserIds, 'userIds');
  if (ids.length === 0 || !ids.every(id => /^\d{12}$/.test(id))) throw invalidValue(`Invalid user ids: ${ids.join(', ')}`);
  if (input.OperationType !== 'add' && input.OperationType !== 'remove') throw invalidCombination('OperationType must be add or remove.');
  const model = ec2.get(ec2.snapshotModels, snapshot.SnapshotId);
  if (input.OperationType === 'add' && snapshot.Encrypted && ec2.keys.find(snapshot.KmsKeyId ?? '')?.managedByAws) {
    throw new AwsError('OperationNotPermitted', `Encrypted snapshots with EBS default key cannot be shared: ${snapshot.SnapshotId}`);
  }
  const others = (model.sharedWith ?? []).filter(id => !ids.includes(id));
  model.sharedWith = input.OperationType === 'add' ? [...others, ...ids] : others;
  return {};
}

/**
 * Whose the snapshot is that an account may copy: its own, or one that another shares with it in that Region. One that is not shared is not
 * found (unverified against AWS).
 */
export function holderOf(account: Account, region: string, snapshotId: string | undefined): Ec2 {
  const own = account.inRegion(region).ec2;
  if (own.snapshots.has(snapshotId ?? '')) return own;
  const others = account.all.filter(one => one.accountId !== account.accountId && one.knows(region)).map(one => one.inRegion(region).ec2);
  return others.find(ec2 => ec2.snapshotModels.get(snapshotId ?? '')?.sharedWith?.includes(account.accountId)) ?? own;
}
