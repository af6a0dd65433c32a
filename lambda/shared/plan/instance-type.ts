import { InstanceTypeNotPossible } from '../errors';
import type { Request } from '../request/request';
import type { Source } from '../source/source';
import type { Launch } from './launch-input';

/** Refuses another instance type that can not run what the source runs; all reasons in one message. */
export function refuseInstanceType({ instance, cloneType: type, image }: Source, request: Request, launch: Launch): void {
  if (request.instanceType === null || !type) return;
  const interfaces = launch.NetworkInterfaces ?? [];
  const volumes = (launch.BlockDeviceMappings ?? []).filter(({ Ebs }) => Ebs);
  const bootMode = instance.CurrentInstanceBootMode;
  const most = Math.max(0, ...interfaces.map(({ SecondaryPrivateIpAddressCount = 0 }) => 1 + SecondaryPrivateIpAddressCount));
  const reasons: readonly (string | false)[] = [
    Boolean(instance.Architecture) && type.architectures.length > 0 && !type.architectures.some(architecture => architecture === instance.Architecture)
      && `it runs ${type.architectures.join(', ')}, not ${instance.Architecture}`,
    type.enaRequired && instance.EnaSupport === false && 'it needs ENA drivers, for which the source is not enabled',
    Boolean(bootMode) && type.bootModes.length > 0 && !type.bootModes.some(mode => mode === bootMode) && instance.BootMode !== 'uefi-preferred'
      && `it boots ${type.bootModes.join(', ')}, not ${bootMode}`,
    (instance.TpmSupport ?? image?.tpmSupport) === 'v2.0' && !type.tpm && 'it has no NitroTPM',
    type.maximumInterfaces !== null && interfaces.length > type.maximumInterfaces && `it holds ${type.maximumInterfaces} interfaces, not ${interfaces.length}`,
    type.ipv4PerInterface !== null && most > type.ipv4PerInterface && `it holds ${type.ipv4PerInterface} IPv4 addresses per interface, not ${most}`,
    type.maximumVolumes !== null && volumes.length > type.maximumVolumes && `it holds ${type.maximumVolumes} EBS volumes, not ${volumes.length}`,
    interfaces.some(({ InterfaceType }) => InterfaceType?.startsWith('efa')) && !type.efa && 'it has no Elastic Fabric Adapter',
    launch.HibernationOptions?.Configured === true && !type.hibernation && 'it can not hibernate',
    launch.EnclaveOptions?.Enabled === true && !type.enclaves && 'it has no Nitro Enclaves',
  ];
  const found = reasons.filter(reason => reason !== false);
  if (found.length > 0) throw new InstanceTypeNotPossible(`${type.name} can not run a clone of ${instance.InstanceId}: ${found.join('; ')}. Choose another instanceType`);
}
