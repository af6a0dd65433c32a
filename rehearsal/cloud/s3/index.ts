import type { GetObjectRequest, ListObjectsV2Request, PutObjectRequest } from '@aws-sdk/client-s3';
import type { Need } from '../../iam/need';
import type { Account } from '../account';
import type { Service } from '../service';
import { getObject, listObjects, putObject } from './operations';

// Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3". Every caller comes by TLS on AWS; here the
// connection never leaves the machine, and bucket policies that ask for TLS must not deny it.
const tls = { 'aws:SecureTransport': 'true' };

/** What encrypting or decrypting with the bucket's key needs beside S3's own permission ("Protecting data with SSE-KMS", user guide). */
function keyNeed(account: Account, bucket: string | undefined, action: 'kms:GenerateDataKey' | 'kms:Decrypt', given?: string): Need[] {
  const keyArn = given ?? account.s3.buckets.get(bucket ?? '')?.encryption.keyArn;
  return keyArn === undefined ? [] : [{ action, resource: keyArn, context: { 'kms:ViaService': `s3.${account.region}.amazonaws.com` } }];
}

/** S3, as far as storing, reading and listing objects goes. */
export const service: Service = {
  id: 'S3',
  operations: { PutObject: putObject, GetObject: getObject, ListObjectsV2: listObjects },
  needs: {
    PutObject: ({ Bucket = '', Key = '', ServerSideEncryption, SSEKMSKeyId }: PutObjectRequest, account) => [
      {
        action: 's3:PutObject', resource: account.s3.arn(Bucket, Key),
        context: { ...tls, ...ServerSideEncryption !== undefined && { 's3:x-amz-server-side-encryption': ServerSideEncryption } },
      },
      ...keyNeed(account, Bucket, 'kms:GenerateDataKey', SSEKMSKeyId),
    ],
    GetObject: ({ Bucket = '', Key = '' }: GetObjectRequest, account) => [
      { action: 's3:GetObject', resource: account.s3.arn(Bucket, Key), context: tls },
      ...keyNeed(account, Bucket, 'kms:Decrypt', account.s3.buckets.get(Bucket)?.objects.get(Key)?.encryption.keyArn),
    ],
    ListObjectsV2: ({ Bucket = '', Prefix }: ListObjectsV2Request, account) =>
      [{ action: 's3:ListBucket', resource: account.s3.arn(Bucket), context: { ...tls, ...Prefix !== undefined && { 's3:prefix': Prefix } } }],
  },
};
