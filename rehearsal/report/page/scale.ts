import { Folding } from '../fold';
import { duration } from '../format';
import type { Story } from '../story';

/** Where an instant lies on the axis, in per cent. */
export type Scale = (time: number) => number;

export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** The axis, drawn in two ways. */
export interface Axis {
  /** A second is a second everywhere. */
  readonly true: { readonly scale: Scale; readonly ticks: readonly Tick[] };
  /** Long waits are pressed together, so that short steps can be seen beside them. */
  readonly pressed: { readonly scale: Scale; readonly ticks: readonly Tick[] };
}

export function axisOf(story: Story): Axis {
  const length = Math.max(story.to - story.from, 1);
  const even: Scale = time => 100 * clamp((time - story.from) / length);
  const borders = bordersOf(story);
  const pressed = press(borders);
  return {
    true: { scale: even, ticks: evenTicks(story, even) },
    pressed: { scale: pressed, ticks: spaced(borders.map(time => ({ at: pressed(time), label: elapsed(time - story.from) })), 10) },
  };
}

/** The instants at which something begins or ends; the inside of a loop counts as one stretch. */
function bordersOf({ from, to, executions, moments }: Story): number[] {
  const times = new Set([from, to, ...moments.map(each => each.time)]);
  for (const { visits } of executions) {
    const folding = new Folding();
    const passages = [...visits.flatMap(visit => folding.add({ visit, calls: [] })), ...folding.flush()];
    for (const { stays } of passages) {
      times.add(stays[0]!.visit.from);
      const end = stays.at(-1)!.visit.to;
      if (end !== undefined) times.add(end);
    }
  }
  return [...times].filter(time => time >= from && time <= to).sort((a, b) => a - b);
}

/** Each stretch between two borders gets room by the logarithm of its length. */
function press(borders: readonly number[]): Scale {
  const ends = [0];
  for (let index = 1; index < borders.length; index++) {
    const seconds = (borders[index]! - borders[index - 1]!) / 1000;
    ends.push(ends.at(-1)! + Math.log2(1.5 + seconds));
  }
  const whole = ends.at(-1) || 1;
  return time => {
    let index = borders.findIndex(border => border >= time);
    if (index < 0) return 100;
    if (index === 0) index = 1;
    if (borders.length < 2) return 0;
    const [before, after] = [borders[index - 1]!, borders[index]!];
    const part = clamp((time - before) / (after - before));
    return 100 * (ends[index - 1]! + part * (ends[index]! - ends[index - 1]!)) / whole;
  };
}

const niceSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400].map(seconds => seconds * 1000);

function evenTicks({ from, to }: Story, scale: Scale): Tick[] {
  const step = niceSteps.find(each => (to - from) / each <= 10) ?? niceSteps.at(-1)!;
  const ticks: Tick[] = [];
  for (let time = from; time <= to; time += step) ticks.push({ at: scale(time), label: elapsed(time - from) });
  return ticks;
}

/** Leaves out what would lie too close to the tick before it; the end, whose label stands left of it, is always told. */
function spaced(ticks: readonly Tick[], least: number): Tick[] {
  const kept: Tick[] = [];
  for (const tick of ticks.slice(0, -1)) if (kept.length === 0 || tick.at - kept.at(-1)!.at >= least) kept.push(tick);
  const end = ticks.at(-1);
  if (!end) return kept;
  return [...kept.filter(tick => end.at - tick.at >= 1.7 * least), end];
}

function elapsed(milliseconds: number): string {
  return milliseconds === 0 ? 'start' : `+${duration(milliseconds)}`;
}

function clamp(part: number): number {
  return Math.min(1, Math.max(0, part));
}
