import { type Lease, renewLease } from '../lease';
import { type MetricPlace, putMetric } from '../metrics';
import { type Look, type LookInput, patiently } from './command';
import { type Begun, type Progress, progressOf } from './progress';
import { currentLimit } from './rate-limit';
import type { CopyRequest } from './replication';
import { readStatus, type Status } from './status';
import { answerOrTrouble, type PatientCommand } from './trouble';

export interface Watching<R extends CopyRequest> extends LookInput {
  readonly command: PatientCommand;
  readonly request: R;
  readonly sourceInstanceId: string;
  /** What this said the last time. */
  readonly progress: Begun & Partial<Progress>;
  readonly leases: readonly Lease[];
  readonly metrics: MetricPlace;
}

export interface Seen { readonly progress: Progress }

/** What is made of what the target tells, and of its silence. */
export interface Judge<R extends CopyRequest, S extends Seen> {
  readonly told: (former: Progress, status: Status, request: R, target: string, now: number) => S;
  readonly silent: (former: Progress, reason: string, request: R, target: string, now: number) => S;
}

/** The document may take two minutes, its delivery one. */
export const ENDS_WITHIN = 240;
/** The lease outlasts the wait before the next look, and an hour. */
const HOUR = 3600;

/** Looks how far the copying is that the target was asked about; null: it did not answer yet. */
export async function watch<R extends CopyRequest, S extends Seen>(
  { command, since, request: asked, sourceInstanceId, progress: carried, leases, metrics, execution }: Watching<R>, judge: Judge<R, S>,
): Promise<Look & Seen & { readonly seen: S | null }> {
  const former = progressOf(carried);
  const { told, trouble } = await answerOrTrouble(command, ENDS_WITHIN, readStatus);
  const now = Date.now();
  const { rateLimit, problem } = told ? await currentLimit(sourceInstanceId, asked.rateLimit, former.rateLimit)
    : { rateLimit: former.rateLimit, problem: null };
  const request = { ...asked, rateLimit };
  const seen = told ? judge.told(former, told, request, command.instanceId, now)
    : trouble ? judge.silent(former, trouble.reason, request, command.instanceId, now) : null;
  if (!seen) return { done: false, waitSeconds: patiently(since), progress: former, seen };
  const { progress } = seen;
  for (const lease of leases) await renewLease(lease, execution, progress.waitSeconds + HOUR);
  const unput = progress.bytesLeft === null ? null : await putMetric(metrics, 'BytesLeft', progress.bytesLeft, 'Bytes');
  return { done: true, waitSeconds: 0, seen, progress: { ...progress, errors: [...progress.errors, ...[problem, unput].filter(one => one !== null)] } };
}
