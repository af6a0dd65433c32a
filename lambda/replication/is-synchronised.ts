import { type Lease, renewLease } from '../shared/lease';
import { type MetricPlace, putMetric } from '../shared/metrics';
import { type Look, type LookInput, patiently } from '../shared/replication/command';
import { type Begun, nextProgress, type Progress, progressOf, silentProgress } from '../shared/replication/progress';
import { currentLimit } from '../shared/replication/rate-limit';
import type { PaceRequest } from '../shared/replication/replication';
import { readStatus } from '../shared/replication/status';
import { answerOrTrouble, type PatientCommand } from '../shared/replication/trouble';

export interface Input extends LookInput {
  readonly command: PatientCommand;
  readonly request: PaceRequest;
  readonly sourceInstanceId: string;
  /** What this said the last time. */
  readonly progress: Begun & Partial<Progress>;
  readonly leases: readonly Lease[];
  readonly metrics: MetricPlace;
}
export interface Output extends Look { readonly progress: Progress }

/** The document may take two minutes, its delivery one. */
const ENDS_WITHIN = 240;
/** The lease outlasts the wait before the next look, and an hour. */
const HOUR = 3600;

/** Looks how far the blocks are, and chooses the pace at which they go on. */
export async function handler({ command, since, request: asked, sourceInstanceId, progress: carried, leases, metrics, execution }: Input): Promise<Output> {
  const former = progressOf(carried);
  const { told, trouble } = await answerOrTrouble(command, ENDS_WITHIN, readStatus);
  const now = Date.now();
  const { rateLimit, problem } = told ? await currentLimit(sourceInstanceId, asked.rateLimit, former.rateLimit)
    : { rateLimit: former.rateLimit, problem: null };
  const request = { ...asked, rateLimit };
  const progress = told ? nextProgress(former, told, request, command.instanceId, now)
    : trouble ? silentProgress(former, trouble.reason, command.instanceId, now) : null;
  if (!progress) return { done: false, waitSeconds: patiently(since), progress: former };
  for (const lease of leases) await renewLease(lease, execution, progress.waitSeconds + HOUR);
  const unput = progress.bytesLeft === null ? null : await putMetric(metrics, 'BytesLeft', progress.bytesLeft, 'Bytes');
  return { done: true, waitSeconds: 0, progress: { ...progress, errors: [...progress.errors, ...[problem, unput].filter(one => one !== null)] } };
}
