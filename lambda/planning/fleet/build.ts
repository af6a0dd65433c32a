import { leaveOf, type Problem } from '../solve/problem';
import { type Load, ProblemBuilder } from '../solve/problem-builder';
import { type Move, Mover, noTally, type Tally } from './moves';
import type { FleetRequest, InstanceToMove } from './request';
import { startsOf } from './starts';

/** What is moved as one: an instance, or a group that switches at the same moment. */
export interface Unit {
  readonly movers: readonly Mover[];
  readonly tallies: readonly Tally[];
}

export interface Built {
  readonly problem: Problem;
  /** In the order of the problem's items. */
  readonly units: readonly Unit[];
}

/** Capacity of a limit that is not there: all options of an item need equally many loads. */
const UNLIMITED = 1e6;

/** The resources behind the links: how many copies may run at once, per link, over all, per host. */
class Limits {
  readonly capacity: Float64Array[];
  private readonly perLink: number;
  private readonly total: number;
  private readonly hosts = new Map<string, number>();

  constructor({ grid, links, instances, maxConcurrent, maxConcurrentPerHost }: FleetRequest) {
    const fill = (limit: number): Float64Array => new Float64Array(grid.slots).fill(limit);
    this.capacity = links.map(({ capacity }) => capacity.map(value => Math.max(0, value)));
    this.perLink = links.some(link => link.maxConcurrent !== undefined) ? this.capacity.length : -1;
    if (this.perLink >= 0) for (const link of links) this.capacity.push(fill(link.maxConcurrent ?? UNLIMITED));
    this.total = maxConcurrent === undefined ? -1 : this.capacity.push(fill(maxConcurrent)) - 1;
    if (maxConcurrentPerHost === undefined) return;
    for (const { host } of instances) {
      if (host !== undefined && !this.hosts.has(host)) this.hosts.set(host, this.capacity.push(fill(maxConcurrentPerHost)) - 1);
    }
  }

  /** What a move loads from its slot to the switch. */
  loads({ slot, link, rate }: Move, until: number, { host }: InstanceToMove): Load[] {
    const loads = [{ resource: link, from: slot, to: until, rate }];
    const count = (resource: number | undefined): void => {
      if (resource !== undefined && resource >= 0) loads.push({ resource, from: slot, to: until, rate: 1 });
    };
    if (this.perLink >= 0) count(this.perLink + link);
    count(this.total);
    if (host !== undefined) count(this.hosts.get(host));
    return loads;
  }
}

/** What it costs to leave an instance where it is: more than any way to move it, and more with every class of priority. */
export const costOfLeaving = (dearest: number, priority = 0): number => (100 + 2 * dearest) * 4 ** priority;

/** Puts a fleet's wishes into the planning problem. */
export function buildProblem(request: FleetRequest): Built {
  const { grid, instances, links, groups = [] } = request;
  const limits = new Limits(request);
  const rates = links.reduce((count, link) => count + link.rates.length, 0);
  const builder = new ProblemBuilder(grid.slots, limits.capacity, instances.length * (grid.slots * rates + 1));
  const byId = new Map(instances.map(instance => [instance.id, instance]));
  const grouped = new Map<string, readonly string[]>();
  for (const group of groups) for (const id of group) grouped.set(id, group);
  const itemOf = new Map<string, number>();
  const units: Unit[] = [];
  const leaving: Leaving[] = [];
  for (const instance of instances) {
    if (itemOf.has(instance.id)) continue;
    const members = (grouped.get(instance.id) ?? [instance.id]).map(id => byId.get(id)!);
    const movers = members.map(member => new Mover(request, member, startsOf(request, member)));
    const tallies = movers.map(noTally);
    const dearest = movers.length === 1 ? addSingle(builder, limits, movers[0]!, tallies[0]!) : addGroup(builder, limits, request, movers, tallies);
    const item = builder.endItem(0); // leavingCosts
    leaving.push({ dearest, priorities: members.map(({ priority = 0 }) => priority) });
    for (const { id } of members) itemOf.set(id, item);
    for (const mover of movers) mover.forget();
    units.push({ movers, tallies });
  }
  const pairs = new Set<string>();
  for (const { id, after = [] } of instances) {
    for (const first of after) {
      const pair = `${itemOf.get(first)!} ${itemOf.get(id)!}`;
      if (pairs.has(pair)) continue;
      pairs.add(pair);
      builder.order(itemOf.get(first)!, itemOf.get(id)!);
    }
  }
  const problem = builder.build();
  leavingCosts(leaving).forEach((cost, item) => { problem.cost[leaveOf(problem, item)] = cost; });
  return { problem, units };
}

/** An item's dearest way to move, and the priorities of its members. */
interface Leaving { readonly dearest: number; readonly priorities: readonly number[] }

/** Where some count more than others, what one would cost at its worst must not outweigh that. */
function leavingCosts(items: readonly Leaving[]): number[] {
  const all = items.flatMap(({ priorities }) => priorities);
  const isRanked = all.some(priority => priority !== all[0]);
  const most = items.reduce((sofar, { dearest }) => Math.max(sofar, dearest), 0);
  return items.map(({ dearest, priorities }) => priorities.reduce((sum, priority) => sum + costOfLeaving(isRanked ? most : dearest, priority), 0));
}

function addSingle(builder: ProblemBuilder, limits: Limits, mover: Mover, tally: Tally): number {
  let dearest = 0;
  for (const move of mover.all(tally)) {
    const loads = limits.loads(move, move.slot + move.slots, mover.instance);
    const until = move.slot + move.slots;
    if (loads.length === 1) builder.addOption(move.cost, move.slot, until, move.link, move.rate);
    else builder.addOptionOf(move.cost, move.slot, until, loads);
    dearest = Math.max(dearest, move.cost);
  }
  return dearest;
}

/** One option per link, rate and moment of the switch: each member begins as late as it may, and its sync goes on until all can switch. */
function addGroup(builder: ProblemBuilder, limits: Limits, { grid, links }: FleetRequest, movers: readonly Mover[], tallies: readonly Tally[]): number {
  const latests = movers.map((mover, i) => latest([...mover.all(tallies[i]!)], mover, grid.slots));
  let dearest = 0;
  for (let until = 1; until <= grid.slots; until++) {
    for (let link = 0; link < links.length; link++) {
      for (const rate of links[link]!.rates) {
        const chosen = latests.map(of => of(until, link, rate));
        if (chosen.includes(undefined)) continue;
        const all = chosen as Move[];
        const cost = all.reduce((sum, move) => sum + move.cost, 0);
        builder.addOptionOf(cost, Math.min(...all.map(({ slot }) => slot)), until, all.flatMap((move, i) => limits.loads(move, until, movers[i]!.instance)));
        dearest = Math.max(dearest, cost);
      }
    }
  }
  return dearest;
}

/** Of a member, by the slot of the switch: its latest move over a link at a rate that has ended by then, in a stretch that is open until then. */
export function latest(moves: readonly Move[], { starts }: Mover, slots: number): (until: number, link: number, rate: number) => Move | undefined {
  const ways = new Map<string, (Move | undefined)[]>();
  const wayOf = (link: number, rate: number): (Move | undefined)[] => {
    const key = `${link} ${rate}`;
    const way = ways.get(key) ?? new Array<Move | undefined>(slots + 1).fill(undefined);
    ways.set(key, way);
    return way;
  };
  const later = (one: Move | undefined, other: Move | undefined): Move | undefined => (other && (!one || other.slot > one.slot) ? other : one);
  for (const move of moves) {
    const way = wayOf(move.link, move.rate);
    way[move.slot + move.slots] = later(way[move.slot + move.slots], move);
  }
  for (const way of ways.values()) for (let until = 1; until <= slots; until++) way[until] = later(way[until - 1], way[until]);
  return (until, link, rate) => {
    const move = ways.get(`${link} ${rate}`)?.[until];
    // where its stretch is over before the switch, so are those of all that begin earlier
    return move && starts.endsBy[move.slot]! >= until ? move : undefined;
  };
}
