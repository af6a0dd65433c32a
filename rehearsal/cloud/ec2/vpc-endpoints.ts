import type { DescribeVpcEndpointsRequest, DescribeVpcEndpointsResult, VpcEndpoint } from '@aws-sdk/client-ec2';
import { paginate } from '../paginate';
import type { Call } from '../service';
import { filtered, plain, type Filters } from './filters';
import { groupsFor, makeInterface } from './network';
import type { Ec2 } from './state';
import { told } from './volumes';

const filters: Filters<VpcEndpoint> = {
  'vpc-id': plain(each => each.VpcId), 'service-name': plain(each => each.ServiceName), 'vpc-endpoint-id': plain(each => each.VpcEndpointId),
  'vpc-endpoint-state': plain(each => each.State), 'vpc-endpoint-type': plain(each => each.VpcEndpointType),
};

export function describeVpcEndpoints(input: DescribeVpcEndpointsRequest, { account }: Call): DescribeVpcEndpointsResult {
  const named = [...account.ec2.vpcEndpoints.values()].filter(each => !input.VpcEndpointIds?.length || input.VpcEndpointIds.includes(each.VpcEndpointId!));
  const { page, NextToken } = paginate(filtered(named, input.Filters, filters), each => each.VpcEndpointId!, input);
  return { VpcEndpoints: page.map(each => told(each)), NextToken };
}

export interface EndpointSpec {
  /** Such as `ssm`. */
  readonly service: string;
  readonly subnetId: string;
  readonly privateDns?: boolean;
}

/** Puts an interface endpoint into the account, as if it had been there for a while. */
export function addVpcEndpoint(ec2: Ec2, { service, subnetId, privateDns = true }: EndpointSpec): VpcEndpoint {
  const subnet = ec2.get(ec2.subnets, subnetId);
  const id = ec2.id('vpce');
  const suffix = ec2.account.partition === 'aws-cn' ? 'cn.com.amazonaws' : 'com.amazonaws';
  const record = makeInterface(ec2, {
    subnet, groups: groupsFor(ec2, subnet, undefined), spec: { Description: `VPC Endpoint Interface ${id}` }, publicAddress: false,
  }, []);
  Object.assign(record, { InterfaceType: 'vpc_endpoint', RequesterManaged: true, Status: 'in-use' });
  const endpoint: VpcEndpoint = {
    VpcEndpointId: id, VpcEndpointType: 'Interface', VpcId: subnet.VpcId, ServiceName: `${suffix}.${ec2.account.region}.${service}`,
    State: 'available' as VpcEndpoint['State'], PrivateDnsEnabled: privateDns, SubnetIds: [subnetId], NetworkInterfaceIds: [record.NetworkInterfaceId],
    Groups: (record.Groups ?? []).map(({ GroupId, GroupName }) => ({ GroupId, GroupName })), RouteTableIds: [], CreationTimestamp: ec2.date(),
    OwnerId: ec2.account.accountId, RequesterManaged: false, IpAddressType: 'ipv4',
  };
  ec2.vpcEndpoints.set(id, endpoint);
  return endpoint;
}
