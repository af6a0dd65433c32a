import fc from 'fast-check';
import { optimum } from '../../bench/planning/oracle';
import { smallFleet } from '../../bench/planning/t5-exact';
import { solveExactly } from '../../lambda/planning/exact/branch-and-bound';
import { buildProblem } from '../../lambda/planning/fleet/build';
import { blocksOf } from '../../lambda/planning/solve/blocks';
import { lagrangianBound } from '../../lambda/planning/solve/dual';
import { LAGRANGIAN_RULES, solveLagrangian } from '../../lambda/planning/solve/lagrangian';
import { ProblemBuilder } from '../../lambda/planning/solve/problem-builder';
import { rearrange } from '../../lambda/planning/solve/rearrange';
import { seeded } from '../../lambda/planning/random';
import { costOf, leaveOf, type Problem, violations } from '../../lambda/planning/solve/problem';
import { type Shape, randomProblem } from './random-problem';

const shapes = (load: number, items: number): fc.Arbitrary<Shape> => fc.record({
  seed: fc.integer({ min: 1, max: 1e6 }), items: fc.integer({ min: 2, max: items }), slots: fc.integer({ min: 6, max: 20 }),
  resources: fc.integer({ min: 1, max: 2 }), rates: fc.integer({ min: 1, max: 2 }), groups: fc.boolean(), pairs: fc.integer({ min: 0, max: 4 }),
  load: fc.double({ min: 0.3, max: load, noNaN: true }),
});

function expectFeasible(problem: Problem, choice: Int32Array): void {
  expect(violations(problem, choice)).toEqual({ rows: [], pairs: 0 });
  expect(choice).toHaveLength(problem.items); // one option each: each instance at most once
  choice.forEach((option, item) => {
    expect(option).toBeGreaterThanOrEqual(problem.firstOption[item]!);
    expect(option).toBeLessThan(problem.firstOption[item + 1]!);
  });
}

test('plans keep capacity and order, and bounds stay below the optimum that HiGHS finds', async () => {
  await fc.assert(fc.asyncProperty(shapes(1.2, 12), async shape => {
    const problem = randomProblem(shape);
    const best = await optimum(problem);
    const room = 1e-6 * Math.max(1, Math.abs(best));
    for (const { choice, cost, bound } of [solveLagrangian(problem), solveExactly(problem, { nodes: 100, tolerance: 1e-7 })]) {
      expectFeasible(problem, choice);
      expect(cost).toBeCloseTo(costOf(problem, choice), 9);
      expect(bound).toBeLessThanOrEqual(best + room);
      expect(cost).toBeGreaterThanOrEqual(best - room);
    }
  }), { numRuns: 60, seed: 4 });
});

test('the exact method finds and proves the optimum of HiGHS where links are not crowded', async () => {
  await fc.assert(fc.asyncProperty(shapes(0.7, 12), async shape => {
    const problem = randomProblem(shape);
    const best = await optimum(problem);
    const { cost, bound, choice } = solveExactly(problem);
    expectFeasible(problem, choice);
    expect(cost).toBeCloseTo(best, 5);
    expect(bound).toBeGreaterThanOrEqual(cost * (1 - 1e-6) - 1e-6);
  }), { numRuns: 40, seed: 9 });
});

test('also where not all can be moved: how many are left is part of what is proved', async () => {
  let leaving = 0;
  await fc.assert(fc.asyncProperty(shapes(1.6, 10), async shape => {
    const problem = randomProblem({ ...shape, load: shape.load + 0.6 });
    const best = await optimum(problem);
    const { cost, bound, choice } = solveExactly(problem);
    expectFeasible(problem, choice);
    expect(cost).toBeCloseTo(best, 5);
    expect(bound).toBeGreaterThanOrEqual(cost * (1 - 1e-6) - 1e-6);
    if (choice.some((option, item) => option === leaveOf(problem, item))) leaving++;
  }), { numRuns: 40, seed: 5 });
  expect(leaving).toBeGreaterThan(20);
});

test.each([
  ['one rate', [10], 34, 30],
  ['multiples of another', [10, 15], 34, 30],
  ['what is itself a sum', [10, 15], 35, 35],
  ['what nothing measures', [10, 10 * Math.SQRT2], 34, 34],
] as const)('capacity is what rates can add up to: %s', (_, rates, capacity, left) => {
  const builder = new ProblemBuilder(2, [Float64Array.of(capacity, capacity)]);
  rates.forEach(rate => builder.addOption(1, 0, 1, 0, rate));
  builder.endItem(9);
  expect([...builder.build().capacity]).toEqual([left, left]);
});

test('a search that is cut short tells what it has proved by then', () => {
  const { problem } = buildProblem(smallFleet(50, 0.9, 5));
  const [few, more] = [1, 60].map(nodes => solveExactly(problem, { nodes, tolerance: 1e-7 }));
  // all that has to be left is left in parts, then as a whole
  expect(few!.bound).toBeGreaterThan(500);
  expect(few!.bound).toBeLessThan(501);
  expect(more!.bound).toBeGreaterThan(535);
  expect(more!.cost).toBeLessThan(0.9 * few!.cost);
});

test('any prices give a bound', async () => {
  const forty = fc.array(fc.double({ min: 0, max: 3, noNaN: true }), { minLength: 40, maxLength: 40 });
  await fc.assert(fc.asyncProperty(shapes(1, 8), forty, async (shape, some) => {
    const problem = randomProblem(shape);
    const prices = Float64Array.from({ length: problem.capacity.length }, (_, row) => some[row]! / 10);
    const bound = lagrangianBound(problem, blocksOf(problem), problem.capacity, prices, new Int32Array(problem.items), new Float64Array(problem.cost.length));
    expect(bound).toBeLessThanOrEqual(await optimum(problem) + 1e-6);
  }), { numRuns: 20, seed: 2 });
});

test('rearranging never breaks a plan nor makes it dearer, and leaves another item where that is cheaper', async () => {
  let better = 0;
  await fc.assert(fc.asyncProperty(shapes(1.6, 12), async shape => {
    const problem = randomProblem(shape);
    const { choice, cost } = solveLagrangian(problem, { ...LAGRANGIAN_RULES, iterations: 15 });
    const reached = rearrange(problem, choice, 200, seeded(1));
    expectFeasible(problem, reached);
    expect(costOf(problem, reached)).toBeLessThanOrEqual(cost + 1e-9);
    if (costOf(problem, reached) < cost - 1e-6) better++;
    expect(costOf(problem, reached)).toBeGreaterThanOrEqual(await optimum(problem) - 1e-6);
    expect(rearrange(problem, choice, 200, seeded(1), () => true)).toBe(choice);
  }), { numRuns: 30, seed: 3 });
  expect(better).toBeGreaterThan(3);
});
