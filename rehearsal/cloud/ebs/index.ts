import type { ListChangedBlocksRequest, ListSnapshotBlocksRequest } from '@aws-sdk/client-ebs';
import type { Need } from '../../iam/need';
import type { Account } from '../account';
import type { Service } from '../service';
import { listChangedBlocks, listSnapshotBlocks } from './operations';

/** Service Authorization Reference, "Amazon Elastic Block Store": the resource is the snapshot, with its tags. */
function snapshotNeed(account: Account, action: string, snapshotId = ''): Need[] {
  const snapshot = account.ec2.snapshots.get(snapshotId);
  const tags = Object.fromEntries((snapshot?.Tags ?? []).map(({ Key = '', Value = '' }) => [`aws:ResourceTag/${Key}`, Value]));
  const key = snapshot?.KmsKeyId === undefined ? undefined : account.ec2.keys.find(snapshot.KmsKeyId);
  return [
    { action, resource: `arn:${account.partition}:ec2:${account.region}::snapshot/${snapshotId}`, context: tags },
    // "Permissions for EBS direct APIs": an encrypted snapshot asks for the use of its key, too
    ...key === undefined ? [] : [{ action: 'kms:Decrypt', resource: key.arn, context: { 'kms:ResourceAliases': key.aliases } }],
  ];
}

/** The EBS direct APIs, as far as comparing snapshots goes. */
export const service: Service = {
  id: 'EBS',
  operations: { ListChangedBlocks: listChangedBlocks, ListSnapshotBlocks: listSnapshotBlocks },
  needs: {
    ListChangedBlocks: ({ FirstSnapshotId, SecondSnapshotId }: ListChangedBlocksRequest, account) => [
      ...FirstSnapshotId === undefined ? [] : snapshotNeed(account, 'ebs:ListChangedBlocks', FirstSnapshotId),
      ...snapshotNeed(account, 'ebs:ListChangedBlocks', SecondSnapshotId),
    ],
    ListSnapshotBlocks: ({ SnapshotId }: ListSnapshotBlocksRequest, account) => snapshotNeed(account, 'ebs:ListSnapshotBlocks', SnapshotId),
  },
};
