import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { approval } from '../private/approval';
import { Ec2Arns } from '../private/ec2-arns';
import { DefineStep } from '../private/lambda-step';
import { markHosts, markMade, unmarkHosts, unmarkMade } from '../private/marks';
import { PHASE_TAG, SWITCH_TAGS, VERIFIED_TAG } from '../private/ownership';
import { BEGIN_TO_GO_BACK, Replication } from '../private/replication';
import { describeEc2 } from '../private/statement';
import { verifyByDocument } from '../private/verify-document';
import type { SyncWorkflowProps } from './workflow-props';

/**
 * Mark switching → [ copy ahead ] → [ approval ] → Switch source → Switch target → [ Verify by document ] → Mark serving. Ends with
 * `{ pauseSeconds, switchedAt, preCopy }`.
 */
export function switchOver(scope: Construct, step: DefineStep, replication: Replication, atMost: Duration, props: SyncWorkflowProps): sfn.IChainable {
  const { owner, hosts, ledger, encryptionKey } = props;
  const arns = new Ec2Arns(scope);
  const markSwitching = step('Mark switching', {
    input: { hosts: '{% $hosts %}', session: '{% $session %}', replication: '{% $replication %}' },
    assign: { ahead: null },
    allow: [
      describeEc2('Instances', 'Volumes', 'NetworkInterfaces'),
      markHosts(hosts, ...SWITCH_TAGS), markMade(owner, [arns.volumes, arns.networkInterfaces], ...SWITCH_TAGS), unmarkHosts(hosts, VERIFIED_TAG),
    ],
  });
  const markServing = step('Mark serving', {
    input: { hosts: '{% $hosts %}' }, allow: [markHosts(hosts, PHASE_TAG)],
  });
  markServing.next(sfn.Pass.jsonata(scope, 'Switched', {
    outputs: { pauseSeconds: '{% $pause %}', switchedAt: '{% $states.context.State.EnteredTime %}', preCopy: '{% $ahead %}' },
  }));
  const judged = verifyByDocument(scope, {
    owner, encryptionKey, documents: props.verifyDocuments, on: replication.commandHosts, instanceId: '{% $hosts.target.instanceId %}', limit: null, then: markServing,
  });
  // what was not said to be copied first is approved before the target is launched
  const takeOver = approval(scope, {
    step, topic: props.notificationTopic, ledger, answerWithin: props.approvalTimeout,
    name: 'Await take-over approval', question: 'Needs take-over approval?', when: "{% 'switch' in $request.approve and $request.copy != 'post-copy' %}",
    input: { hosts: '{% $hosts %}', session: '{% $session %}', preCopy: '{% $ahead %}', targetLease: '{% $targetLease %}' },
    then: replication.switchSource().next(replication.switchTarget().next(judged)),
  });
  return markSwitching.next(sfn.Choice.jsonata(scope, 'Copy ahead?')
    .when(sfn.Condition.jsonata('{% $replication.preCopy %}'), replication.preCopy(atMost, takeOver))
    .otherwise(takeOver));
}

/**
 * Demote target → Promote source → [ Mark source serving → Finalize source ] → Mark preparing: the source serves again, with all that was
 * written since. Ends with `{ finalized }`: whether it had left the replication.
 */
export function backToSource(scope: Construct, step: DefineStep, replication: Replication, { owner, hosts }: SyncWorkflowProps): sfn.IChainable {
  const arns = new Ec2Arns(scope);
  const markPreparing = step('Mark preparing', {
    input: { hosts: '{% $hosts %}', session: '{% $session %}' },
    allow: [describeEc2('Instances', 'Volumes', 'NetworkInterfaces'), unmarkHosts(hosts, ...SWITCH_TAGS), unmarkMade(owner, [arns.volumes, arns.networkInterfaces], PHASE_TAG)],
  });
  markPreparing.next(sfn.Pass.jsonata(scope, 'Back on source', { outputs: { finalized: "{% $sourcePhase = 'fallen-back' %}" } }));
  const markSourceServing = step('Mark source serving', {
    input: { hosts: '{% $hosts %}' }, allow: [markHosts(hosts, PHASE_TAG)],
  });
  const promote = replication.promoteSource().next(sfn.Choice.jsonata(scope, 'Had source switched?')
    .when(sfn.Condition.jsonata("{% $sourcePhase = 'fallen-back' %}"), markSourceServing.next(replication.finalizeSource().next(markPreparing)))
    .otherwise(markPreparing));
  // a target that can not be asked is seen by the source's own engine: it takes over only where the target has not
  return sfn.Pass.jsonata(scope, 'Begin to go back', { assign: BEGIN_TO_GO_BACK })
    .next(replication.demoteTarget(promote).addCatch(promote).next(promote));
}
