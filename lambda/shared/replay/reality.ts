import { COST_WEIGHTS, exposureSums } from '../../planning/copy/cost';
import { type CopyRules, footprint } from '../../planning/copy/footprint';
import { written } from '../../planning/copy/written';
import { Mover } from '../../planning/fleet/moves';
import { startsOf } from '../../planning/fleet/starts';
import { LAGRANGIAN_RULES, solveLagrangian } from '../../planning/solve/lagrangian';
import { ProblemBuilder } from '../../planning/solve/problem-builder';
import { isOnLink, loadOf } from '../fleet/facts';
import { FLEET_COPY_RULES, moverOf, ratesOf, tolerated } from '../fleet/mover';
import { wayTo } from '../locations';
import { fleetRequestOf } from './request';
import type { PastWindow } from './window';

/** What a move that began in a slot really took. */
export interface Realised {
  /** From its start to its end, or until it was given up. */
  readonly seconds: number;
  /** Over the link. */
  readonly bytes: number;
  readonly resent: number;
  /** Hours at 10 % of CPU while it was copied. */
  readonly exposure: number;
  readonly downtime: number;
  /** In the units of the plan; Infinity where it did not converge. */
  readonly cost: number;
}

interface Mine {
  readonly mover: Mover;
  readonly volumeBytes: number;
  readonly curve: ReturnType<typeof written>;
  readonly exposure: Float64Array;
  readonly rules: CopyRules;
  readonly links: readonly string[];
  /** Whether anything of it goes over the links: what AWS moves by another way takes nothing of them. */
  readonly isOnLink: boolean;
}

/** What happened while a past window lasted. No decision may rest on it. */
export class Reality {
  /** What migrations might have taken of each link, bytes per second; NaN where its traffic is not known. */
  readonly room: ReadonlyMap<string, Float64Array>;
  private readonly instances = new Map<string, Mine>();
  /** What an instance counts that was not moved in time: as much as its dearest start. */
  readonly charges = new Map<string, number>();
  /** No start of theirs would have done: no strategy is blamed for them. */
  readonly impossible: readonly string[];
  /** No way to move all that keeps to the room costs less, whatever it knows of the future. */
  readonly bound: number;

  constructor(private readonly window: PastWindow) {
    const { records, grid } = window;
    const request = fleetRequestOf(records.request, 'adaptive', window.begin);
    const common = { grid, links: [], instances: [], timeZone: request.timeZone, weights: COST_WEIGHTS, copyRules: FLEET_COPY_RULES };
    for (const instance of window.fleet.instances) {
      const way = wayTo(records.destination, instance.place, records.locations) ?? { direction: 'to-edge', links: [] };
      const load = loadOf(instance, request, way);
      const links = load.links.map(({ id }) => id);
      const { writes, cpu } = window.both(instance.id, series => filled(window.during(series)));
      const each = moverOf(request, instance.id, { ...load, links }, { id: instance.id, writes, cpu, days: 0 }, new Set());
      this.instances.set(instance.id, {
        mover: new Mover(common, each, startsOf(common, each)), volumeBytes: load.bytes, links, isOnLink: isOnLink(load),
        curve: written(writes, grid.step), exposure: exposureSums(cpu, grid.step), rules: { ...FLEET_COPY_RULES, maxDowntime: tolerated(request.maxDowntime) },
      });
    }
    this.room = new Map(records.links.map(({ link, direction, traffic }) => {
      const capacity = link.capacity[direction] / 8;
      return [link.id, window.during(traffic).map(value => link.migrationShare * Math.max(0, capacity - value))];
    }));
    ({ bound: this.bound, impossible: this.impossible } = this.clairvoyant());
  }

  /** What a start really took; where it did not converge, until that was seen. */
  of(id: string, slot: number, rate: number): Realised {
    const { mover, curve, exposure, volumeBytes, rules } = this.instances.get(id)!;
    const { grid: { step, slots } } = this.window;
    const move = mover.at(slot, 0, rate);
    const print = move ?? footprint(curve, slot * step, { bytes: volumeBytes, hotBytes: volumeBytes }, rate, rules);
    const until = Math.min(slots, slot + Math.max(1, Math.ceil(print.seconds / step - 1e-9)));
    const during = exposure[until]! - exposure[slot]!;
    const { seconds, bytes } = print;
    const resent = bytes - volumeBytes;
    return { seconds, bytes, resent, exposure: during, downtime: move?.downtime ?? 0, cost: move?.cost ?? Infinity };
  }

  isOnLink(id: string): boolean {
    return this.instances.get(id)!.isOnLink;
  }

  /** The slot before which a start must have ended, by blackouts and the end of the window. */
  endsBy(id: string, slot: number): number {
    return this.instances.get(id)!.mover.starts.endsBy[slot]!;
  }

  private clairvoyant(): { readonly bound: number; readonly impossible: string[] } {
    const { window: { grid, records, begin } } = this;
    const known = [...this.room];
    // where the traffic is not known, what was expected of it stands for it
    const expected = this.window.forecastsAt(begin).links;
    const capacity = known.map(([, room], link) => room.map((value, slot) => (Number.isNaN(value) ? expected[link]!.room[slot] ?? 0 : value)));
    const rates = expected.map(link => ratesOf(link, records.request.fleet.rates));
    const builder = new ProblemBuilder(grid.slots, capacity, this.instances.size * grid.slots * 3 + 1);
    const impossible: string[] = [];
    for (const [id, { mover, links, isOnLink }] of this.instances) {
      let dearest = -Infinity;
      for (let slot = 0; slot < grid.slots; slot++) {
        if (!mover.starts.isAllowed[slot]) continue;
        known.forEach(([link], index) => {
          for (const rate of links.includes(link) ? rates[index]! : []) {
            const move = mover.at(slot, index, rate);
            if (!move || slot + move.slots > mover.starts.endsBy[slot]!) continue;
            dearest = Math.max(dearest, move.cost);
            if (isOnLink) builder.addOption(move.cost, slot, slot + move.slots, index, rate);
            else builder.addOptionOf(move.cost, slot, slot + move.slots, []);
          }
        });
      }
      if (dearest < 0) impossible.push(id);
      else this.charges.set(id, dearest);
      builder.endItem(Math.max(0, dearest));
      mover.forget();
    }
    if (this.charges.size === 0) return { bound: 0, impossible };
    const { bound } = solveLagrangian(builder.build(), LAGRANGIAN_RULES);
    return { bound: Math.max(0, bound), impossible };
  }
}

/** Gaps are filled with what was before them, never with what came after: a copy must not end by what it can not have met yet. */
function filled(values: Float64Array): Float64Array {
  let last = 0;
  return values.map(value => (last = Number.isNaN(value) ? last : value));
}
