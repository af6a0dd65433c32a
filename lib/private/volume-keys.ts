import { Aws } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Allow } from './statement';

/**
 * What EC2 does with a customer managed key in the name of who launches from encrypted snapshots.
 *
 * Source: Amazon EBS User Guide, "Requirements for Amazon EBS encryption", permissions for IAM users.
 */
export function useVolumeKeys(keys: readonly kms.IKeyRef[]): Allow[] {
  if (keys.length === 0) return [];
  const on = keys.map(key => key.keyRef.keyArn);
  return [
    ...attachWithVolumeKeys(keys),
    {
      actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
      on,
      where: { StringEquals: viaEc2() },
      because: 'EBS makes encrypted volumes in the name of who launches the clone',
    },
  ];
}

/** What attaching takes: the grant by which the host of the instance decrypts the volume. */
export function attachWithVolumeKeys(keys: readonly kms.IKeyRef[]): Allow[] {
  return keys.length === 0 ? [] : [{
    actions: ['kms:CreateGrant'],
    on: keys.map(key => key.keyRef.keyArn),
    where: { StringEquals: viaEc2(), Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    because: 'EBS decrypts the volumes of a clone by a grant on their key',
  }];
}

/** Keys are used through EC2 of this Region, and in no other way. */
export function viaEc2(): Record<string, string> {
  return { 'kms:ViaService': `ec2.${Aws.REGION}.${Aws.URL_SUFFIX}` };
}
