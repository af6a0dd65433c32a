import { type Lease, renewLease } from '../shared/lease';
import { type Look, type LookInput, patiently } from '../shared/replication/command';
import { currentLimit } from '../shared/replication/rate-limit';
import type { PaceRequest } from '../shared/replication/replication';
import { answerOrTrouble, type PatientCommand } from '../shared/replication/trouble';
import {
  type Begun, interruptedVerification, nextVerification, readChecked, type Verification, verificationOf,
} from '../shared/replication/verification';

export interface Input extends LookInput {
  readonly command: PatientCommand;
  readonly request: PaceRequest;
  readonly sourceInstanceId: string;
  /** What this said the last time. */
  readonly verification: Begun & Partial<Verification>;
  readonly leases: readonly Lease[];
}
export interface Output extends Look { readonly verification: Verification }

/** The document may take five minutes, its delivery one. */
const ENDS_WITHIN = 420;
/** The lease outlasts the wait before the next look, and an hour. */
const HOUR = 3600;

/** Looks whether every block was compared and is equal on both instances, and chooses the pace at which that goes on. */
export async function handler({ command, since, request: asked, sourceInstanceId, verification: carried, leases, execution }: Input): Promise<Output> {
  const former = verificationOf(carried);
  const { told, trouble } = await answerOrTrouble(command, ENDS_WITHIN, readChecked);
  const now = Date.now();
  const { rateLimit, problem } = told ? await currentLimit(sourceInstanceId, asked.rateLimit, former.rateLimit)
    : { rateLimit: former.rateLimit, problem: null };
  const verification = told ? nextVerification(former, told, { ...asked, rateLimit }, command.instanceId, now)
    : trouble ? interruptedVerification(former, trouble, command.instanceId, now) : null;
  if (!verification) return { done: false, waitSeconds: patiently(since), verification: former };
  for (const lease of leases) await renewLease(lease, execution, verification.waitSeconds + HOUR);
  return { done: true, waitSeconds: 0, verification: { ...verification, errors: [...verification.errors, ...problem === null ? [] : [problem]] } };
}
