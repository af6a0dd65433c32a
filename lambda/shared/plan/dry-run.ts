import {
  CopyVolumesCommand, CreateImageCommand, CreateSecurityGroupCommand, CreateSnapshotsCommand, RunInstancesCommand, type VolumeType,
} from '@aws-sdk/client-ec2';
import { ec2, sourceEc2 } from '../ec2';
import { errorMessage, errorName } from '../error-name';
import { DryRunDenied } from '../errors';
import { imageName } from '../image-name';
import { isolationGroup } from '../isolation-group';
import type { Source } from '../source/source';
import type { Step } from '../step';
import { mobilityTags, tagList } from '../tags';
import type { Unchecked } from './build';
import { CLONES_PER_BATCH } from './fleet';
import { excludedMappings } from './excluded';
import type { Launch } from './launch-input';
import { withMobilityTags } from './launch-tags';
import type { Check, IsolationPlan } from './plan';
import { byCopy } from './strategies';
import { vssCheck } from './vss';

/** Asks EC2 whether it would do what the plan says, so that a denial shows before anything is made. */
export async function dryRuns(plan: Unchecked, source: Source, step: Step): Promise<Check[]> {
  return [
    ...plan.copying ? [await dryRunCopy(plan, step)] : [],
    plan.vss ? vssCheck(source) : await dryRunSnapshots(plan, step),
    await dryRunLaunch(plan, source, step),
    ...plan.isolation ? [await dryRunGroup(plan.isolation, plan, step)] : [],
  ];
}

/** One stands for all: the permission is the same. */
async function dryRunCopy(plan: Unchecked, step: Step): Promise<Check> {
  const Tags = tagList({ ...plan.tags, ...mobilityTags(step, plan.sourceInstanceId) });
  const [volume] = byCopy(plan);
  return dryRun('CopyVolumes', () => ec2.send(new CopyVolumesCommand({
    SourceVolumeId: volume?.volumeId, VolumeType: volume?.type as VolumeType, Iops: volume?.iops ?? undefined,
    TagSpecifications: [{ ResourceType: 'volume', Tags }], DryRun: true,
  })));
}

async function dryRunSnapshots({ route, sourceInstanceId, excluded, tags }: Unchecked, step: Step): Promise<Check> {
  const Tags = tagList({ ...tags, ...mobilityTags(step, sourceInstanceId) });
  return route === 'register-image'
    ? dryRun('CreateSnapshots', () => sourceEc2.send(new CreateSnapshotsCommand({
      InstanceSpecification: { InstanceId: sourceInstanceId, ...excluded.length > 0 ? { ExcludeDataVolumeIds: excluded.map(({ volumeId }) => volumeId) } : {} },
      TagSpecifications: [{ ResourceType: 'snapshot', Tags }],
      DryRun: true,
    })))
    : dryRun('CreateImage', () => ec2.send(new CreateImageCommand({
      InstanceId: sourceInstanceId,
      Name: imageName(step.execution, 0),
      NoReboot: true,
      ...excluded.length > 0 ? { BlockDeviceMappings: excludedMappings(excluded) } : {},
      TagSpecifications: [{ ResourceType: 'image', Tags }, { ResourceType: 'snapshot', Tags }],
      DryRun: true,
    })));
}

/** The clone's image does not exist yet: the source's stands in for it. */
async function dryRunLaunch(plan: Unchecked, { image, volumes }: Source, step: Step): Promise<Check> {
  if (!image) return { check: 'DryRun RunInstances', result: 'not possible', detail: 'the image that the source was launched from no longer exists' };
  return dryRun('RunInstances', () => ec2.send(new RunInstancesCommand({
    ...withMobilityTags(plan.launch, step, plan.sourceInstanceId),
    BlockDeviceMappings: standInMappings(plan, volumes),
    ImageId: image.imageId,
    // no more than one call will ask for: a dry run may count to the limit of instances per second
    MinCount: Math.min(plan.count, CLONES_PER_BATCH),
    MaxCount: Math.min(plan.count, CLONES_PER_BATCH),
    DryRun: true,
  })));
}

async function dryRunGroup({ vpcId }: IsolationPlan, { sourceInstanceId, tags }: Unchecked, step: Step): Promise<Check> {
  return dryRun('CreateSecurityGroup', () => ec2.send(new CreateSecurityGroupCommand({ ...isolationGroup(step, vpcId, sourceInstanceId, tags), DryRun: true })));
}

/** Without the snapshots there is no initialization rate, and encryption is not inherited from them. */
function standInMappings({ launch, volumes }: Unchecked, sources: Source['volumes']): Launch['BlockDeviceMappings'] {
  return launch.BlockDeviceMappings?.map(mapping => {
    if (!mapping.Ebs) return mapping;
    const ebs = { ...mapping.Ebs };
    delete ebs.VolumeInitializationRate;
    const encrypted = volumes.some(({ device, encrypted: is }) => is && device === mapping.DeviceName);
    const key = ebs.KmsKeyId ?? sources.find(({ device }) => device === mapping.DeviceName)?.kmsKeyId;
    return { ...mapping, Ebs: { ...ebs, ...encrypted ? { Encrypted: true, ...key ? { KmsKeyId: key } : {} } : {} } };
  });
}

async function dryRun(operation: string, send: () => Promise<unknown>): Promise<Check> {
  const passed: Check = { check: `DryRun ${operation}`, result: 'passed', detail: 'EC2 would do it' };
  try {
    await send();
    return passed;
  } catch (error) {
    const name = errorName(error);
    if (name === 'DryRunOperation') return passed;
    if (/^InvalidAMIID\./.test(name)) return { ...passed, result: 'not possible', detail: errorMessage(error) };
    if (name !== 'UnauthorizedOperation') throw error;
    throw new DryRunDenied(`${operation} is denied, so nothing was made. EC2 says: ${errorMessage(error)}`
      + ' (decode it by `aws sts decode-authorization-message`). Allow the call, or choose what is allowed');
  }
}
