import { BlocksDiffer, SourceUnreachable, TargetUnreachable } from '../errors';
import type { Answer } from './answer';
import { isGivingWay, nextPace, type Observed, type Pace } from './pace';
import type { PaceRequest } from './replication';
import { readApplication } from './status';
import { isTooLong, type Trouble, TROUBLE_SECONDS, troubleSince } from './trouble';
import { nextWait } from './wait';

/** How far the comparison of all blocks is. */
export interface Verification {
  readonly verified: boolean;
  /** Whether the next command begins anew. */
  readonly restart: boolean;
  /** How many comparisons were begun. */
  readonly rounds: number;
  readonly percent: number;
  readonly bytes: number | null;
  readonly bytesChecked: number | null;
  readonly outOfSyncBytes: number | null;
  readonly pace: Pace | null;
  /** MiB/s, as it is now; null: there is none. */
  readonly rateLimit: number | null;
  /** ISO 8601: when the first began. */
  readonly since: string;
  readonly waitSeconds: number;
  readonly errors: readonly string[];
  readonly troubleSince: string | null;
  readonly hurried: number;
  /** ISO 8601: when it last said how far it is. */
  readonly lookedAt: string | null;
}

export type Begun = Pick<Verification, 'verified' | 'restart' | 'rounds' | 'percent' | 'pace' | 'since' | 'waitSeconds'>;

export interface Checked extends Observed { readonly state: 'running' | 'done'; readonly bytes: number; readonly bytesChecked: number; readonly outOfSyncBytes: number }

const NEVER_LOOKED = { bytes: null, bytesChecked: null, outOfSyncBytes: null, rateLimit: null, errors: [], troubleSince: null, hurried: 0, lookedAt: null };
/** A page that is written while it is compared can differ for a moment; a third time it is no accident. */
const MOST_ROUNDS = 3;

export function verificationOf(carried: Begun & Partial<Verification>): Verification {
  return { ...NEVER_LOOKED, ...carried };
}

export function readChecked(answer: Answer): Checked {
  const bytes = answer.number('bytes');
  const bytesChecked = answer.number('bytesChecked');
  return {
    state: answer.oneOf('state', 'running', 'done'), bytes, bytesChecked, outOfSyncBytes: answer.number('outOfSyncBytes'),
    bytesLeft: bytes - bytesChecked, bytesPerSecond: answer.number('bytesPerSecond'), application: readApplication(answer),
  };
}

/** The verification after an answer: verified is only what was compared to the last byte in a round that this execution began. */
export function nextVerification(
  former: Verification, seen: Checked, asked: PaceRequest, target: string, now: number,
): Verification {
  const { state, bytes, bytesChecked, outOfSyncBytes } = seen;
  const rounds = former.rounds + (former.restart ? 1 : 0);
  const done = state === 'done';
  // a link that is cut ends nothing: it only goes no further
  const stalled = !done && !former.restart && former.bytesChecked !== null && bytesChecked <= former.bytesChecked;
  const since = troubleSince(stalled, former.troubleSince, now);
  if (isTooLong(since, now)) {
    throw new SourceUnreachable(`${target} has compared no further than ${bytesChecked} of ${bytes} bytes since ${since}: look whether the source is there and reached.`
      + ' Bring it or the link back and start an execution that continues this session');
  }
  const whole = done && bytes > 0 && bytesChecked >= bytes;
  const verified = whole && outOfSyncBytes === 0;
  if (done && !verified && rounds >= MOST_ROUNDS) {
    throw new BlocksDiffer(`${whole ? `${outOfSyncBytes} bytes of ${bytes} differ` : `only ${bytesChecked} of ${bytes} bytes were compared`} after ${rounds} comparisons:`
      + ' look for a failing disk on either instance. The target serves and the source keeps its blocks; neither was released');
  }
  // the blocks are there, in time or not: what is left is compared beside the application
  const request = { ...asked, finishBy: null };
  const hasNewLimit = former.pace !== null && request.rateLimit !== former.rateLimit;
  const isUrgent = former.pace !== null && isGivingWay(request, former.pace, seen);
  const left = secondsLeft(former, bytes, bytesChecked, now);
  const hurry = hasNewLimit ? 0 : done || stalled ? TROUBLE_SECONDS : isUrgent ? Math.min(TROUBLE_SECONDS, left ?? Infinity) : left;
  return {
    verified,
    restart: done && !verified,
    rounds,
    percent: verified ? 100 : bytes === 0 ? 0 : Math.max(0, Math.min(99, Math.floor((bytesChecked / bytes) * 100))),
    bytes, bytesChecked, outOfSyncBytes,
    // what stands still, or has ended, tells nothing of what there is
    pace: stalled || done ? former.pace : nextPace(request, former.pace, seen, now),
    rateLimit: request.rateLimit,
    since: former.since,
    errors: stalled ? [`no more blocks were compared since ${since}`] : done && !verified ? [`${whole ? `${outOfSyncBytes} bytes differed` : `only ${bytesChecked} of ${bytes} bytes were compared`} in round ${rounds}: they are compared again`] : [],
    troubleSince: since,
    lookedAt: new Date(now).toISOString(),
    ...nextWait(former.since, former.hurried, hurry, now),
  };
}

/** By what was compared since the last look; null: that does not tell. */
function secondsLeft({ lookedAt, bytesChecked: before }: Verification, bytes: number, bytesChecked: number, now: number): number | null {
  if (lookedAt === null || before === null || bytesChecked <= before) return null;
  return (bytes - bytesChecked) / (bytesChecked - before) * (now - Date.parse(lookedAt)) / 1000;
}

/** What verify.sh says while blocks that differed are copied again: with md that reads all blocks, and takes as long as comparing them. */
const REPAIRING = /still being copied|is synchronising/;

/** After an error: whatever had been compared may be forgotten on the host, so that it begins anew. */
export function interruptedVerification(former: Verification, { reason, silent }: Trouble, target: string, now: number): Verification {
  if (former.restart && !silent && REPAIRING.test(reason)) {
    return { ...former, errors: [reason], troubleSince: null, ...nextWait(former.since, former.hurried, TROUBLE_SECONDS, now) };
  }
  const since = troubleSince(true, former.troubleSince, now);
  if (isTooLong(since, now)) {
    const Verdict = silent ? TargetUnreachable : SourceUnreachable;
    throw new Verdict(`${target} could not compare its blocks with the source's since ${since}: ${reason}. Bring both instances and the link back,`
      + ' and start an execution that continues this session');
  }
  return {
    ...former, verified: false, restart: true, percent: 0, errors: [reason], troubleSince: since,
    ...nextWait(former.since, former.hurried, TROUBLE_SECONDS, now),
  };
}
