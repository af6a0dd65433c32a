import type { InstanceNetworkInterface } from '@aws-sdk/client-ec2';
import { usableAddresses } from './addresses';
import { addKeyPair } from './builder';
import { Blocks } from './content';
import { makeSecurityGroup, makeSubnet } from './default-network';
import { defaultCredits, typeInfo } from './instance-types';
import { makeImage } from './make-image';
import { type Ec2, type InstanceRecord, type InterfaceRecord, windows } from './state';
import { zoneId, zones } from './zones';

/** Completes every instance by what it refers to and nobody described; says what was assumed. */
export function completeInstances(ec2: Ec2, notes: string[]): void {
  for (const instance of ec2.instances.values()) {
    const say = (text: string) => notes.push(`${instance.InstanceId}: ${text}`);
    completeRecord(ec2, instance, say);
    if (instance.State.Name === 'terminated') continue;
    completeNetwork(ec2, instance, say);
    completeVolumes(ec2, instance, say);
    completeImage(ec2, instance, say);
    completeNames(ec2, instance, say);
  }
}

type Say = (text: string) => void;

/** Hand-trimmed and old answers lack members that every instance of today has. */
function completeRecord(ec2: Ec2, instance: Partial<InstanceRecord> & { InstanceId: string }, say: Say): void {
  const missing: string[] = [];
  const need = <K extends keyof InstanceRecord>(member: K, value: InstanceRecord[K]) => {
    if (instance[member] !== undefined) return;
    (instance as InstanceRecord)[member] = value;
    missing.push(member);
  };
  need('State', { Code: 16, Name: 'running' });
  need('InstanceType', 't3.micro');
  need('Placement', { AvailabilityZone: zones(ec2.account.region)[0]!.name, GroupName: '', Tenancy: 'default' });
  need('BlockDeviceMappings', []);
  need('NetworkInterfaces', []);
  need('LaunchTime', ec2.date());
  need('ImageId', ec2.id('ami'));
  need('Architecture', 'x86_64');
  need('VirtualizationType', 'hvm');
  need('RootDeviceType', 'ebs');
  need('RootDeviceName', instance.BlockDeviceMappings?.[0]?.DeviceName ?? '/dev/xvda');
  if (missing.length > 0) say(`assumed ${missing.join(', ')}, which the answer lacks`);
  const zone = instance.Placement?.AvailabilityZone ?? '';
  if (!zone.startsWith(ec2.account.region)) say(`it is in ${zone || 'no zone'}, not in the rehearsal's Region ${ec2.account.region}`);
  const model = ec2.get(ec2.instanceModels, instance.InstanceId);
  if (instance.State?.Name === 'running') model.runningSince ??= ec2.account.clock.now() - 3_600_000;
  const type = typeInfo(instance.InstanceType!);
  if (!type) say(`the rehearsal does not know the instance type ${instance.InstanceType}`);
  else if (type.burstable && model.cpuCredits === undefined) {
    model.cpuCredits = defaultCredits(type.name);
    say(`assumed ${model.cpuCredits} CPU credits (describe-instance-credit-specifications would tell)`);
  }
}

function completeNetwork(ec2: Ec2, instance: InstanceRecord, say: Say): void {
  if (instance.NetworkInterfaces.length === 0 && instance.SubnetId === undefined && instance.VpcId === undefined) {
    say('it has no network interface and no subnet');
  }
  for (const each of instance.NetworkInterfaces) {
    const id = each.NetworkInterfaceId;
    if (id !== undefined && !ec2.networkInterfaces.has(id)) ec2.networkInterfaces.set(id, interfaceOf(each, instance));
    completeSubnet(ec2, each.SubnetId ?? instance.SubnetId, each.VpcId ?? instance.VpcId, instance, each.PrivateIpAddress, say);
    for (const group of each.Groups ?? []) completeGroup(ec2, group, each.VpcId ?? instance.VpcId, say);
  }
  completeSubnet(ec2, instance.SubnetId, instance.VpcId, instance, instance.PrivateIpAddress, say);
  for (const group of instance.SecurityGroups ?? []) completeGroup(ec2, group, instance.VpcId, say);
}

/** The same interface as DescribeNetworkInterfaces would show it. */
function interfaceOf(each: InstanceNetworkInterface, instance: InstanceRecord): InterfaceRecord {
  const { Attachment, ...rest } = each;
  return {
    ...rest as Partial<InterfaceRecord>,
    NetworkInterfaceId: each.NetworkInterfaceId!, Status: each.Status ?? 'in-use', SubnetId: each.SubnetId ?? instance.SubnetId ?? '',
    PrivateIpAddresses: each.PrivateIpAddresses ?? [], AvailabilityZone: instance.Placement.AvailabilityZone, TagSet: [], RequesterManaged: false,
    Attachment: { ...Attachment, InstanceId: instance.InstanceId, InstanceOwnerId: each.OwnerId },
  };
}

function completeSubnet(ec2: Ec2, id: string | undefined, vpcId: string | undefined, instance: InstanceRecord, address: string | undefined, say: Say): void {
  if (!id) return;
  const known = ec2.subnets.get(id);
  const zone = instance.Placement.AvailabilityZone ?? zones(ec2.account.region)[0]!.name;
  if (known) {
    known.AvailabilityZone ??= zone;
    completeVpc(ec2, known.VpcId);
    known.AvailableIpAddressCount ??= known.CidrBlock ? usableAddresses(known.CidrBlock) : 200;
    return;
  }
  const cidr = /^\d+\.\d+\.\d+\.\d+$/.test(address ?? '') ? `${address!.split('.').slice(0, 3).join('.')}.0/24` : '10.0.0.0/24';
  completeVpc(ec2, makeSubnet(ec2, { id, vpcId: vpcId ?? ec2.id('vpc'), cidr, zone, zoneId: zoneId(ec2.account.region, zone) }).VpcId);
  say(`assumed ${cidr} for ${id} (describe-subnets would tell)`);
}

/** All that anybody asks of a VPC here is that it exists: nothing about it has to be assumed. */
function completeVpc(ec2: Ec2, id: string | undefined): void {
  if (id !== undefined && !ec2.vpcs.has(id)) ec2.vpcs.set(id, { VpcId: id, State: 'available', InstanceTenancy: 'default' });
}

function completeGroup(ec2: Ec2, { GroupId: id, GroupName: name }: { GroupId?: string; GroupName?: string }, vpcId: string | undefined, say: Say): void {
  if (!id || ec2.securityGroups.has(id)) return;
  makeSecurityGroup(ec2, { id, vpcId: vpcId ?? '', name: name ?? id, description: '' });
  say(`assumed the rules of ${id} (describe-security-groups would tell)`);
}

function completeVolumes(ec2: Ec2, instance: InstanceRecord, say: Say): void {
  for (const { DeviceName: device, Ebs: ebs } of instance.BlockDeviceMappings) {
    const id = ebs?.VolumeId;
    if (!id || !ebs) continue;
    const zone = instance.Placement.AvailabilityZone ?? zones(ec2.account.region)[0]!.name;
    const attachment = {
      AttachTime: ebs.AttachTime, Device: device, InstanceId: instance.InstanceId, State: ebs.Status ?? 'attached', VolumeId: id,
      DeleteOnTermination: ebs.DeleteOnTermination ?? false,
    };
    const known = ec2.volumes.get(id);
    if (known) {
      known.AvailabilityZone ??= zone;
      if (!known.Attachments.some(each => each.InstanceId === instance.InstanceId)) known.Attachments.push(attachment);
      known.State = 'in-use';
      continue;
    }
    const written = 8 * 1024 * ec2.timing.writtenShare;
    ec2.volumes.set(id, {
      VolumeId: id, Attachments: [attachment], AvailabilityZone: zone, CreateTime: ebs.AttachTime ?? instance.LaunchTime, Encrypted: false, Size: 8,
      SnapshotId: '', State: 'in-use', Iops: 3000, Throughput: 125, VolumeType: 'gp3', MultiAttachEnabled: false,
    });
    ec2.volumeModels.set(id, { blocks: new Blocks(), writtenMiB: written, changedMiB: written, createdAt: 0 });
    say(`assumed 8 GiB gp3, not encrypted, for ${id} at ${device} (describe-volumes would tell)`);
  }
  const root = instance.BlockDeviceMappings.find(each => each.DeviceName === instance.RootDeviceName)?.Ebs?.VolumeId;
  const model = root === undefined ? undefined : ec2.volumeModels.get(root);
  if (model) {
    model.platform ??= {
      PlatformDetails: instance.PlatformDetails ?? (instance.Platform === windows ? 'Windows' : 'Linux/UNIX'),
      UsageOperation: instance.UsageOperation ?? (instance.Platform === windows ? 'RunInstances:0002' : 'RunInstances'),
    };
  }
}

function completeImage(ec2: Ec2, instance: InstanceRecord, say: Say): void {
  if (ec2.images.has(instance.ImageId)) return;
  const image = makeImage(ec2, { name: instance.ImageId, description: '', tags: [], like: { ...instance, InstanceId: undefined } });
  const root = instance.BlockDeviceMappings.find(({ DeviceName }) => DeviceName === instance.RootDeviceName)?.Ebs?.VolumeId;
  const { Size: VolumeSize = 8 } = ec2.volumes.get(root ?? '') ?? {};
  ec2.images.set(instance.ImageId, {
    // somebody else's, so that nothing needs to be known of its snapshot
    ...image, ImageId: instance.ImageId, State: 'available', OwnerId: '137112412989', ImageOwnerAlias: 'amazon', Public: true,
    BlockDeviceMappings: [{ DeviceName: instance.RootDeviceName, Ebs: { DeleteOnTermination: true, SnapshotId: ec2.id('snap'), VolumeSize, VolumeType: 'gp2', Encrypted: false } }],
  });
  ec2.imageModels.set(instance.ImageId, { createdAt: 0 });
  say(`assumed that ${instance.ImageId} is like the instance (describe-images would tell)`);
}

/** What the instance names: its key pair, its profile and the profile's role. */
function completeNames(ec2: Ec2, instance: InstanceRecord, say: Say): void {
  if (instance.KeyName !== undefined && !ec2.keyPairs.has(instance.KeyName)) {
    addKeyPair(ec2, instance.KeyName);
    say(`assumed that the key pair '${instance.KeyName}' still exists (describe-key-pairs would tell)`);
  }
  const arn = instance.IamInstanceProfile?.Arn;
  if (arn === undefined) return;
  const { iam } = ec2.account;
  const path = arn.slice(arn.indexOf('instance-profile/') + 'instance-profile/'.length);
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (iam.instanceProfiles.has(name)) return;
  if (!iam.roles.has(name)) iam.addRole({ name });
  const profile = iam.addInstanceProfile(name, name);
  // under its own ARN, which names the account it comes from
  const id = instance.IamInstanceProfile?.Id;
  iam.instanceProfiles.set(name, { ...profile, Arn: arn, ...id !== undefined && { InstanceProfileId: id } });
  say(`assumed that the instance profile '${name}' has a role of the same name (aws iam get-instance-profile would tell)`);
}
