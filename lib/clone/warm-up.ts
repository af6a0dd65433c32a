import { Duration } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Ec2Arns } from '../private/ec2-arns';
import { DefineStep } from '../private/lambda-step';
import { renewLease } from '../private/lease';
import { madeBy } from '../private/ownership';
import { BEGIN_WAIT, LOOKED } from '../private/poll';
import { ShellDocument } from '../private/shell-document';
import { Allow, COMMAND_OUTPUT, describeEc2 } from '../private/statement';
import { warmUpDocument, warmUpStatusDocument } from '../private/volume-documents';

/** The documents of reading and of asking how far that is; the machines of one construct share them. */
export interface WarmUpDocuments {
  readonly read: ShellDocument;
  readonly status: ShellDocument;
}

export function warmUpDocuments(scope: Construct): WarmUpDocuments {
  return { read: warmUpDocument(scope), status: warmUpStatusDocument(scope) };
}

export interface WarmUpProps {
  readonly step: DefineStep;
  readonly owner: string;
  readonly ledger: dynamodb.ITable;
  readonly documents: WarmUpDocuments;
  /** How long after the begin of the execution clones are handed over although they are cold; well before its timeout. */
  readonly atMost: Duration;
  /** When that was, as a JSONata expression. @default - the begin of the machine's own execution */
  readonly begin?: string;
  readonly then: sfn.IChainable;
}

/** Seconds in which a clone surely says whether it reads. */
const ANSWERED_AFTER = 10;

/** Warm up? → Read volumes, where the plan says so → Are volumes warm, until they are; `$warmUp` tells how far it came. */
export function warmUp(scope: Construct, { step, owner, ledger, documents, atMost, begin = '$states.context.Execution.StartTime', then }: WarmUpProps): sfn.IChainable {
  const arns = new Ec2Arns(scope);
  const send = ({ documentArn }: ShellDocument): Allow[] => [
    { actions: ['ssm:SendCommand'], on: [documentArn], because: 'runs this one document' },
    { actions: ['ssm:SendCommand'], on: [arns.instances], where: madeBy(owner), because: 'and on clones of this construct' },
  ];

  const readVolumes = step('Read volumes', {
    input: { plan: '{% $plan %}', instanceIds: '{% $instanceIds %}', documentName: documents.read.documentName },
    assign: { readers: '{% $states.result.Payload.readers %}', readCommands: '{% $states.result.Payload.commands %}', waitSeconds: ANSWERED_AFTER, ...BEGIN_WAIT },
    allow: [describeEc2('Instances'), ...send(documents.read)],
  });

  const areWarm = step('Are volumes warm', {
    input: {
      plan: '{% $plan %}', instanceIds: '{% $instanceIds %}', readers: '{% $readers %}', commands: '{% $readCommands %}', lease: '{% $lease %}', since: '{% $since %}',
      until: `{% $fromMillis($toMillis(${begin}) + ${atMost.toMilliseconds()}) %}`,
    },
    assign: {
      ...LOOKED, warmUp: '{% $states.result.Payload.warmUp %}', readers: '{% $states.result.Payload.readers %}', volumesWarm: '{% $states.result.Payload.over %}',
    },
    allow: [
      describeEc2('Instances', 'VolumeStatus'),
      COMMAND_OUTPUT,
      renewLease(ledger),
    ],
    retry: ['InvalidVolume.NotFound'],
  });

  const askReaders = step('Ask readers', {
    input: { readers: '{% $readers %}', commands: '{% $readCommands %}', documentName: documents.status.documentName },
    assign: { readCommands: '{% $states.result.Payload.commands %}' },
    allow: send(documents.status),
  });

  // the handler ends the wait in time
  const wait = sfn.Wait.jsonata(scope, 'Wait for volumes', { time: sfn.WaitTime.seconds('{% $waitSeconds %}') });
  wait.next(areWarm);
  askReaders.next(wait);
  areWarm.next(sfn.Choice.jsonata(scope, 'Volumes warm?')
    .when(sfn.Condition.jsonata('{% $volumesWarm %}'), then)
    .when(sfn.Condition.jsonata('{% false in $readers.ended %}'), askReaders)
    .otherwise(wait));
  readVolumes.next(wait);
  // clones that can not read are waited for, and the output says so: EBS loads their volumes in any case
  readVolumes.addCatch(areWarm, {
    assign: {
      readers: "{% [$instanceIds.{'instanceId': $, 'volumes': {}, 'hot': false, 'begun': false, 'problem': 'could not be told to read: ' & $states.errorOutput.Error, 'ended': true, 'silent': 0}] %}",
      readCommands: [], ...BEGIN_WAIT,
    },
  });
  askReaders.addCatch(wait, { assign: { readCommands: [] } });
  return sfn.Choice.jsonata(scope, 'Warm up?')
    .when(sfn.Condition.jsonata("{% $plan.warmUp != null and $plan.warmUp.how = 'read' %}"), readVolumes)
    .when(sfn.Condition.jsonata('{% $plan.warmUp != null %}'), areWarm, { assign: { readers: [], readCommands: [], ...BEGIN_WAIT } })
    .otherwise(then);
}
