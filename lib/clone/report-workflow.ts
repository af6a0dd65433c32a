import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { describeExecutions } from '../private/executions';
import { lambdaSteps } from '../private/lambda-step';
import { Schedules } from '../private/schedules';

export interface ReportWorkflowProps {
  readonly owner: string;
  readonly schedules: Schedules;
  /** The machine that clones. */
  readonly clone: sfn.StateMachine;
  readonly prices: Record<string, number>;
  readonly encryptionKey?: kms.IKeyRef;
}

/** List clones: the one step is the report. */
export function reportWorkflow(scope: Construct, { owner, schedules, clone, prices, encryptionKey }: ReportWorkflowProps): sfn.IChainable {
  const step = lambdaSteps(scope, { folder: 'lifetime', owner, encryptionKey });
  return step('List clones', {
    input: { request: '{% $states.context.Execution.Input %}', scheduleGroup: schedules.groupName, prices },
    allow: [
      {
        actions: ['Instances', 'Images', 'Snapshots', 'Volumes', 'NetworkInterfaces', 'SecurityGroups'].map(what => `ec2:Describe${what}`),
        on: ['*'], because: 'EC2 describes have no resource-level permissions',
      },
      schedules.list('tells which clones have no schedule'),
      // no key: it reads no data of them
      describeExecutions(scope, [clone.stateMachineName], 'only what belongs to an execution that is over is left over'),
    ],
    retry: ['InternalServerException'],
  });
}
