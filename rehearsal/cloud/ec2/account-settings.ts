import type {
  DescribeAccountAttributesRequest, DescribeAccountAttributesResult, DescribeInstanceTypeOfferingsRequest, DescribeInstanceTypeOfferingsResult,
  DescribeInstanceTypesRequest, DescribeInstanceTypesResult, GetEbsDefaultKmsKeyIdResult, GetEbsEncryptionByDefaultResult, InstanceTypeInfo,
} from '@aws-sdk/client-ec2';
import { paginate } from '../paginate';
import { AwsError, type Call } from '../service';
import { defaultKey } from './encryption';
import { filtered, plain, type Filters } from './filters';
import { allTypes, offering, typeInfo } from './instance-types';
import { zones } from './zones';

const typeFilters: Filters<InstanceTypeInfo> = {
  'instance-type': plain(each => each.InstanceType), 'current-generation': plain(each => each.CurrentGeneration), 'hypervisor': plain(each => each.Hypervisor),
  'bare-metal': plain(each => each.BareMetal), 'burstable-performance-supported': plain(each => each.BurstablePerformanceSupported),
  'instance-storage-supported': plain(each => each.InstanceStorageSupported), 'vcpu-info.default-vcpus': plain(each => each.VCpuInfo?.DefaultVCpus),
  'memory-info.size-in-mib': plain(each => each.MemoryInfo?.SizeInMiB), 'network-info.ena-support': plain(each => each.NetworkInfo?.EnaSupport),
  'processor-info.supported-architecture': each => each.ProcessorInfo?.SupportedArchitectures ?? [],
  'supported-boot-mode': each => each.SupportedBootModes ?? [], 'supported-virtualization-type': each => each.SupportedVirtualizationTypes ?? [],
};

export function describeInstanceTypes(input: DescribeInstanceTypesRequest, _call: Call): DescribeInstanceTypesResult {
  const unknown = (input.InstanceTypes ?? []).filter(name => !typeInfo(name));
  if (unknown.length > 0) {
    throw new AwsError('InvalidInstanceType', `The following supplied instance types do not exist: [${unknown.join(', ')}]`);
  }
  const named = input.InstanceTypes?.length ? input.InstanceTypes.map(name => typeInfo(name)!) : allTypes();
  const found = filtered(named.map(type => type.description), input.Filters, typeFilters);
  const { page, NextToken } = paginate(found, each => each.InstanceType!, input, { most: 100 });
  return { InstanceTypes: page.map(each => each), NextToken };
}

export function describeInstanceTypeOfferings(input: DescribeInstanceTypeOfferingsRequest, { account }: Call): DescribeInstanceTypeOfferingsResult {
  const by = input.LocationType ?? 'region';
  const locations = by === 'region' ? [account.region] : by === 'outpost' ? []
    : zones(account.region).map(zone => by === 'availability-zone' ? zone.name : zone.id);
  const all = allTypes().flatMap(type => locations.filter(place => !account.ec2.notOffered.has(`${type.name} ${place}`)).map(place => offering(type.name, by, place)));
  const found = filtered(all, input.Filters, { 'instance-type': plain(each => each.InstanceType), 'location': plain(each => each.Location) });
  const { page, NextToken } = paginate(found, each => `${each.InstanceType} ${each.Location}`, input);
  return { InstanceTypeOfferings: page, NextToken };
}

/** Attributes of an account that has no EC2-Classic. */
export function describeAccountAttributes(input: DescribeAccountAttributesRequest, { account }: Call): DescribeAccountAttributesResult {
  const defaultVpc = [...account.ec2.vpcs.values()].find(vpc => vpc.IsDefault)?.VpcId ?? 'none';
  const values: Readonly<Record<string, string>> = {
    'supported-platforms': 'VPC', 'default-vpc': defaultVpc, 'max-instances': '20', 'vpc-max-security-groups-per-interface': '5',
    'max-elastic-ips': '5', 'vpc-max-elastic-ips': '5',
  };
  return {
    AccountAttributes: Object.entries(values).filter(([name]) => !input.AttributeNames?.length || (input.AttributeNames as string[]).includes(name))
      .map(([AttributeName, value]) => ({ AttributeName, AttributeValues: [{ AttributeValue: value }] })),
  };
}

export function getEbsEncryptionByDefault(_input: object, { account }: Call): GetEbsEncryptionByDefaultResult {
  return { EbsEncryptionByDefault: account.ec2.encryptionByDefault };
}

/** The alias of AWS's own key, or the ARN of the account's choice. */
export function getEbsDefaultKmsKeyId(_input: object, { account }: Call): GetEbsDefaultKmsKeyIdResult {
  const key = defaultKey(account.ec2);
  return { KmsKeyId: !key || key.managedByAws ? 'alias/aws/ebs' : key.arn };
}
