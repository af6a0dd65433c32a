import { findInstances } from '../instances';
import { bookOf } from '../links';
import type { Location } from '../locations';
import { reservationsOn } from '../reservations/reservations';
import type { Takes } from '../reservations/room';
import { PHASE, tagMap } from '../tags';
import { SWITCHED } from './status';

const DAY = 86_400;
/** Reservations that are looked for: one that is late is still held, and none is made for a later time than a plan has. */
const BEFORE = DAY;
const AFTER = 7 * DAY;

/**
 * What moves that were started will take at an Outpost, and do not take yet: all of them hold a link to it. Those whose target serves run there
 * already, and are in what CloudWatch counts, although their blocks may still follow.
 */
export async function promisedAt(table: string, { outpostArn, links }: Location, now: number): Promise<Takes[]> {
  const span = { from: now - BEFORE, to: now + AFTER };
  const held = (await Promise.all(links.map(async link => reservationsOn(table, bookOf(link, 'to-edge'), span)))).flat();
  // one over midnight is found twice
  const there = held.flatMap(each => each.takes ?? []).filter(each => each.outpostArn === outpostArn);
  const takes = new Map(there.map(each => [each.instanceId, each]));
  const sources = await findInstances([...takes.keys()]);
  const waiting = new Set(sources.filter(({ Tags }) => !SWITCHED.has(tagMap(Tags)[PHASE] ?? '')).map(({ InstanceId }) => InstanceId));
  return [...takes.values()].filter(({ instanceId }) => waiting.has(instanceId));
}
