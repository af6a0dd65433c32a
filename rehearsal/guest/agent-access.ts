import type { Account } from '../cloud/account';
import { letsOut } from '../cloud/ec2/security-groups';
import { atLeast } from './agent';
import type { Guest } from './guest';
import { roleOf, sessionOf } from './instance-role';

/** From this version on commands come by ssmmessages, before by ec2messages (User Guide, "ec2messages, ssmmessages, and other API operations"). */
const sessionAgent = '3.3.40.0';
const heartbeat = 'ssm:UpdateInstanceInformation';
const bySession = [heartbeat, 'ssmmessages:CreateControlChannel', 'ssmmessages:OpenControlChannel'];
const byMessages = [heartbeat, ...['AcknowledgeMessage', 'DeleteMessage', 'FailMessage', 'GetEndpoint', 'GetMessages', 'SendReply'].map(name => `ec2messages:${name}`)];

/** One of the addresses behind AWS's public endpoints, where a VPC has none of its own. */
const publicEndpoint = '52.94.224.10';
const https = 443;

/** Whether an agent can make itself known: its role allows it, and its network reaches the endpoints. */
export function mayRegister(account: Account, guest: Guest): boolean {
  return hasCredentials(account, guest) && reachesEndpoints(account, guest);
}

/** A role that came with the account is taken to have AmazonSSMManagedInstanceCore; one that was deployed has what its policies say. */
function hasCredentials(account: Account, guest: Guest): boolean {
  const { ec2, gate } = account;
  if (ec2.instances.get(guest.instanceId)?.IamInstanceProfile?.Arn === undefined) return false;
  const role = roleOf(account, guest.instanceId);
  if (!role || !gate?.knows?.(role.Arn)) return true;
  const needed = atLeast(guest.agentVersion, sessionAgent) ? bySession : byMessages;
  return needed.every(action => gate.decide(sessionOf(account, role, guest.instanceId), { action, resource: '*' }).allowed);
}

/** By interface endpoints with a private name where the VPC has them, else by their public addresses. */
function reachesEndpoints({ ec2 }: Account, { instanceId }: Guest): boolean {
  const instance = ec2.instances.get(instanceId);
  const groups = (instance?.SecurityGroups ?? []).flatMap(({ GroupId }) => ec2.securityGroups.get(GroupId ?? '') ?? []);
  // an imported inventory may lack the groups: nothing is known against it
  if (groups.length === 0) return true;
  return ['ssm', 'ssmmessages'].every(service => {
    const endpoint = [...ec2.vpcEndpoints.values()].find(each => each.VpcId === instance?.VpcId && each.PrivateDnsEnabled && each.ServiceName?.endsWith(`.${service}`));
    const addresses = endpoint
      ? (endpoint.NetworkInterfaceIds ?? []).flatMap(id => ec2.networkInterfaces.get(id)?.PrivateIpAddress ?? []) : [publicEndpoint];
    return addresses.some(address => groups.some(group => letsOut(group, https, address)));
  });
}
