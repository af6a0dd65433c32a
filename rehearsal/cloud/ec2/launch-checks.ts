import type { RunInstancesRequest } from '@aws-sdk/client-ec2';
import type { InstanceProfileRecord } from '../iam/state';
import { AwsError } from '../service';
import { existing, invalidCombination, invalidValue, notFound, required } from './errors';
import { typeInfo, type TypeInfo } from './instance-types';
import { checkUserData } from './launch-devices';
import type { Ec2, ImageRecord } from './state';
import { refuseUnmodelled } from './volumes';

/** An image that instances can be launched from. */
export function launchableImage(ec2: Ec2, imageId: string | undefined): ImageRecord {
  const image = existing(ec2.images, 'image', imageId);
  if (image.State !== 'available') {
    throw new AwsError('InvalidAMIID.Unavailable', `The image ID '${image.ImageId}' is not available`);
  }
  return image;
}

/** A type that fits its image: architecture, virtualization, ENA and boot mode. */
export function fittingType(name: string | undefined, image: ImageRecord): TypeInfo {
  const type = typeInfo(name ?? 'm1.small');
  if (!type) throw invalidValue(`Invalid value '${name}' for InstanceType.`);
  const architecture = image.Architecture ?? 'x86_64';
  if (!(type.architectures as readonly string[]).includes(architecture)) {
    throw invalidValue(`The architecture '${type.architectures.join(',')}' of the specified instance type does not match the architecture '${architecture}' `
      + 'of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again. '
      + "You can use 'describe-instance-types' or 'describe-images' to discover the architecture of the instance type or AMI.");
  }
  if (image.VirtualizationType === 'paravirtual' && !type.paravirtual) {
    throw invalidCombination(`Virtualization type 'paravirtual' is not supported for instances of type ${type.name}.`);
  }
  if (type.enaRequired && !image.EnaSupport) {
    throw invalidCombination(`Enhanced networking with the Elastic Network Adapter (ENA) is required for the '${type.name}' instance type. `
      + 'Ensure that you are using an AMI that is enabled for ENA.');
  }
  if (image.BootMode === 'uefi' && !type.uefi || image.BootMode === 'legacy-bios' && !type.legacyBios) {
    throw invalidCombination(`The boot mode '${image.BootMode}' of the AMI is not supported by the instance type '${type.name}'.`);
  }
  return type;
}

/** The profile that a launch names by name or ARN. */
export function namedProfile(ec2: Ec2, profile: RunInstancesRequest['IamInstanceProfile']): InstanceProfileRecord | undefined {
  if (!profile) return undefined;
  if (profile.Arn !== undefined && profile.Name !== undefined) {
    throw invalidCombination("The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'");
  }
  const profiles = [...ec2.account.iam.instanceProfiles.values()];
  const found = profiles.find(each => profile.Arn === undefined ? each.InstanceProfileName === profile.Name : each.Arn === profile.Arn);
  if (!found) {
    throw invalidValue(profile.Arn === undefined
      ? `Value (${profile.Name}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name`
      : `Value (${profile.Arn}) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN`);
  }
  return found;
}

const unmodelled = [
  'ElasticGpuSpecification', 'ElasticInferenceAccelerators', 'LaunchTemplate', 'SecondaryInterfaces', 'AdditionalInfo', 'KernelId', 'RamdiskId',
  'InstanceMarketOptions', 'Operator', 'EnablePrimaryIpv6',
] as const;

/** What is wrong with a launch by itself, whatever its image, network and volumes are. */
export function checkRequest(ec2: Ec2, input: RunInstancesRequest, type: TypeInfo): void {
  for (const parameter of unmodelled) refuseUnmodelled(input[parameter], parameter);
  const least = required(input.MinCount, 'MinCount');
  const most = required(input.MaxCount, 'MaxCount');
  if (least < 1 || most < least) throw invalidValue(`Invalid value '${most}' for MaxCount. It must be equal to or greater than MinCount '${least}'.`);
  if (input.KeyName !== undefined && !ec2.keyPairs.has(input.KeyName)) throw notFound('keyPair', input.KeyName);
  checkUserData(input.UserData);
  if (input.ClientToken !== undefined && input.ClientToken.length > 64) throw invalidValue('Invalid client token: it exceeds 64 characters');
  if (input.CreditSpecification && !type.burstable) {
    throw invalidCombination(`The CreditSpecification parameter is not supported for the instance type ${type.name}.`);
  }
  if (input.CreditSpecification?.CpuCredits === 'unlimited' && type.name.startsWith('t3.') && input.Placement?.Tenancy === 'host') {
    throw invalidCombination('T3 instances on a Dedicated Host can not be unlimited.');
  }
  if (input.CpuOptions) checkCpuOptions(input.CpuOptions, type);
  if (input.HibernationOptions?.Configured && input.EnclaveOptions?.Enabled) {
    throw invalidCombination('Hibernation and Nitro Enclaves can not be enabled on the same instance.');
  }
  checkPlacement(ec2, input);
  const reservation = input.CapacityReservationSpecification;
  if (reservation?.CapacityReservationTarget && reservation.CapacityReservationPreference !== undefined
    && reservation.CapacityReservationPreference !== 'capacity-reservations-only') {
    throw invalidCombination('CapacityReservationPreference and CapacityReservationTarget may not be specified together.');
  }
}

function checkCpuOptions({ CoreCount: cores, ThreadsPerCore: threads }: NonNullable<RunInstancesRequest['CpuOptions']>, type: TypeInfo): void {
  if ((cores === undefined) !== (threads === undefined)) {
    throw invalidCombination('You must specify both CoreCount and ThreadsPerCore when overriding the defaults.');
  }
  if (cores === undefined || threads === undefined) return;
  if (cores < 1 || cores > type.cores || threads < 1 || threads > Math.max(2, type.threads)) {
    throw invalidValue(`CpuOptions are not valid for the instance type ${type.name}.`);
  }
}

function checkPlacement(ec2: Ec2, { Placement: placement }: RunInstancesRequest): void {
  if (!placement) return;
  if (placement.GroupId !== undefined && placement.GroupName !== undefined) {
    throw invalidCombination('Only one of GroupId and GroupName can be specified.');
  }
  const groups = [...ec2.placementGroups.values()];
  const name = placement.GroupName;
  if (name !== undefined && name !== '' && !groups.some(group => group.GroupName === name)) throw notFound('placementGroup', name);
  if (placement.GroupId !== undefined && !groups.some(group => group.GroupId === placement.GroupId)) throw notFound('placementGroup', placement.GroupId);
}
