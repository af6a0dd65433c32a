import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { lambdaSteps } from '../private/lambda-step';
import { Rescue, RescueProps } from '../private/rescue';
import { STARTED_FOR_SURE } from './outcome';

export interface SyncRescueProps extends Pick<RescueProps, 'machine' | 'ledger' | 'encryptionKey'> {
  readonly fallBackMachine: sfn.StateMachine;
  readonly owner: string;
}

/** Wait → Find abandoned switch → Start fall back: between the first service stopped on the source and the last one started on the target. */
export function syncRescue(scope: Construct, props: SyncRescueProps): Rescue {
  const { owner, ledger, encryptionKey } = props;
  return new Rescue(scope, 'Rescue', {
    ...props,
    steps: within => lambdaSteps(within, { folder: 'sync', owner, encryptionKey }),
    find: {
      input: { abandoned: '{% $abandoned %}', table: ledger.tableName },
      assign: { fallBack: '{% $states.result.Payload.fallBack %}' },
    },
    question: 'Abandoned in its switch?',
    abandoned: '{% $fallBack != null %}',
    bringBack: within => {
      const start = tasks.StepFunctionsStartExecution.jsonata(within, 'Start fall back', {
        stateMachine: props.fallBackMachine,
        input: sfn.TaskInput.fromObject({
          sourceInstanceId: '{% $fallBack.sourceInstanceId %}', targetInstanceId: '{% $fallBack.targetInstanceId %}', session: '{% $fallBack.session %}',
        }),
      });
      start.addRetry(STARTED_FOR_SURE);
      return start;
    },
    comment: 'Brings workloads back whose executions were ended in the middle of a switch.',
    timeout: Duration.hours(1),
  });
}
