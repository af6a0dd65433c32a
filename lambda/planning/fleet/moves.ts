import { COST_WEIGHTS, exposureSums } from '../copy/cost';
import { COPY_RULES, footprint } from '../copy/footprint';
import { type Method, switchPlan } from '../copy/method';
import { written } from '../copy/written';
import type { Starts } from './starts';
import type { FleetRequest, InstanceToMove } from './request';

/** One way to move one instance. */
export interface Move {
  readonly slot: number;
  /** Slots that the copy takes part in. */
  readonly slots: number;
  readonly link: number;
  readonly rate: number;
  readonly cost: number;
  readonly seconds: number;
  readonly bytes: number;
  readonly resent: number;
  readonly downtime: number;
  readonly method: Method;
}

/** How many starts failed for which reason: what a refusal is made of. */
export interface Tally {
  allowed: number;
  notConverging: number;
  tooLong: number;
  /** Shortest copy among those too long, seconds. */
  shortest: number;
  fastest: number;
}

export const noTally = (): Tally => ({ allowed: 0, notConverging: 0, tooLong: 0, shortest: Infinity, fastest: 0 });

/** All ways to move one instance by itself; why others were left out goes into the tally. */
export function* movesOf(request: FleetRequest, instance: InstanceToMove, starts: Starts, tally: Tally): Iterable<Move> {
  const { grid, links, weights = COST_WEIGHTS, copyRules = COPY_RULES } = request;
  const rules = instance.maxDowntime === undefined ? copyRules : { ...copyRules, maxDowntime: instance.maxDowntime };
  const copy = { bytes: instance.bytes, hotBytes: Math.min(instance.bytes, instance.hotBytes ?? instance.bytes) };
  const curve = written(instance.writes ?? new Float64Array(grid.slots), grid.step);
  const exposure = exposureSums(instance.cpu ?? new Float64Array(grid.slots), grid.step);
  const lateWeight = weights.perHourLate * (1 + Math.max(0, instance.priority ?? 0));
  for (let slot = 0; slot < grid.slots; slot++) {
    if (!starts.isAllowed[slot]) continue;
    tally.allowed++;
    for (const [index, link] of links.entries()) {
      if (instance.links && !instance.links.includes(link.id)) continue;
      for (const rate of link.rates) {
        tally.fastest = Math.max(tally.fastest, rate);
        const print = footprint(curve, slot * grid.step, copy, rate, rules);
        const plan = switchPlan(print, rate, rules, instance.postCopy ?? false);
        if (!plan) { tally.notConverging++; continue; }
        const slots = Math.max(1, Math.ceil(print.seconds / grid.step - 1e-9));
        if (slot + slots > starts.endsBy[slot]!) {
          tally.tooLong++;
          tally.shortest = Math.min(tally.shortest, print.seconds);
          continue;
        }
        const resent = print.bytes - instance.bytes;
        const hours = slot * grid.step / 3600;
        const end = grid.start + slot * grid.step + print.seconds;
        const late = instance.due === undefined ? 0 : Math.max(0, end - instance.due) / 3600;
        const cost = (starts.soonest ? hours
          : weights.perGigabyteResent * resent / 1e9 + weights.perTenPercentHour * (exposure[slot + slots]! - exposure[slot]!))
          + weights.perSecondDown * plan.downtime + weights.perSecondExposed * plan.exposed + lateWeight * late;
        yield { slot, slots, link: index, rate, cost, seconds: print.seconds, bytes: print.bytes, resent, downtime: plan.downtime, method: plan.method };
      }
    }
  }
}
