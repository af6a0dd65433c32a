import type {
  CreateSecurityGroupResult, DescribeIamInstanceProfileAssociationsResult, DescribeSecurityGroupsResult, DescribeVpcEndpointsResult, IpPermission,
  RevokeSecurityGroupEgressResult,
} from '@aws-sdk/client-ec2';
import { letsOut } from '../../../rehearsal/cloud/ec2/security-groups';
import { world } from './world';

const everything: IpPermission = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
const https = (...cidrs: string[]): IpPermission => ({ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: cidrs.map(CidrIp => ({ CidrIp })) });

function network() {
  const it = world();
  const { instanceId, subnetId } = it.ec2.addInstance({ profile: 'db', volumes: [{}] });
  const vpcId = it.ec2.get(it.ec2.subnets, subnetId).VpcId;
  const make = async (name = 'isolated') => (await it.call('CreateSecurityGroup', { GroupName: name, Description: 'a test', VpcId: vpcId }) as CreateSecurityGroupResult).GroupId!;
  return { ...it, instanceId, subnetId, vpcId, make };
}

describe('a new security group', () => {
  test('lets everything out until its rule is revoked, and then what is authorised', async () => {
    const { make, call, ec2 } = network();
    const GroupId = await make();
    const group = ec2.get(ec2.securityGroups, GroupId);
    expect(letsOut(group, 25, '10.0.0.1')).toBe(true);
    await call('RevokeSecurityGroupEgress', { GroupId, IpPermissions: [everything] });
    expect(letsOut(group, 443, '10.0.0.1')).toBe(false);
    await call('AuthorizeSecurityGroupEgress', { GroupId, IpPermissions: [https('10.0.0.0/31')] });
    expect([letsOut(group, 443, '10.0.0.1'), letsOut(group, 80, '10.0.0.1'), letsOut(group, 443, '10.0.0.2')]).toEqual([true, false, false]);
    const { SecurityGroups } = await call('DescribeSecurityGroups', { GroupIds: [GroupId] }) as DescribeSecurityGroupsResult;
    expect(SecurityGroups![0]!.IpPermissionsEgress).toMatchObject([https('10.0.0.0/31')]);
  });

  test('a rule that is there twice is refused, one that is not there is told', async () => {
    const { make, call, refusal } = network();
    const GroupId = await make();
    expect(await refusal('AuthorizeSecurityGroupEgress', { GroupId, IpPermissions: [everything] })).toBe('InvalidPermission.Duplicate');
    const { UnknownIpPermissions } = await call('RevokeSecurityGroupEgress', { GroupId, IpPermissions: [https('10.0.0.0/8')] }) as RevokeSecurityGroupEgressResult;
    expect(UnknownIpPermissions).toHaveLength(1);
  });

  test('holds sixty rules', async () => {
    const { make, refusal } = network();
    const many = https(...Array.from({ length: 60 }, (_, index) => `10.0.${index}.0/24`));
    expect(await refusal('AuthorizeSecurityGroupEgress', { GroupId: await make(), IpPermissions: [many] })).toBe('RulesPerSecurityGroupLimitExceeded');
  });

  test('has a name that no other in the VPC has', async () => {
    const { make, refusal, vpcId } = network();
    await make();
    expect(await refusal('CreateSecurityGroup', { GroupName: 'isolated', Description: 'again', VpcId: vpcId })).toBe('InvalidGroup.Duplicate');
  });

  test('goes only when no interface has it any more', async () => {
    const { make, call, refusal, ec2, instanceId } = network();
    const GroupId = await make();
    const { NetworkInterfaces: [eni], SecurityGroups } = ec2.get(ec2.instances, instanceId);
    const [{ GroupId: before }] = SecurityGroups as [{ GroupId: string }];
    await call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId: eni!.NetworkInterfaceId, Groups: [GroupId] });
    expect(await refusal('DeleteSecurityGroup', { GroupId })).toBe('DependencyViolation');
    await call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId: eni!.NetworkInterfaceId, Groups: [before] });
    await call('DeleteSecurityGroup', { GroupId });
    expect(await refusal('DeleteSecurityGroup', { GroupId })).toBe('InvalidGroup.NotFound');
    expect(await refusal('DeleteSecurityGroup', { GroupId: before })).toBe('CannotDelete');
  });
});

describe('interface endpoints', () => {
  test('are found by VPC, and have an interface in their subnet', async () => {
    const { ec2, call, subnetId, vpcId } = network();
    const { NetworkInterfaceIds: [eni] = [] } = ec2.addVpcEndpoint({ service: 'ssm', subnetId });
    const found = async (vpc: string) => (await call('DescribeVpcEndpoints', { Filters: [{ Name: 'vpc-id', Values: [vpc] }] }) as DescribeVpcEndpointsResult).VpcEndpoints;
    expect(await found(vpcId)).toMatchObject([{ ServiceName: 'com.amazonaws.us-east-1.ssm', PrivateDnsEnabled: true, State: 'available' }]);
    expect(await found('vpc-0badbadbadbadbad0')).toEqual([]);
    expect(ec2.get(ec2.networkInterfaces, eni!)).toMatchObject({ SubnetId: subnetId, Status: 'in-use', RequesterManaged: true });
  });
});

describe('the profile of a running instance', () => {
  const associated = async ({ call, instanceId }: ReturnType<typeof network>) => (await call('DescribeIamInstanceProfileAssociations', {
    Filters: [{ Name: 'instance-id', Values: [instanceId] }],
  }) as DescribeIamInstanceProfileAssociationsResult).IamInstanceProfileAssociations!;

  test('is replaced by another, under a new association', async () => {
    const it = network();
    it.account.iam.addRole({ name: 'web' });
    it.account.iam.addInstanceProfile('web', 'web');
    const [{ AssociationId }] = await associated(it) as [{ AssociationId: string }];
    await it.call('ReplaceIamInstanceProfileAssociation', { AssociationId, IamInstanceProfile: { Name: 'web' } });
    expect(await associated(it)).toMatchObject([{ State: 'associating', IamInstanceProfile: { Arn: expect.stringContaining('instance-profile/web') } }]);
    await it.pass(10);
    expect(await associated(it)).toMatchObject([{ State: 'associated' }]);
    expect((await it.instance(it.instanceId)).IamInstanceProfile!.Arn).toContain('/web');
    expect(await it.refusal('ReplaceIamInstanceProfileAssociation', { AssociationId, IamInstanceProfile: { Name: 'web' } })).toBe('InvalidAssociationID.NotFound');
  });

  test('can be taken away', async () => {
    const it = network();
    const [{ AssociationId }] = await associated(it) as [{ AssociationId: string }];
    await it.call('DisassociateIamInstanceProfile', { AssociationId });
    expect(await it.refusal('DisassociateIamInstanceProfile', { AssociationId })).toBe('IncorrectState');
    await it.pass(10);
    expect(await associated(it)).toEqual([]);
    expect((await it.instance(it.instanceId)).IamInstanceProfile).toBeUndefined();
  });
});

describe('a reboot', () => {
  test('starts the status checks over, and is refused where nothing runs', async () => {
    const { call, ec2, instanceId, refusal, pass, account } = network();
    await call('RebootInstances', { InstanceIds: [instanceId] });
    expect(ec2.get(ec2.instanceModels, instanceId).reboots).toBe(1);
    expect(account.ssm.guest(instanceId).reachable).toBe(false);
    await pass(61);
    expect(account.ssm.guest(instanceId).reachable).toBe(true);
    await call('StopInstances', { InstanceIds: [instanceId] });
    expect(await refusal('RebootInstances', { InstanceIds: [instanceId] })).toBe('IncorrectInstanceState');
  });
});
