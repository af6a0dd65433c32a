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
  return { at: answer.optionalTime('pausedAt'), clockSynchronized: answer.optionalFlag('clockSynchronized'), sentAt };
}

/** Two clocks can be compared only if both are synchronised; the workflow's own count everything from the first command to the last look. */
export function measurePause(paused: Paused | null, answer: Answer, now: number): MeasuredPause {
  const servingAt = answer.time('servingAt');
  if (paused === null) return { pauseSeconds: null, measuredBy: null };
  const byHosts = paused.at === null ? NaN : (Date.parse(servingAt) - Date.parse(paused.at)) / 1000;
  if (paused.clockSynchronized === true && answer.optionalFlag('clockSynchronized') === true && byHosts >= 0) {
    return { pauseSeconds: rounded(byHosts), measuredBy: 'hosts' };
  }
  return { pauseSeconds: rounded(Math.max(0, (now - Date.parse(paused.sentAt)) / 1000)), measuredBy: 'workflow' };
}

function rounded(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
