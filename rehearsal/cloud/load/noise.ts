const { floor, hypot, imul, sqrt } = Math;

/** A number in [0, 1) that belongs to three others: chance that can be asked for any moment, in any order. */
export function chance(seed: number, stream: number, index: number): number {
  let t = imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ imul(stream + 0x165667b1, 0xc2b2ae35) ^ imul(index | 0, 0x27d4eb2f);
  t = imul(t ^ (t >>> 15), 0x2c1b3c6d);
  t = imul(t ^ (t >>> 12), 0x297a2d39);
  return ((t ^ (t >>> 15)) >>> 0) / 4294967296;
}

const rootOfThree = sqrt(3);

/** About normally distributed, mean 0 and deviation 1: the sum of four, which is quick, for it is asked for millions of times. */
export function normal(seed: number, stream: number, index: number): number {
  const at = 4 * index;
  return rootOfThree * (chance(seed, stream, at) + chance(seed, stream, at + 1) + chance(seed, stream, at + 2) + chance(seed, stream, at + 3) - 2);
}

/** Normal noise that changes little from one moment to the next: within `stepMs` it goes from one value to another. */
export function smooth(seed: number, stream: number, time: number, stepMs: number): number {
  const index = floor(time / stepMs);
  const part = time / stepMs - index;
  // of constant deviation on the way
  return (normal(seed, stream, index) * (1 - part) + (part === 0 ? 0 : normal(seed, stream, index + 1) * part)) / hypot(1 - part, part);
}
