import type { Need } from '../../../iam/need';
import type { Account } from '../../account';
import type { Key } from '../keys';

/**
 * What EBS asks KMS for in the caller's name to make an encrypted volume. EBS user guide, "Requirements for Amazon EBS
 * encryption": kms:CreateGrant, kms:Decrypt, kms:DescribeKey, kms:GenerateDataKeyWithoutPlaintext and kms:ReEncrypt, with
 * kms:GrantIsForAWSResource on the grant; which of them in which case is unverified against AWS.
 *
 * They are not needs of the call: it is accepted, and what it made fails later (SDK, CreateVolumeRequest.KmsKeyId). The key `aws/ebs` asks
 * for nothing: its own policy lets everyone in the account use it through EC2.
 */
export function kmsNeeds(account: Account, key: Key, source?: Key): Need[] {
  const fromEncrypted = source ? onKey(account, source, ['kms:Decrypt', 'kms:ReEncryptFrom']) : [];
  // a key of another account takes more: EBS user guide, "Share the KMS key used to encrypt a shared Amazon EBS snapshot"
  const shared = source && source.arn.split(':')[4] !== account.accountId
    ? [...onKey(account, source, ['kms:DescribeKey']), ...onKey(account, source, ['kms:CreateGrant'], { 'kms:GrantIsForAWSResource': 'true' })] : [];
  const target = source ? ['kms:DescribeKey', 'kms:ReEncryptTo'] : ['kms:DescribeKey', 'kms:GenerateDataKeyWithoutPlaintext'];
  return [
    ...fromEncrypted,
    ...shared,
    ...onKey(account, key, target),
    ...onKey(account, key, ['kms:CreateGrant'], { 'kms:GrantIsForAWSResource': 'true' }),
  ];
}

/**
 * Attaching asks KMS for a grant by which the instance's host decrypts the volume (KMS developer guide, "How Amazon Elastic Block Store uses
 * AWS KMS"). That a denial refuses the call itself, and does not show later, is unverified against AWS.
 */
export function attachingNeeds(account: Account, keyId: string | undefined): Need[] {
  const key = keyId === undefined ? undefined : account.ec2.keys.find(keyId);
  return key ? onKey(account, key, ['kms:CreateGrant'], { 'kms:GrantIsForAWSResource': 'true' }) : [];
}

function onKey(account: Account, key: Key, actions: readonly string[], more: Need['context'] = {}): Need[] {
  if (key.managedByAws) return [];
  const context = { 'kms:ViaService': `ec2.${account.region}.amazonaws.com`, 'kms:CallerAccount': account.accountId, ...more };
  return actions.map(action => ({ action, resource: key.arn, context }));
}
