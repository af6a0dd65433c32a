import { DescribeSnapshotsCommand } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { WillNotConverge } from '../shared/errors';
import { changedBetween } from '../shared/migration/changed-blocks';
import { keepLink } from '../shared/migration/link';
import type { MigrationPlan } from '../shared/migration/plan';
import { judge, type Round, SWITCH_SECONDS } from '../shared/migration/rounds';
import type { Reservation } from '../shared/reservations/reservations';
import type { Step, VolumeSnapshot } from '../shared/step';

export interface Input extends Step {
  readonly plan: MigrationPlan;
  readonly name: string | null;
  /** Those before this one. */
  readonly rounds: readonly Round[];
  readonly snapshots: readonly VolumeSnapshot[];
  /** Of the round before; empty in the first. */
  readonly former: readonly VolumeSnapshot[];
  readonly reservation: Reservation | null;
  /** Bytes by device so far. */
  readonly moved: Readonly<Record<string, number>>;
  /** Whether people were waited for since the round before. */
  readonly waited: boolean;
}
export interface Output {
  readonly rounds: readonly Round[];
  readonly converged: boolean;
  readonly moved: Readonly<Record<string, number>>;
  readonly reservation: Reservation | null;
  readonly why: string;
}

const GIB = 2 ** 30;

/** Counts what changed since the last round, and decides: switch, another round, or give the link back and leave everything as it is. */
export async function handler({ plan, name, rounds: before, snapshots, former, reservation, moved, waited }: Input): Promise<Output> {
  const takenAt = snapshots[0]?.startTime ?? '';
  const counted = former.length === 0 ? await firstPass(plan, snapshots) : await laterPass(snapshots, former);
  const round: Round = {
    round: before.length + 1, takenAt,
    seconds: Math.max(1, Math.round((Date.now() - Date.parse(takenAt)) / 1000)),
    bytes: counted.reduce((sum, { bytes }) => sum + bytes, 0),
    atLeast: counted.some(({ atLeast }) => atLeast),
  };
  const rounds = [...before, round];
  const verdict = judge(rounds, { name: name === null ? plan.sourceInstanceId : `${name} (${plan.sourceInstanceId})`, maxDowntime: plan.maxDowntime, deadline: plan.deadline, waited }, Date.now());
  if (verdict.next === 'give-up') throw new WillNotConverge(verdict.why);
  const kept = reservation === null ? null : await keepLink(reservation, plan, 2 * round.seconds + SWITCH_SECONDS);
  return {
    rounds, converged: verdict.next === 'switch',
    moved: Object.fromEntries(counted.map(({ device, bytes }) => [device, (moved[device] ?? 0) + bytes])),
    reservation: kept?.reservation ?? null,
    why: kept?.crowded ? `${verdict.why}; others have reserved the link for the time that comes, but EBS can not be held back` : verdict.why,
  };
}

interface Counted { readonly device: string; readonly bytes: number; readonly atLeast: boolean }

/** All that was ever written: what EBS had copied already for earlier snapshots of the volume nobody tells. */
async function firstPass({ volumes }: MigrationPlan, snapshots: readonly VolumeSnapshot[]): Promise<Counted[]> {
  const { Snapshots = [] } = await ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: snapshots.map(({ snapshotId }) => snapshotId) }));
  return snapshots.map(({ device, snapshotId }) => {
    const full = Snapshots.find(({ SnapshotId }) => SnapshotId === snapshotId)?.FullSnapshotSizeInBytes;
    return { device, bytes: full ?? (volumes.find(volume => volume.device === device)?.size ?? 0) * GIB, atLeast: false };
  });
}

async function laterPass(snapshots: readonly VolumeSnapshot[], former: readonly VolumeSnapshot[]): Promise<Counted[]> {
  return Promise.all(snapshots.map(async ({ device, snapshotId }) => {
    const first = former.find(one => one.device === device);
    return { device, ...first ? await changedBetween(first.snapshotId, snapshotId) : { bytes: 0, atLeast: false } };
  }));
}
