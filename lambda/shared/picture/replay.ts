import type { Strategy } from '../../planning/fleet/request';
import type { ReplayReport, Totals } from '../replay/report';
import { Axis, LABELS, WIDTH } from './axis';
import { at, box, escaped, label } from './markup';
import { figures, legend, list, page, section, svg, table } from './page';
import { duration, LocalTime, percent, size } from './units';

/** What the picture shows of a replay. */
export type PicturedReplay = Pick<ReplayReport, 'execution' | 'destination' | 'timeZone' | 'horizon' | 'instances' | 'refusals' | 'notes' | 'strategies' | 'bound'> & {
  readonly windows: readonly PicturedWindow[];
};
type PicturedWindow = Pick<ReplayReport['windows'][number], 'begin' | 'end' | 'bound'> & { readonly strategies: readonly Pick<Totals, 'strategy' | 'cost'>[] };

const ROW = 30;
const TOP = 46;
const CURVES = 220;

/** Strategies by the names that people know them by. */
const MEANING: Readonly<Record<Strategy, string>> = {
  now: 'as soon as there is room',
  window: 'within the given hours',
  sameTimeOfDay: 'when CPU used to be low at that time of day',
  adaptive: 'when cheapest, looked at again each quarter of an hour',
};

interface Measure {
  readonly name: string;
  readonly of: (strategy: Totals) => number;
  readonly text: (value: number) => string;
}

const count = (value: number): string => (value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3))));
const MEASURES: readonly Measure[] = [
  { name: 'cost', of: ({ cost }) => cost, text: count },
  { name: 'sent again', of: ({ resent }) => resent, text: size },
  { name: 'CPU met, 10 % hours', of: ({ exposure }) => exposure, text: count },
  { name: 'beyond the share of links', of: ({ over }) => over, text: size },
  { name: 'not in time', of: ({ late }) => late, text: count },
];

/** replay.html: what moving would have cost in the past weeks, strategy by strategy. */
export function replayPicture(replay: PicturedReplay): string {
  const { strategies, windows, bound, destination, instances, horizon, timeZone, refusals } = replay;
  const zone = new LocalTime(timeZone);
  const [first, last] = [windows[0], windows.at(-1)];
  const span = first && last ? `${zone.day(first.begin)} to ${zone.day(last.end)}` : 'no time at all';
  const best = strategies.reduce<Totals | undefined>((least, each) => (least && least.cost <= each.cost ? least : each), undefined);
  const now = strategies.find(({ strategy }) => strategy === 'now');
  const lead = `What it would have cost to move these instances, from ${span}. Plans and starts rest on what was known at the time; costs on what happened then. `
    + `By ${replay.execution}. All times are those of ${timeZone}.`;
  return page(`Replay: ${instances} ${instances === 1 ? 'instance' : 'instances'} to ${destination}`, lead, [
    figures([
      ['past windows', `${windows.length} of ${duration(horizon)}`], ['instances', String(instances)],
      ...best && best.cost > 0 ? [
        ['least cost', best.strategy],
        ...now && now !== best && now.cost > 0 ? [['cheaper than now', percent(1 - best.cost / now.cost)]] : [],
        ...bound > 0 ? [['above what hindsight allows', percent(best.cost / bound - 1)]] : [],
      ] as [string, string][] : [],
    ]),
    section('What each strategy would have cost', comparison(strategies, bound)
      + legend([
        ...strategies.map(({ strategy }): [string, string] => [`s-${strategy}`, `${strategy}: ${MEANING[strategy]}`]), ['line bound', 'no plan could have cost less'],
      ]), 'the shorter the better'),
    windows.length < 2 ? '' : section('Window by window', curves(replay, zone)
      + legend([...strategies.map(({ strategy }): [string, string] => [`s-${strategy}`, strategy]), ['others', 'what no plan could have undercut']]),
    'cost of each fleet, at the beginning of its window'),
    section('In figures', table(
      ['strategy', 'moved in time', 'not in time', 'sent', 'sent again', 'CPU met, 10 % hours', 'beyond the share', 'longest pause', 'mean wait', 'cost', 'above the bound'],
      strategies.map(each => [
        each.strategy, each.moved, each.late, size(each.bytes), size(each.resent), count(each.exposure), size(each.over),
        duration(each.downtime), duration(each.wait), count(each.cost), bound > 0 ? percent(each.cost / bound - 1) : null,
      ]),
    ), 'cost: 1 for each GB sent again, and for each hour at 10 % of CPU; who is not moved in time counts as its dearest start'),
    refusals.length === 0 ? '' : section('Not replayed, and why', list(refusals.map(({ reason }) => reason))),
    replay.notes.length === 0 ? '' : section('Notes', list(replay.notes)),
  ]);
}

/** Bars side by side: a row for each strategy, a column for each measure with a scale of its own. */
function comparison(strategies: readonly Totals[], bound: number): string {
  const width = (WIDTH - LABELS) / MEASURES.length;
  const height = TOP + strategies.length * ROW;
  const parts = strategies.map(({ strategy }, row) => label(0, TOP + row * ROW + 19, strategy, 'name'));
  MEASURES.forEach(({ name, of, text }, column) => {
    const left = LABELS + column * width;
    const values = strategies.map(of);
    const most = Math.max(...values, column === 0 ? bound : 0);
    const long = (value: number): number => (most > 0 ? value / most * (width - 90) : 0);
    parts.push(label(left, 20, name, 'soft'), `<line class="day" x1="${at(left)}" x2="${at(left)}" y1="${TOP - 10}" y2="${at(height)}"/>`);
    strategies.forEach((each, row) => {
      const y = TOP + row * ROW;
      const value = values[row]!;
      parts.push(box(left, y + 5, Math.max(value > 0 ? 1 : 0, long(value)), ROW - 12, `s-${each.strategy}`, `${each.strategy}, ${name}: ${text(value)}`));
      parts.push(label(left + long(value) + 6, y + 19, text(value), values.every(other => value <= other) ? 'date' : ''));
    });
    if (column === 0 && bound > 0) {
      const x = at(left + long(bound));
      parts.push(`<line class="bound" x1="${x}" x2="${x}" y1="${TOP - 8}" y2="${at(height)}"><title>${escaped(`no plan could have cost less than ${text(bound)}`)}</title></line>`);
    }
  });
  return svg('What each strategy would have cost', WIDTH, height + 6, parts.join(''));
}

/** The cost of each window's fleet under each strategy, above what nothing could have undercut. */
function curves({ windows, strategies }: PicturedReplay, zone: LocalTime): string {
  const [from, to] = [windows[0]!.begin, windows.at(-1)!.begin];
  const axis = new Axis({ start: from, step: 900, slots: Math.max(1, Math.round((to - from) / 900)) }, zone);
  const most = Math.max(...windows.flatMap(window => window.strategies.map(({ cost }) => cost)), ...windows.map(({ bound }) => bound), 1e-9);
  const y = (value: number): number => CURVES - value / most * (CURVES - 26);
  const line = (values: readonly number[]): string => values.map((value, index) => `${at(axis.x(windows[index]!.begin))} ${at(y(value))}`).join('L');
  const body = [
    axis.marks(CURVES),
    `<path class="others" d="M${at(axis.x(from))} ${CURVES}L${line(windows.map(({ bound }) => bound))}L${at(axis.x(to))} ${CURVES}Z"/>`,
    ...strategies.map(({ strategy }) => `<path class="l-${escaped(strategy)}" d="M${
      line(windows.map(window => window.strategies.find(each => each.strategy === strategy)?.cost ?? 0))}"/>`),
    label(0, y(most) + 4, count(most)), label(0, CURVES, '0', 'soft'),
  ];
  return svg('Cost of each window under each strategy', WIDTH, CURVES + 6, body.join(''));
}
