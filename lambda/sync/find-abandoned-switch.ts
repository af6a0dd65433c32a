import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { isAbandoned } from '../shared/abandoned';
import { findInstances } from '../shared/instances';
import { releaseLease } from '../shared/lease';
import { isRecord } from '../shared/request/rules';
import type { Step } from '../shared/step';
import { sessionOf } from '../shared/sync/check';
import type { Phase } from '../shared/sync/marks';
import { PEER, PHASE, SESSION, tagMap } from '../shared/tags';

export interface Input extends Step {
  /** The execution that was ended from outside, or failed. */
  readonly abandoned: string;
  /** The table with the leases. */
  readonly table: string;
  /** The ARN of the machine whose executions fall back. */
  readonly fallBackMachine: string;
}
export interface Output {
  /** The input of an execution that falls back; null: whoever served goes on, there is nothing to bring back. */
  readonly fallBack: Readonly<Record<string, unknown>> | null;
}

const states = new SFNClient({});
const NOTHING: Output = { fallBack: null };
const SWITCHING: Phase = 'switching';
/** Perhaps nobody serves, or nobody is led to who does. */
const ABANDONED: readonly Phase[] = [SWITCHING, 'falling-back', 'fallen-back'];

/**
 * Looks whether an execution was ended between the first service stopped and the last one started: then perhaps nobody serves. The same when a
 * switch failed and going back failed, too. A fall back that fails by itself is not tried again.
 */
export async function handler({ abandoned, table, fallBackMachine }: Input): Promise<Output> {
  const ended = await states.send(new DescribeExecutionCommand({ executionArn: abandoned }));
  const request: unknown = JSON.parse(ended.input ?? '{}');
  if (!isRecord(request) || typeof request['sourceInstanceId'] !== 'string') return NOTHING;
  const { sourceInstanceId } = request;
  const fellBack = ended.stateMachineArn === fallBackMachine;
  const session = fellBack ? request['session'] : sessionOf(abandoned);
  const { [PHASE]: phase, [SESSION]: its, [PEER]: targetInstanceId } = tagMap((await findInstances([sourceInstanceId])).at(0)?.Tags);
  if (its !== session || targetInstanceId === undefined) return NOTHING;
  const notBroughtBack = ended.status === 'FAILED' && !fellBack && phase === SWITCHING;
  if (!notBroughtBack && !(isAbandoned(ended) && ABANDONED.some(one => one === phase))) return NOTHING;
  // the janitor may come later than the execution that falls back
  for (const instanceId of [sourceInstanceId, targetInstanceId]) await releaseLease(table, instanceId, abandoned);
  return { fallBack: fellBack ? request : { sourceInstanceId, targetInstanceId, session } };
}
