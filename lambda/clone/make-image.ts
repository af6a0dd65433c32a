import {
  type ArchitectureValues, type BootModeValues, GetInstanceUefiDataCommand, type ImdsSupportValues, RegisterImageCommand, type TpmSupportValues,
} from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { SnapshotFailed } from '../shared/errors';
import { imageName } from '../shared/image-name';
import { findImage, makeOnce } from '../shared/images';
import { defined } from '../shared/json';
import type { Plan } from '../shared/plan/plan';
import type { Route, Step, VolumeSnapshot } from '../shared/step';
import { mobilityTags, SET, tagList } from '../shared/tags';

export interface Input extends Step {
  readonly plan: Plan;
  readonly route: Route;
  readonly attempt: number;
  readonly snapshots: readonly VolumeSnapshot[];
  /** The one that CreateImage made, on that route. */
  readonly imageId: string | null;
}
export interface Output { readonly imageId: string }

/** Registers an image with the source's attributes on the snapshot of its root; the other volumes join at the launch. */
export async function handler({ plan, route, attempt, snapshots, imageId, execution, owner }: Input): Promise<Output> {
  if (route === 'create-image' && imageId !== null) return { imageId };
  const step = { execution, owner };
  const name = imageName(execution, attempt);
  return { imageId: await findImage(name, step) ?? await makeOnce(name, step, () => register(name, plan, rootSnapshot(plan, snapshots), step, attempt)) };
}

async function register(name: string, plan: Plan, snapshotId: string, step: Step, attempt: number): Promise<string | undefined> {
  const { image, sourceInstanceId } = plan;
  const { ImageId } = await ec2.send(new RegisterImageCommand(defined({
    Name: name,
    Description: `clone of ${sourceInstanceId}`,
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

function rootSnapshot({ image, sourceInstanceId }: Plan, snapshots: readonly VolumeSnapshot[]): string {
  const root = snapshots.find(({ device }) => device === image.rootDeviceName);
  if (!root) throw new SnapshotFailed(`there is no snapshot of ${image.rootDeviceName}, the root of ${sourceInstanceId}: somebody swapped the root volume. Start again`);
  return root.snapshotId;
}

/** The variables may hold keys: they go from call to call, never into a state's data. */
async function readUefiData(instanceId: string): Promise<string | undefined> {
  const { UefiData } = await ec2.send(new GetInstanceUefiDataCommand({ InstanceId: instanceId }));
  return UefiData;
}
