import { DescribeVolumesCommand, type Instance, type Volume } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { TargetDiffersFromPlan } from '../shared/errors';
import { describeInstances } from '../shared/instances';
import { refuseLate } from '../shared/migration/late';
import type { MigrationPlan } from '../shared/migration/plan';
import type { Round } from '../shared/migration/rounds';
import type { Step, VolumeSnapshot } from '../shared/step';

export interface Input extends Step {
  readonly plan: MigrationPlan;
  readonly instanceId: string;
  readonly snapshots: readonly VolumeSnapshot[];
  readonly rounds: readonly Round[];
  /** Bytes by device. */
  readonly moved: Readonly<Record<string, number>>;
  /** Units that run on the target. */
  readonly services: readonly string[];
  /** ISO 8601: when the source stopped serving. */
  readonly pausedAt: string;
}
export interface MovedVolume {
  readonly device: string;
  readonly volumeId: string;
  readonly sourceVolumeId: string;
  readonly transport: 'ebs' | 'blocks';
  readonly copy: 'pre-copy' | 'post-copy';
  readonly rounds: number;
  readonly bytes: number;
}
export interface Output {
  readonly volumes: readonly MovedVolume[];
  readonly bytes: number;
  readonly verified: { readonly statusChecks: 'passed'; readonly managed: boolean; readonly services: readonly string[] };
}

/** Compares the target with the plan: its place, its type, and that every volume was made from the last snapshot of the source's. */
export async function handler({ plan, instanceId, snapshots, rounds, moved, services, pausedAt }: Input): Promise<Output> {
  refuseLate(plan, pausedAt);
  const [target] = await describeInstances([instanceId]);
  const ids = (target?.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.VolumeId ?? []);
  const { Volumes = [] } = ids.length === 0 ? {} : await ec2.send(new DescribeVolumesCommand({ VolumeIds: ids }));
  const differences = [...placeDifferences(plan, target), ...volumeDifferences(plan, target, Volumes, snapshots)];
  if (differences.length > 0) throw new TargetDiffersFromPlan(`${instanceId}: ${differences.join('; ')}`);
  const volumes = plan.travel.map(({ device, volumeId: sourceVolumeId, transport, copy }) => ({
    device, volumeId: volumeAt(target, device) ?? '', sourceVolumeId, transport, copy, rounds: rounds.length + 1, bytes: moved[device] ?? 0,
  }));
  return {
    volumes, bytes: volumes.reduce((sum, { bytes }) => sum + bytes, 0),
    verified: { statusChecks: 'passed', managed: plan.managed, services },
  };
}

function placeDifferences({ destination, launch }: MigrationPlan, target: Instance | undefined): string[] {
  const wanted: readonly (readonly [string, unknown, unknown])[] = [
    ['state', 'running', target?.State?.Name],
    ['instance type', launch.InstanceType, target?.InstanceType],
    ['subnet', destination.subnetId, target?.SubnetId],
    ['Outpost', destination.outpostArn, target?.OutpostArn],
  ];
  return wanted.filter(([, planned, found]) => planned !== found).map(([what, planned, found]) => `its ${what} is ${String(found)}, not ${String(planned)}`);
}

function volumeDifferences(
  { volumes }: MigrationPlan, target: Instance | undefined, described: readonly Volume[], snapshots: readonly VolumeSnapshot[],
): string[] {
  return volumes.flatMap(({ device, size, encrypted }) => {
    const volume = described.find(({ VolumeId }) => VolumeId === volumeAt(target, device));
    const snapshot = snapshots.find(one => one.device === device);
    if (!volume) return [`it has no volume at ${device}`];
    return [
      ...volume.SnapshotId === snapshot?.snapshotId ? [] : [`${device} comes from ${volume.SnapshotId || 'no snapshot'}, not from ${snapshot?.snapshotId}`],
      ...volume.Size === size ? [] : [`${device} has ${volume.Size} GiB, not ${size}`],
      ...encrypted && !volume.Encrypted ? [`${device} is not encrypted`] : [],
    ];
  });
}

function volumeAt(target: Instance | undefined, device: string): string | undefined {
  return target?.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === device)?.Ebs?.VolumeId;
}
