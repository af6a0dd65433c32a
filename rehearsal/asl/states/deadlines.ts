import type { Timer } from '../../clock';
import { Aborted } from '../failure';
import type { Thread } from '../thread';
import type { Limits } from './task-events';

/** A task that took too long, or was silent too long. */
export class TimedOut extends Error {
  constructor(readonly missedHeartbeat: boolean) {
    super(missedHeartbeat ? 'no heartbeat in time' : 'timed out');
    this.name = 'TimedOut';
  }
}

/** What the work of an attempt is given: a signal for when nobody waits any more, and a way to show that it lives. */
export interface Watch {
  readonly signal: AbortSignal;
  heartbeat(): void;
}

/** Waits for work until its timeout, its heartbeat's timeout, or the end of its thread; what comes later is ignored. */
export function withDeadlines<T>(thread: Thread, { timeoutSeconds, heartbeatSeconds }: Limits, work: (watch: Watch) => Promise<T>): Promise<T> {
  const { clock } = thread.run;
  const controller = new AbortController();
  return new Promise<T>((resolve, reject) => {
    let open = true;
    let silence: Timer | undefined;
    const end = (settle: () => void, abandoned: boolean) => {
      if (!open) return;
      open = false;
      timeout?.cancel();
      silence?.cancel();
      forget();
      if (abandoned) controller.abort();
      settle();
    };
    const expire = (missedHeartbeat: boolean) => end(() => reject(new TimedOut(missedHeartbeat)), true);
    const heartbeat = () => {
      silence?.cancel();
      if (open && heartbeatSeconds !== undefined) silence = clock.after(heartbeatSeconds * 1000, () => expire(true));
    };
    const timeout = timeoutSeconds === undefined ? undefined : clock.after(timeoutSeconds * 1000, () => expire(false));
    const forget = thread.onAbort(() => end(() => reject(new Aborted()), true));
    heartbeat();
    work({ signal: controller.signal, heartbeat }).then(value => end(() => resolve(value), false), error => end(() => reject(error), false));
  });
}
