import type { Written } from '../copy/written';
import { exposureSums } from '../copy/cost';
import { COPY_RULES, type CopyRules, footprint } from '../copy/footprint';
import { COST_WEIGHTS, type CostWeights } from '../copy/cost';
import { written } from '../copy/written';

/** An instance that waits for its start. Slots count from the beginning of the plan's horizon. */
export interface Waiting {
  readonly id: string;
  readonly bytes: number;
  readonly hotBytes: number;
  /** Bytes per second of its copy, and the link (index) that it goes over. */
  readonly rate: number;
  readonly link: number;
  /** Where its copy keeps to other rules than those of the model. */
  readonly copyRules?: CopyRules;
  /** Profile of bytes written per second, and of CPU percent, per slot of the horizon. */
  readonly writes: Float64Array;
  readonly cpu: Float64Array;
  /** 1 where it may begin. */
  readonly isAllowed: Uint8Array;
  /** Slot before which a copy that begins in a slot must have ended. */
  readonly endsBy: Int32Array;
  /** What is free of these, besides its link, it takes one of: limits to how many copies run at once. */
  readonly limits?: readonly number[];
  /** When it is wanted, in seconds from the beginning of the horizon, and what each hour after that costs. */
  readonly due?: { readonly at: number; readonly perHour: number };
  /** 0 unless told; where not all fit, the higher one moves. */
  readonly priority?: number;
}

/** What it costs that a copy is over later than it was wanted. */
export const lateness = ({ due }: Pick<Waiting, 'due'>, end: number): number => (due ? due.perHour * Math.max(0, end - due.at) / 3600 : 0);

export interface OnlineModel {
  /** Seconds per slot. */
  readonly step: number;
  readonly weights: CostWeights;
  readonly copyRules: CopyRules;
}

export const onlineModel = (step: number): OnlineModel => ({ step, weights: COST_WEIGHTS, copyRules: COPY_RULES });

/** What a start costs and how many slots it takes. */
export interface Expected { readonly cost: number; readonly slots: number; readonly seconds: number; readonly resent: number }

/** What a start costs on given curves: the same for forecasts and for what really happened. */
export function expect(
  { bytes, hotBytes, rate, copyRules: own }: Pick<Waiting, 'bytes' | 'hotBytes' | 'rate' | 'copyRules'>,
  writes: Written, exposure: Float64Array, slot: number, model: OnlineModel,
): Expected {
  const { step, weights, copyRules } = model;
  const print = footprint(writes, slot * step, { bytes, hotBytes }, rate, own ?? copyRules);
  const slots = Math.max(1, Math.ceil(print.seconds / step - 1e-9));
  const resent = print.bytes - bytes;
  const until = Math.min(slot + slots, exposure.length - 1);
  const cost = weights.perGigabyteResent * resent / 1e9 + weights.perTenPercentHour * (exposure[until]! - exposure[slot]!)
    + weights.perSecondDown * print.rest / rate;
  return { cost, slots, seconds: print.seconds, resent };
}

/** Forecast of every start of an instance; those that are not allowed or would end too late cost Infinity. */
export interface Forecast { readonly cost: Float64Array; readonly slots: Uint16Array }

export function forecastStarts(waiting: Waiting, model: OnlineModel): Forecast {
  const curve = written(waiting.writes, model.step);
  const exposure = exposureSums(waiting.cpu, model.step);
  const length = waiting.isAllowed.length;
  const cost = new Float64Array(length).fill(Infinity);
  const slots = new Uint16Array(length);
  for (let slot = 0; slot < length; slot++) {
    if (!waiting.isAllowed[slot]) continue;
    const expected = expect(waiting, curve, exposure, slot, model);
    slots[slot] = Math.min(expected.slots, 65_535);
    if (slot + expected.slots <= waiting.endsBy[slot]!) cost[slot] = expected.cost + lateness(waiting, slot * model.step + expected.seconds);
  }
  return { cost, slots };
}
