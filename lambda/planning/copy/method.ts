import type { CopyRules, Footprint } from './footprint';

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

/** The switch comes first of all, and each block follows it once: what is written meanwhile goes to both sides by itself. */
export function switchFirst({ seconds }: Footprint, downtime: number): SwitchPlan {
  return { method: 'post-copy', downtime, switchAfter: 0, exposed: seconds };
}
