import type {
  DescribeExecutionCommandInput, GetExecutionHistoryCommandInput, ListExecutionsCommandInput, StartExecutionCommandInput, StopExecutionCommandInput,
} from '@aws-sdk/client-sfn';
import { resourceTags, type Need } from '../../iam/need';
import type { Account } from '../account';
import type { Service } from '../service';
import { describeExecution, getExecutionHistory, listExecutions, startExecution, stopExecution } from './executions';
import { sendTaskFailure, sendTaskHeartbeat, sendTaskSuccess } from './tokens';

/** Step Functions, as far as functions and machines call it. */
export const service: Service = {
  id: 'SFN',
  operations: {
    StartExecution: startExecution,
    StopExecution: stopExecution,
    DescribeExecution: describeExecution,
    ListExecutions: listExecutions,
    GetExecutionHistory: getExecutionHistory,
    SendTaskSuccess: sendTaskSuccess,
    SendTaskFailure: sendTaskFailure,
    SendTaskHeartbeat: sendTaskHeartbeat,
  },
  // Service Authorization Reference, "Actions, resources, and condition keys for AWS Step Functions": executions are
  // stopped and read by their own ARN, started and listed by their machine's; the SendTask actions know no resources
  needs: {
    StartExecution: ({ stateMachineArn = '' }: StartExecutionCommandInput, account: Account) =>
      onMachine('states:StartExecution', stateMachineArn, account),
    ListExecutions: ({ stateMachineArn = '*' }: ListExecutionsCommandInput, account: Account) =>
      onMachine('states:ListExecutions', stateMachineArn, account),
    StopExecution: ({ executionArn = '' }: StopExecutionCommandInput) => [{ action: 'states:StopExecution', resource: executionArn }],
    DescribeExecution: ({ executionArn = '' }: DescribeExecutionCommandInput) => [{ action: 'states:DescribeExecution', resource: executionArn }],
    GetExecutionHistory: ({ executionArn = '' }: GetExecutionHistoryCommandInput) => [{ action: 'states:GetExecutionHistory', resource: executionArn }],
    SendTaskSuccess: () => [{ action: 'states:SendTaskSuccess', resource: '*' }],
    SendTaskFailure: () => [{ action: 'states:SendTaskFailure', resource: '*' }],
    SendTaskHeartbeat: () => [{ action: 'states:SendTaskHeartbeat', resource: '*' }],
  },
};

/** A qualified ARN (…:3, …:alias) is decided on the machine, its qualifier is a condition key. */
function onMachine(action: string, arn: string, { states }: Account): Need[] {
  const parts = arn.split(':');
  const resource = parts.slice(0, 7).join(':');
  const qualifier = parts[7];
  return [{
    action, resource,
    context: { ...resourceTags(states.machines.get(resource)?.tags ?? {}), ...(qualifier !== undefined && { 'states:StateMachineQualifier': qualifier }) },
  }];
}
