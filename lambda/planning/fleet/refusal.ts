import { clockTime } from '../time/zone';
import type { Tally } from './moves';
import type { FleetRequest, InstanceToMove } from './request';

/** Why an instance is not moved, and what a person could do. */
export interface Refusal { readonly id: string; readonly reason: string }

const megabits = (bytesPerSecond: number): string => {
  const value = bytesPerSecond * 8 / 1e6;
  return `${value >= 10 ? Math.round(value) : Number(value.toPrecision(2))} Mbit/s`;
};

const gigabytes = (bytes: number): string => `${bytes >= 1e10 ? Math.round(bytes / 1e9) : Number((bytes / 1e9).toPrecision(2))} GB`;

const span = (seconds: number): string => {
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
};

/** When the instance would have to have moved: its deadline, else the end of the plan. */
function limit({ grid, timeZone }: FleetRequest, { deadline }: InstanceToMove): string {
  const end = grid.start + grid.slots * grid.step;
  return clockTime(timeZone, deadline === undefined ? end : Math.min(deadline, end));
}

/** A plan has an end that nobody asked for: people can not know its day. */
const endOf = ({ grid }: FleetRequest): string => `${new Date((grid.start + grid.slots * grid.step) * 1000).toISOString().slice(0, 16)}Z`;

/** The instance can not be predicted, and its strategy needs that. */
export function unpredictable({ id, daysOfHistory, strategy = 'adaptive' }: InstanceToMove): string {
  const days = daysOfHistory === undefined ? 'too few days' : `${daysOfHistory} ${daysOfHistory === 1 ? 'day' : 'days'}`;
  return `${id} has ${days} of metrics, 5 are needed for '${strategy}'; wait, or use 'now' or 'window'`;
}

/** No start was possible at all. */
export function impossible(request: FleetRequest, instance: InstanceToMove, tally: Tally): string {
  const { id, writes, bytes } = instance;
  const by = limit(request, instance);
  if (tally.allowed === 0) {
    const longer = instance.deadline === undefined ? `, or give a later deadline: what has none is planned until ${endOf(request)}` : '';
    return `${id} has no time to begin before ${by}: its window, blackouts, earliest start and deadline leave none; widen one of them${longer}`;
  }
  if (tally.fastest === 0) return `${id} may use none of the links; name another link`;
  if (tally.notConverging > 0 && tally.tooLong === 0) {
    const perHour = writes ? writes.subarray(0, request.grid.slots).reduce((sum, rate) => sum + rate, 0) / request.grid.slots * 3600 : 0;
    return `${id} writes ${gigabytes(perHour)}/h, ${megabits(tally.fastest)}: will not converge before ${by}; use post-copy (transport "blocks") or another window`;
  }
  const need = tally.shortest === Infinity ? bytes / tally.fastest : tally.shortest;
  return `${id} has ${gigabytes(bytes)} to copy, which takes ${span(need)} at ${megabits(tally.fastest)}: no open stretch before ${by} is that long; widen the window or the deadline`;
}

/** The links never leave the rate that even the slowest copy needs. */
export function noCapacity(request: FleetRequest, instance: InstanceToMove): string {
  const own = request.links.filter(({ id }) => !instance.links || instance.links.includes(id));
  const least = Math.min(...own.flatMap(({ rates }) => rates));
  const names = own.map(({ id }) => id).join(' and ');
  return `${instance.id} needs ${megabits(least)} on ${names} for its whole copy: the forecast leaves that much at no time before ${limit(request, instance)}; allow a lower rate or a later deadline`;
}

/** Each could move, but the group never as one: no moment of the switch suits all windows and the link. */
export const neverTogether = (id: string, group: readonly string[]): string =>
  `${id} switches together with ${group.filter(other => other !== id).join(', ')}: no moment suits the windows of all and the room on one link; take it out of the group or widen a window`;

/** There was room, but others needed it more. */
export function crowdedOut(request: FleetRequest, instance: InstanceToMove): string {
  const own = request.links.filter(({ id }) => !instance.links || instance.links.includes(id));
  return `${instance.id} finds no room on ${own.map(({ id }) => id).join(' and ')} before ${limit(request, instance)} beside instances that count more; extend the plan, or raise its priority`;
}

/** Another one that has to move first (or with it) is refused. */
export const dependsOn = (id: string, other: string, together: boolean): string =>
  `${id} ${together ? `switches together with ${other}` : `waits for ${other}`}, which can not be moved`;
