import { CreateTagsCommand, type Instance, ModifyNetworkInterfaceAttributeCommand } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { describeInstances } from '../shared/instances';
import type { Finish, InterfacePlace } from '../shared/plan/plan';
import type { Step } from '../shared/step';
import { DEVICE, tagList } from '../shared/tags';

export interface Input extends Step {
  readonly instanceIds: readonly string[];
  readonly finish: Finish;
}
export type Output = Record<string, never>;

/** Does what RunInstances can not: source/destination checks, and the tags that differ from volume to volume and interface to interface. */
export async function handler({ instanceIds, finish }: Input): Promise<Output> {
  for (const instance of await describeInstances(instanceIds)) {
    await switchOffChecks(instance, finish);
    await tagVolumes(instance, finish);
    await tagInterfaces(instance, finish);
  }
  return {};
}

async function switchOffChecks(instance: Instance, { sourceDestCheck }: Finish): Promise<void> {
  for (const place of sourceDestCheck) {
    await ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: interfaceAt(instance, place), SourceDestCheck: { Value: false } }));
  }
}

async function tagVolumes({ BlockDeviceMappings = [] }: Instance, { volumeTags }: Finish): Promise<void> {
  for (const { DeviceName = '', Ebs } of BlockDeviceMappings) {
    if (!Ebs?.VolumeId) continue;
    const tags = volumeTags.find(({ device }) => device === DeviceName)?.tags ?? {};
    await ec2.send(new CreateTagsCommand({ Resources: [Ebs.VolumeId], Tags: tagList({ ...tags, [DEVICE]: DeviceName }) }));
  }
}

async function tagInterfaces(instance: Instance, { interfaceTags }: Finish): Promise<void> {
  for (const { tags, ...place } of interfaceTags) {
    await ec2.send(new CreateTagsCommand({ Resources: [interfaceAt(instance, place)], Tags: tagList(tags) }));
  }
}

function interfaceAt({ InstanceId, NetworkInterfaces = [] }: Instance, { networkCardIndex, deviceIndex }: InterfacePlace): string {
  const found = NetworkInterfaces.find(({ Attachment }) => (Attachment?.NetworkCardIndex ?? 0) === networkCardIndex && Attachment?.DeviceIndex === deviceIndex);
  if (!found?.NetworkInterfaceId) throw new Error(`${InstanceId} has no interface ${deviceIndex} on network card ${networkCardIndex}`);
  return found.NetworkInterfaceId;
}
