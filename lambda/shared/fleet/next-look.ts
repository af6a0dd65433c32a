import { createHash } from 'node:crypto';

const SLOT = 900;
/** Points of CloudWatch are there a little after their time. */
const AFTER_SLOT = 30;
/** Who has its part of a link looks after those who have none: what it gives free is theirs first. */
const AFTER_OTHERS = 60;
/** Fleets that are alike in that are not always in the same order. */
const SPREAD = 30;

/** ISO 8601: when a fleet looks again, in the next quarter of an hour. */
export function nextLook(root: string, hasPart: boolean, now: number): string {
  const slot = (Math.floor(now / SLOT) + 1) * SLOT;
  const place = createHash('sha256').update(`${root} ${slot}`).digest().readUInt32BE() % SPREAD;
  return new Date((slot + AFTER_SLOT + (hasPart ? AFTER_OTHERS : 0) + place) * 1000).toISOString();
}
