import { Duration } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { attempt, MESSAGE } from '../private/attempt';
import { cutOver, Traffic } from '../private/cut-over';
import { Ec2Arns } from '../private/ec2-arns';
import { lambdaSteps } from '../private/lambda-step';
import { leaseSteps } from '../private/lease';
import { markHosts, MovedHosts, unmarkHosts, unmarkMade } from '../private/marks';
import { PHASE_TAG, SWITCH_TAGS } from '../private/ownership';
import { BEGIN_TO_GO_BACK, Replication } from '../private/replication';
import { ReplicationDocuments } from '../private/replication-documents';
import { type ReplicationNetwork, replicationPorts } from '../private/replication-ports';
import { describeEc2 } from '../private/statement';

export interface FallBackWorkflowProps extends Traffic {
  readonly owner: string;
  readonly hosts: MovedHosts;
  readonly ledger: dynamodb.ITable;
  readonly documents: ReplicationDocuments;
  readonly network?: ReplicationNetwork;
  readonly notificationTopic?: sns.ITopic;
  readonly approvalTimeout: Duration;
  readonly encryptionKey?: kms.IKeyRef;
}

/**
 * Check fall back → Acquire lease → [ Adopt session → Ask source → Mark falling back → Demote target → Promote source → Mark source serving →
 * cut over → Finalize source → Disconnect target → Close ports → Mark fallen back ] → Release lease. The source serves with all that was
 * written since the switch. An execution that follows one which came as far as *Mark source serving* goes on behind it.
 */
export function fallBackWorkflow(scope: Construct, props: FallBackWorkflowProps): sfn.IChainable {
  const { owner, ledger, hosts, encryptionKey } = props;
  const arns = new Ec2Arns(scope);
  const step = lambdaSteps(scope, { folder: 'sync', owner, encryptionKey });
  const replication = new Replication(scope, { owner, ledger, encryptionKey, documents: props.documents, hosts: hosts.arns, where: hosts.where });
  const lease = leaseSteps(scope, { owner, ledger, encryptionKey, instanceId: '{% $request.sourceInstanceId %}' });
  const ports = replicationPorts(scope, { owner, encryptionKey, network: props.network });

  const check = step('Check fall back', {
    input: {
      request: '{% $states.context.Execution.Input %}', approvable: props.notificationTopic !== undefined,
      targetGroupArns: props.targetGroups.map(group => group.targetGroupRef.targetGroupArn),
      hostedZoneIds: props.hostedZones.map(zone => zone.hostedZoneRef.hostedZoneId),
    },
    assign: { request: '{% $states.result.Payload.request %}', session: '{% $states.result.Payload.request.session %}', targetLost: '{% $states.result.Payload.request.targetLost %}' },
    allow: [],
  });

  const failed = sfn.Fail.jsonata(scope, 'Fall back failed', { error: '{% $outcome.error %}', cause: '{% $outcome.message %}' });
  const fallenBack = sfn.Succeed.jsonata(scope, 'Fallen back', { outputs: '{% $outcome.output %}' });
  const end = sfn.Choice.jsonata(scope, 'Did it fall back?')
    .when(sfn.Condition.jsonata('{% $outcome.succeeded %}'), fallenBack)
    .otherwise(failed);
  lease.release.addCatch(end);
  lease.release.next(end);

  const failing = { outcome: { succeeded: false, error: '{% $states.errorOutput.Error %}', message: `{% $substring(${MESSAGE}, 0, 20000) %}` } };
  const mark = step('Mark fallen back', {
    input: { hosts: '{% $hosts %}', targetLost: '{% $targetLost %}' },
    allow: [
      describeEc2('Volumes', 'NetworkInterfaces'),
      // the source is an instance like any other again, and a target that was launched for it litter, its parts, too
      unmarkHosts(hosts, ...SWITCH_TAGS), unmarkMade(owner, [arns.volumes, arns.networkInterfaces], PHASE_TAG),
    ],
  });
  mark.next(sfn.Pass.jsonata(scope, 'Report fall back', {
    outputs: { session: '{% $session %}', serving: '{% $hosts.source.instanceId %}', target: '{% $hosts.target.instanceId %}', targetLost: '{% $targetLost %}' },
  }));
  const closed = ports.close('Close ports', mark);
  const alive = sfn.Choice.jsonata(scope, 'Target alive?')
    .when(sfn.Condition.jsonata('{% $targetLost %}'), closed)
    .otherwise(replication.releaseTarget().next(closed));
  const finalize = replication.finalizeSource().next(alive);
  const traffic = cutOver(scope, {
    ...props, hosts: hosts.arns, where: hosts.where, from: '{% $hosts.target %}', to: '{% $hosts.source %}', then: finalize,
    callback: { topic: props.notificationTopic, ledger, answerWithin: props.approvalTimeout },
  });
  const markServing = step('Mark source serving', {
    input: { hosts: '{% $hosts %}' },
    // what falls back once more goes on from here
    allow: [markHosts(hosts, PHASE_TAG)],
  });
  const promote = replication.promoteSource().next(sfn.Choice.jsonata(scope, 'Had source switched?')
    .when(sfn.Condition.jsonata("{% $sourcePhase = 'fallen-back' %}"), markServing.next(traffic))
    // an execution that was ended before its source had handed over: there is nothing but preparations
    .otherwise(replication.undo('source').next(alive)));
  const begun = step('Mark falling back', {
    input: { hosts: '{% $hosts %}' },
    // who continues the session asks the target first, and Rescue knows that perhaps nobody serves
    allow: [markHosts(hosts, PHASE_TAG)],
  });
  begun.next(sfn.Choice.jsonata(scope, 'Demote first?')
    .when(sfn.Condition.jsonata('{% $targetLost %}'), promote)
    .otherwise(replication.demoteTarget().next(promote)));
  const adopt = step('Adopt session', {
    input: { request: '{% $request %}', session: '{% $session %}' },
    assign: { hosts: '{% $states.result.Payload.hosts %}', replication: '{% $states.result.Payload.replication %}', fallenBack: '{% $states.result.Payload.fallenBack %}', targetServes: '{% $states.result.Payload.targetServes %}', targetLease: null, ...BEGIN_TO_GO_BACK },
    allow: [describeEc2('Instances')],
  });
  adopt.next(sfn.Choice.jsonata(scope, 'Who serves?')
    .when(sfn.Condition.jsonata('{% $fallenBack %}'), traffic)
    .when(sfn.Condition.jsonata('{% $targetServes and $not($targetLost) %}'), replication.askSource().next(begun))
    .otherwise(begun));
  const fallBack = attempt(scope, 'Fall back', {
    of: adopt,
    assign: { outcome: { succeeded: true, output: '{% $states.result[0] %}' } },
    then: lease.release,
    failing,
    otherwise: lease.release,
  });
  check.addCatch(failed, { assign: failing });
  lease.acquire.addCatch(failed, { assign: failing });
  return check.next(lease.acquire).next(fallBack);
}
