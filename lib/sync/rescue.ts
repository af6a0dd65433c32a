import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { lambdaSteps } from '../private/lambda-step';
import { Rescue, RescueProps } from '../private/rescue';
import { STARTED_FOR_SURE } from './outcome';

export interface SyncRescueProps extends Pick<RescueProps, 'ledger' | 'encryptionKey'> {
  readonly machine: sfn.StateMachine;
  readonly fallBackMachine: sfn.StateMachine;
  readonly owner: string;
}

/**
 * Wait → Find abandoned switch → Start fall back: between the first service stopped on one host and the last one started on the other, whichever
 * way the workload was moved.
 */
export function syncRescue(scope: Construct, props: SyncRescueProps): Rescue {
  const { owner, ledger, encryptionKey, machine, fallBackMachine } = props;
  return new Rescue(scope, 'Rescue', {
    machines: [machine, fallBackMachine], ledger, encryptionKey,
    steps: within => lambdaSteps(within, { folder: 'sync', owner, encryptionKey }),
    find: {
      input: { abandoned: '{% $abandoned %}', table: ledger.tableName, fallBackMachine: fallBackMachine.stateMachineArn },
      assign: { fallBack: '{% $states.result.Payload.fallBack %}' },
    },
    question: 'Abandoned in its switch?',
    abandoned: '{% $fallBack != null %}',
    bringBack: within => {
      const start = tasks.StepFunctionsStartExecution.jsonata(within, 'Start fall back', {
        stateMachine: fallBackMachine,
        input: sfn.TaskInput.fromText('{% $fallBack %}'),
      });
      start.addRetry(STARTED_FOR_SURE);
      return start;
    },
    comment: 'Brings workloads back whose executions were ended in the middle of a switch or a fall back.',
    timeout: Duration.hours(1),
  });
}
