import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Ec2Arns } from './ec2-arns';
import { lambdaSteps } from './lambda-step';
import { Allow, describeEc2 } from './statement';

/** The first of the ports that the engine uses; each volume takes one more. */
export const FIRST_PORT = 7788;
/** As many volumes can be replicated at a time. */
export const MOST_VOLUMES = 8;

export interface ReplicationPortsProps {
  readonly owner: string;
  readonly encryptionKey?: kms.IKeyRef;
  /**
   * Joined by both instances while they replicate; it admits itself.
   * @default - the instances can reach each other already
   */
  readonly securityGroup?: ec2.ISecurityGroupRef;
}

/** A security group that admits what replicates between its members, and nothing else. */
export function replicationSecurityGroup(scope: Construct, vpc: ec2.IVPCRef): ec2.ISecurityGroupRef {
  const group = new ec2.CfnSecurityGroup(scope, 'ReplicationSecurityGroup', {
    vpcId: vpc.vpcRef.vpcId,
    groupDescription: 'Replication of block devices between two instances, while it lasts.',
  });
  const last = FIRST_PORT + MOST_VOLUMES - 1;
  for (const [id, ipProtocol, toPort, description] of [
    ['Engine', 'tcp', last, 'the engine, one port for each volume'],
    ['Tunnel', 'udp', FIRST_PORT, 'WireGuard'],
  ] as const) {
    new ec2.CfnSecurityGroupIngress(scope, `ReplicationIngress${id}`, {
      groupId: group.attrGroupId, sourceSecurityGroupId: group.attrGroupId, ipProtocol, fromPort: FIRST_PORT, toPort, description,
    });
  }
  return group;
}

/** Lets both instances join the security group, and leave it. */
export function replicationPorts(scope: Construct, props: ReplicationPortsProps) {
  const { securityGroup } = props;
  const arns = new Ec2Arns(scope);
  const step = lambdaSteps(scope, { folder: 'replication', owner: props.owner, encryptionKey: props.encryptionKey });
  const allow: Allow[] = [
    describeEc2('Instances'),
    {
      actions: ['ec2:ModifyNetworkInterfaceAttribute'], on: [arns.networkInterfaces, arns.securityGroups],
      because: 'interfaces need not carry the tag of their instance, and all groups of an interface are set at once; the handler adds or takes this one group',
    },
  ];
  const securityGroupId = securityGroup?.securityGroupRef.securityGroupId;
  return {
    open: (then: sfn.IChainable): sfn.IChainable =>
      (securityGroup ? step('Open ports', { input: { hosts: '{% $hosts %}', securityGroupId }, allow }).next(then) : then),
    close: (name: 'Close ports' | 'Close ports again', then: sfn.IChainable): sfn.IChainable =>
      (securityGroup ? step(name, { input: { hosts: '{% $hosts %}', securityGroupId }, allow }).next(then) : then),
  };
}
