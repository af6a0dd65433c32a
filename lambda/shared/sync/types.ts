import { DescribeInstanceTypesCommand, type _InstanceType } from '@aws-sdk/client-ec2';
import { ec2 } from '../ec2';

/** What a move needs to know of an instance type. */
export interface TypeFacts {
  readonly name: string;
  /** Of its first network card, which the primary interface is on; null: EC2 does not say. */
  readonly baselineGbps: number | null;
  /** GB of each instance-store disk, the largest first. */
  readonly disks: readonly number[];
}

export async function readTypes(names: readonly string[]): Promise<TypeFacts[]> {
  const { InstanceTypes = [] } = await ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes: [...new Set(names)] as _InstanceType[] }));
  return InstanceTypes.map(({ InstanceType = '', NetworkInfo, InstanceStorageInfo }) => ({
    name: InstanceType,
    baselineGbps: NetworkInfo?.NetworkCards?.find(({ NetworkCardIndex = 0 }) => NetworkCardIndex === 0)?.BaselineBandwidthInGbps ?? null,
    disks: (InstanceStorageInfo?.Disks ?? []).flatMap(({ SizeInGB = 0, Count = 1 }) => Array.from({ length: Count }, () => SizeInGB)).sort((a, b) => b - a),
  }));
}
