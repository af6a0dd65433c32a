import { DescribeInstancesCommand, type Instance, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import { ec2 } from './ec2';

/** So many ids in one call: well below the thousand results that one answer holds. */
const IDS_PER_CALL = 500;

export async function describeInstances(instanceIds: readonly string[]): Promise<Instance[]> {
  const found: Instance[] = [];
  for (let from = 0; from < instanceIds.length; from += IDS_PER_CALL) {
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: instanceIds.slice(from, from + IDS_PER_CALL) }));
    found.push(...Reservations.flatMap(({ Instances }) => Instances ?? []));
  }
  return found;
}

/** A filter takes so many values. */
const VALUES_PER_FILTER = 200;

/** By filters, for which an instance that is gone is no error. */
export async function findInstances(instanceIds: readonly string[]): Promise<Instance[]> {
  const found: Instance[] = [];
  for (let at = 0; at < instanceIds.length; at += VALUES_PER_FILTER) {
    const Filters = [{ Name: 'instance-id', Values: instanceIds.slice(at, at + VALUES_PER_FILTER) }];
    for await (const { Reservations } of paginateDescribeInstances({ client: ec2 }, { Filters })) {
      found.push(...(Reservations ?? []).flatMap(({ Instances }) => Instances ?? []));
    }
  }
  return found;
}

/** Why instances that were there will not be again, by their ids. */
export function whyOver(instanceIds: readonly string[], found: readonly Instance[]): Map<string, string> {
  const states = new Map(found.map(({ InstanceId, State }) => [InstanceId, State?.Name]));
  return new Map(instanceIds.flatMap((id): [string, string][] => {
    const state = states.get(id);
    return state === 'shutting-down' || state === 'terminated' ? [[id, `is ${state}`]] : states.has(id) ? [] : [[id, 'is gone']];
  }));
}

interface Addresses { readonly Ipv6Addresses?: readonly unknown[] | undefined; readonly Ipv6Prefixes?: readonly unknown[] | undefined }
interface WithAddresses { readonly NetworkInterfaces?: readonly Addresses[] | undefined }

export const hasIpv6 = ({ NetworkInterfaces = [] }: WithAddresses): boolean =>
  NetworkInterfaces.some(({ Ipv6Addresses = [], Ipv6Prefixes = [] }) => Ipv6Addresses.length + Ipv6Prefixes.length > 0);
