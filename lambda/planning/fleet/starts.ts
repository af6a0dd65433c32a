import { quantile } from '../forecast/quantile';
import type { Grid } from '../time/grid';
import { slotFrom, slotsUntil } from '../time/grid';
import { openSlots, stretchEnds } from '../time/windows';
import type { FleetRequest, InstanceToMove, Strategy } from './request';

/** When an instance may begin, and by when a copy that begins then must have ended. */
export interface Starts {
  readonly strategy: Strategy;
  readonly isAllowed: Uint8Array;
  /** First slot behind the open stretch (or the deadline) of each slot. */
  readonly endsBy: Int32Array;
  /** Whether starts are compared by what they are forecast to cost, or by how soon they come. */
  readonly soonest: boolean;
}

/** The lowest quarter of an instance's own day counts as idle, unless it says what does. */
function idleSlots(grid: Grid, { cpu, idleBelow }: InstanceToMove): Uint8Array {
  const idle = new Uint8Array(grid.slots);
  if (!cpu) return idle;
  const threshold = idleBelow ?? quantile(cpu.subarray(0, Math.min(cpu.length, Math.round(86_400 / grid.step))), 0.25);
  for (let slot = 0; slot < grid.slots; slot++) idle[slot] = cpu[slot]! <= threshold ? 1 : 0;
  return idle;
}

export function startsOf({ grid, windows = [], blackouts = [] }: FleetRequest, instance: InstanceToMove): Starts {
  const strategy = instance.strategy ?? 'adaptive';
  const own = openSlots(grid, instance.windows ?? [], [...blackouts, ...instance.blackouts ?? []]);
  const common = windows.length > 0 ? openSlots(grid, windows, []) : undefined;
  const open = common ? own.map((isOpen, slot) => isOpen && common[slot]! ? 1 : 0) : own;
  const first = instance.earliest === undefined ? 0 : Math.max(0, slotFrom(grid, instance.earliest));
  const last = instance.deadline === undefined ? grid.slots : Math.min(grid.slots, slotsUntil(grid, instance.deadline));
  const stretches = stretchEnds(open);
  const idle = strategy === 'sameTimeOfDay' ? idleSlots(grid, instance) : undefined;
  const isAllowed = open.map((isOpen, slot) => isOpen && slot >= first && slot < last && (!idle || idle[slot]!) ? 1 : 0);
  const endsBy = stretches.subarray(0, grid.slots).map(end => Math.min(end, last));
  const soonest = strategy === 'now' || strategy === 'sameTimeOfDay' || !instance.writes || !instance.cpu;
  return { strategy, isAllowed, endsBy, soonest };
}
