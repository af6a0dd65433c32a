import { DescribeInstancesCommand, type Instance } from '@aws-sdk/client-ec2';
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
