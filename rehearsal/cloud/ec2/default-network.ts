import { usableAddresses } from './addresses';
import type { Ec2, SubnetRecord } from './state';
import { zoneId, zones } from './zones';

/** The default VPC of a fresh account, with a subnet in each zone and its default group; made when it is first needed. */
export function defaultSubnet(ec2: Ec2, zone = zones(ec2.account.region)[0]!.name): SubnetRecord {
  const found = [...ec2.subnets.values()].find(each => each.DefaultForAz && each.AvailabilityZone === zone);
  if (found) return found;
  const { account } = ec2;
  const vpcId = [...ec2.vpcs.values()].find(vpc => vpc.IsDefault)?.VpcId ?? makeVpc(ec2);
  const taken = new Set([...ec2.subnets.values()].map(each => each.CidrBlock));
  for (const { name, id } of zones(account.region)) {
    if ([...ec2.subnets.values()].some(each => each.DefaultForAz && each.AvailabilityZone === name)) continue;
    const cidr = Array.from({ length: 16 }, (_, index) => `172.31.${index * 16}.0/20`).find(each => !taken.has(each))!;
    taken.add(cidr);
    makeSubnet(ec2, { vpcId, cidr, zone: name, zoneId: id, isDefault: true });
  }
  return [...ec2.subnets.values()].find(each => each.DefaultForAz && each.AvailabilityZone === zone)!;
}

/** Puts a subnet into a VPC, the default one unless told otherwise; in a zone, or on an Outpost there. */
export function addSubnet(ec2: Ec2, { zone, outpostArn, vpcId = defaultSubnet(ec2).VpcId }: Pick<SubnetSpec, 'zone' | 'outpostArn'> & Partial<SubnetSpec>): SubnetRecord {
  const [a, b] = ec2.vpcs.get(vpcId)!.CidrBlock!.split('.');
  const taken = new Set([...ec2.subnets.values()].map(each => each.CidrBlock));
  const cidr = Array.from({ length: 64 }, (_, index) => `${a}.${b}.${192 + index}.0/24`).find(each => !taken.has(each))!;
  return makeSubnet(ec2, { vpcId, cidr, zone, zoneId: zoneId(ec2.account.region, zone), outpostArn });
}

interface SubnetSpec {
  readonly id?: string;
  readonly vpcId: string;
  readonly cidr: string;
  readonly zone: string;
  readonly zoneId: string;
  readonly isDefault?: boolean;
  readonly outpostArn?: string;
}

export function makeSubnet(ec2: Ec2, { id = ec2.id('subnet'), vpcId, cidr, zone, zoneId, isDefault = false, outpostArn }: SubnetSpec): SubnetRecord {
  const subnet: SubnetRecord = {
    AvailabilityZone: zone, AvailabilityZoneId: zoneId, AvailableIpAddressCount: usableAddresses(cidr), CidrBlock: cidr, DefaultForAz: isDefault,
    MapPublicIpOnLaunch: isDefault, MapCustomerOwnedIpOnLaunch: false, State: 'available', SubnetId: id, VpcId: vpcId,
    OwnerId: ec2.account.accountId, AssignIpv6AddressOnCreation: false, Ipv6CidrBlockAssociationSet: [],
    SubnetArn: ec2.account.arn('ec2', `subnet/${id}`), EnableDns64: false, Ipv6Native: false,
    PrivateDnsNameOptionsOnLaunch: { HostnameType: 'ip-name', EnableResourceNameDnsARecord: false, EnableResourceNameDnsAAAARecord: false },
    BlockPublicAccessStates: { InternetGatewayBlockMode: 'off' },
    ...outpostArn !== undefined && { OutpostArn: outpostArn },
  };
  ec2.subnets.set(id, subnet);
  return subnet;
}

function makeVpc(ec2: Ec2): string {
  const id = ec2.id('vpc');
  ec2.vpcs.set(id, {
    CidrBlock: '172.31.0.0/16', DhcpOptionsId: ec2.id('dopt'), State: 'available', VpcId: id, OwnerId: ec2.account.accountId, InstanceTenancy: 'default',
    CidrBlockAssociationSet: [{ AssociationId: ec2.id('vpc-cidr-assoc'), CidrBlock: '172.31.0.0/16', CidrBlockState: { State: 'associated' } }],
    IsDefault: true,
  });
  makeSecurityGroup(ec2, { vpcId: id, name: 'default', description: 'default VPC security group' });
  return id;
}

interface GroupSpec { readonly id?: string; readonly vpcId: string; readonly name: string; readonly description: string }

export function makeSecurityGroup(ec2: Ec2, { id = ec2.id('sg'), vpcId, name, description }: GroupSpec): string {
  ec2.securityGroups.set(id, {
    Description: description, GroupName: name, OwnerId: ec2.account.accountId, GroupId: id, VpcId: vpcId,
    SecurityGroupArn: ec2.account.arn('ec2', `security-group/${id}`), IpPermissions: [],
    IpPermissionsEgress: [{
      IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }], Ipv6Ranges: [], PrefixListIds: [], UserIdGroupPairs: [],
    }],
  });
  return id;
}
