import { GroupNotReady } from '../shared/errors';
import { type Lease, renewLease } from '../shared/lease';
import { type Gate, type Group, type Member, missingAt, waitsUntil, withdrawn } from '../shared/migration/gate';
import { changeGate, readGate } from '../shared/migration/gate-item';
import { keepLink } from '../shared/migration/link';
import type { MigrationPlan } from '../shared/migration/plan';
import { pollDelay } from '../shared/poll';
import type { Reservation } from '../shared/reservations/reservations';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly gate: Group;
  readonly plan: MigrationPlan;
  /** The table with the gates. */
  readonly table: string;
  readonly lease: Lease;
  readonly reservation: Reservation | null;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
  /** ISO 8601: the instant of the newest snapshots; null: there are none that could grow old. */
  readonly takenAt: string | null;
}
export interface Output {
  /** Whether all are, and this one switches. */
  readonly ready: boolean;
  /** Whether so much time has gone that the next round is due first, so that the last one stays small. */
  readonly stale: boolean;
  readonly reservation: Reservation | null;
  readonly waitSeconds: number;
}

/** What is held of the link is held for so long from each look on. */
const HELD_SECONDS = 1800;
/** Switches of a group begin so far from each other at most, as far as it depends on looking. */
const LONGEST_DELAY = 60;
/** What was written since then makes the pause longer. */
const STALE_AFTER_MS = 600_000;

/** Looks whether all of the group are ready, and holds the link meanwhile; gives up for all when the time is over. */
export async function handler({ gate: group, plan, table, lease, reservation, since, takenAt, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const member: Member = { group, id: plan.sourceInstanceId, execution };
  const gate = await inTime(table, member, plan.deadline);
  if (gate.verdict === 'closed') {
    throw new GroupNotReady(`${member.id} does not switch, for its group ${group.id} does not: ${gate.closed?.by} ${gate.closed?.why}. Nothing was switched; begin the moves of all members again`);
  }
  if (gate.verdict === 'open') return { ready: true, stale: false, reservation, waitSeconds: 0 };
  const kept = reservation === null ? null : await keepLink(reservation, plan, HELD_SECONDS);
  return {
    ready: false, stale: takenAt !== null && Date.now() - Date.parse(takenAt) > STALE_AFTER_MS,
    reservation: kept?.reservation ?? null, waitSeconds: Math.min(LONGEST_DELAY, pollDelay(since)),
  };
}

/** The gate; closed by this member if it has waited for long enough, and nobody has decided otherwise in the same moment. */
async function inTime(table: string, member: Member, deadline: string | null): Promise<Gate> {
  const { group } = member;
  const found = await readGate(table, group);
  if (!found) throw new GroupNotReady(`nothing is known of the group ${group.id} any more: begin the moves of all members again, under another id`);
  const until = waitsUntil(found, member, deadline);
  if (found.verdict !== 'waiting' || Date.now() <= until) return found;
  return changeGate(table, group, gate => withdrawn(gate, member, `waited until ${new Date(until).toISOString()} for ${missingAt(gate ?? found).join(', ')}`));
}
