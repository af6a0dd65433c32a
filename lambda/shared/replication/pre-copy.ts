import { ReplicationInWrongState, ReplicationStandsStill, SourceUnreachable, TargetUnreachable } from '../errors';
import { advanced, type Progress } from './progress';
import type { PreCopyRequest } from './replication';
import { isSynchronised, type Status } from './status';
import { isTooLong, TROUBLE_SECONDS, troubleSince } from './trouble';
import { nextWait } from './wait';

/** For how long copying ahead may stand still before it is time to switch: the source serves all the while, and what was copied would have to be sent again. */
const PATIENCE_MS = 24 * 3600_000;
/** The same for people. */
const PATIENCE = '24 hours';
const SHORTEST_SECONDS = 10;

export interface PreCopied {
  readonly progress: Progress;
  /** Whether the target may take over. */
  readonly ready: boolean;
}

/** The progress after a status of the target, and whether it may take over; throws when there is no sense in going on. */
export function nextPreCopy(former: Progress, status: Status, request: PreCopyRequest, target: string, now: number): PreCopied {
  if (status.phase !== 'mirrored') {
    throw new ReplicationInWrongState(`the session is ${status.phase} on ${target}: it was ended before. The source serves on`);
  }
  const connected = status.peerConnected;
  const since = troubleSince(!connected, former.troubleSince, now);
  if (isGivenUp(since, request, now)) {
    throw new SourceUnreachable(`${target} has not seen its source since ${since}, ${status.bytesLeft} bytes are not copied yet. The source serves on: mend the link and start again`);
  }
  const synchronised = isSynchronised(status);
  const errors = [...connected ? [] : [`the target has not seen its source since ${since}; ${waited(request)}`], ...status.errors];
  const progress = advanced(former, status, request, { stalled: !connected, synchronised, since, quietUntil: PATIENCE, errors }, now);
  if (isGivenUp(progress.quietSince, request, now)) {
    throw new ReplicationStandsStill(`${target} and its source see each other, but nothing was copied since ${progress.quietSince}, ${status.bytesLeft} bytes are left. The source serves on:`
      + ' look at the line between them, at what limits it, and at the engine on both, and start again');
  }
  return { ready: mayTakeOver(status, request, now), progress: { ...progress, waitSeconds: soonEnough(progress.waitSeconds, request, now) } };
}

/** Who has everything, or whose time it is; but not who can not be seen. */
function mayTakeOver(status: Status, request: PreCopyRequest, now: number): boolean {
  return status.peerConnected && (isSynchronised(status) || isTime(request, now));
}

/** The progress when the target did not answer: it may be rebooting, or the link to its place is down. */
export function silentPreCopy(former: Progress, reason: string, request: PreCopyRequest, target: string, now: number): Progress {
  const since = troubleSince(true, former.troubleSince, now);
  if (isGivenUp(since, request, now)) throw new TargetUnreachable(`${target} has not told its status since ${since}: ${reason}. The source serves on: look at the target and start again`);
  return {
    ...former,
    synchronised: false,
    suspended: null,
    connected: null,
    errors: [`the target has not told its status since ${since}; ${waited(request)}: ${reason}`],
    troubleSince: since,
    ...nextWait(former.since, former.hurried, TROUBLE_SECONDS, now),
  };
}

/** Where it is time to switch and nobody can, the source goes on. */
function isGivenUp(since: string | null, request: PreCopyRequest, now: number): boolean {
  return isTime(request, now) ? isTooLong(since, now) : since !== null && now - Date.parse(since) >= PATIENCE_MS;
}

function waited({ switchBy }: PreCopyRequest): string {
  return `it is waited for ${PATIENCE}${switchBy === null ? '' : `, and no longer than ${switchBy}`}`;
}

function isTime({ switchBy }: PreCopyRequest, now: number): boolean {
  return switchBy !== null && Date.parse(switchBy) <= now;
}

/** A wait that does not sleep through the time to switch. */
function soonEnough(waitSeconds: number, { switchBy }: PreCopyRequest, now: number): number {
  if (switchBy === null) return waitSeconds;
  const left = Math.ceil((Date.parse(switchBy) - now) / 1000);
  return left <= 0 ? waitSeconds : Math.min(waitSeconds, Math.max(SHORTEST_SECONDS, left));
}
