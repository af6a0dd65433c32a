import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

/** Assigned by the step before a loop: when the wait began, and that nobody has looked yet. */
export const BEGIN_WAIT = { polls: 0, since: '{% $states.context.State.EnteredTime %}' };

/** Assigned by a step that looks: how often it was looked, and how long its handler says to wait. */
export const LOOKED = { polls: '{% $polls + 1 %}', waitSeconds: '{% $states.result.Payload.waitSeconds %}' };

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
  /** After which waiting is a failure, `TookTooLong`. */
  readonly atMost: Duration;
  /**
   * From when that counts, as a JSONata expression.
   * @default - from the beginning of this wait
   */
  readonly since?: string;
  /**
   * Where that failure goes, as the variable `failure`.
   * @default - it fails the branch
   */
  readonly tooLong?: sfn.IChainable;
}

/** Looks again and again, ever more slowly, until a condition holds or too much time has gone; the choice is returned for further ways out. */
export function poll(scope: Construct, props: PollProps): sfn.Choice {
  const wait = sfn.Wait.jsonata(scope, props.wait, { time: sfn.WaitTime.seconds('{% $waitSeconds %}') });
  const failure = { Error: 'TookTooLong', Cause: `'${props.look.id}' was still waiting after ${props.atMost.toHumanString()}${props.since ? ' of the execution' : ''}.` };
  const tooLong = props.tooLong ?? sfn.Fail.jsonata(scope, `${props.wait}: too long`, { error: failure.Error, cause: failure.Cause });
  const choice = sfn.Choice.jsonata(scope, props.question)
    .when(sfn.Condition.jsonata(props.until), props.then)
    .when(sfn.Condition.jsonata(`{% $toMillis($states.context.State.EnteredTime) - $toMillis(${props.since ?? '$since'}) > ${props.atMost.toMilliseconds()} %}`), tooLong, props.tooLong && { assign: { failure } })
    .otherwise(wait.next(props.look));
  props.look.next(choice);
  return choice;
}
