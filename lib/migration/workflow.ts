import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { attempt, MESSAGE } from '../private/attempt';
import { Ec2Arns } from '../private/ec2-arns';
import { lambdaSteps } from '../private/lambda-step';
import { leaseSteps } from '../private/lease';
import { removeLitter } from '../private/litter';
import { RESERVING, reservationItems } from '../private/reservations';
import { failure, rollBack } from '../private/roll-back';
import { documentNames } from '../private/verify-document';
import { backToSource } from './back-to-source';
import { copyAhead, holdLink } from './copy-ahead';
import { findDestination } from './find-destination';
import { withdrawFromGroup } from './gate';
import { replicate } from './replicate';
import { serve } from './serve';
import { switchOver } from './switch-over';
import { MigrationWorkflowProps } from './workflow-props';

/**
 * Check request → Acquire lease → [ Find destination ] → [ Hold link ] → [ Copy ahead ] → [ Switch ] → [ Serve ] → Release lease, or, where
 * blocks are sent from one instance to the other, [ Replicate ] in the place of copying and switching.
 *
 * Each bracket is tried as a whole. What fails in the first three is rolled back: the source never noticed. A failed switch makes the source
 * serve again first. What fails once the target admits writes leaves both instances as they are.
 */
export function migrationWorkflow(scope: Construct, props: MigrationWorkflowProps): sfn.IChainable {
  const { owner, ledger, encryptionKey } = props;
  const step = lambdaSteps(scope, { folder: 'migration', owner, encryptionKey });
  const lease = leaseSteps(scope, { owner, ledger, encryptionKey, instanceId: '{% $request.instanceId %}' });

  const checkRequest = step('Check request', {
    input: {
      request: '{% $states.context.Execution.Input %}', approvable: props.notificationTopic !== undefined, locations: props.locations,
      longestHold: props.longestHold.toSeconds(),
      targetGroupArns: props.targetGroups.map(group => group.targetGroupRef.targetGroupArn),
      hostedZoneIds: props.hostedZones.map(zone => zone.hostedZoneRef.hostedZoneId),
      verifyDocuments: documentNames(props.verifyDocuments),
    },
    assign: {
      request: '{% $states.result.Payload.request %}', session: '{% $states.result.Payload.session %}', lease: null, targetLease: null, reservation: null,
      gate: '{% $states.result.Payload.request.gate %}', startedAt: '{% $states.context.Execution.StartTime %}', pauseSeconds: null, hosts: null, replicated: null,
    },
    allow: [],
  });

  // -- how it ends, from the end to the beginning where a state must exist before it is named

  const failed = sfn.Fail.jsonata(scope, 'Migration failed', { error: '{% $outcome.error %}', cause: '{% $outcome.cause %}' });
  const migrated = sfn.Succeed.jsonata(scope, 'Migrated', { outputs: '{% $outcome.output %}' });
  const end = sfn.Choice.jsonata(scope, 'Was it migrated?')
    .when(sfn.Condition.jsonata('{% $outcome.succeeded %}'), migrated)
    .when(sfn.Condition.jsonata('{% $gate != null %}'), withdrawFromGroup(step, ledger, failed))
    .otherwise(failed);
  // a lease that could not be given back expires by itself
  lease.release.addCatch(end);
  lease.release.next(end);

  const tell = (name: string): sfn.Pass => sfn.Pass.jsonata(scope, name, {
    assign: {
      outcome: "{% $merge([$outcome, {'cause': $string({'message': $outcome.message, 'phase': $outcome.phase, 'session': $session, 'pauseSeconds': $pauseSeconds, "
        + "'targetInstanceId': $hosts.target.instanceId, 'removed': [$rollBack.removed[[0..149]]], 'leftOver': [$rollBack.leftOver[[0..29]]]})}]) %}",
    },
  });

  const undo = rollBack(scope, step, {
    sourceInstanceId: '{% $request.instanceId %}',
    input: { reservation: '{% $reservation %}' },
    assign: { reservation: null },
    allow: [...removeLitter(new Ec2Arns(scope), owner, { groups: false }), reservationItems(ledger, RESERVING, 'gives the link back')],
    retry: ['LinkIsContended'],
    then: tell('Report roll back').next(lease.release),
  });
  const keepBoth = tell('Keep both').next(lease.release);

  const serving = attempt(scope, 'Serve', {
    of: serve(scope, step, props),
    assign: { outcome: { succeeded: true, output: '{% $states.result[0] %}' } },
    then: lease.release,
    failing: failure('serving', '. The target serves; the source is kept, its services are stopped. Mend the cause: docs/migration.md tells how to end the move by hand, or go back.'),
    otherwise: keepBoth,
  });

  // -- the switch: either the target serves, or the source again

  const back = attempt(scope, 'Back to source', {
    of: backToSource(scope, step, {
      ...props, document: props.startDocument, instanceId: '{% $request.instanceId %}', services: '$request.services', stopped: '{% $request.stopSource %}',
      then: sfn.Pass.jsonata(scope, 'Back on source', {
        outputs: { pauseSeconds: '{% $round(($toMillis($states.context.State.EnteredTime) - $toMillis($switchBegan)) / 1000, 1) %}' },
      }),
    }),
    assign: { pauseSeconds: '{% $states.result[0].pauseSeconds %}' },
    then: undo,
    failing: {
      outcome: "{% $merge([$outcome, {'phase': 'switching', 'message': $outcome.message & '. Going back to the source failed too (' & $states.errorOutput.Error "
        + "& '): nobody may serve. By hand: end a target that still runs, start the source if it is stopped, then its services, and remove its tags instance-mobility:phase and -:session.'}]) %}",
    },
    otherwise: keepBoth,
  });
  const switchTo = attempt(scope, 'Switch', {
    of: switchOver(scope, step, props, props.startDocument),
    assign: {
      hosts: '{% $states.result[0].hosts %}', volumes: '{% $states.result[0].volumes %}', bytes: '{% $states.result[0].bytes %}', frozen: '{% $states.result[0].frozen %}',
      verified: '{% $states.result[0].verified %}', pausedAt: '{% $states.result[0].pausedAt %}',
    },
    then: serving,
    failing: failure('switching'),
    otherwise: back,
  });
  const beginSwitch = sfn.Pass.jsonata(scope, 'Begin switch', {
    assign: {
      switchBegan: '{% $states.context.State.EnteredTime %}', lastRound: '{% $ahead.round + 1 %}', rounds: '{% $ahead.rounds %}', moved: '{% $ahead.moved %}',
      reservation: '{% $ahead.reservation %}', ahead: null,
    },
  });
  beginSwitch.next(switchTo);

  // -- before it: whatever fails is rolled back

  const ahead = attempt(scope, 'Copy ahead', {
    of: copyAhead(scope, step, props),
    assign: { ahead: '{% $states.result[0] %}' },
    then: beginSwitch,
    failing: failure('preparing'),
    otherwise: undo,
  });
  const copying = props.replicationMachine ? sfn.Choice.jsonata(scope, 'By blocks?')
    .when(sfn.Condition.jsonata('{% $plan.replication != null %}'), attempt(scope, 'Replicate', {
      of: replicate(scope, step, props.replicationMachine, props),
      assign: {
        hosts: '{% $states.result[0].hosts %}', lease: '{% $states.result[0].lease %}', reservation: '{% $states.result[0].reservation %}',
        replicated: '{% $states.result[0] %}', verified: '{% $states.result[0].verified %}', frozen: null, rounds: [], bytes: '{% $plan.bytes %}', volumes: '{% $states.result[0].volumes %}',
      },
      then: serving,
      failing: {
        ...failure('preparing'),
        outcome: {
          succeeded: false, phase: "{% $states.errorOutput.Error = 'ReplicationUnfinished' ? 'serving' : 'preparing' %}", error: '{% $states.errorOutput.Error %}',
          message: `{% $substring(${MESSAGE}, 0, 20000) %}`,
        },
      },
      // what the other machine made is its own: there is nothing of this execution but the link
      otherwise: undo,
    }))
    .otherwise(ahead) : ahead;
  const hold = attempt(scope, 'Hold link', {
    of: holdLink(scope, step, props),
    assign: { reservation: '{% $states.result[0].reservation %}' },
    then: copying,
    failing: failure('preparing'),
    otherwise: undo,
  });
  const begin = sfn.Pass.jsonata(scope, 'Begin', {
    assign: { plan: '{% $found.plan %}', hosts: '{% $found.hosts %}', name: '{% $found.name %}', found: null },
  });
  begin.next(hold);
  const plannedOnly = sfn.Choice.jsonata(scope, 'Only planned?')
    .when(sfn.Condition.jsonata('{% $request.planOnly %}'), sfn.Pass.jsonata(scope, 'Planned', {
      assign: { outcome: { succeeded: true, output: { plan: '{% $found.plan %}' } } },
    }).next(lease.release))
    .otherwise(begin);
  const refuse = tell('Refuse');
  refuse.next(end);
  const refused = tell('Refuse to move').next(lease.release);
  const find = attempt(scope, 'Find destination', {
    of: findDestination(scope, step, props),
    assign: { found: '{% $states.result[0] %}' },
    then: plannedOnly,
    failing: failure('preparing'),
    otherwise: refused,
  });
  checkRequest.addCatch(refuse, { assign: { ...failure('preparing'), session: null, hosts: null, pauseSeconds: null, gate: null } });
  lease.acquire.addCatch(refuse, { assign: failure('preparing') });
  return checkRequest.next(lease.acquire).next(find);
}
