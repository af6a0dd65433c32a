import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { isAbandoned } from '../shared/abandoned';
import { findInstances } from '../shared/instances';
import { releaseLease } from '../shared/lease';
import { isRecord } from '../shared/request/rules';
import type { Step } from '../shared/step';
import { sessionOf } from '../shared/sync/check';
import type { Phase } from '../shared/sync/marks';
import { PHASE, SESSION, tagMap } from '../shared/tags';

export interface Input extends Step {
  /** The table with the leases. */
  readonly table: string;
}
export interface Output {
  /** Null: whoever served goes on, there is nothing to bring back. */
  readonly source: {
    readonly instanceId: string;
    readonly services: readonly string[];
    /** Whether it was stopped for its last snapshots, or is being stopped. */
    readonly stopped: boolean;
  } | null;
}

const states = new SFNClient({});
const NOTHING: Output = { source: null };
const SWITCHING: Phase = 'switching';

/** Looks whether an execution was ended in its pause: then perhaps nobody serves. */
export async function handler({ table, execution }: Input): Promise<Output> {
  const ended = await states.send(new DescribeExecutionCommand({ executionArn: execution }));
  const request: unknown = JSON.parse(ended.input ?? '{}');
  const { instanceId, services } = isRecord(request) ? request : {};
  if (!isAbandoned(ended) || typeof instanceId !== 'string') return NOTHING;
  const source = (await findInstances([instanceId])).at(0);
  const { [PHASE]: phase, [SESSION]: session } = tagMap(source?.Tags);
  if (phase !== SWITCHING || session !== sessionOf(execution)) return NOTHING;
  await releaseLease(table, instanceId, execution);
  const named = Array.isArray(services) ? services.filter(one => typeof one === 'string') : [];
  return { source: { instanceId, services: named, stopped: source?.State?.Name !== 'running' } };
}
