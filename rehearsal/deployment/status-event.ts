import type { EventSpec } from '../cloud/events/state';
import type { ExecutionView } from '../cloud/states/state';

/**
 * The event by which Step Functions tells that an execution started or ended.
 *
 * Step Functions developer guide, "Automating Step Functions event delivery with EventBridge": `detail` holds what
 * DescribeExecution answers, dates as milliseconds, what does not apply as null.
 */
export function statusEvent({ execution, machineArn, name, input }: ExecutionView): EventSpec {
  const { arn, status, startDate, stopDate, output, error, cause } = execution;
  const succeeded = status === 'SUCCEEDED';
  return {
    source: 'aws.states',
    'detail-type': 'Step Functions Execution Status Change',
    resources: [arn],
    detail: {
      executionArn: arn,
      stateMachineArn: machineArn,
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      name,
      status,
      startDate: startDate?.getTime() ?? null,
      stopDate: stopDate?.getTime() ?? null,
      redriveCount: 0,
      redriveDate: null,
      redriveStatus: status === 'RUNNING' || succeeded ? 'NOT_REDRIVABLE' : 'REDRIVABLE',
      redriveStatusReason: status === 'RUNNING' || succeeded ? `Execution is ${status} and cannot be redriven` : null,
      input: JSON.stringify(input),
      inputDetails: { included: true },
      output: succeeded ? JSON.stringify(output ?? null) : null,
      outputDetails: succeeded ? { included: true } : null,
      error: error ?? null,
      cause: cause ?? null,
    },
  };
}
