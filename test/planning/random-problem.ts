import { ProblemBuilder } from '../../lambda/planning/solve/problem-builder';
import type { Problem } from '../../lambda/planning/solve/problem';
import { seeded } from '../../lambda/planning/random';

export interface Shape { seed: number; items: number; slots: number; resources: number; rates: number; groups: boolean; pairs: number; load: number }

/** A small random problem of every kind: several links and rates, groups with several loads, waiting, windows, dear and cheap items. */
export function randomProblem({ seed, items, slots, resources, rates, groups, pairs, load }: Shape): Problem {
  const random = seeded(seed);
  const whole = (n: number): number => Math.floor(random() * n);
  const durations = Array.from({ length: items }, () => 1 + whole(Math.max(1, Math.floor(slots / 3))));
  const work = durations.reduce((sum, each) => sum + each, 0) * 10;
  const each = work / (load * slots * resources);
  const capacity = Array.from({ length: resources }, () => Float64Array.from({ length: slots }, () => Math.max(10, each * (0.6 + 0.8 * random()))));
  const builder = new ProblemBuilder(slots, capacity);
  for (let item = 0; item < items; item++) {
    const members = groups && random() < 0.3 ? 2 : 1;
    const open = whole(Math.floor(slots / 2));
    for (let begin = open; begin < slots; begin++) {
      if (random() < 0.1) continue;
      for (let resource = 0; resource < resources; resource++) {
        for (let rate = 0; rate < rates; rate++) {
          const duration = Math.max(1, Math.ceil(durations[item]! / (1 + rate)));
          if (begin + duration > slots) continue;
          const cost = 5 * random() + rate;
          if (members === 1) builder.addOption(cost, begin, begin + duration, resource, 10 * (1 + rate));
          else {
            const late = begin + whole(duration);
            builder.addOptionOf(cost, begin, begin + duration, [
              { resource, from: begin, to: begin + duration, rate: 10 * (1 + rate) }, { resource, from: late, to: begin + duration, rate: 10 },
            ]);
          }
        }
      }
    }
    builder.endItem(20 + 20 * random());
  }
  for (let pair = 0; pair < pairs; pair++) {
    const second = 1 + whole(items - 1);
    builder.order(whole(second), second);
  }
  return builder.build();
}
