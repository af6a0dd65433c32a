/** One pass of snapshots while the source serves. */
export interface Round {
  readonly round: number;
  /** ISO 8601: the instant of the snapshots. */
  readonly takenAt: string;
  /** From that instant until all were complete. */
  readonly seconds: number;
  /** Of the first round all that is written; later, what had changed since the round before. */
  readonly bytes: number;
  /** There is more than was counted. */
  readonly atLeast: boolean;
}

/** What the pause takes besides the last snapshots: services stop, an image is registered, the target boots and passes its checks. Unverified against AWS. */
export const SWITCH_SECONDS = 240;
/** Snapshots of nothing take so long. */
const LEAST_SNAPSHOT_SECONDS = 20;
/** Any shorter pause of a move by snapshots is a wish. */
export const LEAST_EBS_SECONDS = SWITCH_SECONDS + LEAST_SNAPSHOT_SECONDS;
/** A first round tells nothing of how fast the instance writes; after so many nobody believes in an end. */
const MOST_ROUNDS = 8;
/** A round that is not smaller than this part of the one before leads nowhere. */
const SHRINKS = 0.9;

export interface Limits {
  /** Whom the sentence is about. */
  readonly name: string;
  /** Seconds. */
  readonly maxDowntime: number;
  /** ISO 8601. */
  readonly deadline: string | null;
  /** Whether the last round covers a time in which people were waited for: that it is not smaller says nothing then. */
  readonly waited: boolean;
}

export type Verdict = { readonly next: 'switch' | 'another-round'; readonly why: string } | { readonly next: 'give-up'; readonly why: string };

/** Whether the rest is small enough to switch, or gets smaller, or neither. The next snapshots are expected to take as long as the last did. */
export function judge(rounds: readonly Round[], { name, maxDowntime, deadline, waited }: Limits, now: number): Verdict {
  const [last, former] = [rounds.at(-1), rounds.at(-2)];
  if (!last || !former) return { next: 'another-round', why: 'how fast the instance writes shows from the second round on' };
  const pause = SWITCH_SECONDS + Math.ceil(last.seconds);
  const writes = `${name} changed ${last.atLeast ? 'at least ' : ''}${gigabytes(last.bytes)} GB in ${minutes(last, former)} min, and snapshots of that took ${Math.ceil(last.seconds)} s`;
  if (deadline !== null && now + pause * 1000 > Date.parse(deadline)) {
    return { next: 'give-up', why: `${writes}: the switch would not be over by ${deadline}; start earlier, or set a later deadline` };
  }
  if (pause <= maxDowntime) return { next: 'switch', why: `${writes}: the pause will be about ${pause} s` };
  if (rounds.length >= MOST_ROUNDS || (!waited && last.bytes >= SHRINKS * former.bytes)) {
    return { next: 'give-up', why: `${writes}: the pause would be about ${pause} s after ${rounds.length} rounds, but maxDowntime is ${maxDowntime} s; choose a quieter time or a longer maxDowntime` };
  }
  return { next: 'another-round', why: `${writes}: the pause would be about ${pause} s, and the rounds still get smaller` };
}

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(bytes < 1e8 ? 3 : 1);

const minutes = (last: Round, former: Round): string => ((Date.parse(last.takenAt) - Date.parse(former.takenAt)) / 60_000).toFixed(1);
