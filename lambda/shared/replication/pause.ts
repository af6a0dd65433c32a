import type { Answer } from './answer';
import type { SentCommand } from './command';

/** When the workload stopped serving. */
export interface Paused {
  /** ISO 8601, by the host's own clock: the first service was stopped; null: it did not say. */
  readonly at: string | null;
  /** Whether that clock is synchronised; null: it did not say. */
  readonly clockSynchronized: boolean | null;
  /** ISO 8601, by the workflow's clock: the command was sent. */
  readonly sentAt: string;
}

export interface MeasuredPause { readonly pauseSeconds: number | null; readonly measuredBy: 'hosts' | 'workflow' | null }

export function readPaused(answer: Answer, { sentAt }: SentCommand): Paused {
  return { at: answer.welcome(one => one.optionalTime('pausedAt')), clockSynchronized: clock(answer), sentAt };
}

/** Two clocks can be compared only if both are synchronised; the workflow's own count everything from the first command to the last look. */
export function measurePause(paused: Paused | null, answer: Answer, now: number): MeasuredPause {
  if (paused === null) return { pauseSeconds: null, measuredBy: null };
  const servingAt = answer.welcome(one => one.time('servingAt'));
  const byHosts = paused.at === null || servingAt === null ? NaN : (Date.parse(servingAt) - Date.parse(paused.at)) / 1000;
  if (paused.clockSynchronized === true && clock(answer) === true && byHosts >= 0) {
    return { pauseSeconds: rounded(byHosts), measuredBy: 'hosts' };
  }
  return { pauseSeconds: rounded(Math.max(0, (now - Date.parse(paused.sentAt)) / 1000)), measuredBy: 'workflow' };
}

/** The pause of a host that stopped and started the services itself: one clock, which may be wrong but does not matter. */
export function pauseOf(answer: Answer): number | null {
  const [from, to] = ['pausedAt', 'servingAt'].map(name => answer.welcome(one => one.optionalTime(name)));
  const seconds = from && to ? (Date.parse(to) - Date.parse(from)) / 1000 : NaN;
  return seconds >= 0 ? rounded(seconds) : null;
}

function clock(answer: Answer): boolean | null {
  return answer.welcome(one => one.optionalFlag('clockSynchronized'));
}

function rounded(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
