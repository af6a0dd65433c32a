import type { DescribeExecutionCommandOutput } from '@aws-sdk/client-sfn';

/** Step Functions fails an execution whose history or data grow too large, and no state catches that; what the machine fails itself was tried already. */
const BY_STEP_FUNCTIONS = /^States\./;

/** Whether an execution was ended from outside its machine: what it had not come to do is not done. */
export function isAbandoned({ status, error = '' }: DescribeExecutionCommandOutput): boolean {
  return status === 'ABORTED' || status === 'TIMED_OUT' || (status === 'FAILED' && BY_STEP_FUNCTIONS.test(error));
}
