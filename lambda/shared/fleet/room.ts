import { typeAtOutpost } from '../migration/overrides';
import type { OutpostRoom } from '../outpost-room';
import type { Takes } from '../reservations/room';
import type { FleetInstance, Refused } from './facts';
import type { FleetRequest } from './request';

type Order = Pick<FleetRequest, 'after' | 'groups' | 'priority'>;

/** What an instance takes at an Outpost; Dedicated Hosts are not counted by type. */
export function takesOf({ id, type, volumes, onHost }: Pick<FleetInstance, 'id' | 'type' | 'volumes' | 'onHost'>, outpostArn: string): Takes {
  const gib: Record<string, number> = {};
  for (const volume of volumes) {
    if (volume.type === undefined) continue;
    const there = typeAtOutpost(volume.type);
    gib[there] = (gib[there] ?? 0) + Math.ceil(volume.bytes / 2 ** 30);
  }
  return { instanceId: id, outpostArn, type: onHost === true ? 'host' : type, gib };
}

/** What is there of one kind. */
interface Stock { readonly free: number; readonly promised: number; taken: number }

/** An Outpost with what is free there, and what of that moves under way will take. */
export interface Place {
  readonly name: string;
  readonly outpostArn: string;
  readonly room: OutpostRoom;
  readonly promised: readonly Takes[];
}

/** Who does not fit there beside the others, and why. Those of the highest priority are served first, groups as a whole or not at all. */
export function whoHasNoRoom(instances: readonly FleetInstance[], order: Order, { name, outpostArn, room, promised }: Place): Refused[] {
  const stocks = stocksOf(room, promised);
  const needs = new Map(instances.map(instance => [instance.id, needsOf(takesOf(instance, outpostArn))]));
  const refused = new Map<string, string>();
  const stays = new Set<string>();
  for (const unit of unitsOf(instances, order)) {
    // who waits for one that stays is refused for that, and takes nothing from others
    if (unit.some(id => (order.after[id] ?? []).some(first => stays.has(first)))) {
      for (const id of unit) stays.add(id);
      continue;
    }
    const taken = new Map<string, number>();
    for (const id of unit) {
      const lacking = (needs.get(id) ?? []).find(({ kind, amount }) => lacks(stocks.get(kind), (taken.get(kind) ?? 0) + amount));
      if (lacking) refused.set(id, sentence(id, lacking, stocks.get(lacking.kind)!, taken.get(lacking.kind) ?? 0, name));
      else for (const { kind, amount } of needs.get(id) ?? []) taken.set(kind, (taken.get(kind) ?? 0) + amount);
    }
    if (unit.some(id => refused.has(id))) for (const id of unit) stays.add(id);
    else for (const [kind, amount] of taken) if (stocks.has(kind)) stocks.get(kind)!.taken += amount;
  }
  return [...refused].map(([id, reason]) => ({ id, reason }));
}

interface Need { readonly kind: string; readonly amount: number; readonly what: string }

const ofInstances = (type: string): string => `instances of type ${type}`;
const ofVolumes = (type: string): string => `GiB of ${type}`;

function needsOf({ type, gib }: Takes): Need[] {
  return [
    { kind: ofInstances(type), amount: 1, what: `room for an instance of type ${type}` },
    ...Object.entries(gib).map(([volumeType, amount]) => ({ kind: ofVolumes(volumeType), amount, what: `${amount} GiB of ${volumeType}` })),
  ];
}

function stocksOf({ instances, gib }: OutpostRoom, promised: readonly Takes[]): Map<string, Stock> {
  const given = new Map<string, number>();
  for (const { kind, amount } of promised.flatMap(needsOf)) given.set(kind, (given.get(kind) ?? 0) + amount);
  const stock = (kind: string, free: number): [string, Stock] => [kind, { free, promised: given.get(kind) ?? 0, taken: 0 }];
  return new Map([...[...instances].map(([type, free]) => stock(ofInstances(type), free)), ...[...gib].map(([type, free]) => stock(ofVolumes(type), free))]);
}

/** What is not known is not lacking. */
const lacks = (stock: Stock | undefined, amount: number): boolean => stock !== undefined && amount > stock.free - stock.promised - stock.taken;

function sentence(id: string, { kind, what }: Need, { free, promised, taken }: Stock, ofGroup: number, name: string): string {
  const gone = [...promised > 0 ? [`${promised} promised to moves under way`] : [], ...taken + ofGroup > 0 ? [`${taken + ofGroup} to others of this fleet`] : []];
  return `${id} needs ${what} at ${name}, which has ${free === 0 ? 'none' : free} free${gone.length === 0 ? '' : ` (${gone.join(', ')})`};`
    + ` make room there (${kind}), or leave others out`;
}

/** Those who can only go together, in the order in which they are served: by priority, after those whom they wait for, otherwise as they were found. */
function unitsOf(instances: readonly FleetInstance[], { after, groups, priority }: Order): string[][] {
  const ids = new Set(instances.map(({ id }) => id));
  const grouped = groups.map(group => group.filter(id => ids.has(id))).filter(group => group.length > 0);
  const together = new Set(grouped.flat());
  const units = [...grouped, ...[...ids].filter(id => !together.has(id)).map(id => [id])];
  const rank = ranksOf(units, after, priority);
  const place = new Map([...ids].map((id, index) => [id, index]));
  const first = (unit: readonly string[]): number => Math.min(...unit.map(id => place.get(id)!));
  const sorted = units.sort((a, b) => rank(b) - rank(a) || first(a) - first(b));
  const unitOf = new Map(sorted.flatMap(unit => unit.map(id => [id, unit] as const)));
  // whom somebody waits for is served before; it has at least the priority of who waits
  const [seen, ordered] = [new Set<readonly string[]>(), [] as string[][]];
  const visit = (unit: string[]): void => {
    if (seen.has(unit)) return;
    seen.add(unit);
    for (const before of unit.flatMap(id => after[id] ?? [])) if (unitOf.has(before)) visit(unitOf.get(before)!);
    ordered.push(unit);
  };
  for (const unit of sorted) visit(unit);
  return ordered;
}

/** The priority of the most important member, or of who waits for one. */
function ranksOf(units: readonly (readonly string[])[], after: Order['after'], priority: Order['priority']): (unit: readonly string[]) => number {
  const ranks = new Map(units.flat().map(id => [id, priority[id] ?? 0]));
  for (let isRaised = true; isRaised;) {
    isRaised = false;
    for (const [id, firsts] of Object.entries(after)) {
      for (const first of firsts) {
        if ((ranks.get(id) ?? -Infinity) <= (ranks.get(first) ?? Infinity)) continue;
        ranks.set(first, ranks.get(id)!);
        isRaised = true;
      }
    }
  }
  return unit => Math.max(...unit.map(id => ranks.get(id) ?? 0));
}
