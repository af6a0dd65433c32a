import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

/** Assigned by the step before a loop: when the wait began, and that nobody has looked yet. */
export const BEGIN_WAIT = { polls: 0, since: '{% $states.context.State.EnteredTime %}' };

/** Given to a step that looks, and assigned by it: how often it was looked, and how long its handler says to wait. */
export const LOOK = {
  input: { polls: '{% $polls %}', since: '{% $since %}' },
  assign: { polls: '{% $polls + 1 %}', waitSeconds: '{% $states.result.Payload.waitSeconds %}' },
};

export interface PollProps {
  /** The 'Are … ready' step that looks once. */
  readonly look: sfn.State & sfn.INextable;
  /** The name of the choice, a question: 'Snapshots ready?'. */
  readonly question: string;
  /** The JSONata condition that ends the wait. */
  readonly until: string;
  /** What comes once it holds. */
  readonly then: sfn.IChainable;
  /** The name of the wait: 'Wait for snapshots'. */
  readonly wait: string;
}

/** Looks again and again, ever more slowly, until a condition holds; the choice is returned for further ways out. */
export function poll(scope: Construct, props: PollProps): sfn.Choice {
  const wait = sfn.Wait.jsonata(scope, props.wait, { time: sfn.WaitTime.seconds('{% $waitSeconds %}') });
  const choice = sfn.Choice.jsonata(scope, props.question)
    .when(sfn.Condition.jsonata(props.until), props.then)
    .otherwise(wait.next(props.look));
  props.look.next(choice);
  return choice;
}
