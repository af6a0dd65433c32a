import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

/** What went wrong, in words: Lambda's causes are JSON with a stack trace, which helps nobody in the console. */
export const MESSAGE = "($cause := $exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : ''; "
  + "$substring($cause, 0, 13) = '{\"errorType\":' and $substring($cause, -1) = '}' ? $parse($cause).errorMessage : $cause)";

export interface AttemptProps {
  /** What is tried; its last state's output is what came of it. */
  readonly of: sfn.IChainable;
  /** Variables set from what came of it, `$states.result[0]`. */
  readonly assign?: Record<string, unknown>;
  readonly then: sfn.IChainable;
  /** Where any failure within goes. */
  readonly otherwise: sfn.IChainable;
  /** Variables set by a failure. */
  readonly failing?: Record<string, unknown>;
}

/** States of which any may fail, and one place that the failure goes to: a parallel state of one branch. */
export function attempt(scope: Construct, name: string, props: AttemptProps): sfn.Parallel {
  const block = sfn.Parallel.jsonata(scope, name, { assign: props.assign, outputs: {} }).branch(props.of);
  block.addCatch(props.otherwise, { assign: props.failing, outputs: {} });
  block.next(props.then);
  return block;
}
