import { type BlockDeviceMapping, DescribeInstanceAttributeCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { clientToken } from '../shared/client-token';
import { ec2, sourceEc2 } from '../shared/ec2';
import { errorName } from '../shared/error-name';
import { DowntimeExceeded, LaunchedAndGone, SnapshotFailed } from '../shared/errors';
import { type PauseLimit, refuseLate } from '../shared/migration/late';
import { isolated, type Isolation } from '../shared/plan/isolated-launch';
import type { Launch } from '../shared/plan/launch-input';
import { withMobilityTags } from '../shared/plan/launch-tags';
import type { Failure } from '../shared/plan/fleet';
import { NO_SNAPSHOT, type Step, type VolumeSnapshot } from '../shared/step';

export interface Input extends Step {
  readonly launch: Launch;
  readonly count: number;
  /** Of a fleet: which batch this is; some of its instances may be wanting. */
  readonly batch?: number | null;
  readonly imageId: string;
  readonly snapshots: readonly VolumeSnapshot[];
  readonly userData: 'none' | 'source' | 'given';
  /** Base64, when `userData` is `given`. */
  readonly givenUserData?: string | null;
  readonly sourceInstanceId: string;
  /** Instead of what the launch says of groups and profile; null: as it says. */
  readonly isolation?: Isolation | null;
  /** How long the pause of a source that waits for it may take; null, or left out: none does. */
  readonly limit?: PauseLimit | null;
}
export interface Output {
  readonly instanceIds: readonly string[];
  /** Of a fleet: those that EC2 had no room for. */
  readonly failures: readonly Failure[];
  /** ISO 8601. */
  readonly launchedAt: string;
}

/** Where there is no room now, the next try comes within two minutes; a pause that would be over by then need not be waited out. */
const NEXT_TRY_SECONDS = 120;

/** Launches all clones in one call: every one of them or none, but of a fleet as many as there is room for. */
export async function handler(
  { launch, count, batch = null, imageId, snapshots, userData, givenUserData, sourceInstanceId, isolation, limit = null, execution, owner }: Input,
): Promise<Output> {
  if (limit !== null) refuseLate(limit, limit.pausedAt);
  const UserData = userData === 'source' ? await readUserData(sourceInstanceId) : userData === 'given' ? givenUserData ?? undefined : undefined;
  try {
    const { Instances = [] } = await ec2.send(new RunInstancesCommand({
      ...withMobilityTags(isolated(launch, isolation ?? null), { execution, owner }, sourceInstanceId),
      ...launch.BlockDeviceMappings ? { BlockDeviceMappings: launch.BlockDeviceMappings.map(mapping => withSnapshot(mapping, snapshots)) } : {},
      ...UserData ? { UserData } : {},
      ImageId: imageId,
      MinCount: batch === null ? count : 1,
      MaxCount: count,
      // a repeated call answers with the instances of the first
      ClientToken: clientToken(execution, 'launch-instances', imageId, ...batch === null ? [] : [`${batch}`]),
    }));
    const instanceIds = Instances.flatMap(({ InstanceId }) => InstanceId ?? []);
    const wanting = count - instanceIds.length;
    return {
      instanceIds, launchedAt: new Date().toISOString(),
      failures: wanting > 0 ? [{ clones: wanting, instanceIds: [], reason: 'EC2 launched fewer than were asked for: there was no room, address or quota for more' }] : [],
    };
  } catch (error) {
    const name = errorName(error);
    if (name === 'InsufficientInstanceCapacity' && limit !== null) refuseToWait(limit, sourceInstanceId);
    if (name !== 'IdempotentInstanceTerminated') throw error;
    throw new LaunchedAndGone(`what an earlier try launched like ${sourceInstanceId} was terminated in the meantime: start again`);
  }
}

function refuseToWait({ maxDowntime, pausedAt }: PauseLimit, sourceInstanceId: string): void {
  const left = maxDowntime - (Date.now() - Date.parse(pausedAt)) / 1000;
  if (left > NEXT_TRY_SECONDS) return;
  throw new DowntimeExceeded(`EC2 has no capacity for the target of ${sourceInstanceId}, and of its maxDowntime of ${maxDowntime} s ${Math.max(0, Math.round(left))} s are left:`
    + ' it goes on at its source. Start again later, or with another instance type, or reserve the capacity');
}

/**
 * Every volume names its snapshot, so that none depends on what the image maps. The root names the image's own, as the EC2 console does too;
 * that EC2 takes it together with another size or key is unverified against AWS.
 */
function withSnapshot(mapping: BlockDeviceMapping, snapshots: readonly VolumeSnapshot[]): BlockDeviceMapping {
  if (!mapping.Ebs) return mapping;
  const snapshot = snapshots.find(({ device }) => device === mapping.DeviceName);
  // without a snapshot EC2 would make an empty volume, which has to be asked for
  if (!snapshot) throw new SnapshotFailed(`there is no snapshot for ${mapping.DeviceName}: nothing was launched`);
  if (snapshot.snapshotId === NO_SNAPSHOT) return mapping;
  return { ...mapping, Ebs: { ...mapping.Ebs, SnapshotId: snapshot.snapshotId } };
}

/** It comes in base64, as RunInstances wants it. */
async function readUserData(instanceId: string): Promise<string | undefined> {
  const { UserData } = await sourceEc2.send(new DescribeInstanceAttributeCommand({ InstanceId: instanceId, Attribute: 'userData' }));
  return UserData?.Value;
}
