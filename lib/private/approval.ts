import { Duration } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { DefineStep } from './lambda-step';
import { renewLease } from './lease';
import { Allow } from './statement';

export interface ApprovalProps {
  readonly step: DefineStep;
  readonly topic?: sns.ITopic;
  readonly ledger: dynamodb.ITable;
  readonly answerWithin: Duration;
  /** The step that asks: 'Await approval'. */
  readonly name: string;
  /** The question as a choice: 'Needs approval?'. */
  readonly question: string;
  /** Whether approval is wanted, as a JSONata condition. */
  readonly when: string;
  /** What the asking handler tells people. */
  readonly input: Record<string, unknown>;
  readonly then: sfn.IChainable;
}

/** The right to ask people by a topic. SNS uses a key of the topic in the name of whoever publishes (SNS Developer Guide, "Key management"). */
export function askBy({ topicArn, masterKey }: sns.ITopic): Allow {
  return {
    actions: ['sns:Publish'], on: [topicArn], because: 'asks for approval',
    key: masterKey && { arn: masterKey.keyArn, through: 'sns', actions: ['kms:Decrypt', 'kms:GenerateDataKey'] },
  };
}

/** Awaits approval where it is wanted and there is somebody to ask. */
export function approval(scope: Construct, props: ApprovalProps): sfn.IChainable {
  if (!props.topic) return props.then;
  const { topicArn } = props.topic;
  const ask = props.step(props.name, {
    input: {
      ...props.input, topicArn, lease: '{% $lease %}', taskToken: '{% $states.context.Task.Token %}', timeoutSeconds: props.answerWithin.toSeconds(),
    },
    allow: [askBy(props.topic), renewLease(props.ledger)],
    answerWithin: props.answerWithin,
  });
  return sfn.Choice.jsonata(scope, props.question)
    .when(sfn.Condition.jsonata(props.when), ask.next(props.then))
    .otherwise(props.then);
}
