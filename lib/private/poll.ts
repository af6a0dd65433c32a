import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

export interface PollProps {
  /** The 'Are … ready' step that looks once; it assigns `waitSeconds` and counts `polls`. */
  readonly look: sfn.State & sfn.INextable;
  /** The name of the choice, a question: 'Snapshots ready?'. */
  readonly question: string;
  /** The JSONata condition that ends the wait. */
  readonly until: string;
  /** What comes once it holds. */
  readonly then: sfn.IChainable;
}

/** Looks again and again, ever more slowly (the handler says how long to wait), until a condition holds. */
export function poll(scope: Construct, props: PollProps): sfn.IChainable {
  const wait = sfn.Wait.jsonata(scope, `Wait: ${props.question}`, { time: sfn.WaitTime.seconds('{% $waitSeconds %}') });
  const choice = sfn.Choice.jsonata(scope, props.question)
    .when(sfn.Condition.jsonata(props.until), props.then)
    .otherwise(wait.next(props.look));
  props.look.next(choice);
  return props.look;
}
