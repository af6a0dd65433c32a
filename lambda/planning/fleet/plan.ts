import { EXACT_RULES, type ExactRules, solveExactly } from '../exact/branch-and-bound';
import type { Method } from '../copy/method';
import { gapOf, LAGRANGIAN_RULES, type Solution, solveLagrangian } from '../solve/lagrangian';
import { leaveOf, type Problem, segmentOf } from '../solve/problem';
import { timeOf } from '../time/grid';
import { buildProblem, type Built, latest, type Unit } from './build';
import { problemsOf } from './check';
import { type Move, noTally } from './moves';
import { crowdedOut, dependsOn, impossible, neverTogether, noCapacity, type Refusal, unpredictable } from './refusal';
import type { FleetRequest } from './request';

export interface PlannedMove {
  readonly id: string;
  readonly link: string;
  /** Bytes per second. */
  readonly rate: number;
  /** Times in seconds since the epoch; the link is kept until `end`. */
  readonly start: number;
  readonly end: number;
  /** What the copy itself takes. */
  readonly seconds: number;
  readonly bytes: number;
  readonly resent: number;
  readonly downtime: number;
  readonly method: Method;
  readonly cost: number;
}

export interface FleetPlan {
  readonly moves: readonly PlannedMove[];
  readonly refusals: readonly Refusal[];
  /** Cost of the plan, refusals for want of room included, and what no plan can undercut. */
  readonly cost: number;
  readonly bound: number;
  /** (cost − bound) / bound. */
  readonly gap: number;
  /** Per link and slot: what one more byte per second would save. */
  readonly prices: readonly Float64Array[];
}

/** Callers with a deadline are asked now and then whether it has come: the library has no clock. */
export interface Effort {
  readonly isTimeUp?: () => boolean;
  /** Items up to which the best plan is searched for; for more of them a good one, which is found a hundred times faster. */
  readonly exactUpTo?: number;
}

/** Above this many the exact method would take too long. */
const EXACTLY = 500;
/** How far the best plan is searched for, where the caller's time is not up before. */
export const PLAN_RULES: ExactRules = { ...EXACT_RULES, nodes: 500 };

/** Plans a fleet: when, over which link and how fast each instance moves, or why it does not. */
export function planFleet(request: FleetRequest, { isTimeUp, exactUpTo = EXACTLY }: Effort = {}): FleetPlan {
  const problems = problemsOf(request);
  if (problems.length > 0) throw new RangeError(problems.join('; '));
  const refused = new Map<string, string>();
  for (const instance of request.instances) {
    const { id, strategy = 'adaptive', writes, cpu } = instance;
    const isPredicted = strategy === 'adaptive' ? writes && cpu : strategy === 'sameTimeOfDay' ? cpu : true;
    if (!isPredicted) refused.set(id, unpredictable(instance));
  }
  spread(request, refused);
  const left = withoutRefused(request, refused);
  const built = buildProblem(left);
  const { problem } = built;
  const rule = isTimeUp ? { isTimeUp } : {};
  const solution = problem.items <= exactUpTo
    ? solveExactly(problem, { ...PLAN_RULES, ...rule })
    : solveLagrangian(problem, { ...LAGRANGIAN_RULES, ...rule });
  const moves = built.units.flatMap((unit, item) => movesOf(left, problem, unit, item, solution));
  const own = reasons(left, built, solution);
  for (const [id, reason] of own) refused.set(id, reason);
  spread(request, refused);
  return {
    moves: moves.sort((a, b) => a.start - b.start || (a.id < b.id ? -1 : 1)),
    refusals: request.instances.flatMap(({ id }) => refused.has(id) ? [{ id, reason: refused.get(id)! }] : []),
    cost: solution.cost,
    bound: solution.bound,
    gap: gapOf(solution),
    prices: request.links.map((_, link) => solution.prices.slice(link * problem.slots, (link + 1) * problem.slots)),
  };
}

/** Who can not be moved because of others: those who wait for a refused one, and those who would switch with it. */
function spread({ instances, groups = [] }: FleetRequest, refused: Map<string, string>): void {
  for (let before = -1; before !== refused.size;) {
    before = refused.size;
    for (const { id, after = [] } of instances) {
      const cause = after.find(first => refused.has(first));
      if (cause !== undefined && !refused.has(id)) refused.set(id, dependsOn(id, cause, false));
    }
    for (const group of groups) {
      const cause = group.find(id => refused.has(id));
      if (cause === undefined) continue;
      for (const id of group) if (!refused.has(id)) refused.set(id, dependsOn(id, cause, true));
    }
  }
}

function withoutRefused(request: FleetRequest, refused: ReadonlyMap<string, string>): FleetRequest {
  if (refused.size === 0) return request;
  return {
    ...request,
    instances: request.instances.filter(({ id }) => !refused.has(id)),
    groups: (request.groups ?? []).filter(group => !group.some(id => refused.has(id))),
  };
}

/** What the members of an item do under its option. */
function movesOf({ grid, links }: FleetRequest, problem: Problem, { movers }: Unit, item: number, { choice }: Solution): PlannedMove[] {
  const option = choice[item]!;
  if (option === leaveOf(problem, item)) return [];
  const segment = segmentOf(problem, item, option);
  const link = Math.floor(problem.from[segment]! / problem.slots);
  const rate = problem.rates[problem.rateClass[segment]!]!;
  const until = problem.ends[option]!;
  return movers.map(mover => {
    const move: Move = movers.length === 1
      ? mover.at(problem.begins[option]!, link, rate)!
      : latest([...mover.all(noTally())], mover, grid.slots)(until, link, rate)!;
    const { seconds, bytes, resent, downtime, method, cost } = move;
    mover.forget();
    const times = { start: timeOf(grid, move.slot), end: timeOf(grid, until), seconds };
    return { id: mover.instance.id, link: links[link]!.id, rate, ...times, bytes, resent, downtime, method, cost };
  });
}

/** Why items stay that were not refused before. */
function reasons(request: FleetRequest, { problem, units }: Built, { choice }: Solution): Map<string, string> {
  const found = new Map<string, string>();
  const stays = (item: number): boolean => choice[item] === leaveOf(problem, item);
  const waitsForStaying = new Set(problem.after.flatMap(([first, second]) => stays(first) ? [second] : []));
  units.forEach(({ movers, tallies }, item) => {
    if (!stays(item)) return;
    const ways = problem.firstOption[item + 1]! - problem.firstOption[item]! - 1;
    const named = movers.flatMap(({ instance }, i) => tallies[i]!.moves === 0 ? [{ id: instance.id, reason: impossible(request, instance, tallies[i]!) }] : []);
    if (named.length === 0 && ways === 0) {
      const ids = movers.map(({ instance }) => instance.id);
      for (const { instance } of movers) found.set(instance.id, movers.length > 1 ? neverTogether(instance.id, ids) : noCapacity(request, instance));
    } else if (named.length > 0) for (const { id, reason } of named) found.set(id, reason);
    else if (!waitsForStaying.has(item)) for (const { instance } of movers) found.set(instance.id, crowdedOut(request, instance));
  });
  return found;
}
