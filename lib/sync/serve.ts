import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { approval } from '../private/approval';
import { cutOver } from '../private/cut-over';
import { Ec2Arns } from '../private/ec2-arns';
import { DefineStep } from '../private/lambda-step';
import { renewLease } from '../private/lease';
import { markHosts, markMade, unmarkHosts, unmarkMade } from '../private/marks';
import { CREATED_BY_TAG, EXECUTION_TAG, madeBy, PHASE_TAG, SWITCH_TAGS, takenBy, VERIFIED_TAG } from '../private/ownership';
import { BEGIN_WAIT, LOOKED, poll } from '../private/poll';
import { LEASES, Replication } from '../private/replication';
import { replicationPorts } from '../private/replication-ports';
import { describeEc2 } from '../private/statement';
import type { SyncWorkflowProps } from './workflow-props';

/** The share of the machine's timeout after which nobody waits for caches of clients any more: the source is then kept. */
const CACHE_SHARE = 0.1;

/**
 * cut over → [ Synchronise → Verify → approval ] → Mark verified → Finalize target: the target serves meanwhile, and nothing removes it. Ends
 * with `{ verification, traffic, volumes }`.
 */
export function serve(scope: Construct, step: DefineStep, replication: Replication, atMost: Duration, props: SyncWorkflowProps): sfn.IChainable {
  const { owner, hosts, ledger } = props;
  const arns = new Ec2Arns(scope);

  const markVerified = step('Mark verified', {
    input: { hosts: '{% $hosts %}' },
    allow: [
      describeEc2('Volumes', 'NetworkInterfaces'), markHosts(hosts, PHASE_TAG, VERIFIED_TAG),
      markMade(owner, [arns.volumes, arns.networkInterfaces], PHASE_TAG, VERIFIED_TAG),
    ],
  });
  markVerified.next(replication.finalizeTarget().next(sfn.Pass.jsonata(scope, 'Target stands alone', {
    outputs: { verification: '{% $verification %}', traffic: '{% $traffic %}', volumes: '{% $volumes %}' },
  })));
  const approveRelease = approval(scope, {
    step, topic: props.notificationTopic, ledger, answerWithin: props.approvalTimeout,
    name: 'Await release approval', question: 'Needs release approval?', when: "{% 'release' in $request.approve %}",
    input: { hosts: '{% $hosts %}', session: '{% $session %}', verification: '{% $verification %}', onFailure: '{% $request.onFailure %}', targetLease: '{% $targetLease %}' }, then: markVerified,
  });
  // a session that is continued may have got so far before; that its traffic has followed is seen to again, for its caches are waited for
  const verifiedBefore = sfn.Choice.jsonata(scope, 'Verified before?')
    .when(sfn.Condition.jsonata('{% $verifiedBefore %}'), sfn.Pass.jsonata(scope, 'Already verified', {
      assign: { verification: { verified: true, rounds: 0, percent: 100 } },
    }).next(markVerified))
    .otherwise(replication.synchronise(atMost, replication.verify(atMost, approveRelease)));
  return cutOver(scope, {
    ...props, hosts: hosts.arns, where: hosts.where, from: '{% $hosts.source %}', to: '{% $hosts.target %}', then: verifiedBefore,
    fallsBack: "{% $request.onFailure = 'fall-back' %}",
    callback: { topic: props.notificationTopic, ledger, answerWithin: props.approvalTimeout },
  });
}

/**
 * Disconnect source → Close ports → Release source → Tidy up: the target stands alone, so there is no way back. Reads `$served`, what `serve` ended
 * with; ends with the execution's output.
 */
export function release(
  scope: Construct, step: DefineStep, replication: Replication, ports: ReturnType<typeof replicationPorts>, props: SyncWorkflowProps,
): sfn.IChainable {
  const { owner, hosts, ledger, timeout } = props;
  const arns = new Ec2Arns(scope);
  const parts = [arns.volumes, arns.networkInterfaces];

  const releaseSource = step('Release source', {
    input: {
      hosts: '{% $hosts %}', release: '{% $request.releaseSource %}', cachedUntil: '{% $served.traffic.cachedUntil %}',
      longestWait: Math.floor(timeout.toSeconds() * CACHE_SHARE), leases: LEASES,
    },
    assign: { ...LOOKED, released: '{% $states.result.Payload.released %}' },
    allow: [
      describeEc2('Instances'), renewLease(ledger),
      {
        actions: ['ec2:StopInstances', 'ec2:TerminateInstances'],
        on: hosts.arns,
        where: { ...hosts.where, Null: { [`aws:ResourceTag/${VERIFIED_TAG}`]: 'false' } },
        because: 'stopping erases instance store: only after every block was verified; the handler compares the tag with this execution',
      },
    ],
  });
  const tidyUp = step('Tidy up', {
    input: { hosts: '{% $hosts %}', session: '{% $session %}' },
    allow: [
      describeEc2('Instances', 'Images', 'Snapshots', 'Volumes', 'NetworkInterfaces'),
      { actions: ['ec2:DeregisterImage'], on: [arns.images], where: takenBy(owner), because: 'the image has served' },
      { actions: ['ec2:DeleteSnapshot'], on: [arns.snapshots], where: takenBy(owner), because: 'so have its snapshots' },
      { actions: ['ec2:ModifyInstanceAttribute'], on: [arns.instances], where: madeBy(owner), because: 'protects the target like its source' },
      markHosts(hosts, CREATED_BY_TAG), markMade(owner, parts, CREATED_BY_TAG),
      unmarkMade(owner, [arns.instances, ...parts], EXECUTION_TAG, PHASE_TAG),
      unmarkHosts(hosts, ...SWITCH_TAGS),
    ],
  });
  tidyUp.next(sfn.Pass.jsonata(scope, 'Report sync', {
    outputs: {
      session: '{% $session %}', source: '{% $hosts.source %}', target: '{% $hosts.target %}', engine: '{% $replication.engine %}',
      volumes: '{% $served.volumes %}', switchedAt: '{% $switchedAt %}', pauseSeconds: '{% $pauseSeconds %}', preCopy: '{% $preCopy %}', verified: "{% $merge([$served.verification, {'document': $request.verifyDocument}]) %}", traffic: '{% $served.traffic %}', sourceReleased: '{% $released %}',
    },
  }));

  poll(scope, {
    look: releaseSource, question: 'Source released?', until: '{% $released != null %}', then: tidyUp, wait: 'Wait for caches', atMost: timeout,
  });
  const beginRelease = sfn.Pass.jsonata(scope, 'Begin release', { assign: BEGIN_WAIT }).next(releaseSource);
  return replication.releaseSource().next(ports.close('Close ports', beginRelease));
}
