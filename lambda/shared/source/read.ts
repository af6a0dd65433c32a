import { createHash } from 'node:crypto';
import {
  DescribeImagesCommand, DescribeInstanceAttributeCommand, DescribeInstanceCreditSpecificationsCommand, DescribeInstancesCommand,
  DescribeInstanceTypesCommand, DescribeKeyPairsCommand, DescribeNetworkInterfacesCommand, DescribeSecurityGroupsCommand, DescribeVolumesCommand,
  GetInstanceUefiDataCommand, type Instance, type InstanceAttributeName,
  type _InstanceType,
} from '@aws-sdk/client-ec2';
import { GetInstanceProfileCommand, IAMClient } from '@aws-sdk/client-iam';
import { DescribeInstanceInformationCommand, SSMClient } from '@aws-sdk/client-ssm';
import { ec2, sourceEc2 } from '../ec2';
import { errorMessage, errorName } from '../error-name';
import { InstanceProfileNotFound, SourceIsChanging, SourceNotAdmitted, SourceNotFound } from '../errors';
import { sourceClient, sourcePlace } from '../source-place';
import { tagMap, type Tags } from '../tags';
import {
  type ImageFacts, imageFacts, type InstanceTypeFacts, instanceTypeFacts, type Source, type SourceAttributes, type SourceVolume, volumeFacts,
} from './source';

const iam = new IAMClient({});
const ssm = new SSMClient(sourceClient);

export async function readInstance(instanceId: string): Promise<Instance> {
  try {
    const { Reservations } = await sourceEc2.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }));
    const instance = Reservations?.flatMap(({ Instances }) => Instances ?? []).at(0);
    if (instance) return instance;
  } catch (error) {
    if (!/^InvalidInstanceID\./.test(errorName(error))) throw error;
  }
  throw new SourceNotFound(`${instanceId} does not exist in ${sourcePlace === '' ? 'this account and Region' : sourcePlace}: correct sourceInstanceId`);
}

/** Reads what DescribeInstances does not return (one call per attribute: EC2 offers no other way). */
export async function readAttributes(instance: Instance, burstable: boolean): Promise<SourceAttributes> {
  const InstanceId = instance.InstanceId ?? '';
  const attribute = async (Attribute: InstanceAttributeName) => {
    try {
      return await sourceEc2.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute }));
    } catch (error) {
      if (errorName(error) !== 'UnauthorizedOperation') throw error;
      throw new SourceNotAdmitted(`${InstanceId} may not be read: the construct clones only what its prop source admits, and moves only what instances does; give it that tag, or deploy`
        + ` a construct that admits it. EC2 says: ${errorMessage(error)}`);
    }
  };
  const [userData, termination, stop, shutdown, cpuCredits, uefiData] = await Promise.all([
    attribute('userData'), attribute('disableApiTermination'), attribute('disableApiStop'), attribute('instanceInitiatedShutdownBehavior'),
    burstable ? readCpuCredits(InstanceId) : null,
    hasUefiData(instance),
  ]);
  const data = userData.UserData?.Value;
  return {
    userData: data ? { sha256: createHash('sha256').update(data).digest('hex'), bytes: Buffer.from(data, 'base64').length } : null,
    terminationProtection: termination.DisableApiTermination?.Value ?? false,
    stopProtection: stop.DisableApiStop?.Value ?? false,
    shutdownBehavior: shutdown.InstanceInitiatedShutdownBehavior?.Value ?? 'stop',
    cpuCredits,
    uefiData,
  };
}

/** Only for types with CPU credits: for all others the call is an error. */
async function readCpuCredits(instanceId: string): Promise<string | null> {
  const { InstanceCreditSpecifications } = await sourceEc2.send(new DescribeInstanceCreditSpecificationsCommand({ InstanceIds: [instanceId] }));
  return InstanceCreditSpecifications?.[0]?.CpuCredits ?? null;
}

/** Whether there are UEFI variables to carry over; the variables stay here, for they hold keys. */
async function hasUefiData({ InstanceId, CurrentInstanceBootMode }: Instance): Promise<boolean> {
  if (CurrentInstanceBootMode !== 'uefi') return false;
  try {
    const { UefiData } = await sourceEc2.send(new GetInstanceUefiDataCommand({ InstanceId }));
    return Boolean(UefiData);
  } catch (error) {
    if (errorName(error) === 'UnsupportedOperation') return false; // types without a variable store; unverified against AWS
    throw error;
  }
}

/** The attached volumes, each joined with its description: DescribeInstances says neither size nor type nor key. */
export async function readVolumes({ BlockDeviceMappings = [], RootDeviceName }: Instance): Promise<SourceVolume[]> {
  const ids = BlockDeviceMappings.flatMap(({ Ebs }) => Ebs?.VolumeId ?? []);
  if (ids.length === 0) return [];
  const { Volumes = [] } = await sourceEc2.send(new DescribeVolumesCommand({ VolumeIds: ids }));
  return BlockDeviceMappings.filter(({ Ebs }) => Ebs?.VolumeId).map(mapping => {
    const volume = Volumes.find(({ VolumeId }) => VolumeId === mapping.Ebs?.VolumeId);
    if (!volume) throw new SourceIsChanging(`${mapping.Ebs?.VolumeId} (${mapping.DeviceName}) is attached but can not be described: start again`);
    return volumeFacts(mapping, volume, RootDeviceName, tagMap(volume.Tags));
  });
}

export async function readInterfaceTags({ NetworkInterfaces = [] }: Instance): Promise<Record<string, Tags>> {
  const ids = NetworkInterfaces.flatMap(({ NetworkInterfaceId }) => NetworkInterfaceId ?? []);
  if (ids.length === 0) return {};
  const { NetworkInterfaces: described = [] } = await sourceEc2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: ids }));
  return Object.fromEntries(described.map(({ NetworkInterfaceId, TagSet }) => [NetworkInterfaceId ?? '', tagMap(TagSet)]));
}

export async function readSecurityGroups(groupIds: readonly string[]): Promise<Source['securityGroups']> {
  if (groupIds.length === 0) return [];
  const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [...groupIds] }));
  return SecurityGroups.map(({ GroupId, VpcId }) => ({ groupId: GroupId ?? '', vpcId: VpcId ?? '' }));
}

/** The image may have been deregistered since, or not be shared any more. */
export async function readImage(imageId: string | undefined): Promise<ImageFacts | null> {
  if (!imageId) return null;
  try {
    const { Images } = await sourceEc2.send(new DescribeImagesCommand({ ImageIds: [imageId], IncludeDeprecated: true }));
    return Images?.[0] ? imageFacts(Images[0]) : null;
  } catch (error) {
    if (/^(InvalidAMIID\.|AuthFailure)/.test(errorName(error))) return null;
    throw error;
  }
}

export async function readInstanceType(name: string | undefined): Promise<InstanceTypeFacts | null> {
  if (!name) return null;
  try {
    const { InstanceTypes } = await ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes: [name as _InstanceType] }));
    return InstanceTypes?.[0] ? instanceTypeFacts(InstanceTypes[0]) : null;
  } catch (error) {
    if (errorName(error) === 'InvalidInstanceType') return null;
    throw error;
  }
}

/** EC2 launches with no key pair that was deleted, though instances go on naming it. By a filter, for which a name that is gone is no error. */
export async function isKeyPairGone(name: string | undefined): Promise<boolean> {
  if (!name) return false;
  const Values = [name.replaceAll(/[\\*?]/g, '\\$&')]; // they are wildcards in a filter
  const { KeyPairs = [] } = await ec2.send(new DescribeKeyPairsCommand({ Filters: [{ Name: 'key-name', Values }] }));
  return !KeyPairs.some(({ KeyName }) => KeyName === name);
}

export async function readProfile(name: string): Promise<Source['profile']> {
  try {
    const { InstanceProfile } = await iam.send(new GetInstanceProfileCommand({ InstanceProfileName: name }));
    return { name, arn: InstanceProfile?.Arn ?? '', roleArn: InstanceProfile?.Roles?.[0]?.Arn ?? null };
  } catch (error) {
    if (errorName(error) !== 'NoSuchEntityException') throw error;
    throw new InstanceProfileNotFound(`the instance profile ${name} does not exist: name another one in instanceProfile, or "none"`);
  }
}

/** What Systems Manager knows of an instance. */
export interface Management {
  readonly online: boolean;
  /** `Linux`, `Windows` or `MacOS`. */
  readonly platform: string | null;
  /** Such as `Microsoft Windows Server 2022 Datacenter`. */
  readonly systemName: string | null;
  /** Such as `10.0.20348`. */
  readonly systemVersion: string | null;
  readonly agentVersion: string | null;
}

export async function readManagement(instanceId: string): Promise<Management> {
  const { InstanceInformationList } = await ssm.send(new DescribeInstanceInformationCommand({
    Filters: [{ Key: 'InstanceIds', Values: [instanceId] }],
  }));
  const { PingStatus, PlatformType, PlatformName, PlatformVersion, AgentVersion } = InstanceInformationList?.[0] ?? {};
  return {
    online: PingStatus === 'Online', platform: PlatformType ?? null, systemName: PlatformName ?? null, systemVersion: PlatformVersion ?? null,
    agentVersion: AgentVersion ?? null,
  };
}
