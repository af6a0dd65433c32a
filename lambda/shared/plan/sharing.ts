import { SnapshotsNotShareable } from '../errors';
import type { SourceVolume } from '../source/source';
import type { PlannedVolume } from './planned-volume';

/** How the snapshots of another account come into this one. */
export interface Sharing {
  readonly account: string;
  /** The devices whose snapshots can not be shared as they are: they are copied in their own account under another key first. */
  readonly reEncrypt: readonly string[];
}

/** The keys of the source's account that admit this one. */
export interface SharingKeys {
  readonly keys: readonly string[];
  /** Under which what can not be shared is copied first; null: there is none. */
  readonly sharingKey: string | null;
}

/**
 * "You can't share snapshots that are encrypted with the default AWS managed key" (EBS user guide, "ebs-modifying-snapshot-permissions"). Which key is
 * the default one a description of a volume does not tell: what is not among the keys that were given counts as such.
 */
export function planSharing(account: string, sources: readonly SourceVolume[], planned: readonly PlannedVolume[], { keys, sharingKey }: SharingKeys): Sharing {
  const shareable = [...keys, ...sharingKey === null ? [] : [sharingKey]];
  const volumes = sources.filter(({ device, encrypted, kmsKeyId }) =>
    encrypted && planned.some(volume => volume.device === device) && !shareable.includes(kmsKeyId ?? ''));
  if (volumes.length > 0 && sharingKey === null) {
    throw new SnapshotsNotShareable(`snapshots of ${volumes.map(({ device, kmsKeyId }) => `${device} (${kmsKeyId ?? 'unknown key'})`).join(', ')} can not be shared with this`
      + ` account: none under the default key aws/ebs can, and others only if their key admits it. Give CloneSourceAccess in account ${account} and CloneSource.inAccount a`
      + ' "sharingKey" under which they are copied first, or their customer managed keys as "volumeKeys"; or exclude these volumes');
  }
  return { account, reEncrypt: volumes.map(({ device }) => device) };
}

/** The tag by which copies under the sharing key are told from what they are copies of. */
export function shareableSet(attempt: number): string {
  return `${attempt} shareable`;
}
