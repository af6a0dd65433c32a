import { DescribeInstanceAttributeCommand, DescribeInstanceCreditSpecificationsCommand, DescribeVolumesCommand, type Instance } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { CloneDiffersFromPlan } from '../shared/errors';
import { describeInstances } from '../shared/instances';
import { type CloneFacts, compareClone } from '../shared/plan/compare';
import type { Plan } from '../shared/plan/plan';
import type { Step, VolumeSnapshot } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly instanceIds: readonly string[];
  readonly snapshots: readonly VolumeSnapshot[];
}
export interface ClonedVolume {
  readonly device: string;
  readonly volumeId: string;
  /** Empty when it is a copy. */
  readonly snapshotId: string;
  /** The source's volume that it is a copy of; null when it comes from a snapshot. */
  readonly copyOf: string | null;
}
export interface Clone {
  readonly instanceId: string;
  readonly privateIpAddress: string | null;
  readonly volumes: readonly ClonedVolume[];
}
export interface Output { readonly clones: readonly Clone[] }

/** Compares every clone with the plan; each difference is named. */
export async function handler({ plan, instanceIds, snapshots }: Input): Promise<Output> {
  const facts = await Promise.all((await describeInstances(instanceIds)).map(instance => readFacts(instance, plan)));
  const wrong = [
    ...facts.length === plan.count ? [] : [`planned ${plan.count} clones, found ${facts.length}`],
    ...facts.flatMap(clone => compareClone(plan, clone, snapshots).map(line => `${clone.instance.InstanceId} ${line}`)),
  ];
  if (wrong.length > 0) throw new CloneDiffersFromPlan(wrong.join('\n'));
  return { clones: facts.map(summary) };
}

async function readFacts(instance: Instance, { launch }: Plan): Promise<CloneFacts> {
  const InstanceId = instance.InstanceId ?? '';
  const [volumes, shutdown, credits] = await Promise.all([
    ec2.send(new DescribeVolumesCommand({ VolumeIds: (instance.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.VolumeId ?? []) })),
    ec2.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute: 'instanceInitiatedShutdownBehavior' })),
    launch.CreditSpecification ? ec2.send(new DescribeInstanceCreditSpecificationsCommand({ InstanceIds: [InstanceId] })) : undefined,
  ]);
  return {
    instance,
    volumes: volumes.Volumes ?? [],
    shutdownBehavior: shutdown.InstanceInitiatedShutdownBehavior?.Value,
    cpuCredits: credits?.InstanceCreditSpecifications?.[0]?.CpuCredits,
  };
}

function summary({ instance, volumes }: CloneFacts): Clone {
  return {
    instanceId: instance.InstanceId ?? '',
    privateIpAddress: instance.PrivateIpAddress ?? null,
    volumes: (instance.BlockDeviceMappings ?? []).map(({ DeviceName = '', Ebs }) => {
      const volume = volumes.find(({ VolumeId }) => VolumeId === Ebs?.VolumeId);
      return { device: DeviceName, volumeId: Ebs?.VolumeId ?? '', snapshotId: volume?.SnapshotId ?? '', copyOf: volume?.SourceVolumeId ?? null };
    }),
  };
}
