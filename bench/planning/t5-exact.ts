import { EXACT_RULES, solveExactly } from '../../lambda/planning/exact/branch-and-bound';
import { buildProblem } from '../../lambda/planning/fleet/build';
import type { FleetRequest, InstanceToMove } from '../../lambda/planning/fleet/request';
import { PLAN_RULES } from '../../lambda/planning/fleet/plan';
import { gapOf, type Solution } from '../../lambda/planning/solve/lagrangian';
import { seeded } from '../../lambda/planning/random';
import { violations } from '../../lambda/planning/solve/problem';
import { optimum } from './oracle';
import { type Row, row } from './report';
import { percent } from './statistics';

const SLOTS = 96;
const RATE = 12.5e6;

/** Seconds of CPU since then. */
function stopwatch(): () => number {
  const begin = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(begin);
    return (user + system) / 1e6;
  };
}

/** A day's fleet with groups, waiting and deadlines, from a seeded generator. */
export function smallFleet(count: number, load: number, seed: number): FleetRequest {
  const random = seeded(seed);
  const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  let work = 0;
  const groups: string[][] = [];
  for (let first = 0; first + 1 < count && groups.length < count / 20; first += 17) groups.push([`i-${first}`, `i-${first + 1}`]);
  const grouped = new Set(groups.flat());
  const instances: InstanceToMove[] = Array.from({ length: count }, (_, i) => {
    const bytes = 1e9 * Math.min(200, Math.max(8, 30 * Math.exp(0.7 * gauss())));
    work += Math.ceil(bytes / RATE / 900) * RATE;
    const phase = random() * 96;
    const wave = (mean: number): Float64Array =>
      Float64Array.from({ length: SLOTS }, (__, slot) => mean * (1 + 0.8 * Math.cos((slot - phase) / 96 * 2 * Math.PI)) * (0.7 + 0.6 * random()));
    const id = `i-${i}`;
    const waits = random() < 0.15 && i > 0 && !grouped.has(id);
    return {
      id, bytes, writes: wave(1e5 * Math.exp(1.3 * gauss())), cpu: wave(5 * Math.exp(gauss())), postCopy: true,
      ...random() < 0.3 ? { deadline: (40 + Math.floor(random() * 56)) * 900 } : {},
      ...waits ? { after: [`i-${Math.floor(random() * i)}`] } : {},
    };
  });
  const capacity = Float64Array.from({ length: SLOTS }, (_, slot) => work / load / SLOTS * (1 + 0.3 * Math.sin(slot / 15)));
  return { grid: { start: 0, step: 900, slots: SLOTS }, links: [{ id: 'link', capacity, rates: [RATE] }], instances, groups, timeZone: 'UTC' };
}

/** T5: our exact method against HiGHS, on the same problem: for a second, and as long as plans are searched for where that is longer. */
export async function exactPlans(cases: readonly (readonly [count: number, load: number])[], seconds = 1): Promise<Row[]> {
  const rows: Row[] = [];
  solveExactly(buildProblem(smallFleet(20, 0.6, 1)).problem); // compiled before it is timed
  for (const [index, [count, load]] of cases.entries()) {
    const { problem } = buildProblem(smallFleet(count, load, index + 1));
    const spent = stopwatch();
    const best = await optimum(problem);
    const highs = spent();
    const name = `${count} instances × ${SLOTS}, ${problem.after.length} pairs, load ${load}`;
    const tell = (what: string, { cost, bound, choice }: Solution, took: number, target: string): void => {
      const broken = violations(problem, choice);
      const holds = broken.rows.length === 0 && broken.pairs === 0;
      rows.push(row('T5', what, `HiGHS optimum in ${highs.toFixed(1)} s of CPU`, `${percent(cost / best - 1, 3)} above the optimum, proved gap ${
        percent((cost - bound) / bound, 3)}, ${took.toFixed(1)} s of CPU${holds ? '' : ', NOT FEASIBLE'}`, target));
    };
    const since = stopwatch();
    const quick = solveExactly(problem, { ...EXACT_RULES, isTimeUp: () => since() > seconds });
    tell(name, quick, since(), '0 % (proved) in ≤ 1 s');
    if (gapOf(quick) < EXACT_RULES.tolerance * 2) continue;
    const again = stopwatch();
    const whole = solveExactly(problem, PLAN_RULES);
    tell(`${name}, as fleets are planned`, whole, again(), '');
  }
  return rows;
}
