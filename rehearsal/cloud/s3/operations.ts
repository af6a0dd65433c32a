import { createHash } from 'node:crypto';
import type { GetObjectCommandOutput, GetObjectRequest, ListObjectsV2Output, ListObjectsV2Request, PutObjectOutput, PutObjectRequest } from '@aws-sdk/client-s3';
import { AwsError, type Call } from '../service';
import type { Encryption, StoredObject } from './state';

/** "Returns some or all (up to 1,000) of the objects in a bucket" (API reference, ListObjectsV2). */
const mostKeys = 1000;

export function putObject(input: PutObjectRequest, { account }: Call): PutObjectOutput {
  onlyKnown(input, 'Bucket', 'Key', 'Body', 'ContentType', 'ContentLength', 'Metadata', 'IfNoneMatch', 'ServerSideEncryption', 'SSEKMSKeyId',
    // what the client adds to guard the transfer
    'ChecksumAlgorithm', 'ChecksumCRC32', 'ChecksumCRC64NVME', 'ChecksumSHA256', 'ContentMD5', 'ExpectedBucketOwner');
  const { Bucket, Key = '', Body, ContentType = 'application/octet-stream', Metadata = {}, IfNoneMatch, ExpectedBucketOwner } = input;
  const bucket = account.s3.bucket(Bucket);
  if (ExpectedBucketOwner !== undefined && ExpectedBucketOwner !== account.accountId) throw new AwsError('AccessDenied', 'Access Denied', 403);
  if (IfNoneMatch !== undefined && IfNoneMatch !== '*') throw new AwsError('NotImplemented', 'A header you provided implies functionality that is not implemented', 501);
  if (IfNoneMatch === '*' && bucket.objects.has(Key)) {
    throw new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412, { Condition: 'If-None-Match' });
  }
  const body = (Body ?? new Uint8Array()) as unknown as Uint8Array;
  const encryption: Encryption = input.ServerSideEncryption === undefined ? bucket.encryption
    : input.ServerSideEncryption === 'aws:kms' ? { algorithm: 'aws:kms', ...input.SSEKMSKeyId !== undefined && { keyArn: input.SSEKMSKeyId } } : { algorithm: 'AES256' };
  const stored: StoredObject = {
    Key, body, ContentType, Metadata, encryption, LastModified: new Date(account.clock.now()),
    ETag: `"${createHash('md5').update(body).digest('hex')}"`,
  };
  bucket.objects.set(Key, stored);
  return { ETag: stored.ETag, ...encryptionOf(stored) };
}

export function getObject(input: GetObjectRequest, { account, principal }: Call): Partial<Omit<GetObjectCommandOutput, 'Body'>> & { Body: Uint8Array } {
  onlyKnown(input, 'Bucket', 'Key', 'ChecksumMode', 'ExpectedBucketOwner', 'IfMatch', 'IfNoneMatch');
  const { Bucket = '', Key = '', IfMatch, IfNoneMatch } = input;
  const stored = account.s3.bucket(Bucket).objects.get(Key);
  if (!stored) {
    // "If you don't have the s3:ListBucket permission, Amazon S3 returns an HTTP status code 403" (API reference, GetObject)
    const mayList = account.gate?.decide(principal, { action: 's3:ListBucket', resource: account.s3.arn(Bucket) }).allowed ?? true;
    if (!mayList) throw new AwsError('AccessDenied', 'Access Denied', 403);
    throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404, { Key });
  }
  if (IfMatch !== undefined && IfMatch !== stored.ETag) {
    throw new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412, { Condition: 'If-Match' });
  }
  if (IfNoneMatch === stored.ETag) throw new AwsError('NotModified', 'Not Modified', 304);
  return {
    Body: stored.body, ContentLength: stored.body.length, ContentType: stored.ContentType, ETag: stored.ETag, LastModified: stored.LastModified,
    Metadata: { ...stored.Metadata }, AcceptRanges: 'bytes', ...encryptionOf(stored),
  };
}

export function listObjects(input: ListObjectsV2Request, { account }: Call): ListObjectsV2Output {
  onlyKnown(input, 'Bucket', 'Prefix', 'MaxKeys', 'ContinuationToken', 'StartAfter', 'ExpectedBucketOwner');
  const { Bucket = '', Prefix = '', MaxKeys = mostKeys, ContinuationToken, StartAfter = '' } = input;
  const bucket = account.s3.bucket(Bucket);
  const from = ContinuationToken === undefined ? StartAfter : Buffer.from(ContinuationToken, 'base64url').toString();
  const size = Math.min(MaxKeys, mostKeys);
  // "List results are always returned in lexicographical order of UTF-8 binary" (user guide, general purpose buckets)
  const all = [...bucket.objects.values()].filter(({ Key }) => Key.startsWith(Prefix) && Buffer.compare(Buffer.from(Key), Buffer.from(from)) > 0)
    .sort((a, b) => Buffer.compare(Buffer.from(a.Key), Buffer.from(b.Key)));
  const page = all.slice(0, size);
  const more = all.length > size && page.length > 0;
  return {
    Name: Bucket, Prefix, MaxKeys: size, KeyCount: page.length, IsTruncated: more,
    Contents: page.map(({ Key, LastModified, ETag, body }) => ({ Key, LastModified, ETag, Size: body.length, StorageClass: 'STANDARD' as const })),
    ...more && { NextContinuationToken: Buffer.from(page.at(-1)!.Key).toString('base64url') },
    ...ContinuationToken !== undefined && { ContinuationToken },
  };
}

function encryptionOf({ encryption: { algorithm, keyArn } }: StoredObject) {
  return { ServerSideEncryption: algorithm, ...keyArn !== undefined && { SSEKMSKeyId: keyArn } };
}

function onlyKnown(input: object, ...known: string[]): void {
  const unknown = Object.entries(input).filter(([name, value]) => value !== undefined && !known.includes(name)).map(([name]) => name);
  if (unknown.length > 0) throw new AwsError('NotEmulated', `the rehearsal's S3 has no ${unknown.join(', ')}`, 501);
}
