import { type Lease, renewLease } from '../shared/lease';
import { type MetricPlace, putMetric } from '../shared/metrics';
import { type Look, type LookInput, patiently } from '../shared/replication/command';
import { nextPreCopy, silentPreCopy } from '../shared/replication/pre-copy';
import { type Begun, type Progress, progressOf } from '../shared/replication/progress';
import { currentLimit } from '../shared/replication/rate-limit';
import type { PreCopyRequest } from '../shared/replication/replication';
import { readStatus } from '../shared/replication/status';
import { answerOrTrouble, type PatientCommand } from '../shared/replication/trouble';

export interface Input extends LookInput {
  readonly command: PatientCommand;
  readonly request: PreCopyRequest;
  readonly sourceInstanceId: string;
  /** What this said the last time. */
  readonly progress: Begun & Partial<Progress>;
  readonly leases: readonly Lease[];
  readonly metrics: MetricPlace;
}
export interface Output extends Look {
  readonly progress: Progress;
  /** Whether the target may take over: it has everything, or it is time. */
  readonly ready: boolean;
}

/** The document may take two minutes, its delivery one. */
const ENDS_WITHIN = 240;
/** The lease outlasts the wait before the next look, and an hour. */
const HOUR = 3600;

/** Looks how much the target has while the source serves, and whether it is time to switch. */
export async function handler({ command, since, request: asked, sourceInstanceId, progress: carried, leases, metrics, execution }: Input): Promise<Output> {
  const former = progressOf(carried);
  const { told, trouble } = await answerOrTrouble(command, ENDS_WITHIN, readStatus);
  const now = Date.now();
  const { rateLimit, problem } = told ? await currentLimit(sourceInstanceId, asked.rateLimit, former.rateLimit)
    : { rateLimit: former.rateLimit, problem: null };
  const request = { ...asked, rateLimit };
  const next = told ? nextPreCopy(former, told, request, command.instanceId, now)
    : trouble ? { progress: silentPreCopy(former, trouble.reason, request, command.instanceId, now), ready: false } : null;
  if (!next) return { done: false, waitSeconds: patiently(since), progress: former, ready: false };
  const { progress, ready } = next;
  for (const lease of leases) await renewLease(lease, execution, progress.waitSeconds + HOUR);
  const unput = progress.bytesLeft === null ? null : await putMetric(metrics, 'BytesLeft', progress.bytesLeft, 'Bytes');
  return { done: true, waitSeconds: 0, ready, progress: { ...progress, errors: [...progress.errors, ...[problem, unput].filter(one => one !== null)] } };
}
