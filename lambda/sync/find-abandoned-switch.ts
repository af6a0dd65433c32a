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
  /** The execution that was ended from outside. */
  readonly abandoned: string;
  /** The table with the leases. */
  readonly table: string;
}
export interface Output {
  /** The input of an execution that falls back; null: whoever served goes on, there is nothing to bring back. */
  readonly fallBack: { readonly sourceInstanceId: string; readonly targetInstanceId: string; readonly session: string } | null;
}

const states = new SFNClient({});
const NOTHING: Output = { fallBack: null };
/** The target does not serve yet, or no more. */
const ABANDONED: readonly Phase[] = ['switching', 'fallen-back'];

/** Looks whether an execution was ended between the first service stopped and the last one started: then perhaps nobody serves. */
export async function handler({ abandoned, table }: Input): Promise<Output> {
  const ended = await states.send(new DescribeExecutionCommand({ executionArn: abandoned }));
  const request: unknown = JSON.parse(ended.input ?? '{}');
  const sourceInstanceId = isRecord(request) ? request['sourceInstanceId'] : undefined;
  if (!isAbandoned(ended) || typeof sourceInstanceId !== 'string') return NOTHING;
  const session = sessionOf(abandoned);
  const { [PHASE]: phase, [SESSION]: its, [PEER]: targetInstanceId } = tagMap((await findInstances([sourceInstanceId])).at(0)?.Tags);
  if (!ABANDONED.some(one => one === phase) || its !== session || targetInstanceId === undefined) return NOTHING;
  // the janitor may come later than the execution that falls back
  for (const instanceId of [sourceInstanceId, targetInstanceId]) await releaseLease(table, instanceId, abandoned);
  return { fallBack: { sourceInstanceId, targetInstanceId, session } };
}
