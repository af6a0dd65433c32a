import type { Plan } from '../shared/plan/plan';
import { putAlarm } from '../shared/share-alarms';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly instanceIds: readonly string[];
  readonly alarmPrefix: string;
}
export interface Output { readonly alarms: readonly string[] }

/** Puts an alarm on every share, which ends it when the volume is too busy. */
export async function handler({ plan, instanceIds, alarmPrefix }: Input): Promise<Output> {
  const alarms: string[] = [];
  const { ownVolumeAbove: limits } = plan;
  if (limits) for (const id of instanceIds) for (const share of plan.shared) alarms.push(await putAlarm(alarmPrefix, id, share, limits));
  return { alarms };
}
