import { COST_WEIGHTS, exposureSums } from '../../lambda/planning/copy/cost';
import { COPY_RULES } from '../../lambda/planning/copy/footprint';
import { written } from '../../lambda/planning/copy/written';
import { EWMA, profile, type ProfileRules } from '../../lambda/planning/forecast/profile';
import { quantile } from '../../lambda/planning/forecast/quantile';
import { running, type Series } from '../../lambda/planning/forecast/series';
import { expect, type OnlineModel, type Waiting } from '../../lambda/planning/online/waiting';
import { seeded } from '../../lambda/planning/random';
import { type Machine, type Named, PER_DAY, SLOT } from './data';

export const SLOTS = 288;
export const RATE = 12.5e6;
export const MODEL: OnlineModel = { step: SLOT, weights: { ...COST_WEIGHTS, perSecondDown: 0 }, copyRules: COPY_RULES };

/** A machine of the joint task: what is forecast of it, what really happens, and what every start would really cost. */
export interface Mover {
  readonly waiting: Waiting;
  readonly writes: Float64Array;
  readonly cpu: Float64Array;
  /** The hours before the horizon, for the first observations. */
  readonly before: { readonly writes: Float64Array; readonly cpu: Float64Array };
  readonly realCost: Float64Array;
  readonly realSlots: Uint16Array;
  readonly realResent: Float64Array;
  readonly realSeconds: Float64Array;
}

export interface World {
  readonly day: number;
  readonly movers: readonly Mover[];
  /** Bytes per second for migrations: as forecast, and as it turns out. */
  readonly forecast: Float64Array;
  readonly real: Float64Array;
}

/** Days on which the trace is whole enough: fourteen days before, three days ahead. */
export function startDays(machines: readonly Machine[]): number[] {
  const days: number[] = [];
  const last = Math.floor((machines[0]?.cpu.values.length ?? 0) / PER_DAY) - 3;
  for (let day = 14; day <= last; day++) if (wholeOn(machines, day).length >= 0.8 * machines.length) days.push(day);
  return days;
}

function wholeOn(machines: readonly Machine[], day: number): Machine[] {
  const from = day * PER_DAY;
  const isWhole = ({ values }: Series): boolean => !values.subarray(from - 13, from + SLOTS).some(Number.isNaN);
  return machines.filter(({ cpu, writes }) => isWhole(cpu) && isWhole(writes));
}

/** Sizes are synthetic: log-normal, median 40 GB, sigma 0.8, 8 to 400 GB. */
function sizes(count: number, seed: number): number[] {
  const random = seeded(seed);
  return Array.from({ length: count }, () => {
    const gauss = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return 1e9 * Math.min(400, Math.max(8, 40 * Math.exp(0.8 * gauss)));
  });
}

function linkHeadroom({ values }: Series, day: number): { forecast: Float64Array; real: Float64Array } {
  const whole = Math.floor(values.length / 24);
  const first = 14 + (day - 14) % Math.max(1, whole - 14 - 3);
  const at = (hour: number): number => values[hour] ?? NaN;
  const cap = 1.02 * quantile(values.subarray(0, first * 24), 0.999);
  const forecast = new Float64Array(SLOTS);
  const real = new Float64Array(SLOTS);
  for (let slot = 0; slot < SLOTS; slot++) {
    const hour = Math.floor(slot / 4);
    const past = Array.from({ length: 14 }, (_, back) => at(first * 24 + hour % 24 - 24 * (back + 1))).sort((a, b) => a - b);
    forecast[slot] = Math.max(0, cap - past[12]!);
    real[slot] = Math.max(0, cap - at(first * 24 + hour));
  }
  return { forecast, real };
}

/** One start day of the joint task. */
export function worldOf(machines: readonly Machine[], link: Named, day: number, load: number, seed: number, rules: ProfileRules = EWMA): World {
  const bytes = sizes(machines.length, seed);
  const from = day * PER_DAY;
  const utc = (): number => 0; // the trace counts local quarter hours, no clock changes within it
  const movers: Mover[] = [];
  const whole = new Set(wholeOn(machines, day));
  machines.forEach((machine, index) => {
    if (!whole.has(machine)) return;
    const now = machine.cpu.start + from * SLOT;
    const writesProfile = profile(running(machine.writes), now, SLOTS, 1, utc, rules);
    const cpuProfile = profile(running(machine.cpu), now, SLOTS, 1, utc, rules);
    if (writesProfile.some(Number.isNaN) || cpuProfile.some(Number.isNaN)) return;
    const size = bytes[index]!;
    const writes = machine.writes.values.slice(from, from + SLOTS);
    const cpu = machine.cpu.values.slice(from, from + SLOTS);
    const waiting: Waiting = {
      id: machine.id, bytes: size, hotBytes: size, rate: RATE, link: 0, writes: writesProfile, cpu: cpuProfile,
      isAllowed: new Uint8Array(SLOTS).fill(1), endsBy: new Int32Array(SLOTS).fill(SLOTS),
    };
    const realCost = new Float64Array(SLOTS).fill(Infinity);
    const realSlots = new Uint16Array(SLOTS);
    const realResent = new Float64Array(SLOTS);
    const realSeconds = new Float64Array(SLOTS);
    const curve = written(writes, SLOT);
    const exposure = exposureSums(cpu, SLOT);
    for (let slot = 0; slot < SLOTS; slot++) {
      const real = expect(waiting, curve, exposure, slot, MODEL);
      realSlots[slot] = real.slots;
      realResent[slot] = real.resent;
      realSeconds[slot] = real.seconds;
      if (slot + real.slots <= SLOTS) realCost[slot] = real.cost;
    }
    if (realCost.every(cost => cost === Infinity)) return;
    const before = { writes: machine.writes.values.slice(from - 13, from), cpu: machine.cpu.values.slice(from - 13, from) };
    movers.push({ waiting, writes, cpu, before, realCost, realSlots, realResent, realSeconds });
  });
  const { forecast, real } = linkHeadroom(link.series, day);
  const shortest = ({ realSlots, realCost }: Mover): number =>
    realSlots.reduce((least, slots, slot) => realCost[slot]! < Infinity ? Math.min(least, slots) : least, SLOTS);
  const work = movers.reduce((sum, mover) => sum + RATE * shortest(mover), 0);
  const scale = work / load / forecast.reduce((sum, each) => sum + each, 0);
  return { day, movers, forecast: forecast.map(each => Math.max(2 * RATE, scale * each)), real: real.map(each => Math.max(2 * RATE, scale * each)) };
}
