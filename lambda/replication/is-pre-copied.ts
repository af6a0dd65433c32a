import { type Look, patiently } from '../shared/replication/command';
import { nextPreCopy, silentPreCopy } from '../shared/replication/pre-copy';
import { type Progress, progressOf } from '../shared/replication/progress';
import type { PreCopyRequest } from '../shared/replication/replication';
import { readStatus } from '../shared/replication/status';
import { answerOrTrouble, type PatientCommand } from '../shared/replication/trouble';
import { ENDS_WITHIN, watch, type Watching } from '../shared/replication/watch';

export interface Input extends Watching<PreCopyRequest> {
  /** Executions that began with an earlier version did not ask the source. */
  readonly command: PatientCommand & { readonly source?: PatientCommand };
}
export interface Output extends Look {
  readonly progress: Progress;
  /** Whether the target may take over: it has everything, or it is time. */
  readonly ready: boolean;
}

/** Looks how much the target has while the source serves, and whether it is time to switch. */
export async function handler(input: Input): Promise<Output> {
  const former = progressOf(input.progress);
  const { command: { source: command }, since } = input;
  const { told, trouble } = command ? await answerOrTrouble(command, ENDS_WITHIN, readStatus) : { told: null, trouble: null };
  if (command && !told && !trouble) return { done: false, waitSeconds: patiently(since), progress: former, ready: false };
  // the application is on the source; what it reads there does not go over the link
  const application = told && { ...told.application, readBytesPerSecond: 0 };
  const { done, waitSeconds, progress, seen } = await watch(input, {
    told: (before, status, ...of) => nextPreCopy(before, application ? { ...status, application } : status, ...of),
    silent: (...of) => ({ progress: silentPreCopy(...of), ready: false }),
  });
  const heeded = !trouble || !done ? progress : {
    ...progress, pace: former.pace ?? progress.pace,
    errors: [...progress.errors, `the source did not tell how its application fares, so the pace stays: ${trouble.reason}`],
  };
  return { done, waitSeconds, progress: heeded, ready: seen?.ready ?? false };
}
