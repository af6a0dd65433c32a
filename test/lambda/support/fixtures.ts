import type { Instance } from '@aws-sdk/client-ec2';
import { expectedCost } from '../../../lambda/shared/plan/budget';
import { buildPlan } from '../../../lambda/shared/plan/build';
import type { Plan } from '../../../lambda/shared/plan/plan';
import type { SubnetFacts } from '../../../lambda/shared/plan/subnets';
import { plain } from '../../../lambda/shared/json';
import { checkRequest } from '../../../lambda/shared/request/check';
import type { InstanceTypeFacts, Source, SourceVolume } from '../../../lambda/shared/source/source';

export const SOURCE_ID = 'i-0123456789abcdef0';
export const EXECUTION = 'arn:aws:states:eu-west-1:111122223333:execution:Clone:run-1';
export const OWNER = 'Stack/InstanceClone';
export const STEP = { execution: EXECUTION, owner: OWNER };
export const KEY_ARN = 'arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555';

export function instance(over: Partial<Instance> = {}): Instance {
  return {
    InstanceId: SOURCE_ID, InstanceType: 'm7i.large', State: { Code: 16, Name: 'running' }, ImageId: 'ami-0123456789abcdef0', KeyName: 'operators',
    Architecture: 'x86_64', VirtualizationType: 'hvm', EnaSupport: true, RootDeviceName: '/dev/xvda', RootDeviceType: 'ebs', Hypervisor: 'xen',
    PlatformDetails: 'Linux/UNIX', UsageOperation: 'RunInstances', BootMode: 'uefi-preferred', CurrentInstanceBootMode: 'uefi', EbsOptimized: true,
    LaunchTime: new Date('2026-01-01T00:00:00Z'), SubnetId: 'subnet-0000000000000000a', VpcId: 'vpc-0000000000000000a', PrivateIpAddress: '10.0.0.10',
    Placement: { AvailabilityZone: 'eu-west-1a', Tenancy: 'default', GroupName: '' }, Monitoring: { State: 'disabled' },
    IamInstanceProfile: { Arn: 'arn:aws:iam::111122223333:instance-profile/path/app', Id: 'AIPA' },
    CpuOptions: { CoreCount: 1, ThreadsPerCore: 2 },
    MetadataOptions: { State: 'applied', HttpTokens: 'required', HttpPutResponseHopLimit: 2, HttpEndpoint: 'enabled', HttpProtocolIpv6: 'disabled', InstanceMetadataTags: 'disabled' },
    CapacityReservationSpecification: { CapacityReservationPreference: 'open' },
    SecurityGroups: [{ GroupId: 'sg-0000000000000000a', GroupName: 'app' }],
    Tags: [{ Key: 'Name', Value: 'db' }, { Key: 'aws:autoscaling:groupName', Value: 'asg' }, { Key: 'instance-mobility:owner', Value: 'other' }],
    BlockDeviceMappings: [
      { DeviceName: '/dev/xvda', Ebs: { VolumeId: 'vol-0000000000000000a', DeleteOnTermination: true, Status: 'attached' } },
      { DeviceName: '/dev/sdf', Ebs: { VolumeId: 'vol-0000000000000000b', DeleteOnTermination: false, Status: 'attached' } },
    ],
    NetworkInterfaces: [{
      NetworkInterfaceId: 'eni-0000000000000000a', SubnetId: 'subnet-0000000000000000a', VpcId: 'vpc-0000000000000000a', Description: 'front', InterfaceType: 'interface',
      SourceDestCheck: false, PrivateIpAddress: '10.0.0.10', Groups: [{ GroupId: 'sg-0000000000000000a', GroupName: 'app' }],
      PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: '10.0.0.10' }, { Primary: false, PrivateIpAddress: '10.0.0.11' }],
      Attachment: { AttachmentId: 'eni-attach-1', DeviceIndex: 0, NetworkCardIndex: 0, DeleteOnTermination: true, Status: 'attached' },
    }],
    ...over,
  };
}

export function volume(over: Partial<SourceVolume> = {}): SourceVolume {
  return {
    device: '/dev/sdf', volumeId: 'vol-0000000000000000b', root: false, deleteOnTermination: false, ebsCardIndex: null, size: 100, type: 'gp3', iops: 3000, throughput: 125,
    encrypted: true, kmsKeyId: KEY_ARN, multiAttach: false, attachments: 1, tags: { Name: 'data', Team: 'a' }, ...over,
  };
}

export const ROOT_VOLUME = volume({ device: '/dev/xvda', volumeId: 'vol-0000000000000000a', root: true, deleteOnTermination: true, size: 8, encrypted: false, kmsKeyId: null, tags: { Team: 'a' } });

export const TYPE: InstanceTypeFacts = {
  name: 'm7i.large', hypervisor: 'nitro', bareMetal: false, burstable: false, architectures: ['x86_64'], bootModes: ['legacy-bios', 'uefi'], tpm: true, vcpus: 2, cores: 1, threadsPerCore: 2,
  instanceStoreGb: 0, maximumInterfaces: 3, ipv4PerInterface: 10, maximumVolumes: 27, enaRequired: true, efa: false, hibernation: true, enclaves: false,
};

export function source(over: Partial<Source> = {}, described: Partial<Instance> = {}): Source {
  return {
    instanceId: SOURCE_ID, name: 'db', state: 'running', availabilityZone: 'eu-west-1a', instance: plain(instance(described)),
    attributes: { userData: null, terminationProtection: true, stopProtection: false, shutdownBehavior: 'stop', cpuCredits: null, uefiData: true },
    volumes: [ROOT_VOLUME, volume()], interfaceTags: { 'eni-0000000000000000a': { Team: 'a' } },
    securityGroups: [{ groupId: 'sg-0000000000000000a', vpcId: 'vpc-0000000000000000a' }],
    image: { imageId: 'ami-0123456789abcdef0', imdsSupport: 'v2.0', bootMode: 'uefi-preferred', tpmSupport: null, ephemeral: [], state: 'available', architecture: 'x86_64', virtualizationType: 'hvm', rootDeviceName: '/dev/xvda',
      platformDetails: 'Linux/UNIX', usageOperation: 'RunInstances', devices: ['/dev/xvda'] },
    instanceType: TYPE, cloneType: TYPE, keyPairGone: false,
    profile: { name: 'app', arn: 'arn:aws:iam::111122223333:instance-profile/path/app', roleArn: 'arn:aws:iam::111122223333:role/app' },
    managedBySsm: true, warnings: [], ...over,
  };
}

export const SUBNET: SubnetFacts = {
  subnetId: 'subnet-0000000000000000a', vpcId: 'vpc-0000000000000000a', availabilityZone: 'eu-west-1a', freeAddresses: 200, ipv6: false, ipv6Native: false, edge: false,
};
export const OTHER_ZONE: SubnetFacts = { ...SUBNET, subnetId: 'subnet-0000000000000000b', availabilityZone: 'eu-west-1b' };
export const OTHER_VPC: SubnetFacts = { ...SUBNET, subnetId: 'subnet-0000000000000000c', vpcId: 'vpc-0000000000000000c' };

export function request(over: object = {}) {
  return checkRequest({ sourceInstanceId: SOURCE_ID, ...over }, true);
}

export function planFor(over: object = {}, from: Source = source(), allowed: readonly string[] = [], prices: Record<string, number> = {}): Omit<Plan, 'checks'> {
  const planned = buildPlan(request(over), from, [SUBNET, OTHER_ZONE, OTHER_VPC], allowed, prices);
  return { ...planned, isolation: null, expectedCost: expectedCost(planned.cost, planned.expireAfter) };
}
