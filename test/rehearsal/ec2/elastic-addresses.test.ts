import { addElasticAddress } from '../../../rehearsal/cloud/ec2/elastic-addresses';
import { world } from './world';

function two() {
  const it = world();
  const [first, second] = [it.ec2.addInstance({ publicIp: true }), it.ec2.addInstance({ publicIp: true })];
  const address = addElasticAddress(it.ec2);
  return { ...it, first, second, address, allocation: { AllocationId: address.AllocationId! } };
}
const addressesOf = async (it: ReturnType<typeof two>) => (await it.call('DescribeAddresses', {}) as { Addresses: object[] }).Addresses;

test('an address goes to an instance, in the place of its public one, and both sides tell it', async () => {
  const it = two();
  const { AssociationId } = await it.call('AssociateAddress', { ...it.allocation, InstanceId: it.first.instanceId }) as { AssociationId: string };
  expect(AssociationId).toMatch(/^eipassoc-0[0-9a-f]{16}$/);
  const instance = await it.instance(it.first.instanceId);
  expect(instance).toMatchObject({ PublicIpAddress: it.address.PublicIp, PublicDnsName: expect.stringContaining('compute-1.amazonaws.com') });
  expect(instance.NetworkInterfaces![0]!.Association).toEqual({ IpOwnerId: '111122223333', PublicDnsName: instance.PublicDnsName, PublicIp: it.address.PublicIp });
  expect(await addressesOf(it)).toEqual([{
    ...it.allocation, AssociationId, Domain: 'vpc', PublicIp: it.address.PublicIp, PublicIpv4Pool: 'amazon', NetworkBorderGroup: 'us-east-1',
    InstanceId: it.first.instanceId, NetworkInterfaceId: it.first.networkInterfaceIds[0], NetworkInterfaceOwnerId: '111122223333',
    PrivateIpAddress: instance.PrivateIpAddress,
  }]);
});

test('it moves from instance to instance, unless the caller forbids to take it away', async () => {
  const it = two();
  await it.call('AssociateAddress', { ...it.allocation, InstanceId: it.first.instanceId });
  const again = { ...it.allocation, InstanceId: it.first.instanceId, AllowReassociation: false };
  await expect(it.call('AssociateAddress', again)).resolves.toEqual({ AssociationId: it.address.AssociationId });
  const toSecond = { ...it.allocation, InstanceId: it.second.instanceId };
  expect(await it.refusal('AssociateAddress', { ...toSecond, AllowReassociation: false })).toBe('Resource.AlreadyAssociated');
  expect((await it.instance(it.first.instanceId)).PublicIpAddress).toBe(it.address.PublicIp);
  await it.call('AssociateAddress', toSecond);
  expect((await it.instance(it.first.instanceId)).PublicIpAddress).toBeUndefined();
  expect((await it.instance(it.second.instanceId)).PublicIpAddress).toBe(it.address.PublicIp);
});

test('an instance that has an address loses it to the new one; the old one stays allocated', async () => {
  const it = two();
  const other = addElasticAddress(it.ec2, { instanceId: it.first.instanceId });
  await it.call('AssociateAddress', { ...it.allocation, NetworkInterfaceId: it.first.networkInterfaceIds[0] });
  expect((await it.instance(it.first.instanceId)).PublicIpAddress).toBe(it.address.PublicIp);
  expect(other.AssociationId).toBeUndefined();
  expect(it.ec2.addresses.get(other.AllocationId!)).toBe(other);
});

test('a secondary private address may have one of its own', async () => {
  const it = two();
  const { instanceId, networkInterfaceIds: [eni] } = it.ec2.addInstance({ interfaces: [{ secondaryAddresses: 1 }] });
  const secondary = (await it.instance(instanceId)).NetworkInterfaces![0]!.PrivateIpAddresses![1]!.PrivateIpAddress!;
  expect(await it.refusal('AssociateAddress', { ...it.allocation, NetworkInterfaceId: eni, PrivateIpAddress: '10.9.9.9' })).toBe('InvalidParameterValue');
  await it.call('AssociateAddress', { ...it.allocation, NetworkInterfaceId: eni, PrivateIpAddress: secondary });
  const { PublicIpAddress, NetworkInterfaces } = await it.instance(instanceId);
  expect(PublicIpAddress).toBeUndefined();
  expect(NetworkInterfaces![0]!.PrivateIpAddresses![1]!.Association).toMatchObject({ PublicIp: it.address.PublicIp });
});

test('what is refused', async () => {
  const it = two();
  const many = it.ec2.addInstance({ interfaces: [{}, {}] });
  const { instanceId: InstanceId, networkInterfaceIds: [NetworkInterfaceId] } = it.first;
  expect(await it.refusal('AssociateAddress', { ...it.allocation })).toBe('MissingParameter');
  expect(await it.refusal('AssociateAddress', { InstanceId })).toBe('MissingParameter');
  expect(await it.refusal('AssociateAddress', { ...it.allocation, InstanceId, NetworkInterfaceId })).toBe('InvalidParameterCombination');
  expect(await it.refusal('AssociateAddress', { AllocationId: 'eipalloc-00000000000000000', InstanceId })).toBe('InvalidAllocationID.NotFound');
  expect(await it.refusal('AssociateAddress', { ...it.allocation, InstanceId: many.instanceId })).toBe('InvalidInstanceID');
  it.address.NetworkBorderGroup = 'us-east-1-bos-1';
  expect(await it.refusal('AssociateAddress', { ...it.allocation, InstanceId })).toBe('InvalidParameter');
  expect(await it.refusal('DisassociateAddress', { AssociationId: 'eipassoc-x' })).toBe('InvalidAssociationID.NotFound');
});

test('it can be taken off, also twice', async () => {
  const it = two();
  const { AssociationId } = await it.call('AssociateAddress', { ...it.allocation, InstanceId: it.first.instanceId }) as { AssociationId: string };
  await it.call('DisassociateAddress', { AssociationId });
  await it.call('DisassociateAddress', { AssociationId });
  expect((await it.instance(it.first.instanceId)).PublicIpAddress).toBeUndefined();
  expect(await addressesOf(it)).toEqual([expect.not.objectContaining({ AssociationId: expect.anything(), InstanceId: expect.anything() })]);
});

test('it survives a stop, and is free after a termination', async () => {
  const it = two();
  await it.call('AssociateAddress', { ...it.allocation, InstanceId: it.first.instanceId });
  await it.call('StopInstances', { InstanceIds: [it.first.instanceId] });
  await it.pass(120);
  expect((await it.instance(it.first.instanceId)).PublicIpAddress).toBe(it.address.PublicIp);
  await it.call('TerminateInstances', { InstanceIds: [it.first.instanceId] });
  await it.pass(120);
  expect(await addressesOf(it)).toEqual([expect.not.objectContaining({ AssociationId: expect.anything(), NetworkInterfaceId: expect.anything() })]);
});

test('an interface takes five security groups, at its launch and later', async () => {
  const it = two();
  const { VpcId } = await it.instance(it.first.instanceId);
  const groups = Array.from({ length: 6 }, (_, n) => {
    const GroupId = `sg-0000000000000000${n}`;
    it.ec2.securityGroups.set(GroupId, { GroupId, GroupName: `g${n}`, VpcId });
    return GroupId;
  });
  const [NetworkInterfaceId] = it.first.networkInterfaceIds;
  expect(await it.refusal('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId, Groups: groups })).toBe('SecurityGroupsPerInterfaceLimitExceeded');
  await it.call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId, Groups: groups.slice(1) });
  expect((await it.instance(it.first.instanceId)).SecurityGroups!.map(group => group.GroupId)).toEqual(groups.slice(1));
  it.ec2.limits.securityGroupsPerInterface = 16;
  await it.call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId, Groups: groups });
});
