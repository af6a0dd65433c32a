import type {
  DescribeAccountAttributesRequest, DescribeAccountAttributesResult, DescribeInstanceTypeOfferingsRequest, DescribeInstanceTypeOfferingsResult,
  DescribeInstanceTypesRequest, DescribeInstanceTypesResult, GetEbsDefaultKmsKeyIdResult, GetEbsEncryptionByDefaultResult, InstanceTypeInfo,
  LocationType,
} from '@aws-sdk/client-ec2';
import type { Account } from '../account';
import { paginate } from '../paginate';
import { AwsError, type Call } from '../service';
import { type EdgeSite, siteAt } from './edge/site';
import { defaultKey } from './encryption';
import { filtered, plain, type Filters } from './filters';
import { allTypes, offering, typeInfo } from './instance-types';
import { allZones } from './zones';

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
  const all = allTypes().flatMap(type => locationsOf(account, by).filter(({ name, site }) =>
    (site?.slots.has(type.name) ?? true) && !account.ec2.notOffered.has(`${type.name} ${name}`)).map(({ name }) => offering(type.name, by, name)));
  const found = filtered(all, input.Filters, { 'instance-type': plain(each => each.InstanceType), 'location': plain(each => each.Location) });
  const { page, NextToken } = paginate(found, each => `${each.InstanceType} ${each.Location}`, input);
  return { InstanceTypeOfferings: page, NextToken };
}

/** At Outposts what is installed there; that Local Zones are told by their names is unverified against AWS. */
function locationsOf({ ec2, region, outposts }: Account, by: LocationType): { name: string; site?: EdgeSite }[] {
  if (by === 'region') return [{ name: region }];
  if (by === 'outpost') return [...outposts.racks.values()].map(site => ({ name: site.outpostArn, site }));
  return allZones(ec2).map(zone => ({ name: by === 'availability-zone' ? zone.name : zone.id, site: siteAt(ec2, { zone: zone.name }) }));
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
