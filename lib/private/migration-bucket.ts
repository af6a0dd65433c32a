import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { Allow } from './statement';

/** Metrics and decisions of a fleet serve nobody once it is over; its plan and report are looked at later. */
const KEPT = Duration.days(400);

/**
 * Holds what is too large for the data of executions: descriptions of fleets, metrics, plans, reports, and what past moves took. It is kept
 * when the stack is deleted: forecasts have learnt from it, and reports are records.
 */
export function migrationBucket(scope: Construct, encryptionKey?: kms.IKey): s3.Bucket {
  const bucket = new s3.Bucket(scope, 'Bucket', {
    encryption: encryptionKey ? s3.BucketEncryption.KMS : s3.BucketEncryption.S3_MANAGED,
    encryptionKey,
    bucketKeyEnabled: encryptionKey ? true : undefined,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    lifecycleRules: [{ id: 'Forget', expiration: KEPT, abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    removalPolicy: RemovalPolicy.RETAIN,
  });
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions-S1', reason: 'only the steps of this construct read and write it, whose calls CloudTrail can record; a bucket for logs would be more than is logged',
  });
  return bucket;
}

/** The right to read or write objects below a folder of the bucket, and to use the key that encrypts them. */
export function bucketObjects(bucket: s3.IBucket, folder: string, actions: ('GetObject' | 'PutObject')[], because: string): Allow[] {
  const key = bucket.encryptionKey;
  return [
    { actions: actions.map(action => `s3:${action}`), on: [bucket.arnForObjects(`${folder}/*`)], because },
    ...key ? [{
      actions: [...actions.includes('GetObject') ? ['kms:Decrypt'] : [], ...actions.includes('PutObject') ? ['kms:GenerateDataKey'] : []],
      on: [key.keyArn], because: 'the bucket is encrypted by this key',
    }] : [],
  ];
}
