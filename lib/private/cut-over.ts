import { Duration } from 'aws-cdk-lib';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { approval, ApprovalProps } from './approval';
import { Ec2Arns } from './ec2-arns';
import { lambdaSteps } from './lambda-step';
import { BEGIN_WAIT, LOOKED, poll } from './poll';
import { Allow } from './statement';

/** Through what clients reach the instances. */
export interface Traffic {
  /** The target groups in which the target may take the source's place. */
  readonly targetGroups: elbv2.ITargetGroupRef[];
  /** The hosted zones in which records may be changed. */
  readonly hostedZones: route53.IHostedZoneRef[];
}

export interface CutOverProps extends Traffic {
  readonly owner: string;
  readonly encryptionKey?: kms.IKeyRef;
  /** The instances between which traffic may move. */
  readonly hosts: Allow['on'];
  readonly where?: Allow['where'];
  /** Who served, and who serves now, as JSONata expressions: `{ instanceId, address }`. */
  readonly from: string;
  readonly to: string;
  /** How somebody is asked to lead here what this step can not; without a topic nobody can be. */
  readonly callback: Pick<ApprovalProps, 'topic' | 'ledger' | 'answerWithin'>;
  /**
   * JSONata: whether the workload goes back when what is asked for can not be done.
   * @default - both instances are kept as they are
   */
  readonly fallsBack?: string;
  readonly then: sfn.IChainable;
}

/**
 * Move traffic → Is traffic moved (until it is) → [ Await redirection ] → Drain former: target groups, records and Elastic IP addresses follow
 * the instance that serves, and what somebody leads elsewhere by other means. Reads `$request.traffic`, `$lease` and `$targetLease`; sets
 * `$traffic`, what was moved, and until when caches may lead elsewhere.
 */
export function cutOver(scope: Construct, props: CutOverProps): sfn.State {
  const { targetGroups, hostedZones, from, to } = props;
  const arns = new Ec2Arns(scope);
  const step = lambdaSteps(scope, { folder: 'cut-over', owner: props.owner, encryptionKey: props.encryptionKey });
  const groups = targetGroups.map(group => group.targetGroupRef.targetGroupArn);
  const zones = hostedZones.map(zone => arns.hostedZone(zone.hostedZoneRef.hostedZoneId));
  const onGroups = (because: string, ...actions: string[]): Allow[] =>
    groups.length === 0 ? [] : [{ actions: actions.map(action => `elasticloadbalancing:${action}`), on: groups, because }];
  const onZones = (because: string, ...actions: string[]): Allow[] =>
    zones.length === 0 ? [] : [{ actions: actions.map(action => `route53:${action}`), on: zones, because }];
  const describe = (because: string, ...actions: string[]): Allow => ({ actions, on: ['*'], because });

  const drain = step('Drain former', {
    input: { traffic: '{% $traffic %}', from },
    allow: onGroups('the instance that no longer serves gets no new requests', 'DeregisterTargets'),
  });
  const redirected = approval(scope, {
    ...props.callback, step, name: 'Await redirection', question: 'Redirect more?', when: '{% $request.traffic.callback %}',
    input: { from, to, targetLease: '{% $targetLease %}', fallsBack: props.fallsBack ?? false }, then: drain.next(props.then),
  });
  const isMoved = step('Is traffic moved', {
    input: { traffic: '{% $traffic %}', since: '{% $since %}' },
    assign: {
      ...LOOKED, trafficMoved: '{% $states.result.Payload.moved %}',
      traffic: "{% $merge([$traffic, {'cachedUntil': $states.result.Payload.cachedUntil}]) %}",
    },
    allow: [
      ...(groups.length === 0 ? [] : [describe('the action has no resource-level permissions', 'elasticloadbalancing:DescribeTargetHealth')]),
      ...(zones.length === 0 ? [] : [describe('a change has an id only once it is made', 'route53:GetChange')]),
    ],
  });
  poll(scope, {
    look: isMoved,
    question: 'Traffic moved?',
    until: '{% $trafficMoved %}',
    then: redirected,
    wait: 'Wait for traffic',
    atMost: Duration.minutes(30),
  });
  const move = step('Move traffic', {
    input: { request: '{% $request.traffic %}', from, to },
    assign: { traffic: '{% $states.result.Payload.traffic %}', ...BEGIN_WAIT },
    allow: [
      ...(groups.length === 0 ? [] : [describe('the actions have no resource-level permissions',
        'elasticloadbalancing:DescribeTargetGroups', 'elasticloadbalancing:DescribeTargetHealth')]),
      ...onGroups('the instance that serves now is registered as the former is', 'RegisterTargets'),
      ...onZones('looks for records that name the former address', 'ListResourceRecordSets'),
      ...onZones('records that name the former address get the new one', 'ChangeResourceRecordSets').map(allow => ({ ...allow, where: onlyAddresses })),
      describe('EC2 describes have no resource-level permissions', 'ec2:DescribeInstances', 'ec2:DescribeAddresses'),
      { actions: ['ec2:AssociateAddress'], on: props.hosts, where: props.where, because: 'an Elastic IP address follows the instance that serves' },
      { actions: ['ec2:AssociateAddress'], on: [arns.elasticIps, arns.networkInterfaces], because: 'addresses and interfaces need not carry the tag of their instance' },
    ],
    // Route 53 takes one change of a zone after the other, and members of a group come at the same moment
    retry: zones.length === 0 ? [] : ['PriorRequestNotComplete'],
  });
  move.next(isMoved);
  return move;
}

/**
 * No record is removed, and none is set of a kind that does not lead to a host (Route 53 Developer Guide, "Using IAM policy conditions for
 * fine-grained access control to manage resource record sets").
 */
const onlyAddresses: Allow['where'] = {
  'ForAllValues:StringEquals': {
    'route53:ChangeResourceRecordSetsActions': ['UPSERT'],
    'route53:ChangeResourceRecordSetsRecordTypes': ['A', 'AAAA', 'CNAME'],
  },
  Null: { 'route53:ChangeResourceRecordSetsActions': 'false', 'route53:ChangeResourceRecordSetsRecordTypes': 'false' },
};

/** The right to see whether target groups and records lead to an instance today. */
export function readTraffic(scope: Construct, { targetGroups, hostedZones }: Traffic): Allow[] {
  const arns = new Ec2Arns(scope);
  return [
    ...(targetGroups.length === 0 ? [] : [{
      actions: ['elasticloadbalancing:DescribeTargetGroups', 'elasticloadbalancing:DescribeTargetHealth'], on: ['*'],
      because: 'the actions have no resource-level permissions',
    }]),
    ...(hostedZones.length === 0 ? [] : [{
      actions: ['route53:ListResourceRecordSets'], on: hostedZones.map(zone => arns.hostedZone(zone.hostedZoneRef.hostedZoneId)),
      because: 'a record that does not name the source can not be moved, which is told before the switch',
    }]),
  ];
}
