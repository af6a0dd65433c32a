import { type Written, writtenBy } from './written';

/** What a copy moves and how. */
export interface Copy {
  /** Bytes of the volumes. */
  readonly bytes: number;
  /** Bytes of the blocks that are ever written again (the hot set); never more than `bytes`. */
  readonly hotBytes: number;
}

export interface CopyRules {
  /** Seconds for which the instance may be down at the switch. */
  readonly maxDowntime: number;
  /** Rounds after which pre-copy is given up. */
  readonly maxRounds: number;
  /** Seconds that each round takes besides its transfer: snapshots, API calls. */
  readonly secondsPerRound: number;
  /** Seconds of downtime that the switch itself takes. */
  readonly switchSeconds: number;
}

export const COPY_RULES: CopyRules = { maxDowntime: 30, maxRounds: 8, secondsPerRound: 0, switchSeconds: 0 };

/** Of a copy that sends everything once: one round, whatever is tolerated. */
export const onceRules = (rules: CopyRules, { setUp }: { readonly setUp: number }): CopyRules => ({ ...rules, maxDowntime: 0, secondsPerRound: setUp });

/** What a copy that starts at some moment costs. */
export interface Footprint {
  /** From the start until nothing is left to send. */
  readonly seconds: number;
  /** Bytes over the link, the first pass included. */
  readonly bytes: number;
  /** Whether what is left fits into the tolerated downtime: the switch can wait for it (pre-copy). */
  readonly converges: boolean;
  /** Bytes left when sending rounds stops paying: sent while the instance is down (pre-copy) or serves at the target already (post-copy). */
  readonly rest: number;
  readonly rounds: number;
}

/**
 * Unique dirty bytes: metrics count every write, but a block that is written twice is sent once. Writes that fall evenly on
 * a hot set of W bytes leave W·(1 − e^(−w/W)) of it dirty.
 */
export function uniqueDirty(hotBytes: number, bytesWritten: number): number {
  return hotBytes > 0 ? -hotBytes * Math.expm1(-bytesWritten / hotBytes) : 0;
}

/**
 * Pre-copy, round by round: each round sends what was made dirty during the one before. It ends when the rest can be sent
 * within the tolerated downtime, or when rounds no longer shrink: then the copy does not converge at this time and rate.
 */
export function footprint(curve: Written, start: number, { bytes, hotBytes }: Copy, rate: number, rules: CopyRules): Footprint {
  const tolerated = rate * rules.maxDowntime;
  let left = bytes;
  let sent = 0;
  let clock = start;
  let rounds = 0;
  let converges = left <= tolerated;
  while (!converges && rounds < rules.maxRounds) {
    const until = clock + left / rate + rules.secondsPerRound;
    const dirty = uniqueDirty(hotBytes, writtenBy(curve, until) - writtenBy(curve, clock));
    sent += left;
    clock = until;
    rounds++;
    converges = dirty <= tolerated;
    const grows = dirty >= left;
    left = dirty;
    if (grows) break;
  }
  return { seconds: clock - start + left / rate, bytes: sent + left, converges, rest: left, rounds };
}
