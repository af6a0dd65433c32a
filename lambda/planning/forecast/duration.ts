import { quantile } from './quantile';

/** A migration that is over: what was forecast for it, and what it took. */
export interface PastMigration {
  /** Seconds by the copy model alone, as forecast at its start. */
  readonly modelled: number;
  readonly actual: number;
  /** How uncertain it was: bytes to be sent again over bytes of the volumes, as forecast. */
  readonly resentShare: number;
  /** Whether it ended within the interval that was forecast for it; not known of the first ones. */
  readonly wasWithin?: boolean;
}

export interface DurationForecast {
  /** As likely exceeded as not. */
  readonly seconds: number;
  /** The interval that holds the asked share of durations. */
  readonly from: number;
  readonly to: number;
}

export interface DurationRules {
  /** Share of migrations that shall end within the interval. */
  readonly coverage: number;
  /** Past migrations of like uncertainty that are asked. */
  readonly neighbours: number;
  /** How far a share of them that missed their intervals too often (or too seldom) widens (or narrows) the next one. */
  readonly learning: number;
}

export const DURATION_RULES: DurationRules = { coverage: 0.9, neighbours: 60, learning: 1 };

/** Fewer judged intervals than these say nothing of how good they were. */
const JUDGED_AT_LEAST = 20;

/** What is believed before anything was migrated: the model is right within a factor of two. */
const PRIOR = [-2, -1, -0.5, -0.25, 0, 0, 0.25, 0.5, 1, 2].map(power => power * Math.LN2 / 2);

/**
 * How long a migration takes: the copy model, corrected by how wrong it was for the past migrations that were as uncertain
 * (by their share of bytes to be sent again), with an interval that would have held the asked share of them. Days differ, so
 * such intervals hold less than they say: by how much is learned from those that were forecast before (adaptive conformal).
 */
export function forecastDuration(modelled: number, resentShare: number, past: readonly PastMigration[], rules: DurationRules): DurationForecast {
  const near = past.length <= rules.neighbours ? past : nearest(past, uncertainty(resentShare), rules.neighbours);
  const ratios = near.map(({ actual, modelled: expected }) => Math.log(actual / expected));
  const prior = PRIOR.slice(0, Math.max(0, PRIOR.length - Math.floor(near.length / 2)));
  const sample = Float64Array.from([...ratios, ...prior]).sort();
  // of n past ratios the (n + 1)-th share is taken: the new one is one more of the same kind (split conformal)
  const finite = (share: number): number => quantile(sample, 0.5 + (share - 0.5) * (sample.length + 1) / sample.length);
  const tail = (1 - coverageOf(near, rules)) / 2;
  return { seconds: modelled * Math.exp(quantile(sample, 0.5)), from: modelled * Math.exp(finite(tail)), to: modelled * Math.exp(finite(1 - tail)) };
}

const uncertainty = (resentShare: number): number => Math.log(resentShare + 0.01);

interface Known { readonly at: number; readonly migration: PastMigration }

/** Thousands are asked about the same past: it is put in order once. */
const ordered = new WeakMap<readonly PastMigration[], Known[]>();

function inOrder(past: readonly PastMigration[]): Known[] {
  const before = ordered.get(past);
  if (before?.length === past.length) return before;
  const known = past.map((migration): Known => ({ at: uncertainty(migration.resentShare), migration })).sort((a, b) => a.at - b.at);
  ordered.set(past, known);
  return known;
}

/** Those that were as uncertain; of those that were alike the newest, which come last. */
function nearest(past: readonly PastMigration[], at: number, most: number): PastMigration[] {
  const known = inOrder(past);
  let [from, to] = [0, known.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (known[middle]!.at > at) to = middle;
    else from = middle + 1;
  }
  while (to - from < most) {
    const [below, above] = [known[from - 1], known[to]];
    if (below && (!above || at - below.at <= above.at - at)) from--;
    else to++;
  }
  return known.slice(from, to).map(({ migration }) => migration);
}

/** The share to aim at, so that the asked one comes of it. */
function coverageOf(near: readonly PastMigration[], { coverage, learning }: DurationRules): number {
  const judged = near.filter(({ wasWithin }) => wasWithin !== undefined);
  if (judged.length < JUDGED_AT_LEAST) return coverage;
  const held = judged.filter(({ wasWithin }) => wasWithin).length / judged.length;
  return Math.min(0.99, Math.max(coverage - 0.1, coverage + learning * (coverage - held)));
}
