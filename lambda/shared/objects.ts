import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

const s3 = new S3Client({});

/** Stores what is too large for the data of an execution. */
export async function writeJson(bucket: string, key: string, value: unknown): Promise<void> {
  await writeText(bucket, key, JSON.stringify(value), 'application/json');
}

export async function writeText(bucket: string, key: string, text: string, contentType: string): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: text, ContentType: contentType }));
}

/** What a step before this one has stored. */
export async function readJson<T>(bucket: string, key: string): Promise<T> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return JSON.parse(await Body?.transformToString() ?? 'null') as T;
}
