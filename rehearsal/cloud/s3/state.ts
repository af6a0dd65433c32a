import type { Account } from '../account';
import { AwsError } from '../service';

export interface StoredObject {
  readonly Key: string;
  readonly body: Uint8Array;
  readonly ETag: string;
  readonly LastModified: Date;
  readonly ContentType: string;
  readonly Metadata: Readonly<Record<string, string>>;
  readonly encryption: Encryption;
}

export interface Encryption {
  readonly algorithm: 'AES256' | 'aws:kms';
  /** The ARN of the key, with `aws:kms`. */
  readonly keyArn?: string;
}

export interface Bucket {
  readonly name: string;
  /** What objects are encrypted by, if a request does not say. */
  readonly encryption: Encryption;
  readonly objects: Map<string, StoredObject>;
}

/** S3: buckets with objects. Strongly consistent, as S3 is since 2020. Lifecycle rules are not played: nothing expires. */
export class S3 {
  readonly buckets = new Map<string, Bucket>();

  constructor(private readonly account: Account) {}

  addBucket(name: string, encryption: Encryption = { algorithm: 'AES256' }): void {
    this.buckets.set(name, { name, encryption, objects: this.buckets.get(name)?.objects ?? new Map() });
  }

  bucket(name = ''): Bucket {
    const found = this.buckets.get(name);
    if (!found) throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404, { BucketName: name });
    return found;
  }

  arn(bucket: string, key?: string): string {
    return `arn:${this.account.partition}:s3:::${bucket}${key === undefined ? '' : `/${key}`}`;
  }

  /** What an object says, for those who look from outside of the account. */
  text(bucket: string, key: string): string | undefined {
    const found = this.buckets.get(bucket)?.objects.get(key);
    return found && new TextDecoder().decode(found.body);
  }
}
