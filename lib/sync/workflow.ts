import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { attempt } from '../private/attempt';
import { lambdaSteps } from '../private/lambda-step';
import { leaseSteps } from '../private/lease';
import { markHosts } from '../private/marks';
import { PHASE_TAG } from '../private/ownership';
import { Replication } from '../private/replication';
import { replicationPorts } from '../private/replication-ports';
import { describeEc2 } from '../private/statement';
import { documentNames } from '../private/verify-document';
import { findTarget } from './find-target';
import { ends, failing, standingAlone, tell } from './outcome';
import { release as releaseBoth, serve } from './serve';
import { backToSource, switchOver } from './switch-over';
import { undo } from './undo';
import { SyncWorkflowProps } from './workflow-props';

/** The share of the machine's timeout after which waiting for one approval ends, and that synchronising and verifying may each take. */
const APPROVAL_SHARE = 0.1;
const SYNC_SHARE = 0.6;

/** What to do about a failure after the switch; ends the text that it stands in, and begins another. */
const STILL_THERE = ". The target serves, the source still holds its blocks' & ($request.onFailure = 'fall-back' ? ': a fall back begins, as onFailure asks for.' "
  + ": ': both are kept. Mend the cause and start an execution that continues this session, or fall back.') & '";

/** How long one approval may be waited for. */
export function approvalTimeoutOf(timeout: Duration): Duration {
  return Duration.seconds(Math.floor(timeout.toSeconds() * APPROVAL_SHARE));
}

/**
 * Check request → Acquire lease(s) → [ Find target ] → [ Prepare hosts ] → [ Switch ] → [ Serve ] → [ Release ] → Release lease.
 *
 * Each bracket is tried as a whole. What fails in the first two is rolled back; a failed switch goes back to the source first; what
 * fails after the switch leaves both instances as they are.
 */
export function syncWorkflow(scope: Construct, props: SyncWorkflowProps): sfn.IChainable {
  const { owner, ledger, hosts, encryptionKey, timeout } = props;
  const step = lambdaSteps(scope, { folder: 'sync', owner, encryptionKey });
  const replication = new Replication(scope, { owner, ledger, encryptionKey, documents: props.documents, hosts: hosts.arns, where: hosts.where });
  const lease = leaseSteps(scope, { owner, ledger, encryptionKey, instanceId: '{% $request.sourceInstanceId %}' });
  const targetLease = leaseSteps(scope, { owner, ledger, encryptionKey, instanceId: '{% $request.target.instanceId %}', what: 'target' });
  const copying = Duration.seconds(Math.floor(timeout.toSeconds() * SYNC_SHARE));
  const ports = replicationPorts(scope, { owner, encryptionKey, network: props.network });

  const checkRequest = step('Check request', {
    input: {
      request: '{% $states.context.Execution.Input %}', approvable: props.notificationTopic !== undefined,
      targetGroupArns: props.targetGroups.map(group => group.targetGroupRef.targetGroupArn),
      hostedZoneIds: props.hostedZones.map(zone => zone.hostedZoneRef.hostedZoneId),
      verifyDocuments: documentNames(props.verifyDocuments),
    },
    assign: {
      request: '{% $states.result.Payload.request %}', session: '{% $states.result.Payload.session %}', lease: null, targetLease: null,
      sourceFinalized: false,
    },
    allow: [],
  });

  // -- from the end to the beginning where a state must exist before it is named

  const { release, refuse } = ends(scope, { lease, targetLease, fallBackMachine: props.fallBackMachine });
  const { undone, rolledBack, reported } = undo(scope, step, { owner, replication, ports, then: release });
  const keepBoth = tell(scope, 'Keep both').next(release);

  const letGo = attempt(scope, 'Release', {
    of: releaseBoth(scope, step, replication, ports, props),
    assign: { outcome: { succeeded: true, output: '{% $states.result[0] %}' } },
    then: release,
    failing: standingAlone('. The target serves by itself and has every block: there is no way back any more. Mend the cause and start an execution that continues this session.'),
    otherwise: keepBoth,
  });
  const serving = attempt(scope, 'Serve', {
    of: serve(scope, step, replication, copying, props),
    assign: { served: '{% $states.result[0] %}' },
    then: letGo,
    failing: failing('serving', STILL_THERE),
    otherwise: keepBoth,
  });

  // -- the switch: either the target serves, or the source again

  const back = attempt(scope, 'Back to source', {
    of: backToSource(scope, step, replication, props),
    assign: { sourceFinalized: '{% $states.result[0].finalized %}' },
    then: undone,
    failing: {
      outcome: "{% $merge([$outcome, {'phase': 'switching', 'message': $outcome.message & '. Going back to the source failed too (' & $states.errorOutput.Error "
        + "& '): whether the target serves is not known. Look at both instances, then fall back.'}]) %}",
    },
    otherwise: keepBoth,
  });
  const switching = attempt(scope, 'Switch', {
    of: switchOver(scope, step, replication, copying, props),
    assign: {
      pauseSeconds: '{% $states.result[0].pauseSeconds %}', switchedAt: '{% $states.result[0].switchedAt %}', preCopy: '{% $states.result[0].preCopy %}', targetLost: false, verifiedBefore: false,
    },
    then: serving,
    failing: { ...failing('switching'), targetLost: false },
    otherwise: back,
  });

  // -- before the switch: whatever fails is rolled back

  const prepare = attempt(scope, 'Prepare hosts', {
    of: replication.prepare(sfn.Pass.jsonata(scope, 'Hosts ready')),
    then: switching,
    failing: failing('preparing'),
    otherwise: undone,
  });
  // apart from the preparations, for what undoes them has to know the engine
  const compare = attempt(scope, 'Compare hosts', {
    of: ports.open(replication.inspectTarget().next(replication.match().next(sfn.Pass.jsonata(scope, 'Hosts match', { outputs: { replication: '{% $matched %}' } })))),
    assign: { replication: '{% $states.result[0].replication %}' },
    then: prepare,
    failing: failing('preparing'),
    otherwise: undone,
  });
  const plannedOnly = sfn.Choice.jsonata(scope, 'Only planned?')
    .when(sfn.Condition.jsonata('{% $found.planned %}'), sfn.Pass.jsonata(scope, 'Planned', {
      assign: { outcome: { succeeded: true, output: { plan: '{% $found.plan %}' } } },
    }).next(release))
    .otherwise(sfn.Pass.jsonata(scope, 'Begin', {
      assign: { hosts: '{% $found.hosts %}', sourceHost: '{% $found.sourceHost %}', found: null, replication: null },
    }).next(compare));
  const find = attempt(scope, 'Find target', {
    of: findTarget(scope, step, replication, props),
    assign: { found: '{% $states.result[0] %}' },
    then: plannedOnly,
    failing: failing('preparing'),
    otherwise: rolledBack,
  });

  // an execution that goes on where another one stopped
  const adopt = step('Adopt session', {
    input: { request: '{% $request %}', session: '{% $session %}' },
    assign: { hosts: '{% $states.result.Payload.hosts %}', replication: '{% $states.result.Payload.replication %}', verifiedBefore: '{% $states.result.Payload.verified %}', fallingBack: '{% $states.result.Payload.fallingBack %}', pauseSeconds: null, switchedAt: null, preCopy: null },
    allow: [describeEc2('Instances')],
  });
  adopt.addCatch(keepBoth, { assign: failing('serving') });
  const stillServing = step('Mark still serving', {
    input: { hosts: '{% $hosts %}', verified: '{% $verifiedBefore %}' },
    allow: [markHosts(hosts, PHASE_TAG)],
  });
  adopt.next(sfn.Choice.jsonata(scope, 'Was a fall back begun?')
    .when(sfn.Condition.jsonata('{% $fallingBack %}'), attempt(scope, 'Look at target', {
      of: replication.askTarget().next(stillServing), then: serving, failing: failing('serving'), otherwise: keepBoth,
    }))
    .otherwise(serving));
  const go = sfn.Choice.jsonata(scope, 'Continue session?')
    .when(sfn.Condition.jsonata('{% $request.continueSession != null %}'), adopt)
    .otherwise(find);

  const refused = { assign: { ...failing('preparing'), hosts: null } };
  checkRequest.addCatch(refuse, { assign: { ...refused.assign, session: null } });
  lease.acquire.addCatch(refuse, refused);
  targetLease.acquire.addCatch(reported, refused);
  targetLease.acquire.next(go);
  return checkRequest.next(lease.acquire).next(sfn.Choice.jsonata(scope, 'Existing target?')
    .when(sfn.Condition.jsonata('{% $request.target.instanceId != null %}'), targetLease.acquire)
    .otherwise(go));
}
