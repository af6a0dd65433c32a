import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { approval } from '../private/approval';
import { cutOver } from '../private/cut-over';
import { Ec2Arns } from '../private/ec2-arns';
import { DefineStep, Patience } from '../private/lambda-step';
import { renewLease } from '../private/lease';
import { markHosts, markMade, unmarkHosts, unmarkMade } from '../private/marks';
import { CREATED_BY_TAG, EXECUTION_TAG, madeBy, PEER_TAG, PHASE_TAG, SESSION_TAG, takenBy, VERIFIED_TAG } from '../private/ownership';
import { RESERVING, reservationItems } from '../private/reservations';
import { describeEc2 } from '../private/statement';
import { MOVE_TAGS } from './back-to-source';
import type { MigrationWorkflowProps } from './workflow-props';

/**
 * cut over → Mark verified → Tidy up → Hold source → [ approval ] → Release source: the target serves meanwhile, and nothing removes it. What
 * another machine has moved begins with Give link back → Hold source. Ends with the execution's output.
 */
export function serve(scope: Construct, step: DefineStep, props: MigrationWorkflowProps): sfn.IChainable {
  const { owner, ledger, hosts } = props;
  const arns = new Ec2Arns(scope);
  const made = [arns.instances, arns.volumes, arns.networkInterfaces];
  const givesBack = reservationItems(ledger, RESERVING, 'gives the link back');

  const markVerified = step('Mark verified', {
    input: { hosts: '{% $hosts %}' },
    allow: [markHosts(hosts, PHASE_TAG, VERIFIED_TAG)],
  });
  const tidyUp = step('Tidy up', {
    input: { hosts: '{% $hosts %}', round: '{% $lastRound %}', reservation: '{% $reservation %}' },
    allow: [
      describeEc2('Images', 'Snapshots', 'Volumes', 'NetworkInterfaces'), givesBack,
      { actions: ['ec2:DeregisterImage'], on: [arns.images], where: takenBy(owner), because: 'the image has served' },
      { actions: ['ec2:DeleteSnapshot'], on: [arns.snapshots], where: takenBy(owner), because: 'so have the snapshots' },
      { actions: ['ec2:ModifyInstanceAttribute'], on: [arns.instances], where: madeBy(owner), because: 'protects the target like its source' },
      // what is finished is nobody's litter, and an instance like any other
      markMade(owner, made, CREATED_BY_TAG), unmarkMade(owner, made, EXECUTION_TAG, PHASE_TAG, SESSION_TAG, PEER_TAG),
    ],
  });
  const holdSource = step('Hold source', {
    input: {
      request: '{% $request %}', lease: '{% $lease %}', cachedUntil: '{% $exists($traffic.cachedUntil) ? $traffic.cachedUntil : null %}',
      longestHold: props.longestHold.toSeconds(),
    },
    assign: { heldUntil: '{% $states.result.Payload.heldUntil %}' },
    allow: [renewLease(ledger), unmarkHosts(hosts, ...MOVE_TAGS)],
  });
  const releaseSource = step('Release source', {
    input: { hosts: '{% $hosts %}', replicating: '{% $replicated = null ? null : $replicated.replicating %}' },
    assign: { released: '{% $states.result.Payload.released %}' },
    allow: [
      describeEc2('Instances'), unmarkHosts(hosts, ...MOVE_TAGS),
      {
        actions: ['ec2:TerminateInstances'], on: hosts.arns, where: { ...hosts.where, Null: { [`aws:ResourceTag/${VERIFIED_TAG}`]: 'false' } },
        because: 'only after the target was verified; the handler compares the tag with this execution',
      },
    ],
    patience: Patience.DAYS,
  });
  const done = sfn.Pass.jsonata(scope, 'Report migration', {
    outputs: {
      instanceId: '{% $request.instanceId %}', destination: '{% $request.destination %}', targetInstanceId: '{% $hosts.target.instanceId %}', plan: '{% $plan %}',
      volumes: '{% $volumes %}', bytes: '{% $bytes %}', rounds: '{% $rounds %}', startedAt: '{% $startedAt %}', switchedAt: '{% $switchedAt %}', copiedAt: '{% $copiedAt %}',
      endedAt: '{% $states.context.State.EnteredTime %}', pauseSeconds: '{% $pause %}', preCopy: '{% $replicated = null ? null : $replicated.preCopy %}', frozen: '{% $frozen %}', heldUntil: '{% $heldUntil %}', sourceReleased: '{% $released %}',
      verified: "{% $merge([$verified, {'document': $request.verifyDocument}]) %}", traffic: '{% $traffic %}',
    },
  });
  releaseSource.next(done);
  const approveRelease = approval(scope, {
    step, topic: props.notificationTopic, ledger, answerWithin: props.approvalTimeout,
    name: 'Await release approval', question: 'Needs release approval?', when: "{% 'release' in $request.approve %}",
    input: { hosts: '{% $hosts %}', heldUntil: '{% $heldUntil %}' }, then: releaseSource,
  });
  const wait = sfn.Wait.jsonata(scope, 'Wait while source is held', { time: sfn.WaitTime.timestamp('{% $heldUntil %}') });
  wait.next(approveRelease);
  holdSource.next(sfn.Choice.jsonata(scope, 'Kept for good?')
    .when(sfn.Condition.jsonata('{% $heldUntil = null %}'), done, { assign: { released: { how: 'kept', why: 'keepSource is "forever"' } } })
    .otherwise(wait));
  markVerified.next(tidyUp.next(holdSource));
  const clientsMoved = sfn.Pass.jsonata(scope, 'Clients moved', {
    assign: {
      switchedAt: '{% $states.context.State.EnteredTime %}', copiedAt: null, released: null,
      pause: '{% $round(($toMillis($states.context.State.EnteredTime) - $toMillis($pausedAt)) / 1000, 1) %}',
    },
  }).next(markVerified);
  const clients = cutOver(scope, {
    ...props, hosts: hosts.arns, where: hosts.where, from: '{% $hosts.source %}', to: '{% $hosts.target %}', then: clientsMoved,
    callback: { topic: props.notificationTopic, ledger, answerWithin: props.approvalTimeout },
  });
  if (!props.replicationMachine) return clients;

  /** The link is not needed any more, and the marks of the other machine are off. What can not be given back runs out by itself. */
  const giveBack = (then: sfn.IChainable): sfn.IChainable => {
    const assign = {
      released: null, switchedAt: '{% $replicated.switchedAt %}', copiedAt: '{% $states.context.State.EnteredTime %}', pause: '{% $replicated.pauseSeconds %}',
      traffic: '{% $replicated.traffic %}',
    };
    const give = step('Give link back', { input: { reservation: '{% $reservation %}' }, assign, allow: [givesBack], retry: ['LinkIsContended'] });
    give.addCatch(then, { assign });
    return give.next(then);
  };
  return sfn.Choice.jsonata(scope, 'Moved already?')
    .when(sfn.Condition.jsonata('{% $replicated != null %}'), giveBack(holdSource))
    .otherwise(clients);
}
