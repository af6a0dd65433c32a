import { DescribeInstanceAttributeCommand, DescribeInstanceCreditSpecificationsCommand, DescribeVolumesCommand, type Instance, type Volume } from '@aws-sdk/client-ec2';
import { ec2, patientEc2 } from '../shared/ec2';
import { CloneDiffersFromPlan } from '../shared/errors';
import { findInstances, whyOver } from '../shared/instances';
import { type CloneFacts, compareClone } from '../shared/plan/compare';
import { type Failure, grouped } from '../shared/plan/fleet';
import type { Plan } from '../shared/plan/plan';
import type { Step, VolumeSnapshot } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly instanceIds: readonly string[];
  /** Of a fleet: what failed so far, and may. Null: none may fail. */
  readonly failures?: readonly Failure[] | null;
  readonly snapshots: readonly VolumeSnapshot[];
  /** ISO 8601: when the state was entered. */
  readonly since?: string;
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
export interface Output {
  readonly clones: readonly Clone[];
  readonly failures: readonly Failure[] | null;
}

/** EC2 gives no more at once. */
const VOLUMES_PER_CALL = 500;
/** Tags and checks that were set a moment ago show late: so long a difference is looked at again, before a clone of a fleet counts as failed. */
const SETTLED_AFTER_MS = 120_000;

/** Compares every clone with the plan; each difference is named. */
export async function handler({ plan, instanceIds, snapshots, failures = null, since }: Input): Promise<Output> {
  const instances = await findInstances(instanceIds);
  const over = whyOver(instanceIds, instances);
  const facts = await readFacts(instances.filter(({ InstanceId = '' }) => !over.has(InstanceId)), plan);
  const wrong = new Map(facts.map(clone => [clone.instance.InstanceId ?? '', compareClone(plan, clone, snapshots)] as const).filter(([, lines]) => lines.length > 0));
  const lines = [
    ...facts.length === instanceIds.length && (failures !== null || facts.length === plan.count) ? [] : [`planned ${plan.count} clones, found ${facts.length}`],
    ...[...wrong].flatMap(([id, differences]) => differences.map(line => `${id} ${line}`)),
  ];
  const settled = since !== undefined && Date.now() - Date.parse(since) > SETTLED_AFTER_MS;
  if (lines.length > 0 && (failures === null || !settled)) throw new CloneDiffersFromPlan(lines.join('\n'));
  const different = [...wrong].map(([id, [first = '']]): Failure => ({ clones: 1, instanceIds: [id], reason: `differs from the plan: ${first}` }));
  return {
    clones: facts.filter(({ instance }) => !wrong.has(instance.InstanceId ?? '')).map(summary),
    failures: failures && grouped([...failures, ...different, ...[...over].map(([id, reason]): Failure => ({ clones: 1, instanceIds: [id], reason }))]),
  };
}

/** One call for the volumes of all; what EC2 tells one by one is asked for as slowly as it likes. */
async function readFacts(instances: readonly Instance[], { launch }: Plan): Promise<CloneFacts[]> {
  const ids = instances.map(({ InstanceId }) => InstanceId ?? '');
  const volumes = await readVolumes(instances.flatMap(({ BlockDeviceMappings = [] }) => BlockDeviceMappings.flatMap(({ Ebs }) => Ebs?.VolumeId ?? [])));
  const { InstanceCreditSpecifications = [] } = launch.CreditSpecification && ids.length > 0
    ? await ec2.send(new DescribeInstanceCreditSpecificationsCommand({ InstanceIds: ids })) : {};
  return Promise.all(instances.map(async instance => {
    const shutdown = await patientEc2.send(new DescribeInstanceAttributeCommand({ InstanceId: instance.InstanceId, Attribute: 'instanceInitiatedShutdownBehavior' }));
    return {
      instance,
      volumes: volumes.filter(({ VolumeId }) => (instance.BlockDeviceMappings ?? []).some(({ Ebs }) => Ebs?.VolumeId === VolumeId)),
      shutdownBehavior: shutdown.InstanceInitiatedShutdownBehavior?.Value,
      cpuCredits: InstanceCreditSpecifications.find(({ InstanceId }) => InstanceId === instance.InstanceId)?.CpuCredits,
    };
  }));
}

async function readVolumes(VolumeIds: readonly string[]): Promise<Volume[]> {
  const found: Volume[] = [];
  for (let from = 0; from < VolumeIds.length; from += VOLUMES_PER_CALL) {
    found.push(...(await ec2.send(new DescribeVolumesCommand({ VolumeIds: VolumeIds.slice(from, from + VOLUMES_PER_CALL) }))).Volumes ?? []);
  }
  return found;
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
