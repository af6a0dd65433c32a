import { COST_WEIGHTS, type CostWeights, exposureSums } from '../copy/cost';
import { COPY_RULES, type CopyRules, footprint, onceRules } from '../copy/footprint';
import { type Method, switchOnce, switchPlan } from '../copy/method';
import { type Written, written } from '../copy/written';
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
  /** Ways that remain. */
  moves: number;
  allowed: number;
  notConverging: number;
  tooLong: number;
  /** Shortest copy among those too long, seconds. */
  shortest: number;
  fastest: number;
}

export const noTally = (): Tally => ({ moves: 0, allowed: 0, notConverging: 0, tooLong: 0, shortest: Infinity, fastest: 0 });

/** What a move of one instance is computed from, prepared when it is first asked, until it is told to forget. */
export class Mover {
  private prepared: { readonly curve: Written; readonly exposure: Float64Array } | undefined;
  private readonly rules: CopyRules;
  private readonly weights: CostWeights;

  constructor(private readonly request: FleetRequest, readonly instance: InstanceToMove, readonly starts: Starts) {
    const { weights = COST_WEIGHTS, copyRules = COPY_RULES } = request;
    const { maxDowntime = copyRules.maxDowntime, sendOnce } = instance;
    this.weights = weights;
    this.rules = sendOnce ? onceRules(copyRules, sendOnce) : { ...copyRules, maxDowntime };
  }

  /** Gives the memory of what was prepared back: thousands of instances wait while the plan is made. */
  forget(): void {
    this.prepared = undefined;
  }

  private prepare(): { readonly curve: Written; readonly exposure: Float64Array } {
    const { instance: { writes, cpu }, request: { grid } } = this;
    return this.prepared ??= {
      curve: written(writes ?? new Float64Array(grid.slots), grid.step), exposure: exposureSums(cpu ?? new Float64Array(grid.slots), grid.step),
    };
  }

  /** The move that begins in a slot, whether the slot is allowed or not; nothing if it would not converge. */
  at(slot: number, link: number, rate: number): Move | undefined {
    const { instance, rules, weights, starts } = this;
    const { grid } = this.request;
    const { bytes, hotBytes = bytes, due, sendOnce } = instance;
    const { curve, exposure } = this.prepare();
    const print = footprint(curve, slot * grid.step, { bytes, hotBytes: sendOnce ? 0 : Math.min(bytes, hotBytes) }, rate, rules);
    const plan = sendOnce ? switchOnce(print, curve, slot * grid.step, rate, sendOnce) : switchPlan(print, rate, rules, instance.postCopy ?? false);
    if (!plan) return undefined;
    const slots = Math.max(1, Math.ceil(print.seconds / grid.step - 1e-9));
    const resent = print.bytes - bytes;
    const late = due === undefined ? 0 : Math.max(0, grid.start + slot * grid.step + print.seconds - due) / 3600;
    const exposed = (exposure[Math.min(slot + slots, grid.slots)] ?? 0) - exposure[slot]!;
    // who wants to be over soon does not wait for a rate at which it would be exposed for less long
    const cost = (starts.soonest ? slot * grid.step / 3600
      : weights.perGigabyteResent * resent / 1e9 + weights.perTenPercentHour * exposed + weights.perSecondExposed * plan.exposed)
      + weights.perSecondDown * plan.downtime
      + weights.perHourLate * (1 + Math.max(0, instance.priority ?? 0)) * late;
    return { slot, slots, link, rate, cost, seconds: print.seconds, bytes: print.bytes, resent, downtime: plan.downtime, method: plan.method };
  }

  /** All ways to move the instance by itself; why others were left out goes into the tally. */
  * all(tally: Tally): Iterable<Move> {
    const { starts, instance } = this;
    const { grid, links } = this.request;
    for (let slot = 0; slot < grid.slots; slot++) {
      if (!starts.isAllowed[slot]) continue;
      tally.allowed++;
      for (let link = 0; link < links.length; link++) {
        const { id, rates } = links[link]!;
        if (instance.links && !instance.links.includes(id)) continue;
        for (const rate of rates) {
          tally.fastest = Math.max(tally.fastest, rate);
          const move = this.at(slot, link, rate);
          if (!move) { tally.notConverging++; continue; }
          if (slot + move.slots > starts.endsBy[slot]!) {
            tally.tooLong++;
            tally.shortest = Math.min(tally.shortest, move.seconds);
            continue;
          }
          tally.moves++;
          yield move;
        }
      }
    }
  }
}
