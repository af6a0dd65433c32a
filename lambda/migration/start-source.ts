import { StartInstancesCommand } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { errorMessage, errorName } from '../shared/error-name';
import { type MetricPlace, putMetric } from '../shared/metrics';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly instanceId: string;
  readonly metrics: MetricPlace;
}
export interface Output {
  readonly started: boolean;
  /** Why not yet, and what was in the way of the metric. */
  readonly why: string | null;
}

/**
 * It still stops, its Outpost is away (the code is unverified against AWS), or another has taken its room, or its part of the account's quota: time
 * may mend it.
 */
const PASSING = /^(IncorrectInstanceState|ServiceUnavailable|Unavailable|Insufficient(Instance|Host)Capacity|InsufficientCapacityOnHost|(Vcpu|Instance)LimitExceeded)$/;

/** Starts the source again; what has to wait is put as a metric, on which an alarm rests. */
export async function handler({ instanceId, metrics }: Input): Promise<Output> {
  try {
    await ec2.send(new StartInstancesCommand({ InstanceIds: [instanceId] }));
    return { started: true, why: null };
  } catch (error) {
    if (!PASSING.test(errorName(error))) throw error;
    const untold = await putMetric(metrics, 'UnreachableSources', 1, 'Count');
    return { started: false, why: [`${errorName(error)}: ${errorMessage(error)}`, untold ?? []].flat().join('; ') };
  }
}
