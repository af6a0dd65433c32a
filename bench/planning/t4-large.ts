import { gapOf, LAGRANGIAN_RULES, solveLagrangian } from '../../lambda/planning/solve/lagrangian';
import type { Problem } from '../../lambda/planning/solve/problem';
import { violations } from '../../lambda/planning/solve/problem';
import { ProblemBuilder } from '../../lambda/planning/solve/problem-builder';
import { footprint, COPY_RULES } from '../../lambda/planning/copy/footprint';
import { written } from '../../lambda/planning/copy/written';
import { exposureSums } from '../../lambda/planning/copy/cost';
import { planFleet } from '../../lambda/planning/fleet/plan';
import type { InstanceToMove } from '../../lambda/planning/fleet/request';
import { seeded } from '../../lambda/planning/random';
import { type Row, row } from './report';
import { percent } from './statistics';

const RATE = 12.5e6;
const STEP = 900;

/** A fleet with daily patterns, sizes and bursts from a seeded generator; the link leaves room for the work at the given load. */
export function largeProblem(items: number, slots: number, load: number, seed: number): Problem {
  const random = seeded(seed);
  const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const bytes = Float64Array.from({ length: items }, () => 1e9 * Math.min(400, Math.max(8, 40 * Math.exp(0.8 * gauss()))));
  const work = bytes.reduce((sum, each) => sum + Math.ceil(each / RATE / STEP), 0) * RATE;
  const daily = Float64Array.from({ length: slots }, (_, slot) => 1 + 0.5 * Math.sin(slot / 96 * 2 * Math.PI));
  const scale = work / load / daily.reduce((sum, each) => sum + each, 0);
  const builder = new ProblemBuilder(slots, [daily.map(each => Math.max(2 * RATE, scale * each))], items * (slots + 1));
  const writes = new Float64Array(slots);
  const cpu = new Float64Array(slots);
  for (let item = 0; item < items; item++) {
    const phase = random() * 96;
    const depth = random();
    const meanWrites = 1e5 * Math.exp(1.5 * gauss());
    const meanCpu = 5 * Math.exp(gauss());
    const job = Math.floor(random() * 96);
    for (let slot = 0; slot < slots; slot++) {
      const wave = 1 + depth * Math.cos((slot - phase) / 96 * 2 * Math.PI);
      const noise = 0.7 + 0.6 * random();
      writes[slot] = meanWrites * wave * noise + (Math.abs((slot - job) % 96) < 4 ? 3 * meanWrites : 0);
      cpu[slot] = Math.min(100, meanCpu * wave * noise);
    }
    const curve = written(writes, STEP);
    const exposure = exposureSums(cpu, STEP);
    let dearest = 0;
    for (let slot = 0; slot < slots; slot++) {
      const print = footprint(curve, slot * STEP, { bytes: bytes[item]!, hotBytes: bytes[item]! }, RATE, COPY_RULES);
      const length = Math.ceil(print.seconds / STEP);
      if (slot + length > slots) break;
      const cost = (print.bytes - bytes[item]!) / 1e9 + exposure[slot + length]! - exposure[slot]!;
      dearest = Math.max(dearest, cost);
      builder.addOption(cost, slot, slot + length, 0, RATE);
    }
    builder.endItem(100 + 2 * dearest);
  }
  return builder.build();
}

/** T4: a proven gap for ten thousand instances over three days. */
export function largePlans(sizes: readonly (readonly [items: number, slots: number, load: number])[]): Row[] {
  return sizes.map(([items, slots, load]) => {
    const built = performance.now();
    const problem = largeProblem(items, slots, load, 41);
    const begin = performance.now();
    const cpu = process.cpuUsage();
    let peak = 0;
    const look = (): boolean => {
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      peak = Math.max(peak, heapUsed + arrayBuffers);
      const { user, system } = process.cpuUsage(cpu);
      return user + system > 2.4e6;
    };
    const solution = solveLagrangian(problem, { ...LAGRANGIAN_RULES, isTimeUp: look });
    const wall = performance.now() - begin;
    const used = process.cpuUsage(cpu);
    look();
    const { rows } = violations(problem, solution.choice);
    const left = solution.choice.reduce((count, option, item) => count + (option === problem.firstOption[item + 1]! - 1 ? 1 : 0), 0);
    const ours = `gap ${percent(gapOf(solution), 2)} in ${(wall / 1000).toFixed(1)} s (${((used.user + used.system) / 1e6).toFixed(1)} s of CPU; `
      + `building ${((begin - built) / 1000).toFixed(1)} s), ${Math.round(peak / 1e6)} MB, ${rows.length} slots over capacity, ${left} unplaced`;
    return row('T4', `plan ${items} × ${slots}, load ${load}`, '–', ours, '≤ 0.5 % in ≤ 3 s, ≤ 256 MB');
  });
}

/** T4 from where a planner begins: from profiles to starts, its input included. Memory is looked at whenever the library asks for the time. */
export function wholePlan(count: number, slots: number, load: number): Row[] {
  const random = seeded(41);
  const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  let work = 0;
  const instances = Array.from({ length: count }, (_, i): InstanceToMove => {
    const bytes = 1e9 * Math.min(400, Math.max(8, 40 * Math.exp(0.8 * gauss())));
    work += Math.ceil(bytes / RATE / STEP) * RATE;
    const phase = random() * 96;
    const wave = (mean: number): Float64Array =>
      Float64Array.from({ length: slots }, (__, slot) => mean * (1 + 0.8 * Math.cos((slot - phase) / 96 * 2 * Math.PI)) * (0.7 + 0.6 * random()));
    return { id: `i-${i}`, bytes, writes: wave(1e5 * Math.exp(1.5 * gauss())), cpu: wave(5 * Math.exp(gauss())) };
  });
  const links = [{ id: 'link', capacity: new Float64Array(slots).fill(work / load / slots), rates: [RATE] }];
  const cpu = process.cpuUsage();
  const spent = (): number => { const { user, system } = process.cpuUsage(cpu); return (user + system) / 1e6; };
  let peak = 0;
  const look = (): boolean => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    peak = Math.max(peak, heapUsed + arrayBuffers);
    return spent() > 6;
  };
  const { gap, moves, refusals } = planFleet({ grid: { start: 0, step: STEP, slots }, links, instances, timeZone: 'UTC' }, { isTimeUp: look });
  look();
  const ours = `gap ${percent(gap, 2)}, ${spent().toFixed(1)} s of CPU in all, ${Math.round(peak / 1e6)} MB, ${moves.length} moves, ${refusals.length} refused`;
  return [row('T4', `whole plan from profiles, ${count} × ${slots}, load ${load}`, '–', ours, '≤ 256 MB')];
}
