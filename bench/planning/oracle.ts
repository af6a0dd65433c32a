import { unitsOf } from '../../lambda/planning/exact/column';
import { leaveOf, NEVER, type Problem, segmentOf } from '../../lambda/planning/solve/problem';

interface Highs { solve(problem: string, options?: Record<string, string | number | boolean>): { Status: string; ObjectiveValue: number } }
let loaded: Promise<Highs> | undefined;

/** HiGHS, an independent solver, compiled to WebAssembly. */
export async function loadHighs(): Promise<Highs> {
  loaded ??= import('highs').then(module => {
    const load = ((module as { default?: unknown }).default ?? module) as () => Promise<Highs>;
    return load();
  });
  return loaded;
}

/** The problem as a mixed integer programme in the format of CPLEX: one binary per option, one row per slot, item and pair. */
export function asProgramme(problem: Problem, integral: boolean): string {
  const { items, capacity, firstOption, cost, begins, ends, slots, rates } = problem;
  const units = unitsOf(problem);
  const term = (factor: number, option: number): string => `${factor < 0 ? '-' : '+'} ${Math.abs(factor)} x${option}`;
  const rows: string[][] = Array.from(capacity, () => []);
  const lines = ['Minimize', 'obj:'];
  const names: string[] = [];
  for (let item = 0; item < items; item++) {
    for (let o = firstOption[item]!; o < firstOption[item + 1]!; o++) {
      names.push(`x${o}`);
      lines.push(term(cost[o]!, o));
      const first = segmentOf(problem, item, o);
      const loads = new Map<number, number>();
      for (let s = first; s < first + problem.segments[item]!; s++) {
        for (let row = problem.from[s]!; row < problem.to[s]!; row++) loads.set(row, (loads.get(row) ?? 0) + rates[problem.rateClass[s]!]! / units[row]!);
      }
      for (const [row, load] of loads) rows[row]!.push(term(load, o));
    }
  }
  lines.push('Subject To');
  for (let item = 0; item < items; item++) {
    const own = Array.from({ length: firstOption[item + 1]! - firstOption[item]! }, (_, k) => term(1, firstOption[item]! + k));
    lines.push(`i${item}: ${own.join('\n')} = 1`);
  }
  rows.forEach((row, index) => { if (row.length > 0) lines.push(`r${index}: ${row.join('\n')} <= ${capacity[index]! / units[index]!}`); });
  problem.after.forEach(([first, second], pair) => {
    for (let t = 0; t <= slots; t++) {
      const row: string[] = [];
      for (let o = firstOption[first]!; o < leaveOf(problem, first); o++) if (ends[o]! <= t) row.push(term(1, o));
      let others = 0;
      for (let o = firstOption[second]!; o < leaveOf(problem, second); o++) if (begins[o]! <= t && begins[o] !== NEVER) { row.push(term(-1, o)); others++; }
      if (others > 0) lines.push(`p${pair}_${t}: ${row.join('\n')} >= 0`);
    }
  });
  if (integral) lines.push('Binary', ...names);
  else lines.push('Bounds', ...names.map(name => `0 <= ${name} <= 1`));
  lines.push('End');
  return lines.join('\n');
}

/** The optimum as HiGHS finds it. */
export async function optimum(problem: Problem, integral = true): Promise<number> {
  const highs = await loadHighs();
  const { Status, ObjectiveValue } = highs.solve(asProgramme(problem, integral), { mip_rel_gap: 1e-9, mip_abs_gap: 1e-9, output_flag: false });
  if (Status !== 'Optimal') throw new Error(`HiGHS says ${Status}`);
  return ObjectiveValue;
}
