import { isIPv4 } from 'node:net';
import { DescribeNetworkInterfacesCommand, paginateDescribeVpcEndpoints, type VpcEndpoint } from '@aws-sdk/client-ec2';
import { ec2 } from '../ec2';
import { IsolationNotPossible } from '../errors';
import type { Launch } from './launch-input';
import type { IsolationPlan } from './plan';
import { type SubnetFacts, subnetsOf } from './subnets';

/** Not of the public internet (RFC 6890): where a VPC, its peers and its links to other networks are. */
const NOT_PUBLIC = ['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/3'];

/** What isolated clones may reach: what Systems Manager needs, as narrowly as the VPC allows. */
export async function planIsolation(launch: Launch, subnets: readonly SubnetFacts[], given: readonly string[]): Promise<IsolationPlan> {
  const vpcIds = [...new Set(subnetsOf(launch, subnets).map(({ vpcId }) => vpcId))];
  const [vpcId, ...others] = vpcIds;
  if (vpcId === undefined || others.length > 0) {
    throw new IsolationNotPossible(`the interfaces of the clone lie in ${vpcIds.length === 0 ? 'no known VPC' : vpcIds.join(', ')}, but a security group belongs to one:`
      + ' choose another subnetId, or say "isolation": false');
  }
  if (launch.NetworkInterfaces?.some(({ Groups = [] }) => Groups.length === 0)) {
    throw new IsolationNotPossible('EC2 does not say which security groups the source has, so the clone could be given none after isolation: name them in'
      + ' securityGroupIds, or say "isolation": false');
  }
  if (given.length > 0) return { vpcId, egress: [...new Set(given.map(canonical))], via: 'given' };
  const endpoints = await endpointAddresses(vpcId);
  return endpoints ? { vpcId, egress: endpoints.map(address => `${address}/32`), via: 'endpoints' } : { vpcId, egress: publicRanges(), via: 'internet' };
}

/** The addresses of the VPC's own endpoints; undefined when the agent would not find its way by them alone. */
async function endpointAddresses(vpcId: string): Promise<string[] | undefined> {
  const found: VpcEndpoint[] = [];
  const Filters = [{ Name: 'vpc-id', Values: [vpcId] }, { Name: 'vpc-endpoint-type', Values: ['Interface'] }];
  for await (const { VpcEndpoints } of paginateDescribeVpcEndpoints({ client: ec2 }, { Filters })) found.push(...VpcEndpoints ?? []);
  // without a private name the agent asks for the public one
  const usable = found.filter(({ State, PrivateDnsEnabled }) => `${State}`.toLowerCase() === 'available' && PrivateDnsEnabled);
  const of = (service: string) => usable.filter(({ ServiceName }) => ServiceName?.endsWith(`.${service}`));
  const messages = [...of('ssmmessages'), ...of('ec2messages')];
  if (of('ssm').length === 0 || messages.length === 0) return undefined;
  const NetworkInterfaceIds = [...of('ssm'), ...messages].flatMap(({ NetworkInterfaceIds: ids }) => ids ?? []);
  const { NetworkInterfaces = [] } = await ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds }));
  return NetworkInterfaces.flatMap(({ PrivateIpAddress }) => PrivateIpAddress ?? []);
}

/** All IPv4 addresses but those of private networks, as the fewest ranges: a group holds sixty. */
export function publicRanges(): string[] {
  const excluded = NOT_PUBLIC.map(range);
  const split = (from: number, bits: number): string[] => {
    const to = from + 2 ** (32 - bits) - 1;
    const touching = excluded.filter(each => each.from <= to && from <= each.to);
    if (touching.length === 0) return [`${dotted(from)}/${bits}`];
    if (touching.some(each => each.from <= from && to <= each.to)) return [];
    return [...split(from, bits + 1), ...split(from + 2 ** (31 - bits), bits + 1)];
  };
  return split(0, 0);
}

/** A range as EC2 keeps it, and shows it from then on: 100.68.0.18/18 is 100.68.0.0/18 (doc comment of IpRange, client-ec2). */
function canonical(cidr: string): string {
  const [address = '', bits = ''] = cidr.split('/');
  if (isIPv4(address)) {
    const size = 2 ** (32 - Number(bits));
    return `${dotted(Math.floor(range(cidr).from / size) * size)}/${bits}`;
  }
  const [head = '', tail] = shortest(address).split('::');
  const [left, right] = [head, tail ?? ''].map(part => part.split(':').filter(group => group !== '')) as [string[], string[]];
  const groups = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right];
  const kept = groups.map((group, index) => {
    const free = 16 - Math.max(0, Math.min(16, Number(bits) - 16 * index));
    return (Number.parseInt(group, 16) >> free << free).toString(16);
  });
  return `${shortest(kept.join(':'))}/${bits}`;
}

/** An IPv6 address in lower case, its zeros left out. */
function shortest(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map(shift => Math.floor(address / 2 ** shift) % 256).join('.');
}

function range(cidr: string): { from: number; to: number } {
  const [address = '', bits = '32'] = cidr.split('/');
  const from = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return { from, to: from + 2 ** (32 - Number(bits)) - 1 };
}

export function isolationWarnings(isolation: IsolationPlan | null): string[] {
  if (isolation === null) return [];
  const { vpcId, via } = isolation;
  return [
    ...via === 'internet' ? [`${vpcId} has no interface endpoints for Systems Manager (ssm and ssmmessages, with private DNS names): until its identity is verified the`
      + ' clone may speak HTTPS to the internet, though to no private address. Make the endpoints, or name their addresses in the construct\'s isolationEgress'] : [],
    ...via === 'endpoints' ? [`the security groups of the endpoints of Systems Manager in ${vpcId} must admit HTTPS from the clone's subnet by address: the group that`
      + ' isolates the clone is new to them'] : [],
  ];
}
