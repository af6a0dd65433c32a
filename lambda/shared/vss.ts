import { createHash } from 'node:crypto';
import type { Instance } from '@aws-sdk/client-ec2';
import type { Tags } from './tags';

// What AWS says of its Volume Shadow Copy solution: EC2 user guide, "create-vss-snapshots-ssm", "vss-iam-reqs", "vss-comps-history",
// "application-consistent-snapshots-prereqs", "application-consistent-snapshots-troubleshooting".

/** What the document's `tags` may hold, but for quotes, braces and backslashes: they are taken too, and go through PowerShell on their way. */
const TAG_TEXT = /^[A-Za-z0-9 ()./@_+:=-]*$/;
/** AWS's own tags, which may not be asked for. */
const RESERVED = ['AppConsistent', 'AwsVssConfig', 'Device'];

export function isWindows({ Platform }: Pick<Instance, 'Platform'>): boolean {
  return Platform?.toLowerCase() === 'windows';
}

/** Tags as the document takes them; neither `,` nor `;` can be within one (`untakable`). */
export function vssTags(tags: Tags): string {
  return Object.entries(tags).map(([key, value]) => `Key=${key},Value=${value}`).join(';');
}

/** The keys of tags that the document would refuse, or take for something else. */
export function untakable(tags: Tags): string[] {
  return Object.entries(tags).filter(([key, value]) => !TAG_TEXT.test(key) || !TAG_TEXT.test(value) || RESERVED.includes(key)).map(([key]) => key);
}

/** By which a command is found again: Systems Manager has no idempotency token for it. At most 100 characters. */
export function vssComment(execution: string, attempt: number): string {
  return `VSS snapshots ${createHash('sha256').update(`${execution}\n${attempt}`).digest('hex')}`;
}

/** Whether a snapshot was taken while the writers held still, and confirmed to be. */
export function isAppConsistent(tags: Tags): boolean {
  return tags['AppConsistent']?.toLowerCase() === 'true';
}
