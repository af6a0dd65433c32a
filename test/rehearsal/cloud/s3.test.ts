/** S3 through its real client: bytes, headers, pages, refusals. */
import fc from 'fast-check';
import { connect, type Connection, role } from './clients';

const Bucket = 'plans';
let connection: Connection;
const send = (operation: string, input: object = {}) => connection.send('S3', operation, { Bucket, ...input });
const read = async (Key: string): Promise<Uint8Array> =>
  ((await send('GetObject', { Key })).Body as { transformToByteArray(): Promise<Uint8Array> }).transformToByteArray();
beforeEach(async () => {
  connection = await connect();
  connection.account.s3.addBucket(Bucket);
});
afterEach(() => connection.close());

test('an object comes back as it went in, whatever its bytes and its key', async () => {
  await fc.assert(fc.asyncProperty(
    fc.uint8Array({ maxLength: 2000 }), fc.array(fc.stringMatching(/^[\w !'()*,+=@$&;:ü-]{1,12}$/), { minLength: 1, maxLength: 4 }),
    async (Body, parts) => {
      const Key = parts.join('/');
      await send('PutObject', { Key, Body });
      expect([...await read(Key)]).toEqual([...Body]);
    },
  ), { numRuns: 40 });
});

test('type, metadata, time and encryption stay with it', async () => {
  connection.account.s3.addBucket(Bucket, { algorithm: 'aws:kms', keyArn: 'arn:aws:kms:us-east-1:111122223333:key/k' });
  const put = await send('PutObject', { Key: 'plan.html', Body: '<p>ü</p>', ContentType: 'text/html', Metadata: { run: 'one' } });
  expect(put).toMatchObject({ ETag: expect.stringMatching(/^"[0-9a-f]{32}"$/), ServerSideEncryption: 'aws:kms' });
  const { Body, ...found } = await send('GetObject', { Key: 'plan.html' });
  expect(found).toMatchObject({
    ContentType: 'text/html', Metadata: { run: 'one' }, ContentLength: 9, LastModified: new Date(connection.account.clock.now()), ETag: put.ETag,
    SSEKMSKeyId: 'arn:aws:kms:us-east-1:111122223333:key/k',
  });
  expect(await (Body as { transformToString(): Promise<string> }).transformToString()).toBe('<p>ü</p>');
});

test('lists by prefix, in the order of bytes, page by page', async () => {
  for (const Key of ['b/2', 'a/1', 'b/10', 'b/1', 'b/Z', 'c']) await send('PutObject', { Key, Body: Key });
  const first = await send('ListObjectsV2', { Prefix: 'b/', MaxKeys: 3 });
  expect(first).toMatchObject({ IsTruncated: true, KeyCount: 3, Contents: [{ Key: 'b/1', Size: 3 }, { Key: 'b/10' }, { Key: 'b/2' }] });
  const second = await send('ListObjectsV2', { Prefix: 'b/', ContinuationToken: first.NextContinuationToken });
  expect(second).toMatchObject({ IsTruncated: false, Contents: [{ Key: 'b/Z' }] });
  expect(second).not.toHaveProperty('NextContinuationToken');
  expect(await send('ListObjectsV2', { Prefix: 'nothing' })).toMatchObject({ KeyCount: 0 });
});

test('a second writer is refused where the first must not be overwritten', async () => {
  await send('PutObject', { Key: 'once', Body: '1', IfNoneMatch: '*' });
  await expect(send('PutObject', { Key: 'once', Body: '2', IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
  expect(connection.account.s3.text(Bucket, 'once')).toBe('1');
});

test('what is missing is told to those only who may list', async () => {
  await expect(send('GetObject', { Key: 'none' })).rejects.toMatchObject({ name: 'NoSuchKey', $metadata: { httpStatusCode: 404 } });
  await expect(send('GetObject', { Bucket: 'other', Key: 'none' })).rejects.toMatchObject({ name: 'NoSuchBucket' });
  const limited = await connect({ as: 'AKIDROLE' }, connection.account);
  connection.account.gate = { decide: (principal, { action }) => ({ allowed: principal.roleArn !== role.roleArn || action === 's3:GetObject' }) };
  await expect(limited.send('S3', 'GetObject', { Bucket, Key: 'none' })).rejects.toMatchObject({ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
  await expect(limited.send('S3', 'PutObject', { Bucket, Key: 'none', Body: 'x' })).rejects.toMatchObject({ name: 'AccessDenied', message: expect.stringContaining('s3:PutObject on resource: arn:aws:s3:::plans/none') });
  await limited.close();
});

test('what is not played is refused loudly', async () => {
  await expect(send('PutObject', { Key: 'k', Body: '', Tagging: 'a=b' })).rejects.toMatchObject({ name: 'NotEmulated' });
});
