import { Duration } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { metricPlace, PUT_METRICS } from '../private/construct-metrics';
import { Ec2Arns } from '../private/ec2-arns';
import { HostCommand } from '../private/host-command';
import { DefineStep } from '../private/lambda-step';
import { MovedHosts, unmarkHosts, unmarkMade } from '../private/marks';
import { madeBy, PEER_TAG, PHASE_TAG, RATE_LIMIT_TAG, SESSION_TAG, unfinished } from '../private/ownership';
import { ShellDocument } from '../private/shell-document';
import { Allow, DESCRIBE_MANAGED, describeEc2 } from '../private/statement';
import { attachWithVolumeKeys } from '../private/volume-keys';

export interface BackToSourceProps {
  readonly hosts: MovedHosts;
  readonly owner: string;
  /** The customer managed keys that encrypt the source's volumes. */
  readonly volumeKeys: kms.IKeyRef[];
  /** Starts services. */
  readonly document: ShellDocument;
  /** JSONata: the source's id, the services that were stopped, and whether it was stopped itself. */
  readonly instanceId: string;
  readonly services: string;
  readonly stopped: string;
  readonly then: sfn.INextable & sfn.IChainable;
}

/** For how long it is tried to reach a source that has to serve again: a line to an Outpost may be broken for a weekend. */
export const REACH_WITHIN = Duration.hours(48);
/** The marks of a move on the instances that take part in it. */
export const MOVE_TAGS = [PHASE_TAG, SESSION_TAG, PEER_TAG, RATE_LIMIT_TAG];

/** The right to run one document on instances that may be moved. */
export function commandHosts({ arns, where }: MovedHosts): Allow[] {
  return [{ actions: ['ssm:SendCommand'], on: arns, where, because: 'and only on instances that may be moved' }];
}

/**
 * Discard target → [ Start source → Is source reachable ] → Resume services → Mark preparing: the source serves again, and nothing else does.
 * As long as the source can not be reached it is tried again, and an alarm tells.
 */
export function backToSource(scope: Construct, step: DefineStep, props: BackToSourceProps): sfn.IChainable {
  const { hosts, owner, instanceId, services } = props;
  const arns = new Ec2Arns(scope);

  const discard = step('Discard target', {
    input: { sourceInstanceId: instanceId },
    allow: [
      describeEc2('Instances', 'Images', 'Snapshots', 'Volumes', 'NetworkInterfaces', 'SecurityGroups'),
      // a target to which no client was led yet is litter again
      unmarkMade(owner, [arns.instances, arns.volumes, arns.networkInterfaces], PHASE_TAG, SESSION_TAG, PEER_TAG),
      { actions: ['ec2:TerminateInstances'], on: [arns.instances], where: unfinished(madeBy(owner)), because: 'there are never two that serve' },
    ],
  });
  const startSource = step('Start source', {
    input: { instanceId, metrics: metricPlace(owner) },
    assign: { started: '{% $states.result.Payload.started %}' },
    allow: [
      PUT_METRICS,
      { actions: ['ec2:StartInstances'], on: hosts.arns, where: hosts.where, because: 'it was stopped for its last snapshots' },
      // without it EC2 takes the call, and the instance stops again by itself (AWS re:Post, "kms-iam-ec2-permission")
      ...attachWithVolumeKeys(props.volumeKeys),
    ],
  });
  const isReachable = step('Is source reachable', {
    input: { instanceId, managed: `{% $count(${services}) > 0 %}`, stopped: props.stopped, metrics: metricPlace(owner) },
    assign: { reachable: '{% $states.result.Payload.reachable %}' },
    allow: [
      PUT_METRICS,
      describeEc2('Instances'),
      DESCRIBE_MANAGED,
    ],
  });
  const going = '($toMillis($states.context.State.EnteredTime) - $toMillis($wentBackAt))';
  // at first every second counts, and an execution has 25,000 events
  const wait = sfn.Wait.jsonata(scope, 'Wait for source', { time: sfn.WaitTime.seconds(`{% $floor($min([180, $max([5, ${going} / 30000])])) %}`) });
  const tryAgain = sfn.Choice.jsonata(scope, 'Try again?')
    .when(sfn.Condition.jsonata(`{% ${going} > ${REACH_WITHIN.toMilliseconds()} %}`), sfn.Fail.jsonata(scope, 'Source not reached', {
      error: 'HostUnreachable', cause: `The source could not be reached within ${REACH_WITHIN.toHumanString()}: look at the line to it, and at its SSM agent.`,
    }))
    .otherwise(wait);
  const resume = new HostCommand(scope, step, commandHosts(hosts), 'Resume services', {
    look: 'Are services resumed', document: props.document,
    input: { instanceId, services: `{% ${services} %}` },
    atMost: Duration.minutes(15), whenSilent: tryAgain,
  });
  resume.addCatch(tryAgain, { errors: ['HostUnreachable'] });
  const markPreparing = step('Mark preparing', { input: { sourceInstanceId: instanceId }, allow: [unmarkHosts(hosts, ...MOVE_TAGS)] });
  markPreparing.next(props.then);

  const resumeFirst = sfn.Choice.jsonata(scope, 'Services to resume?')
    .when(sfn.Condition.jsonata(`{% $count(${services}) > 0 %}`), resume.next(markPreparing))
    .otherwise(markPreparing);
  startSource.next(sfn.Choice.jsonata(scope, 'Source started?')
    .when(sfn.Condition.jsonata('{% $started %}'), isReachable)
    .otherwise(tryAgain));
  isReachable.next(sfn.Choice.jsonata(scope, 'Source reachable?')
    .when(sfn.Condition.jsonata('{% $reachable %}'), resumeFirst)
    .otherwise(tryAgain));
  wait.next(sfn.Choice.jsonata(scope, 'Start it first?')
    .when(sfn.Condition.jsonata(props.stopped), startSource)
    .otherwise(isReachable));
  const how = sfn.Choice.jsonata(scope, 'Was source stopped?')
    .when(sfn.Condition.jsonata(props.stopped), startSource)
    .otherwise(resumeFirst);
  // a target that can not be ended does not keep the source from serving: no client is led to it
  discard.addCatch(how);
  discard.next(how);
  return sfn.Pass.jsonata(scope, 'Begin way back', { assign: { wentBackAt: '{% $states.context.State.EnteredTime %}' } }).next(discard);
}
