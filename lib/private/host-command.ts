import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { MESSAGE } from './attempt';
import { DefineStep, Patience } from './lambda-step';
import { BEGIN_WAIT, LOOKED } from './poll';
import { Allow } from './statement';

/** The document that a step sends, by name; where an expression chooses between several, the step may send each. */
export interface RunDocument {
  readonly documentName: string;
  readonly documentArn: string | string[];
}

/** When a command is sent once more that the host did not take. */
export interface SendAgain {
  /** The errors that pass by themselves. */
  readonly after: string[];
  /** For how long, and from when, as a JSONata expression. */
  readonly within: Duration;
  readonly since: string;
  /**
   * Where it goes then.
   * @default - it fails with the last of these errors
   */
  readonly otherwise?: sfn.IChainable;
}

export interface HostCommandProps {
  /** The step that looks whether the command is over: 'Is target prepared'. */
  readonly look: string;
  readonly document: RunDocument;
  /** What the sending handler makes the document's parameters of. */
  readonly input: Record<string, unknown>;
  /** What the looking handler judges the answer by, besides the command itself. */
  readonly judge?: Record<string, unknown>;
  /** The workflow variables set from the looking handler's result; null until the command is over. */
  readonly assign?: Record<string, unknown>;
  /**
   * The action that reads the command's output.
   * @default - that of one step, which all documents of this library have
   */
  readonly reads?: string;
  /** What the looking handler may do besides. */
  readonly allow?: Allow[];
  /** After which the host counts as silent. */
  readonly atMost: Duration;
  /**
   * Where it goes then.
   * @default - it fails with `TookTooLong`
   */
  readonly whenSilent?: sfn.IChainable;
  /** @default - what fails once has failed */
  readonly sendAgain?: SendAgain;
  /**
   * How patiently it is sent, and looked at.
   * @default - it is sent with Patience.LONG and looked at with Patience.SHORT
   */
  readonly patience?: Patience;
}

const AGAIN_AFTER = Duration.seconds(15);
/** Of those that tell; the state may have been entered long before, when AWS was out of order. */
const SENT_AT = '{% $exists($states.result.Payload.sentAt) ? $states.result.Payload.sentAt : $states.context.State.EnteredTime %}';

/** One document run on one instance: a step that sends it, and a loop that waits for its answer. */
export class HostCommand implements sfn.IChainable {
  readonly id: string;
  readonly startState: sfn.State;
  readonly endStates: sfn.INextable[] = [];
  /** What may fail. */
  readonly steps: sfn.TaskStateBase[];
  private readonly answered: sfn.Choice;

  constructor(scope: Construct, step: DefineStep, on: Allow[], name: string, props: HostCommandProps) {
    this.id = name;
    const { documentName, documentArn } = props.document;
    const send = step(name, {
      input: { ...props.input, documentName },
      assign: { command: '{% $states.result.Payload %}', ...BEGIN_WAIT, since: SENT_AT },
      allow: [{ actions: ['ssm:SendCommand'], on: [documentArn].flat(), because: 'runs this one document' }, ...on],
      patience: props.patience,
    });
    const look = step(props.look, {
      input: { ...props.judge, command: '{% $command %}', since: '{% $since %}' },
      assign: { ...LOOKED, ...props.assign, answered: '{% $states.result.Payload.done %}' },
      allow: [
        { actions: [props.reads ?? 'ssm:GetCommandInvocation'], on: ['*'], because: 'command invocations have no resource-level permissions' },
        ...(props.allow ?? []),
      ],
      retry: ['InvocationDoesNotExist'],
      patience: props.patience ?? Patience.SHORT,
    });
    const wait = sfn.Wait.jsonata(scope, `${name}: wait`, { time: sfn.WaitTime.seconds('{% $waitSeconds %}') });
    const silent = props.whenSilent ?? sfn.Fail.jsonata(scope, `${name}: no answer`, {
      error: 'TookTooLong', cause: `The instance has not answered '${name}' within ${props.atMost.toHumanString()}: look at its SSM agent.`,
    });
    this.answered = sfn.Choice.jsonata(scope, `${name}: answered?`)
      .when(sfn.Condition.jsonata(`{% $not($answered) and $toMillis($states.context.State.EnteredTime) - $toMillis($since) > ${props.atMost.toMilliseconds()} %}`), silent)
      .when(sfn.Condition.jsonata('{% $not($answered) %}'), wait.next(look));
    send.next(look).next(this.answered);
    this.startState = send;
    this.steps = [send, look];
    if (props.sendAgain) this.sendAgain(scope, props.sendAgain);
  }

  private sendAgain(scope: Construct, { after, within, since, otherwise }: SendAgain): void {
    const again = sfn.Choice.jsonata(scope, `${this.id}: again?`)
      .when(sfn.Condition.jsonata(`{% $toMillis($states.context.State.EnteredTime) - $toMillis(${since}) > ${within.toMilliseconds()} %}`),
        otherwise ?? sfn.Fail.jsonata(scope, `${this.id}: not taken`, { error: '{% $refusal.error %}', cause: '{% $refusal.message %}' }))
      .otherwise(sfn.Wait.jsonata(scope, `${this.id}: wait to send again`, { time: sfn.WaitTime.duration(AGAIN_AFTER) }).next(this.startState));
    const assign = { refusal: { error: '{% $states.errorOutput.Error %}', message: `{% $substring(${MESSAGE}, 0, 20000) %}` } };
    this.addCatch(again, { errors: after, assign });
  }

  /** What comes when the host has answered. */
  next(then: sfn.IChainable): this {
    this.answered.otherwise(then);
    return this;
  }

  /** Where it goes when the host can not do it, or does not answer. */
  addCatch(handler: sfn.IChainable, props?: sfn.CatchProps): this {
    for (const step of this.steps) step.addCatch(handler, props);
    return this;
  }
}

/** Commands one after the other, and what comes after the last. */
export function inOrder(commands: HostCommand[], then: sfn.IChainable): sfn.IChainable {
  return commands.reduceRight<sfn.IChainable>((following, command) => command.next(following), then);
}
