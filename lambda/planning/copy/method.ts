import type { CopyRules, Footprint } from './footprint';
import { type Written, writtenBy } from './written';

/** pre-copy: the switch comes last. post-copy: the switch comes first, and the rest follows while the target serves. */
export type Method = 'pre-copy' | 'post-copy';

export interface SwitchPlan {
  readonly method: Method;
  /** Seconds for which nobody serves. */
  readonly downtime: number;
  /** Seconds from the start to the switch. */
  readonly switchAfter: number;
  /** Seconds after the switch in which the target still reads from the source. */
  readonly exposed: number;
}

/**
 * When to switch. Where pre-copy converges it is taken: nothing is open after the switch. Where it does not, the rounds that
 * still shrank are sent first, and the switch comes at the least rest; the rest follows by post-copy, if that may be used.
 */
export function switchPlan(copy: Footprint, rate: number, rules: CopyRules, postCopy: boolean): SwitchPlan | undefined {
  const tail = copy.rest / rate;
  if (copy.converges) return { method: 'pre-copy', downtime: tail + rules.switchSeconds, switchAfter: copy.seconds - tail, exposed: 0 };
  if (!postCopy) return undefined;
  return { method: 'post-copy', downtime: rules.switchSeconds, switchAfter: copy.seconds - tail, exposed: tail };
}

/** A copy that sends each block once: what is written meanwhile goes to both sides by itself. */
export interface SendOnce {
  /** Seconds for which nobody serves. */
  readonly downtime: number;
  /** The same where blocks go before the switch, which takes a second pause; not there: they follow it. */
  readonly downtimeAhead?: number;
  /** Seconds from the start to the first byte. */
  readonly setUp: number;
}

/** Blocks go before the switch where the link has room for them and for what is written meanwhile; else the switch comes first of all. */
export function switchOnce({ seconds }: Footprint, curve: Written, start: number, rate: number, { downtime, downtimeAhead }: SendOnce): SwitchPlan {
  const writes = (writtenBy(curve, start + seconds) - writtenBy(curve, start)) / seconds;
  if (downtimeAhead !== undefined && writes < rate) return { method: 'pre-copy', downtime: downtimeAhead, switchAfter: seconds, exposed: 0 };
  return { method: 'post-copy', downtime, switchAfter: 0, exposed: seconds };
}
