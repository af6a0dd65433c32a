import { ReplicationInWrongState, ReplicationStandsStill, ServiceFailed, SourceUnreachable, SplitBrain, TargetUnreachable } from '../errors';
import { isGivingWay, nextPace, type Pace } from './pace';
import type { CopyRequest } from './replication';
import { isSynchronised, type Status } from './status';
import { isTooLong, PATIENCE, TROUBLE_SECONDS, troubleSince } from './trouble';
import { nextSyncWait, nextWait } from './wait';

/** How far the synchronisation is: what the workflow carries from turn to turn, and what people see. */
export interface Progress {
  readonly synchronised: boolean;
  /** Whole; 100 only when it is synchronised. */
  readonly percent: number;
  readonly bytes: number | null;
  readonly bytesLeft: number | null;
  readonly bytesPerSecond: number | null;
  readonly secondsLeft: number | null;
  readonly suspended: boolean | null;
  readonly connected: boolean | null;
  readonly pace: Pace | null;
  /** MiB/s, as it is now; null: there is none. */
  readonly rateLimit: number | null;
  /** ISO 8601: when it began. */
  readonly since: string;
  readonly waitSeconds: number;
  readonly errors: readonly string[];
  /** ISO 8601: since when it stands still; null while it goes on. */
  readonly troubleSince: string | null;
  /** ISO 8601: since when no less is left than the time before, though both see each other; null while something is copied. */
  readonly quietSince: string | null;
  /** How many waits were cut short. */
  readonly hurried: number;
}

/** What the workflow begins with. */
export type Begun = Pick<Progress, 'synchronised' | 'percent' | 'pace' | 'since' | 'waitSeconds'>;

const NEVER_LOOKED = {
  bytes: null, bytesLeft: null, bytesPerSecond: null, secondsLeft: null, suspended: null, connected: null, rateLimit: null,
  errors: [], troubleSince: null, quietSince: null, hurried: 0,
};

/** For so long two hosts that see each other may copy nothing before that is told; for so long before somebody has to decide. */
const QUIET_MS = 15 * 60_000;
const STANDS_STILL_MS = 60 * 60_000;
/** Meanwhile it is looked at so often: nothing is lost, for reads and writes are served. */
const QUIET_SECONDS = 300;
/** The same for people. */
const STANDS_STILL = 'an hour';

export function progressOf(carried: Begun & Partial<Progress>): Progress {
  return { ...NEVER_LOOKED, ...carried };
}

/** The progress after a status; throws when somebody has to decide. */
export function nextProgress(former: Progress, status: Status, request: CopyRequest, target: string, now: number): Progress {
  const split = status.errors.find(error => /split.?brain/i.test(error));
  if (split) {
    throw new SplitBrain(`${target} says: ${split}. The target serves with what was written since the switch: if the source was written to meanwhile, save that first;`
      + ' then let the source\'s side be discarded by hand, and continue the session. Nothing was resolved silently');
  }
  if (/^(fallen-back|finalized|released)$/.test(status.phase)) {
    throw new ReplicationInWrongState(`the session is ${status.phase} on ${target}: it was ended before, nothing further is done to either instance`);
  }
  const connected = status.peerConnected && !status.suspended;
  const stalled = !connected || !status.serving;
  const synchronised = isSynchronised(status) && !stalled;
  const since = troubleSince(stalled, former.troubleSince, now);
  if (isTooLong(since, now)) {
    if (!connected) throw new SourceUnreachable(lostSource(target, status, since));
    throw new ServiceFailed(`${target} has not served since ${since}${inItsWords(status)}: look at its services and mounts, then start an execution that continues this session, or fall back`);
  }
  const progress = advanced(former, status, request, {
    stalled, synchronised, since, quietUntil: STANDS_STILL,
    errors: [
      ...connected ? [] : [`the target has not seen its source since ${since}; it is waited for ${PATIENCE}`],
      ...status.serving ? [] : [`the target has not served since ${since}; it is waited for ${PATIENCE}`],
      ...status.errors,
    ],
  }, now);
  if (quietFor(progress.quietSince, now) >= STANDS_STILL_MS) throw new ReplicationStandsStill(standsStill(target, status, progress.quietSince));
  return progress;
}

/** What was made of a status, before it is put down. */
export interface Judged extends Pick<Progress, 'synchronised' | 'errors'> {
  readonly stalled: boolean;
  /** ISO 8601: since when it is. */
  readonly since: string | null;
  /** For how long copying may stand still, in words. */
  readonly quietUntil: string;
}

/** The numbers of a status, the next pace, and when to look again. */
export function advanced(
  former: Progress, status: Status, request: CopyRequest, { stalled, synchronised, since, quietUntil, errors }: Judged, now: number,
): Progress {
  // what is cut off, or has nothing left, is no copying that stands still
  const isQuiet = !stalled && !synchronised && former.bytesLeft !== null && status.bytesLeft >= former.bytesLeft;
  const quietSince = troubleSince(isQuiet, former.quietSince, now);
  // the engine is told of another limit with the next look
  const hasNewLimit = former.pace !== null && request.rateLimit !== former.rateLimit;
  // what stands still tells nothing of what there is
  const pace = stalled ? former.pace : nextPace(request, former.pace, status, now);
  const isUrgent = former.pace !== null && !stalled && isGivingWay(request, former.pace, status);
  const rest = isUrgent ? Math.min(TROUBLE_SECONDS, status.secondsLeft ?? Infinity) : status.secondsLeft;
  const hurry = hasNewLimit ? 0 : stalled ? TROUBLE_SECONDS : isQuiet && status.bytesPerSecond === 0 ? QUIET_SECONDS : rest;
  return {
    synchronised,
    percent: synchronised ? 100 : percentOf(status),
    bytes: status.bytes,
    bytesLeft: status.bytesLeft,
    bytesPerSecond: Math.round(status.bytesPerSecond),
    secondsLeft: status.secondsLeft === null ? null : Math.round(status.secondsLeft),
    suspended: status.suspended,
    connected: status.peerConnected,
    pace,
    rateLimit: request.rateLimit,
    since: former.since,
    errors: [
      ...errors,
      ...quietFor(quietSince, now) >= QUIET_MS ? [`nothing was copied since ${quietSince}, though the two instances see each other; that is waited for ${quietUntil}`] : [],
    ],
    troubleSince: since,
    quietSince,
    ...nextSyncWait(former.since, former.hurried, hurry, now, request.copy === 'post-copy' ? 1 : 2),
  };
}

const quietFor = (since: string | null, now: number): number => (since === null ? 0 : now - Date.parse(since));

/** The progress when the target did not answer: it may be rebooting. */
export function silentProgress(former: Progress, reason: string, target: string, now: number): Progress {
  const since = troubleSince(true, former.troubleSince, now);
  if (isTooLong(since, now)) {
    throw new TargetUnreachable(`${target} has not told its status since ${since}: ${reason}. Bring it back and start an execution that continues this session;`
      + ' if it is gone for good, fall back with targetLost true: the source then serves with all that was acknowledged');
  }
  return {
    ...former,
    synchronised: false,
    suspended: null,
    connected: null,
    errors: [`the target has not told its status since ${since}; it is waited for ${PATIENCE}: ${reason}`],
    troubleSince: since,
    ...nextWait(former.since, former.hurried, TROUBLE_SECONDS, now),
  };
}

function standsStill(target: string, status: Status, since: string | null): string {
  const states = status.volumes.map(({ mountPoint, state, bytesLeft }) => `${mountPoint} is ${state}, ${bytesLeft} bytes left`).join('; ');
  return `${target} and its source see each other, but nothing was copied since ${since} (${states}). Both are kept, the target serves, and needs its source.`
    + ` Look at the line between them, at what limits it, and at the engine on both; then start an execution that continues this session, or fall back${inItsWords(status)}`;
}

function lostSource(target: string, status: Status, since: string | null): string {
  const { suspended, bytesLeft } = status;
  return `${target} has not seen its source since ${since}, ${bytesLeft} bytes are not copied yet${suspended ? ' and reads of them wait' : ''}.`
    + ' Bring the source or the link back (a reboot keeps its data, a stop erases it) and start an execution that continues this session. If the source is gone'
    + ` for good, the blocks that were not copied are lost: run the document resume on the target with AcceptLoss yes to go on without them${inItsWords(status)}`;
}

function inItsWords({ errors }: Status): string {
  return errors.length > 0 ? `. It says: ${errors.join('; ')}` : '';
}

function percentOf({ bytes, bytesLeft }: Status): number {
  return bytes === 0 ? 0 : Math.max(0, Math.min(99, Math.floor(((bytes - bytesLeft) / bytes) * 100)));
}
