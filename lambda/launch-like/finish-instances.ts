import { CreateTagsCommand, type Instance, ModifyNetworkInterfaceAttributeCommand } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { describeInstances } from '../shared/instances';
import type { Finish, InterfacePlace } from '../shared/plan/plan';
import type { Step } from '../shared/step';
import { DEVICE, tagList } from '../shared/tags';

export interface Input extends Step {
  readonly instanceIds: readonly string[];
  readonly finish: Finish;
  /** Those that the launch named; where it named none they follow from the image. */
  readonly devices?: readonly string[];
}
export type Output = Record<string, never>;

/** Does what RunInstances can not: source/destination checks, and the tags that differ from volume to volume and interface to interface. */
export async function handler({ instanceIds, finish, devices = [] }: Input): Promise<Output> {
  const instances = await describeInstances(instanceIds);
  for (const instance of instances) await switchOffChecks(instance, finish);
  await tagVolumes(instances, finish, devices);
  await tagInterfaces(instances, finish);
  return {};
}

async function switchOffChecks(instance: Instance, { sourceDestCheck }: Finish): Promise<void> {
  for (const place of sourceDestCheck) {
    const { id, checked } = interfaceAt(instance, place);
    // a repeated step goes on where it was throttled
    if (checked) await ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: id, SourceDestCheck: { Value: false } }));
  }
}

/** One call per device serves all clones: a call per volume would be thousands, at ten per second. */
async function tagVolumes(instances: readonly Instance[], { volumeTags }: Finish, devices: readonly string[]): Promise<void> {
  // any other volume was attached by the instance's own software, and is not ours
  const isLaunched = (device = '') => devices.length === 0 || devices.includes(device);
  const mappings = instances.flatMap(({ BlockDeviceMappings = [] }) => BlockDeviceMappings)
    .filter(({ DeviceName, Ebs }) => Ebs?.VolumeId && isLaunched(DeviceName));
  for (const device of new Set(mappings.map(({ DeviceName = '' }) => DeviceName))) {
    const Resources = mappings.filter(({ DeviceName }) => DeviceName === device).flatMap(({ Ebs }) => Ebs?.VolumeId ?? []);
    const tags = volumeTags.find(one => one.device === device)?.tags ?? {};
    await ec2.send(new CreateTagsCommand({ Resources, Tags: tagList({ ...tags, [DEVICE]: device }) }));
  }
}

async function tagInterfaces(instances: readonly Instance[], { interfaceTags }: Finish): Promise<void> {
  for (const { tags, ...place } of interfaceTags) {
    const Resources = instances.map(instance => interfaceAt(instance, place).id);
    if (Resources.length > 0) await ec2.send(new CreateTagsCommand({ Resources, Tags: tagList(tags) }));
  }
}

function interfaceAt({ InstanceId, NetworkInterfaces = [] }: Instance, place: InterfacePlace): { id: string; checked: boolean } {
  const { networkCardIndex, deviceIndex } = place;
  const found = NetworkInterfaces.find(({ Attachment }) => (Attachment?.NetworkCardIndex ?? 0) === networkCardIndex && Attachment?.DeviceIndex === deviceIndex);
  if (!found?.NetworkInterfaceId) throw new Error(`${InstanceId} has no interface ${deviceIndex} on network card ${networkCardIndex}`);
  return { id: found.NetworkInterfaceId, checked: found.SourceDestCheck !== false };
}
