import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { MESSAGE } from './attempt';
import { DefineStep, LambdaStepProps } from './lambda-step';

/** What the variable `rollBack` is before the first round. */
export const BEGIN_ROLL_BACK = { polls: 0, quiet: false, removed: [], removedInAll: 0, leftOver: [], leftOverInAll: 0 };

/** Variables that a failure sets, before it is undone: what failed in which phase, and what to do about it. */
export function failure(phase: string, advice = ''): Record<string, unknown> {
  return {
    outcome: {
      succeeded: false, phase, error: '{% $states.errorOutput.Error %}',
      message: `{% $substring(${MESSAGE}, 0, 20000) & '${advice}' %}`,
    },
    rollBack: BEGIN_ROLL_BACK,
  };
}

export interface RollBackProps extends Pick<LambdaStepProps, 'allow' | 'retry'> {
  /** The instance that was to be cloned or moved, as a JSONata expression. */
  readonly sourceInstanceId: string;
  /** What the handler is told besides. */
  readonly input?: Record<string, unknown>;
  /** Variables set besides. */
  readonly assign?: Record<string, unknown>;
  readonly then: sfn.IChainable;
  /**
   * Where it goes on when the roll back itself failed.
   * @default - where it goes on in any case
   */
  readonly failed?: sfn.IChainable;
}

/** Roll back, until all that the execution made and did not finish is gone. Reads `$rollBack`, and tells there what was removed and what was not. */
export function rollBack(scope: Construct, step: DefineStep, props: RollBackProps): sfn.State {
  const roll = step('Roll back', {
    input: {
      sourceInstanceId: props.sourceInstanceId, polls: '{% $rollBack.polls %}', quiet: '{% $rollBack.quiet %}', removed: '{% $rollBack.removed %}',
      removedInAll: '{% $rollBack.removedInAll %}', ...props.input,
    },
    assign: { rollBack: "{% $merge([$states.result.Payload, {'polls': $rollBack.polls + 1}]) %}", ...props.assign },
    allow: props.allow,
    retry: props.retry,
  });
  roll.next(sfn.Choice.jsonata(scope, 'Rolled back?')
    .when(sfn.Condition.jsonata('{% $rollBack.done %}'), props.then)
    .otherwise(sfn.Wait.jsonata(scope, 'Wait for terminations', { time: sfn.WaitTime.seconds('{% $rollBack.waitSeconds %}') }).next(roll)));
  roll.addCatch(props.failed ?? props.then, {
    assign: {
      rollBack: "{% $merge([$rollBack, {'leftOverInAll': 1, 'leftOver': [{'id': 'unknown', 'type': 'unknown', 'reason': 'the roll back itself failed: ' & $states.errorOutput.Error & '; the janitor goes on'}]}]) %}",
    },
  });
  return roll;
}
