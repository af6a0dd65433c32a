import type { Tag } from '@aws-sdk/client-ec2';
import type { Step } from './step';

export type Tags = Readonly<Record<string, string>>;

export const OWNER = 'instance-mobility:owner';
/** Who is making it: whatever carries this is removed when that execution fails. */
export const EXECUTION = 'instance-mobility:execution';
/** Who made it, once it is finished: nobody's litter any more. */
export const CREATED_BY = 'instance-mobility:created-by';
/** The instance that it was cloned from. */
export const SOURCE = 'instance-mobility:source';
/** The device name that the volume has, or will have. */
export const DEVICE = 'instance-mobility:device';
/**
 * Which attempt of an execution made a snapshot or image: sets of two attempts must not mix. No volume or instance has it, so that a backup
 * of a clone which copies its tags (Data Lifecycle Manager and AWS Backup offer it) is never taken for ours.
 */
export const SET = 'instance-mobility:set';

/** How far a move is, on both instances and on all that was launched for it. Nothing that carries it is removed. */
export const PHASE = 'instance-mobility:phase';
/** On both instances of a move: the replication between them. */
export const SESSION = 'instance-mobility:session';
/** On both instances of a move: the id of the other one. */
export const PEER = 'instance-mobility:peer';
/** On the source of a move: the engine that replicates. A target has no room: a launch may give it 47 of 50 tags. */
export const ENGINE = 'instance-mobility:engine';
/** On the source of a replication: MiB/s that it does not exceed from now on, whatever its input says. Whoever may tag the instance may change it. */
export const RATE_LIMIT = 'instance-mobility:rate-limit';
/** On the source: the execution that compared every block of its data with the target's. */
export const VERIFIED = 'instance-mobility:verified';

/** When a clone is to be removed, ISO 8601; this counts, its schedule is but the alarm clock. */
export const EXPIRES = 'instance-mobility:expires';
/** The clone that a volume or interface belongs to, and goes with when that expires. */
export const CLONE = 'instance-mobility:clone';

/** On a clone: the shared volume that it writes to, as a member of its source's cluster. */
export const WRITES = 'instance-mobility:writes';
/** On a clone: its source has reserved what it shares; never beside `WRITES`, for there is no room. */
export const RESERVED = 'instance-mobility:reserved';

/** EC2 takes 50 tags per resource; these keys need room beside the user's own: no resource has more of them than a volume or a snapshot. */
export const USER_TAG_LIMIT = 50 - [OWNER, EXECUTION, CREATED_BY, SOURCE, DEVICE, SET].length;

/** Keys that belong to AWS or to this library: never copied from a source, never taken from a request. */
export function isReserved(key: string): boolean {
  return /^aws:/i.test(key) || key.startsWith('instance-mobility:');
}

/** The tags that everything carries from the very call that makes it. */
export function mobilityTags({ owner, execution }: Step, sourceInstanceId: string): Tags {
  return { [OWNER]: owner, [EXECUTION]: execution, [SOURCE]: sourceInstanceId };
}

export function tagList(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

export function tagMap(tags: readonly Tag[] | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
}
