import { AwsError } from '../service';
import { invalidValue } from './errors';
import { insufficientAddresses } from './network';
import type { Ec2, SubnetRecord } from './state';

/** A private address of a subnet: the wanted one if it is free, else the lowest free one. AWS keeps the first four and the last. */
export function nextAddress(ec2: Ec2, subnet: SubnetRecord, wanted?: string): string {
  const { first, last } = range(subnet.CidrBlock);
  const used = new Set([...ec2.networkInterfaces.values()].filter(each => each.SubnetId === subnet.SubnetId)
    .flatMap(each => each.PrivateIpAddresses.map(address => address.PrivateIpAddress)));
  if (wanted !== undefined) {
    const number = toNumber(wanted);
    if (number < first || number > last) {
      throw invalidValue(`Address ${wanted} does not fall within the subnet's address range`);
    }
    if (used.has(wanted)) throw new AwsError('InvalidIPAddress.InUse', `Address ${wanted} is in use.`);
    return wanted;
  }
  if (subnet.AvailableIpAddressCount <= 0) throw insufficientAddresses(subnet);
  for (let number = first; number <= last; number++) {
    const address = toAddress(number);
    if (!used.has(address)) return address;
  }
  throw insufficientAddresses(subnet);
}

export function usableAddresses(cidr: string): number {
  const { first, last } = range(cidr);
  return last - first + 1;
}

function range(cidr: string): { first: number; last: number } {
  const [network, bits] = cidr.split('/') as [string, string];
  const size = 2 ** (32 - Number(bits));
  const start = toNumber(network);
  return { first: start + 4, last: start + size - 2 };
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toAddress(number: number): string {
  return [24, 16, 8, 0].map(shift => Math.floor(number / 2 ** shift) % 256).join('.');
}

export function nextIpv6Address(ec2: Ec2, subnet: SubnetRecord): string {
  const block = subnet.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock;
  if (!block) throw invalidValue(`Subnet '${subnet.SubnetId}' does not have an associated IPv6 CIDR block.`);
  const prefix = block.slice(0, block.indexOf('::')).split(':').slice(0, 4);
  while (prefix.length < 4) prefix.push('0');
  return [...prefix, ...Array.from({ length: 4 }, () => ec2.account.random.hex(4))].join(':');
}

/** us-east-1 keeps the oldest form of names. */
export function privateDnsName(region: string, address: string): string {
  return `ip-${address.replaceAll('.', '-')}.${region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`}`;
}

/** A public address of Amazon's pool, lost when the instance stops. From the documentation range, so that it is nobody's. */
export function publicAddress(ec2: Ec2): { IpOwnerId: string; PublicDnsName: string; PublicIp: string } {
  const { random, region } = ec2.account;
  const address = `203.0.113.${1 + Math.floor(random.next() * 254)}`;
  const domain = region === 'us-east-1' ? 'compute-1.amazonaws.com' : `${region}.compute.amazonaws.com`;
  return { IpOwnerId: 'amazon', PublicDnsName: `ec2-${address.replaceAll('.', '-')}.${domain}`, PublicIp: address };
}
