import { type Instance, ModifyNetworkInterfaceAttributeCommand, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import { ec2 } from '../ec2';
import { errorMessage, errorName } from '../error-name';
import { InterfaceGroupsFull, PortsNotPossible } from '../errors';
import type { Hosts } from '../hosts';
import type { Step } from '../step';
import { refuseOtherVpc } from './vpc';

export interface PortsInput extends Step {
  readonly hosts: Hosts;
  readonly vpcId: string;
  /** In that VPC. */
  readonly securityGroupId: string;
}

/** Both instances join the group by their primary interface, over which they replicate. */
export async function joinGroup({ hosts, vpcId, securityGroupId }: PortsInput): Promise<string[]> {
  const instances = await readInstances(hosts);
  const places = [hosts.source, hosts.target].map(({ instanceId: id }) => {
    const found = primaryOf(instances.find(({ InstanceId }) => InstanceId === id));
    if (!found) throw new PortsNotPossible(`${id} does not exist, or has no primary network interface: take another instance`);
    return { id, vpcId: found.VpcId };
  });
  refuseOtherVpc(vpcId, places);
  return setGroups(instances, groups => (groups.includes(securityGroupId) ? groups : [...groups, securityGroupId]), securityGroupId);
}

/** Both leave it; an instance that is gone has left already. */
export async function leaveGroup({ hosts, securityGroupId }: PortsInput): Promise<string[]> {
  return setGroups(await readInstances(hosts), groups => {
    const others = groups.filter(group => group !== securityGroupId);
    // an interface has to be in one group at least; this one admits nobody else
    return others.length > 0 ? others : groups;
  }, securityGroupId);
}

/** By a filter, for which an instance that is gone is no error. */
async function readInstances({ source, target }: Hosts): Promise<Instance[]> {
  const Filters = [{ Name: 'instance-id', Values: [source.instanceId, target.instanceId] }];
  const found: Instance[] = [];
  for await (const { Reservations } of paginateDescribeInstances({ client: ec2 }, { Filters })) {
    found.push(...(Reservations ?? []).flatMap(({ Instances }) => Instances ?? []));
  }
  return found.filter(({ State }) => State?.Name !== 'terminated' && State?.Name !== 'shutting-down');
}

/** EC2 takes the whole list of an interface only: what somebody else changes in this very moment would be lost. */
async function setGroups(instances: readonly Instance[], change: (groups: readonly string[]) => readonly string[], securityGroupId: string): Promise<string[]> {
  const changed: string[] = [];
  for (const instance of instances) {
    const found = primaryOf(instance);
    if (!found) continue;
    const groups = (found.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? []);
    const wanted = change(groups);
    if (wanted.length === groups.length) continue;
    try {
      await ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: found.NetworkInterfaceId, Groups: [...wanted] }));
    } catch (error) {
      throw explained(error, `${found.NetworkInterfaceId} of ${instance.InstanceId}`, securityGroupId);
    }
    changed.push(found.NetworkInterfaceId ?? '');
  }
  return changed;
}

function primaryOf(instance: Instance | undefined) {
  return instance?.NetworkInterfaces?.find(({ Attachment }) => Attachment?.DeviceIndex === 0 && (Attachment.NetworkCardIndex ?? 0) === 0);
}

function explained(error: unknown, which: string, group: string): unknown {
  const name = errorName(error);
  if (name === 'SecurityGroupsPerInterfaceLimitExceeded') {
    return new InterfaceGroupsFull(`${which} can not join ${group}, for it is in as many security groups as its quota allows (5, if it was not raised): take one away,`
      + ` or have the quota "Security groups per network interface" raised. EC2 says: ${errorMessage(error)}`);
  }
  return error;
}
