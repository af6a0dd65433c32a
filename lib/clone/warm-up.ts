import { Duration } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { DefineStep } from '../private/lambda-step';
import { renewLease } from '../private/lease';
import { BEGIN_WAIT, LOOKED, poll } from '../private/poll';

export interface WarmUpProps {
  readonly step: DefineStep;
  readonly ledger: dynamodb.ITable;
  /** How long after the begin of the execution clones are handed over although they are cold; well before its timeout. */
  readonly atMost: Duration;
  /** When that was, as a JSONata expression. @default - the begin of the machine's own execution */
  readonly begin?: string;
  readonly then: sfn.IChainable;
}

/** Warm up? → Are volumes warm, until they are; `$warmUp` tells how far it came. */
export function warmUp(scope: Construct, { step, ledger, atMost, begin = '$states.context.Execution.StartTime', then }: WarmUpProps): sfn.IChainable {
  const areWarm = step('Are volumes warm', {
    input: {
      plan: '{% $plan %}', instanceIds: '{% $instanceIds %}', lease: '{% $lease %}', since: '{% $since %}',
      until: `{% $fromMillis($toMillis(${begin}) + ${atMost.toMilliseconds()}) %}`,
    },
    assign: { ...LOOKED, warmUp: '{% $states.result.Payload.warmUp %}', volumesWarm: '{% $states.result.Payload.over %}' },
    allow: [
      { actions: ['ec2:DescribeInstances', 'ec2:DescribeVolumeStatus'], on: ['*'], because: 'EC2 describes have no resource-level permissions' },
      renewLease(ledger),
    ],
    retry: ['InvalidVolume.NotFound'],
  });
  // the handler ends the wait in time
  poll(scope, { look: areWarm, question: 'Volumes warm?', until: '{% $volumesWarm %}', then, wait: 'Wait for volumes', atMost: Duration.days(365) });
  return sfn.Choice.jsonata(scope, 'Warm up?')
    .when(sfn.Condition.jsonata("{% $plan.ready = 'warmed' %}"), areWarm, { assign: BEGIN_WAIT })
    .otherwise(then);
}
