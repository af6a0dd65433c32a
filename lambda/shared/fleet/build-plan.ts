import { type Effort, type FleetPlan, planFleet } from '../../planning/fleet/plan';
import type { FleetRequest as PlanningRequest, Link } from '../../planning/fleet/request';
import { DURATION_RULES, forecastDuration, type PastMigration } from '../../planning/forecast/duration';
import { FleetTooLarge } from '../errors';
import { type Location, wayTo } from '../locations';
import { type Fleet, type Load, loadOf } from './facts';
import { defined, FLEET_COPY_RULES, moverOf, type Profile, ratesOf } from './mover';
import type { FleetPlanDocument, LinkForecast, LinkForecasts, PlannedMove } from './plan';
import { spread } from './refusals';
import { type FleetRequest, wishesOf } from './request';

/** Instances × slots × rates that the planner can hold (`bench/planning`, T4: 10,000 × 288 in 182 MB). */
const MOST_OPTIONS = 3_000_000;
/** Slots for which a link that is down counts as closed. */
const DOWN_SLOTS = 4;

export interface ToPlan extends Effort {
  readonly request: FleetRequest;
  readonly fleet: Fleet;
  readonly forecasts: LinkForecasts;
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly past: readonly PastMigration[];
  readonly destination: Location;
  readonly locations: readonly Location[];
  /** The execution that the fleet began with. */
  readonly execution: string;
  readonly metricsRead: number;
  readonly now: number;
}

/** A link with the rates at which copies may run on it. */
interface Rated extends LinkForecast { readonly rates: readonly number[] }

/** Makes the plan of a fleet from all that is known of it. */
export function buildPlan(given: ToPlan): FleetPlanDocument {
  const { request, fleet, forecasts: { grid }, metricsRead, now, execution } = given;
  const links = ratedLinks(given);
  const loads = loadsOf(given);
  const plan = fleet.instances.length === 0 ? undefined : planFleet(planningRequest(given, links, loads), given);
  const names = new Map([...fleet.refusals, ...fleet.instances].map(({ id, name }) => [id, name]));
  const refused = new Map([...fleet.refusals, ...plan?.refusals ?? []].map(({ id, reason }) => [id, reason]));
  spread(request, refused);
  const { cost = 0, bound = 0, gap = 0 } = plan ?? {};
  const asked = links.reduce((sum, { requested }) => sum + requested, 0);
  return {
    version: 1, execution, plannedAt: now, destination: request.destination, timeZone: request.timeZone, grid,
    links: links.map(({ link: { migrationShare: share }, requested: _, ...link }, index) => ({ ...link, share, prices: [...plan?.prices[index] ?? []] })),
    moves: (plan?.moves ?? []).filter(({ id }) => !refused.has(id)).map(move => plannedMove(move, given, loads.get(move.id)!, names.get(move.id) ?? null)),
    refusals: [...refused].map(([id, reason]) => ({ id, name: names.get(id) ?? null, reason })),
    notes: notesOf(fleet, links, loads),
    cost, bound, gap,
    metrics: { read: metricsRead + asked, perTick: fleet.instances.reduce((sum, { volumes }) => sum + 1 + volumes.length, asked) },
  };
}

function ratedLinks({ request, fleet, forecasts: { grid, links } }: ToPlan): Rated[] {
  const options = fleet.instances.length * grid.slots;
  if (options > MOST_OPTIONS) {
    throw new FleetTooLarge(`${fleet.instances.length} instances and ${grid.slots} quarters of an hour are more than can be planned at once: `
      + 'move them in several fleets, or give a nearer deadline');
  }
  const perLink = Math.floor(MOST_OPTIONS / Math.max(1, options * links.length));
  return links.map(link => ({ ...link, rates: ratesOf(link, request.rates, perLink) }));
}

function loadsOf({ request, fleet, destination, locations }: ToPlan): Map<string, Load> {
  return new Map(fleet.instances.map(instance => {
    const way = wayTo(destination, instance.place, locations) ?? { direction: 'to-edge', links: [] };
    return [instance.id, loadOf(instance, wishesOf(request, instance.id), way)];
  }));
}

function planningRequest(given: ToPlan, links: readonly Rated[], loads: ReadonlyMap<string, Load>): PlanningRequest {
  const { request, fleet, forecasts: { grid }, profiles } = given;
  const present = new Set(fleet.instances.map(({ id }) => id));
  const groups = request.groups.filter(group => group.every(id => present.has(id)));
  const sideBySide = besideOthers(groups, loads);
  return defined<PlanningRequest>({
    grid,
    links: links.map(({ id, room, held, rates, isUp }): Link => ({
      id, rates, capacity: Float64Array.from(room, (each, slot) => (isUp || slot >= DOWN_SLOTS ? each - (held[slot] ?? 0) : 0)),
    })),
    instances: fleet.instances.map(({ id }) => {
      const { bytes, links: own, unpaced } = loads.get(id)!;
      return moverOf(request, id, { bytes, unpaced, alone: unpaced && !sideBySide.has(id), links: own.map(each => each.id) }, profiles.get(id), present);
    }),
    groups,
    maxConcurrent: request.maxConcurrent ?? undefined,
    maxConcurrentPerHost: 1,
    windows: undefined, blackouts: undefined, weights: undefined,
    copyRules: FLEET_COPY_RULES,
    timeZone: request.timeZone,
  });
}

/**
 * Members of groups that AWS moves side by side with another member: who switches together can not be moved one after the other. The largest of
 * each group, which begins first, keeps the others out.
 */
function besideOthers(groups: FleetRequest['groups'], loads: ReadonlyMap<string, Load>): Set<string> {
  const bytes = (id: string): number => loads.get(id)?.bytes ?? 0;
  return new Set(groups.flatMap(group => [...group].sort((a, b) => bytes(b) - bytes(a)).slice(1)));
}

function plannedMove(move: FleetPlan['moves'][number], { request, past }: ToPlan, load: Load, name: string | null): PlannedMove {
  const { bytes: volumeBytes, elsewhere, unpaced } = load;
  const { id, link, rate, start, end, bytes, resent, downtime, method, cost } = move;
  const { seconds, from, to } = forecastDuration(move.seconds, resent / volumeBytes, past, DURATION_RULES);
  return {
    id, name, strategy: wishesOf(request, id).strategy, link, rate, start, end, seconds: { likely: seconds, from, to, modelled: move.seconds },
    bytes, volumeBytes, resent, elsewhere, downtime, method, cost, unpaced,
  };
}

function notesOf({ notes }: Fleet, links: readonly Rated[], loads: ReadonlyMap<string, Load>): string[] {
  const bytes = [...loads.values()].reduce((sum, { elsewhere }) => sum + elsewhere, 0);
  return [
    ...notes,
    ...links.flatMap(({ note }) => note ?? []),
    ...links.flatMap(({ id, isUp }) => (isUp ? [] : [`${id} is down: nothing starts before it is up again`])),
    ...bytes === 0 ? [] : [`${Math.round(bytes / 1e9)} GB of volumes are moved by AWS, over a way that is none of these links and that nobody can pace`],
  ];
}
