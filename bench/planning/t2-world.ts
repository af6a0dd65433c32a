import { COST_WEIGHTS } from '../../lambda/planning/copy/cost';
import { COPY_RULES } from '../../lambda/planning/copy/footprint';
import { EWMA, profile, type ProfileRules } from '../../lambda/planning/forecast/profile';
import { quantile } from '../../lambda/planning/forecast/quantile';
import { running, type Series } from '../../lambda/planning/forecast/series';
import type { OnlineModel, Waiting } from '../../lambda/planning/online/waiting';
import { seeded } from '../../lambda/planning/random';
import { realOf, type ReplayMover, type ReplayWorld } from './replay/world';
import { type Machine, type Named, PER_DAY, SLOT } from './data';

export const SLOTS = 288;
export const RATE = 12.5e6;
export const MODEL: OnlineModel = { step: SLOT, weights: { ...COST_WEIGHTS, perSecondDown: 0 }, copyRules: COPY_RULES };

export interface World extends ReplayWorld { readonly day: number }

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
  const movers: ReplayMover[] = [];
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
    const real = realOf(waiting, writes, cpu, MODEL);
    if (real.cost.every(cost => cost === Infinity)) return;
    const before = { writes: machine.writes.values.slice(from - 13, from), cpu: machine.cpu.values.slice(from - 13, from) };
    movers.push({ waiting, writes, cpu, before, real });
  });
  const { forecast, real } = linkHeadroom(link.series, day);
  const shortest = ({ real: { slots, cost } }: ReplayMover): number =>
    slots.reduce((least, each, slot) => cost[slot]! < Infinity ? Math.min(least, each) : least, SLOTS);
  const work = movers.reduce((sum, mover) => sum + RATE * shortest(mover), 0);
  const scale = work / load / forecast.reduce((sum, each) => sum + each, 0);
  const scaled = (room: Float64Array): Float64Array => room.map(each => Math.max(2 * RATE, scale * each));
  return { day, slots: SLOTS, model: MODEL, movers, links: [{ forecast: scaled(forecast), real: scaled(real) }] };
}
