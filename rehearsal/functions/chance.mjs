// Chance in a sandbox follows from the rehearsal's seed: the SDK's retries wait random times.

let state = 0;

export function seedChance(seed) {
  state = seed;
}

Math.random = () => {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
