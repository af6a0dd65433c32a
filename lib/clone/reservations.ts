import { Duration } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { lambdaSteps } from '../private/lambda-step';
import { renewLease } from '../private/lease';
import { BEGIN_WAIT, LOOKED, poll } from '../private/poll';
import { isElsewhere } from '../private/source-place';
import { ShellDocument } from '../private/shell-document';
import { COMMAND_OUTPUT, describeEc2 } from '../private/statement';
import { CloneSourceProps, sendToSource } from './source-rights';

export interface ReservationsProps {
  readonly owner: string;
  readonly encryptionKey?: kms.IKeyRef;
  readonly source: CloneSourceProps;
  /** Takes and gives back a reservation. */
  readonly reserve: ShellDocument;
  /**
   * The scope of the machine whose handler releases for all.
   * @default - a handler of its own
   */
  readonly releasedBy?: Construct;
}

export interface ReserveProps extends ReservationsProps {
  readonly ledger: dynamodb.ITable;
  readonly then: sfn.IChainable;
}

/** An agent answers in seconds. */
const LONGEST_WAIT = Duration.minutes(15);

/** Reserve shared volumes → Are volumes reserved, where the plan says so: the source keeps all others from writing. */
export function reserveVolumes(scope: Construct, { owner, encryptionKey, source, reserve, ledger, then }: ReserveProps): sfn.IChainable {
  const step = lambdaSteps(scope, { folder: 'shared-volumes', owner, encryptionKey });
  const reserveShared = step('Reserve shared volumes', {
    input: { plan: '{% $plan %}', documentName: reserve.documentName },
    assign: { commands: '{% $states.result.Payload.commands %}', ...BEGIN_WAIT },
    allow: [describeEc2('Instances', 'Volumes'), ...sendToSource(source, reserve.documentArn)],
  });
  const areReserved = step('Are volumes reserved', {
    input: { commands: '{% $commands %}', lease: '{% $lease %}' },
    assign: { ...LOOKED, volumesReserved: '{% $states.result.Payload.reserved %}' },
    allow: [COMMAND_OUTPUT, renewLease(ledger)],
  });
  reserveShared.next(areReserved);
  poll(scope, { look: areReserved, question: 'Volumes reserved?', until: '{% $volumesReserved %}', then, wait: 'Wait for reservation', atMost: LONGEST_WAIT });
  return sfn.Choice.jsonata(scope, 'Reserve them?')
    .when(sfn.Condition.jsonata('{% $count($plan.shared[reservation != null]) > 0 %}'), reserveShared)
    .otherwise(then);
}

export interface ReleaseReservationsProps extends ReservationsProps {
  /** JSONata condition: whether there may be something to release. */
  readonly when: string;
  /** The source, as a JSONata expression. */
  readonly sourceInstanceId: string;
  /** What is assigned when it is over, from a JSONata expression of what may be held still: a list, empty if all went well. */
  readonly report: (leftOver: string) => Record<string, unknown>;
  readonly then: sfn.IChainable;
}

/** Release reservations, until it is over: what the source reserved for clones that share it no more. Fails nothing. */
export function releaseReservations(scope: Construct, props: ReleaseReservationsProps): sfn.IChainable {
  const { owner, encryptionKey, source, reserve, when, sourceInstanceId, report, then } = props;
  // volumes are shared within one Region and account only
  if (isElsewhere(source)) return then;
  const step = lambdaSteps(scope, { folder: 'shared-volumes', owner, encryptionKey, sharedHandlers: props.releasedBy });
  const release = step('Release reservations', {
    input: { sourceInstanceId, documentName: reserve.documentName, polls: '{% $releasing.polls %}', commands: '{% $releasing.commands %}' },
    assign: {
      releasing: "{% {'polls': $releasing.polls + 1, 'commands': $states.result.Payload.commands, 'over': $states.result.Payload.over, 'waitSeconds': $states.result.Payload.waitSeconds} %}",
      ...report('$states.result.Payload.leftOver'),
    },
    allow: [describeEc2('Instances', 'Volumes'), ...sendToSource(source, reserve.documentArn), COMMAND_OUTPUT],
  });
  release.addCatch(then, {
    assign: report("[{'type': 'reservation', 'id': 'unknown', 'reason': 'it could not be released: ' & $states.errorOutput.Error & '; look at the source by nvme resv-report'}]"),
  });
  release.next(sfn.Choice.jsonata(scope, 'Reservations released?')
    .when(sfn.Condition.jsonata('{% $releasing.over %}'), then)
    .otherwise(sfn.Wait.jsonata(scope, 'Wait for the release', { time: sfn.WaitTime.seconds('{% $releasing.waitSeconds %}') }).next(release)));
  return sfn.Choice.jsonata(scope, 'Anything reserved?')
    .when(sfn.Condition.jsonata(when), release, { assign: { releasing: { polls: 0, commands: null } } })
    .otherwise(then);
}
