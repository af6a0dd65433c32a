import {
  type ArchitectureValues, type BootModeValues, GetInstanceUefiDataCommand, type ImdsSupportValues, RegisterImageCommand, type TpmSupportValues,
} from '@aws-sdk/client-ec2';
import { ec2, sourceEc2 } from './ec2';
import { SnapshotFailed } from './errors';
import { defined } from './json';
import type { Plan } from './plan/plan';
import type { Step, VolumeSnapshot } from './step';
import { mobilityTags, SET, tagList } from './tags';

type Registered = Pick<Plan, 'image' | 'sourceInstanceId' | 'tags'>;

/** An image with the source's attributes on the snapshot of its root. */
export async function registerImage(name: string, plan: Registered, snapshotId: string, step: Step, attempt: number): Promise<string | undefined> {
  const { image, sourceInstanceId } = plan;
  const { ImageId } = await ec2.send(new RegisterImageCommand(defined({
    Name: name,
    Description: `copy of ${sourceInstanceId}`,
    // every attribute is said: the defaults are i386, paravirtual, no ENA (doc comments of RegisterImageRequest, client-ec2)
    Architecture: (image.architecture ?? undefined) as ArchitectureValues | undefined,
    VirtualizationType: image.virtualizationType,
    EnaSupport: image.enaSupport,
    SriovNetSupport: image.sriovNetSupport ?? undefined,
    RootDeviceName: image.rootDeviceName,
    BootMode: (image.bootMode ?? undefined) as BootModeValues | undefined,
    TpmSupport: (image.tpmSupport ?? undefined) as TpmSupportValues | undefined,
    ImdsSupport: (image.imdsSupport ?? undefined) as ImdsSupportValues | undefined,
    KernelId: image.kernelId ?? undefined,
    RamdiskId: image.ramdiskId ?? undefined,
    UefiData: image.uefiData ? await readUefiData(sourceInstanceId) : undefined,
    // encryption must not be said: it follows from the snapshot
    BlockDeviceMappings: [{ DeviceName: image.rootDeviceName, Ebs: { SnapshotId: snapshotId } }],
    TagSpecifications: [{ ResourceType: 'image' as const, Tags: tagList({ ...plan.tags, ...mobilityTags(step, sourceInstanceId), [SET]: `${attempt}` }) }],
  })));
  return ImageId;
}

/** That of the root, among those of all volumes. */
export function rootSnapshot({ image, sourceInstanceId }: Registered, snapshots: readonly VolumeSnapshot[]): string {
  const root = snapshots.find(({ device }) => device === image.rootDeviceName);
  if (!root) throw new SnapshotFailed(`there is no snapshot of ${image.rootDeviceName}, the root of ${sourceInstanceId}: somebody swapped the root volume. Start again`);
  return root.snapshotId;
}

/** The variables may hold keys: they go from call to call, never into a state's data. */
async function readUefiData(instanceId: string): Promise<string | undefined> {
  const { UefiData } = await sourceEc2.send(new GetInstanceUefiDataCommand({ InstanceId: instanceId }));
  return UefiData;
}
