import type {
  DescribeInstanceAttributeRequest, DescribeInstanceCreditSpecificationsRequest, DescribeInstanceCreditSpecificationsResult, GetInstanceUefiDataRequest,
  GetInstanceUefiDataResult, InstanceAttribute, InstanceAttributeName, ModifyInstanceAttributeRequest, ModifyInstanceMetadataOptionsRequest,
  ModifyInstanceMetadataOptionsResult,
} from '@aws-sdk/client-ec2';
import { paginate } from '../paginate';
import { AwsError, type Call } from '../service';
import { mappingOf } from './attachments';
import { existing, invalidValue, required } from './errors';
import { filtered, plain } from './filters';
import { typeInfo } from './instance-types';
import { selectInstances } from './instances';
import { groupsFor, identifiers, interfacesOf, showInterfaces } from './network';
import type { Ec2, InstanceModel, InstanceRecord } from './state';
import { refuseManaged, refuseUnmodelled } from './volumes';

type Reader = (instance: InstanceRecord, model: InstanceModel) => InstanceAttribute;

/** What DescribeInstanceAttribute tells; an attribute without a value is an empty element. `enaSupport` is not among them (SDK). */
const attributes: Readonly<Partial<Record<InstanceAttributeName, Reader>>> = {
  userData: (_instance, model) => ({ UserData: model.userData === undefined ? {} : { Value: model.userData } }),
  disableApiTermination: (_instance, model) => ({ DisableApiTermination: { Value: model.disableApiTermination } }),
  disableApiStop: (_instance, model) => ({ DisableApiStop: { Value: model.disableApiStop } }),
  instanceInitiatedShutdownBehavior: (_instance, model) => ({ InstanceInitiatedShutdownBehavior: { Value: model.shutdownBehavior } }),
  instanceType: instance => ({ InstanceType: { Value: instance.InstanceType } }),
  rootDeviceName: instance => ({ RootDeviceName: { Value: instance.RootDeviceName } }),
  blockDeviceMapping: instance => ({ BlockDeviceMappings: instance.BlockDeviceMappings }),
  productCodes: instance => ({ ProductCodes: instance.ProductCodes ?? [] }),
  sourceDestCheck: instance => ({ SourceDestCheck: { Value: instance.SourceDestCheck } }),
  groupSet: instance => ({ Groups: instance.SecurityGroups ?? [] }),
  ebsOptimized: instance => ({ EbsOptimized: { Value: instance.EbsOptimized ?? false } }),
  sriovNetSupport: instance => ({ SriovNetSupport: instance.SriovNetSupport === undefined ? {} : { Value: instance.SriovNetSupport } }),
  kernel: instance => ({ KernelId: instance.KernelId === undefined ? {} : { Value: instance.KernelId } }),
  ramdisk: instance => ({ RamdiskId: instance.RamdiskId === undefined ? {} : { Value: instance.RamdiskId } }),
  enclaveOptions: instance => ({ EnclaveOptions: { Enabled: instance.EnclaveOptions?.Enabled ?? false } }),
};

export function describeInstanceAttribute(input: DescribeInstanceAttributeRequest, { account }: Call): InstanceAttribute {
  const ec2 = account.ec2;
  const instance = existing(ec2.instances, 'instance', input.InstanceId);
  const name = required(input.Attribute, 'Attribute');
  const read = attributes[name];
  if (!read) throw invalidValue(`Value (${name}) for parameter attribute is invalid. Unknown attribute.`);
  return { InstanceId: instance.InstanceId, ...read(instance, ec2.get(ec2.instanceModels, instance.InstanceId)) };
}

type Writer = (call: Required<ModifyInstanceAttributeRequest>, instance: InstanceRecord, model: InstanceModel, ec2: Ec2) => void;

const needsStop = new Set(['InstanceType', 'UserData', 'EbsOptimized', 'EnaSupport', 'SriovNetSupport', 'EnclaveOptions']);

const changes: Readonly<Record<string, Writer>> = {
  DisableApiTermination: (call, instance, model) => {
    if (instance.InstanceLifecycle === 'spot') {
      throw new AwsError('UnsupportedOperation', 'Modifying \'disableApiTermination\' is not supported for spot instances.');
    }
    model.disableApiTermination = call.DisableApiTermination.Value ?? false;
  },
  DisableApiStop: (call, _instance, model) => { model.disableApiStop = call.DisableApiStop.Value ?? false; },
  InstanceInitiatedShutdownBehavior: (call, _instance, model) => {
    const value = call.InstanceInitiatedShutdownBehavior.Value;
    if (value !== 'stop' && value !== 'terminate') throw invalidValue(`Invalid value '${value}' for InstanceInitiatedShutdownBehavior.`);
    model.shutdownBehavior = value;
  },
  SourceDestCheck: (call, instance, _model, ec2) => {
    const interfaces = interfacesOf(ec2, instance.InstanceId);
    if (interfaces.length > 1) {
      throw new AwsError('InvalidInstanceID', `There are multiple interfaces attached to instance '${instance.InstanceId}'. `
        + 'Please specify an interface ID for the operation instead.');
    }
    for (const record of interfaces) record.SourceDestCheck = call.SourceDestCheck.Value;
    showInterfaces(ec2, instance);
  },
  Groups: (call, instance, _model, ec2) => {
    const [primary] = interfacesOf(ec2, instance.InstanceId);
    if (!primary) return;
    primary.Groups = identifiers(groupsFor(ec2, existing(ec2.subnets, 'subnet', primary.SubnetId), call.Groups));
    showInterfaces(ec2, instance);
  },
  BlockDeviceMappings: (call, instance, _model, ec2) => {
    for (const { DeviceName, Ebs } of call.BlockDeviceMappings) {
      const volume = [...ec2.volumes.values()].find(each => mappingOf(instance, each.VolumeId)?.DeviceName === DeviceName);
      const attachment = volume?.Attachments.find(each => each.InstanceId === instance.InstanceId);
      if (!volume || !attachment) {
        throw new AwsError('InvalidInstanceAttributeValue', `No device is currently mapped at ${DeviceName}`);
      }
      if (Ebs?.VolumeId !== undefined && Ebs.VolumeId !== volume.VolumeId) {
        throw new AwsError('InvalidInstanceAttributeValue', `The volume at ${DeviceName} is not ${Ebs.VolumeId}`);
      }
      attachment.DeleteOnTermination = Ebs?.DeleteOnTermination ?? attachment.DeleteOnTermination;
      mappingOf(instance, volume.VolumeId)!.Ebs!.DeleteOnTermination = attachment.DeleteOnTermination;
    }
  },
  InstanceType: (call, instance) => {
    const type = call.InstanceType.Value ?? '';
    if (!typeInfo(type)) throw invalidValue(`Invalid value '${type}' for InstanceType.`);
    instance.InstanceType = type as InstanceRecord['InstanceType'];
  },
  UserData: (call, _instance, model) => { model.userData = Buffer.from(call.UserData.Value ?? []).toString('base64'); },
  EbsOptimized: (call, instance) => { instance.EbsOptimized = call.EbsOptimized.Value; },
  EnaSupport: (call, instance) => { instance.EnaSupport = call.EnaSupport.Value; },
};

/** One attribute a call (doc comment of ModifyInstanceAttributeCommand); some only while the instance is stopped. */
export function modifyInstanceAttribute(input: ModifyInstanceAttributeRequest, { account }: Call): object {
  const ec2 = account.ec2;
  const instance = existing(ec2.instances, 'instance', input.InstanceId);
  refuseManaged(instance);
  for (const parameter of ['Attribute', 'Value', 'Kernel', 'Ramdisk', 'SriovNetSupport', 'EnclaveOptions'] as const) {
    refuseUnmodelled(input[parameter], parameter);
  }
  const given = Object.entries(input).filter(([name, value]) => value !== undefined && name !== 'InstanceId' && name !== 'DryRun').map(([name]) => name);
  if (given.length !== 1) {
    throw new AwsError('InvalidParameterCombination', given.length === 0 ? 'No attributes specified.' : 'Fields for multiple attribute types specified: '
      + given.join(', '));
  }
  const [name] = given as [string];
  if (needsStop.has(name) && instance.State.Name !== 'stopped') {
    throw new AwsError('IncorrectInstanceState', `The instance '${instance.InstanceId}' is not in the 'stopped' state.`);
  }
  changes[name]!(input as Required<ModifyInstanceAttributeRequest>, instance, ec2.get(ec2.instanceModels, instance.InstanceId), ec2);
  return {};
}

export function modifyInstanceMetadataOptions(input: ModifyInstanceMetadataOptionsRequest, { account }: Call): ModifyInstanceMetadataOptionsResult {
  const { HttpTokens, HttpPutResponseHopLimit, HttpEndpoint, HttpProtocolIpv6, InstanceMetadataTags } = input;
  const wanted = { HttpTokens, HttpPutResponseHopLimit, HttpEndpoint, HttpProtocolIpv6, InstanceMetadataTags };
  const options = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
  const instance = existing(account.ec2.instances, 'instance', input.InstanceId);
  instance.MetadataOptions = { ...instance.MetadataOptions, ...options, State: 'pending' };
  account.clock.after(1000, () => { instance.MetadataOptions!.State = 'applied'; });
  return { InstanceId: instance.InstanceId, InstanceMetadataOptions: instance.MetadataOptions };
}

/** Without ids and filters only unlimited instances are told (doc comment of DescribeInstanceCreditSpecificationsCommand). */
export function describeInstanceCreditSpecifications(
  input: DescribeInstanceCreditSpecificationsRequest, { account }: Call,
): DescribeInstanceCreditSpecificationsResult {
  const ec2 = account.ec2;
  const credits = (instance: InstanceRecord) => ec2.get(ec2.instanceModels, instance.InstanceId).cpuCredits;
  for (const id of input.InstanceIds ?? []) {
    const instance = existing(ec2.instances, 'instance', id);
    if (!credits(instance)) { // the code is unverified against AWS
      throw new AwsError('InvalidInstanceID.NotFound', `The following instances do not support CPU credits: ${id}`);
    }
  }
  const everything = !input.InstanceIds?.length && !input.Filters?.length;
  const records = filtered(selectInstances(ec2, input), input.Filters, { 'instance-id': plain(each => each.InstanceId) })
    .filter(each => everything ? credits(each) === 'unlimited' : credits(each) !== undefined);
  const { page, NextToken } = paginate(records, each => each.InstanceId, input);
  return { InstanceCreditSpecifications: page.map(each => ({ InstanceId: each.InstanceId, CpuCredits: credits(each) })), NextToken };
}

export function getInstanceUefiData(input: GetInstanceUefiDataRequest, { account }: Call): GetInstanceUefiDataResult {
  const ec2 = account.ec2;
  const instance = existing(ec2.instances, 'instance', input.InstanceId);
  if (instance.CurrentInstanceBootMode !== 'uefi') {
    // AWS refuses instances that do not boot with UEFI; the code is unverified against AWS
    throw new AwsError('UnsupportedOperation', `The instance '${instance.InstanceId}' does not boot with UEFI.`);
  }
  return { InstanceId: instance.InstanceId, UefiData: ec2.get(ec2.instanceModels, instance.InstanceId).uefiData ?? '' };
}
