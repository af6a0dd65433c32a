import { DeadlineMissed, DowntimeExceeded } from '../errors';
import type { MigrationPlan } from './plan';

type Tolerated = Pick<MigrationPlan, 'sourceInstanceId' | 'maxDowntime' | 'deadline'>;

/** What a step of a fragment is told of the pause that waits for it. */
export interface PauseLimit extends Tolerated {
  /** ISO 8601. */
  readonly pausedAt: string;
}

/** Ends a switch that takes longer than was tolerated: the source serves again then. */
export function refuseLate({ sourceInstanceId, maxDowntime, deadline }: Tolerated, pausedAt: string, now = Date.now()): void {
  const paused = Math.ceil((now - Date.parse(pausedAt)) / 1000);
  if (paused > maxDowntime) {
    throw new DowntimeExceeded(`${sourceInstanceId} has been paused for ${paused} s, but maxDowntime is ${maxDowntime} s: it goes on at its source.`
      + ' Start again at a quieter time, or with a longer maxDowntime');
  }
  if (deadline !== null && now > Date.parse(deadline)) {
    throw new DeadlineMissed(`the target of ${sourceInstanceId} did not serve by ${deadline}: it goes on at its source. Start earlier, or set a later deadline`);
  }
}
