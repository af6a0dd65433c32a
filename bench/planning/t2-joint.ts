import { type Machine, type Named, reportHalf } from './data';
import { type Row, row } from './report';
import { bootstrap, median, percent, sum, withInterval } from './statistics';
import { adaptively, clairvoyantBound } from './replay/adaptive';
import { immediately, sameTimeOfDay } from './replay/first-fit';
import type { Outcome } from './replay/outcome';
import { AT_ONCE, atTwo, LATE, offline, PROTOTYPE, randomStarts } from './t2-policies';
import { asPrototyped } from './t2-prototype';
import { startDays, type World, worldOf } from './t2-world';

const SEEDS = [1, 2, 3, 4, 5];

/** The policies of every run; the others are in the first one only, but for those compared with the prototype's on all machines. */
const BRIEF = ['patent, idle hour', 'online'];
const FOOTING = 'the prototype\'s rule, on its footing';
/** Those that are compared with it, on all machines. */
const COMPARED = [FOOTING, 'online, metrics at once', 'online, metrics 15 minutes late'];

/** One start day: each policy's outcome, the mean of five random ones, and the clairvoyant bound. */
interface Day { readonly bound: number; readonly random: number; readonly outcomes: Record<string, Outcome> }

const POLICIES: Record<string, (world: World) => Outcome> = {
  'now, first come': immediately, 'fixed 02:00': atTwo, 'best offline plan': offline, 'patent, idle hour': world => sameTimeOfDay(world), 'online, as prototyped': world => adaptively(world, PROTOTYPE), online: world => adaptively(world),
  [FOOTING]: asPrototyped, 'online, metrics at once': world => adaptively(world, AT_ONCE),
  'online, metrics 15 minutes late': world => adaptively(world, LATE),
};

/** T2: one fleet, one link, three days, decided online. Returns the online outcomes too, in the order of days, for T6. */
export function joint(
  machines: readonly Machine[], links: readonly Named[], load: number, seed: number, { all = false, brief = false },
): { rows: Row[]; outcomes: Outcome[] } {
  const fleet = all ? [...machines] : reportHalf(machines);
  const link = links[0];
  if (!link || fleet.length === 0) return { rows: [], outcomes: [] };
  const days: Day[] = startDays(fleet).map(day => {
    const world = worldOf(fleet, link, day, load, seed);
    const random = sum(SEEDS.map(each => randomStarts(world, each).cost)) / SEEDS.length;
    const policies = Object.entries(POLICIES).filter(([name]) => !brief || BRIEF.includes(name) || all && COMPARED.includes(name));
    const outcomes = Object.fromEntries(policies.map(([name, policy]) => [name, policy(world)]));
    return { bound: clairvoyantBound(world).bound, random, outcomes };
  });
  const line = (name: string): string => {
    const captured = (sample: readonly Day[]): number => {
      const random = sum(sample.map(day => day.random));
      return (random - sum(sample.map(({ outcomes }) => outcomes[name]!.cost))) / (random - sum(sample.map(({ bound }) => bound)));
    };
    const ratio = bootstrap(days, sample => median(sample.map(({ outcomes, bound }) => outcomes[name]!.cost / bound)));
    const late = sum(days.map(({ outcomes }) => outcomes[name]!.late));
    const over = sum(days.map(({ outcomes }) => outcomes[name]!.bytesOver)) / sum(days.map(({ outcomes }) => outcomes[name]!.bytes));
    return `${withInterval(ratio, value => value.toFixed(2))} × bound; captured ${withInterval(bootstrap(days, captured), value => percent(value, 0))}; ${late} late; ${percent(over, 2)} of bytes over what the link left`;
  };
  const what = `${fleet.length} machines${all ? '' : ' held out'}, ${days.length} start days, load ${load}, sizes ${seed}`;
  const rows = Object.keys(POLICIES).filter(name => (brief ? all && COMPARED.includes(name) : !BRIEF.includes(name))).map(name => row('T2', `${what}: ${name}`, line(name), '', ''));
  rows.push(row('T2', `${what}: adaptive (baseline: patent)`, line('patent, idle hour'), line('online'), '≤ 1.25; ≥ 82 %; 0 late'));
  return { rows, outcomes: days.map(({ outcomes }) => outcomes.online!) };
}
