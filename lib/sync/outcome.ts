import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { leaseSteps } from '../private/lease';
import { failure } from '../private/roll-back';

/** Nobody else starts it. Where an answer was lost the second that is started finds the lease taken, and ends. */
export const STARTED_FOR_SURE: sfn.RetryProps = {
  errors: ['States.TaskFailed'], interval: Duration.seconds(5), maxAttempts: 6, maxDelay: Duration.minutes(1), jitterStrategy: sfn.JitterType.FULL,
};

/** Variables that a failure sets; `notUndone` tells which preparations could not be taken back. */
export function failing(phase: string, advice?: string): Record<string, unknown> {
  return { ...failure(phase, advice), notUndone: [] };
}

/** The same once the target stands alone: nobody falls back. */
export function standingAlone(advice: string): Record<string, unknown> {
  const { outcome, ...rest } = failing('serving', advice);
  return { ...rest, outcome: { ...outcome as object, standsAlone: true } };
}

/** Says in the cause of a failure what has become of all that was made. */
export function tell(scope: Construct, name: string): sfn.Pass {
  return sfn.Pass.jsonata(scope, name, {
    assign: {
      outcome: "{% $merge([$outcome, {'cause': $string({'message': $outcome.message, 'phase': $outcome.phase, 'session': $session, "
        + "'removed': [$rollBack.removed[[0..149]]], 'leftOver': [$append($notUndone, $rollBack.leftOver)[[0..29]]]})}]) %}",
    },
  });
}

export interface EndProps {
  readonly lease: ReturnType<typeof leaseSteps>;
  readonly targetLease: ReturnType<typeof leaseSteps>;
  /** Started when an execution that asked for it fails after the switch. */
  readonly fallBackMachine: sfn.StateMachine;
}

/** Release lease(s) → Synchronised | [ Start fall back ] → Sync failed, as `$outcome` says. Refused is what has no lease. */
export function ends(scope: Construct, { lease, targetLease, fallBackMachine }: EndProps) {
  const failed = sfn.Fail.jsonata(scope, 'Sync failed', { error: '{% $outcome.error %}', cause: '{% $outcome.cause %}' });
  const startFallBack = tasks.StepFunctionsStartExecution.jsonata(scope, 'Start fall back', {
    stateMachine: fallBackMachine,
    input: sfn.TaskInput.fromObject({
      sourceInstanceId: '{% $hosts.source.instanceId %}', targetInstanceId: '{% $hosts.target.instanceId %}', session: '{% $session %}', traffic: '{% $request.traffic %}',
    }),
    outputs: {},
    assign: { outcome: "{% $merge([$outcome, {'cause': $string($merge([$parse($outcome.cause), {'fallBack': $states.result.ExecutionArn}]))}]) %}" },
  });
  startFallBack.addRetry(STARTED_FOR_SURE);
  startFallBack.addCatch(failed);
  startFallBack.next(failed);
  const end = sfn.Choice.jsonata(scope, 'Was it synchronised?')
    .when(sfn.Condition.jsonata('{% $outcome.succeeded %}'), sfn.Succeed.jsonata(scope, 'Synchronised', { outputs: '{% $outcome.output %}' }))
    .when(sfn.Condition.jsonata("{% $outcome.phase = 'serving' and $not($exists($outcome.standsAlone)) and $request.onFailure = 'fall-back' %}"), startFallBack)
    .otherwise(failed);
  // a lease that could not be given back expires by itself
  lease.release.addCatch(end);
  lease.release.next(end);
  targetLease.release.addCatch(lease.release);
  const release = sfn.Choice.jsonata(scope, 'Was target leased?')
    .when(sfn.Condition.jsonata('{% $targetLease != null %}'), targetLease.release.next(lease.release))
    .otherwise(lease.release);
  return { release, refuse: tell(scope, 'Refuse').next(failed) };
}
