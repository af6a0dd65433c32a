import { Duration } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { DefineStep } from '../private/lambda-step';
import { renewLease } from '../private/lease';
import { ledgerItems } from '../private/ledger-items';
import { BEGIN_WAIT, LOOKED, poll } from '../private/poll';
import { RESERVING, reservationItems } from '../private/reservations';
import { Allow } from '../private/statement';

/** The handler ends the wait long before; this bounds it where that does not come to it. */
const LONGEST_LOOK = Duration.hours(24);

/** What steps assign to retry: others of the group have changed the item time and again. */
const CONTENDED = ['ConditionalCheckFailedException'];

/** The right to take part in the gates of groups; items of other kinds stay out of reach. */
function gateItems(table: dynamodb.ITable, because: string): Allow {
  return ledgerItems(table, 'gate', ['GetItem', 'PutItem'], because);
}

export interface GateProps {
  readonly ledger: dynamodb.ITable;
  /** The names of the choice, of its two steps, of the question whether all are ready, and of the wait. */
  readonly names: { readonly choice: string; readonly announce: string; readonly look: string; readonly question: string; readonly wait: string };
  /** JSONata: what is held of the link, and when the newest snapshots were taken. */
  readonly reservation: string;
  readonly takenAt: string | null;
  /** Assigned by each look. */
  readonly assign: Record<string, unknown>;
  readonly then: sfn.IChainable;
  /**
   * What comes in between when the newest snapshots are old; it leads back to here.
   * @default - nothing grows old
   */
  readonly refresh?: sfn.IChainable;
}

/** Announce to group → Is group ready, until all members are: then all of them go on. Those without a group do so at once. */
export function groupGate(scope: Construct, step: DefineStep, props: GateProps): sfn.Choice {
  const { ledger, names, refresh } = props;
  const input = { gate: '{% $gate %}', table: ledger.tableName, lease: '{% $lease %}' };
  const announce = step(names.announce, {
    input: { ...input, instanceId: '{% $request.instanceId %}' },
    assign: BEGIN_WAIT,
    allow: [gateItems(ledger, 'tells the others of the group'), renewLease(ledger)],
    retry: CONTENDED,
  });
  const look = step(names.look, {
    input: { ...input, plan: '{% $plan %}', reservation: props.reservation, since: '{% $since %}', takenAt: props.takenAt },
    assign: { ...LOOKED, ...props.assign, groupReady: '{% $states.result.Payload.ready %}', stale: '{% $states.result.Payload.stale %}' },
    allow: [
      gateItems(ledger, 'looks for the others, and closes the gate when the time is over'), renewLease(ledger),
      reservationItems(ledger, RESERVING, 'holds the link while the others are waited for'),
    ],
    retry: [...CONTENDED, 'LinkIsContended'],
  });
  const ready = poll(scope, { look, question: names.question, until: '{% $groupReady %}', then: props.then, wait: names.wait, atMost: LONGEST_LOOK });
  if (refresh) ready.when(sfn.Condition.jsonata('{% $stale %}'), refresh);
  return sfn.Choice.jsonata(scope, names.choice)
    .when(sfn.Condition.jsonata('{% $gate != null %}'), announce.next(look))
    .otherwise(props.then);
}

/** A move of a group that has ended without its switch says so: the others need not wait for it. */
export function withdrawFromGroup(step: DefineStep, ledger: dynamodb.ITable, then: sfn.State): sfn.State & sfn.INextable {
  const withdraw = step('Withdraw from group', {
    input: { gate: '{% $gate %}', instanceId: '{% $request.instanceId %}', table: ledger.tableName, error: '{% $outcome.error %}' },
    allow: [gateItems(ledger, 'tells the others of the group that they need not wait')],
    retry: CONTENDED,
  });
  // they wait in vain then, and not for ever
  withdraw.addCatch(then);
  withdraw.next(then);
  return withdraw;
}
