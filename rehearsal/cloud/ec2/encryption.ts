import type { Need } from '../../iam/need';
import type { Call } from '../service';
import { AwsError } from '../service';
import { attachingNeeds, kmsNeeds } from './needs/kms';
import { type Key, keyAdmits } from './keys';
import type { Ec2, SnapshotRecord } from './state';

export interface EncryptionRequest {
  readonly encrypted?: boolean;
  readonly kmsKeyId?: string;
  /** What the new volume comes from. */
  readonly snapshot?: Pick<SnapshotRecord, 'SnapshotId' | 'Encrypted' | 'KmsKeyId'>;
  /** Who asks, for the permissions that EBS needs from the caller; undefined where nobody does. */
  readonly call?: Call;
  /** Where the snapshot is; in this Region unless told otherwise. */
  readonly from?: Ec2;
}

export interface Encryption {
  readonly Encrypted: boolean;
  readonly KmsKeyId?: string;
  /** Why this will fail, a while after it was accepted: EBS validates keys asynchronously (SDK, CreateVolumeRequest.KmsKeyId). */
  readonly failure?: string;
}

/** Whether a new volume is encrypted, and by which key (EBS user guide, "Encryption outcomes"). */
export function encryptionOf(ec2: Ec2, { encrypted, kmsKeyId, snapshot, call, from = ec2 }: EncryptionRequest): Encryption {
  if (kmsKeyId !== undefined && encrypted !== true) {
    throw new AwsError('InvalidParameterDependency', 'The parameter KmsKeyId requires the parameter Encrypted to be set.');
  }
  if (snapshot?.Encrypted && encrypted === false) {
    throw new AwsError('InvalidParameter', `The encrypted flag cannot be false since snapshot '${snapshot.SnapshotId}' is encrypted.`);
  }
  // an encrypted snapshot keeps its own key, which no other Region knows; encryption by default takes the account's key
  const wanted = kmsKeyId ?? (snapshot?.Encrypted && from === ec2 ? snapshot.KmsKeyId : undefined);
  if (!snapshot?.Encrypted && !(encrypted ?? false) && !ec2.encryptionByDefault) return { Encrypted: false };
  const key = wanted === undefined ? defaultKey(ec2) : ec2.keys.find(wanted);
  return {
    Encrypted: true,
    KmsKeyId: key?.arn ?? (wanted!.startsWith('arn:') ? wanted! : ec2.account.arn('kms', wanted!.startsWith('alias/') ? wanted! : `key/${wanted}`)),
    failure: failureOf(key, snapshot, call, from),
  };
}

export function defaultKey(ec2: Ec2): Key | undefined {
  return ec2.defaultKeyArn === undefined ? ec2.keys.managed : ec2.keys.find(ec2.defaultKeyArn);
}

function failureOf(key: Key | undefined, snapshot: EncryptionRequest['snapshot'], call: Call | undefined, from: Ec2): string | undefined {
  if (!key?.usable) return inaccessible;
  const source = snapshot?.Encrypted ? from.keys.find(snapshot.KmsKeyId ?? '') : undefined;
  if (snapshot?.Encrypted && !source?.usable) return inaccessible;
  return call && isDenied(call, kmsNeeds(call.account, key, source), [key, ...source ? [source] : []]) ? inaccessible : undefined;
}

/**
 * Whether whoever starts an instance may have its host decrypt a volume: if not, EC2 takes the call, and the instance stops again by itself
 * (AWS re:Post, "kms-iam-ec2-permission").
 */
export function mayDecrypt(call: Call, keyId: string): boolean {
  const key = call.account.ec2.keys.find(keyId);
  return key?.usable === true && !isDenied(call, attachingNeeds(call.account, keyId), [key]);
}

/** Whether the caller's policies, or those of the keys, admit not all of it. */
function isDenied({ account: { gate }, principal }: Call, needs: readonly Need[], keys: readonly Key[]): boolean {
  return gate !== undefined && needs.some(need => !gate.decide(principal, need).allowed
    || !keys.every(one => one.arn !== need.resource || keyAdmits(one, principal.roleArn, need)));
}

/** StateMessage of a snapshot, and cause of a volume's event. */
export const inaccessible = 'Given key ID is not accessible';
