import { CreateTagsCommand, DeleteSnapshotCommand, paginateDescribeSnapshots, type Snapshot } from '@aws-sdk/client-ec2';
import { ec2 } from './ec2';
import { errorName } from './error-name';
import type { Plan } from './plan/plan';
import type { Step, VolumeSnapshot } from './step';
import { DEVICE, EXECUTION, OWNER, SET, tagMap } from './tags';

/** The snapshots that an execution made, of one attempt or of all: EC2 has no idempotency token for them, so they are found by their tags. */
export async function findSnapshots({ execution, owner }: Step, attempt?: number | string, client = ec2): Promise<Snapshot[]> {
  const Filters = [
    { Name: `tag:${EXECUTION}`, Values: [execution] },
    { Name: `tag:${OWNER}`, Values: [owner] },
    ...attempt === undefined ? [] : [{ Name: `tag:${SET}`, Values: [`${attempt}`] }],
  ];
  const found: Snapshot[] = [];
  for await (const page of paginateDescribeSnapshots({ client, pageSize: 1000 }, { OwnerIds: ['self'], Filters })) found.push(...page.Snapshots ?? []);
  return found.filter(({ Tags }) => {
    const { [EXECUTION]: itsExecution, [SET]: set } = tagMap(Tags);
    // filters know wildcards: what counts is the exact value; without a set it is somebody's backup of a clone, its tags copied
    return itsExecution === execution && set !== undefined;
  });
}

/** The planned volumes' snapshots, of one set; volumes that were attached after planning are not among them. */
export function ofPlannedVolumes(snapshots: readonly Snapshot[], { volumes }: Pick<Plan, 'volumes'>): VolumeSnapshot[] {
  const found = oneSet(snapshots, volumes.map(({ volumeId }) => volumeId));
  return volumes.flatMap(({ device, volumeId }) => found.filter(({ VolumeId }) => VolumeId === volumeId).slice(0, 1).map(({ SnapshotId, StartTime }) =>
    ({ snapshotId: SnapshotId ?? '', volumeId, device, startTime: StartTime?.toISOString() ?? '' })));
}

/** A repeated CreateSnapshots makes a second set, of another instant: the oldest whole one counts, and they never mix. */
function oneSet(snapshots: readonly Snapshot[], volumeIds: readonly string[]): readonly Snapshot[] {
  const sets = setsOf(snapshots);
  const whole = sets.find(set => volumeIds.every(volumeId => set.some(({ VolumeId }) => VolumeId === volumeId)));
  if (whole) return whole;
  // CreateImage makes one snapshot of each volume, which may begin at different instants
  const repeated = volumeIds.some(volumeId => snapshots.filter(({ VolumeId }) => VolumeId === volumeId).length > 1);
  return repeated ? sets[0] ?? [] : snapshots;
}

/** One CreateSnapshots call gives all its snapshots one start time. */
export function setsOf(snapshots: readonly Snapshot[]): Snapshot[][] {
  const sets = new Map<number, Snapshot[]>();
  for (const snapshot of snapshots) {
    const start = snapshot.StartTime?.getTime() ?? 0;
    sets.set(start, [...sets.get(start) ?? [], snapshot]);
  }
  return [...sets].sort(([one], [other]) => one - other).map(([, set]) => set);
}

/** One request gives all snapshots the same tags; which device each belongs to can be said only afterwards. */
export async function tagDevices(snapshots: readonly Snapshot[], { volumes }: Pick<Plan, 'volumes'>, client = ec2): Promise<void> {
  for (const { SnapshotId, VolumeId, Tags } of snapshots) {
    const device = volumes.find(({ volumeId }) => volumeId === VolumeId)?.device;
    if (!device || !SnapshotId || tagMap(Tags)[DEVICE] === device) continue;
    await client.send(new CreateTagsCommand({ Resources: [SnapshotId], Tags: [{ Key: DEVICE, Value: device }] }));
  }
}

/** `recoverable` and `recovering`: somebody deleted it, and the recycle bin has it. */
const LOST_STATES = ['error', 'recoverable', 'recovering'];

/** Which of the snapshots will never be complete, in words; undefined where none is lost. */
export function lostSnapshots(snapshots: readonly Snapshot[]): string | undefined {
  const lost = snapshots.filter(({ State }) => LOST_STATES.includes(String(State)));
  return lost.length === 0 ? undefined : lost.map(({ SnapshotId, VolumeId, State, StateMessage }) =>
    `${SnapshotId} of ${VolumeId} is in state ${State}${StateMessage ? `: ${StateMessage}` : ''}`).join('; ');
}

/** A snapshot that is gone already is deleted. */
export async function deleteSnapshot(snapshotId: string, client = ec2): Promise<void> {
  try {
    await client.send(new DeleteSnapshotCommand({ SnapshotId: snapshotId }));
  } catch (error) {
    if (errorName(error) !== 'InvalidSnapshot.NotFound') throw error;
  }
}
