import { ArnFormat, Names, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Allow } from '../private/statement';

/** The alarms that executions put on shares: they have no tags that a condition could rest on, so their names begin in a way that is the construct's own. */
export class ShareAlarms extends Construct {
  readonly prefix: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    // a name holds 255 characters, of which the ids of clone and volume take 42
    this.prefix = Names.uniqueResourceName(this, { maxLength: 120, allowedSpecialCharacters: '-_' });
  }

  /** The right to make or delete alarms of these names. */
  manage(because: string, ...actions: ('PutMetricAlarm' | 'DeleteAlarms')[]): Allow {
    const arn = Stack.of(this).formatArn({ service: 'cloudwatch', resource: 'alarm', resourceName: `${this.prefix}-*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
    return { actions: actions.map(action => `cloudwatch:${action}`), on: [arn], because };
  }

  /** The right to find them. */
  find(because: string): Allow {
    return { actions: ['cloudwatch:DescribeAlarms'], on: ['*'], because: `${because}; a list by prefix is asked of all alarms` };
  }

  /** Lets alarms of these names start a machine. */
  start(machine: sfn.StateMachine): void {
    new events.Rule(this, 'Degraded', {
      description: 'A volume that a clone shares with its source is too busy.',
      eventPattern: {
        source: ['aws.cloudwatch'],
        detailType: ['CloudWatch Alarm State Change'],
        detail: { alarmName: events.Match.prefix(`${this.prefix}-`), state: { value: ['ALARM'] } },
      },
      targets: [new targets.SfnStateMachine(machine, { input: events.RuleTargetInput.fromObject({ alarmName: events.EventField.fromPath('$.detail.alarmName') }) })],
    });
  }
}
