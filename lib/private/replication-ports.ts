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
  /** @default - the instances can reach each other already */
  readonly network?: ReplicationNetwork;
}

/** By what both instances reach each other while they replicate. */
export interface ReplicationNetwork {
  readonly vpc: ec2.IVPCRef;
  /** Joined by both; it admits what replicates between its members, lets that out, and nothing else. */
  readonly securityGroup: ec2.ISecurityGroupRef;
}

/** Makes the security group. */
export function replicationNetwork(scope: Construct, vpc: ec2.IVPCRef): ReplicationNetwork {
  const ports = Object.entries({
    Engine: { ipProtocol: 'tcp', fromPort: FIRST_PORT, toPort: FIRST_PORT + MOST_VOLUMES - 1, description: 'the engine, one port for each volume' },
    Tunnel: { ipProtocol: 'udp', fromPort: FIRST_PORT, toPort: FIRST_PORT, description: 'WireGuard' },
  });
  const group = new ec2.CfnSecurityGroup(scope, 'ReplicationSecurityGroup', {
    vpcId: vpc.vpcRef.vpcId,
    groupDescription: 'Replication of block devices between two instances, while it lasts.',
    // without any, EC2 lets everything out: a host that may not go everywhere could, while it replicates
    securityGroupEgress: ports.map(([, rule]) => ({ ...rule, cidrIp: '0.0.0.0/0' })),
  });
  for (const [id, rule] of ports) {
    new ec2.CfnSecurityGroupIngress(scope, `ReplicationIngress${id}`, { ...rule, groupId: group.attrGroupId, sourceSecurityGroupId: group.attrGroupId });
  }
  return { vpc, securityGroup: group };
}

type CloseStep = 'Close ports' | 'Close ports again';

/** Lets both instances join the security group, and leave it. */
export function replicationPorts(scope: Construct, props: ReplicationPortsProps) {
  const { network } = props;
  if (!network) return { open: (then: sfn.IChainable) => then, close: (_name: CloseStep, then: sfn.IChainable) => then };
  const arns = new Ec2Arns(scope);
  const step = lambdaSteps(scope, { folder: 'replication', owner: props.owner, encryptionKey: props.encryptionKey });
  const { vpcId } = network.vpc.vpcRef;
  const allow: Allow[] = [
    describeEc2('Instances'),
    {
      actions: ['ec2:ModifyNetworkInterfaceAttribute'], on: [arns.networkInterfaces], where: { ArnLike: { 'ec2:Vpc': arns.vpc(vpcId) } },
      because: 'interfaces need not carry the tag of their instance',
    },
    {
      actions: ['ec2:ModifyNetworkInterfaceAttribute'], on: [arns.securityGroups],
      because: 'all groups of an interface are set at once, and they may be shared from other VPCs and accounts; the handler adds or takes this one group',
    },
  ];
  const input = { hosts: '{% $hosts %}', vpcId, securityGroupId: network.securityGroup.securityGroupRef.securityGroupId };
  return {
    open: (then: sfn.IChainable): sfn.IChainable => step('Open ports', { input, allow }).next(then),
    close: (name: CloseStep, then: sfn.IChainable): sfn.IChainable => step(name, { input, allow }).next(then),
  };
}
