import { DescribeInstancesCommand, type Instance } from '@aws-sdk/client-ec2';
import { ec2 } from './ec2';

export async function describeInstances(instanceIds: readonly string[]): Promise<Instance[]> {
  if (instanceIds.length === 0) return [];
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [...instanceIds] }));
  return Reservations.flatMap(({ Instances }) => Instances ?? []);
}
