import type { Grid } from '../../planning/time/grid';
import { Axis } from './axis';
import { linkChart, type PicturedLink } from './link-chart';
import { figures, legend, list, page, section, table } from './page';
import { timeline } from './timeline';
import { bitRate, duration, LocalTime, percent, size } from './units';

/** What the picture shows of a plan. Rates are bytes per second, times seconds since the epoch. */
export interface PicturedPlan {
  readonly execution: string;
  readonly plannedAt: number;
  readonly destination: string;
  readonly timeZone: string;
  readonly grid: Grid;
  readonly links: readonly (PicturedLink & { readonly isUp: boolean })[];
  readonly moves: readonly PicturedMove[];
  readonly refusals: readonly { readonly id: string; readonly name: string | null; readonly reason: string }[];
  readonly notes: readonly string[];
  /** How much dearer the plan is than any plan must be, as a share. */
  readonly gap: number;
  /** Metrics of CloudWatch, which bills them by how often they are read. */
  readonly metrics: { readonly read: number; readonly perTick: number };
}

export interface PicturedMove {
  readonly id: string;
  readonly name: string | null;
  readonly strategy: string;
  readonly link: string;
  readonly rate: number;
  readonly start: number;
  readonly end: number;
  readonly seconds: { readonly likely: number; readonly from: number; readonly to: number };
  readonly bytes: number;
  readonly resent: number;
  readonly downtime: number;
  readonly method: string;
  readonly unpaced: boolean;
}

/** The whole is in plan.json; more rows than this nobody reads. */
const MOST_ROWS = 500;

/** plan.html: when each instance moves, against what the links carry, and why the others do not. */
export function planPicture(plan: PicturedPlan): string {
  const { moves, refusals, links, grid, destination, timeZone } = plan;
  const zone = new LocalTime(timeZone);
  const axis = new Axis(grid, zone);
  const called = ({ id, name }: { readonly id: string; readonly name: string | null }): string => (name === null ? id : `${name} (${id})`);
  const ordered = [...moves].sort((a, b) => a.start - b.start || (a.id < b.id ? -1 : 1));
  const most = (values: readonly number[]): number => values.reduce((one, other) => Math.max(one, other), 0);
  const least = (values: readonly number[]): number => values.reduce((one, other) => Math.min(one, other), Infinity);
  const lead = `Made ${zone.moment(plan.plannedAt)} by ${plan.execution}. All times are those of ${timeZone}.`;
  return page(`Migration plan: ${moves.length} ${moves.length === 1 ? 'instance' : 'instances'} to ${destination}`, lead, [
    figures([
      ['to move', String(moves.length)], ['refused', String(refusals.length)],
      ...moves.length === 0 ? [] : [
        ['from', zone.moment(least(moves.map(({ start }) => start)))], ['until', zone.moment(most(moves.map(({ end }) => end)))],
        ['over the links', size(moves.reduce((sum, { bytes }) => sum + bytes, 0))], ['of that sent again', size(moves.reduce((sum, { resent }) => sum + resent, 0))],
        ['longest pause', duration(most(moves.map(({ downtime }) => downtime)))], ['at most above the best plan', percent(plan.gap)],
        ['metrics read', String(plan.metrics.read)], ['and in each quarter of an hour of waiting', `up to ${plan.metrics.perTick}`],
      ] as [string, string][],
    ]),
    refusals.length === 0 ? '' : section('What does not move, and why', list(refusals.map(refusal => `${called(refusal)}: ${refusal.reason}`))),
    moves.length === 0 ? '' : section('When each instance moves', timeline(ordered.map(move => ({
      name: move.name ?? move.id, start: move.start, end: move.end, kind: kindOf(move), tip: tipOf(move, called(move), zone),
    })), axis) + legend([['pre', 'pre-copy: the switch comes last'], ['post', 'post-copy: the switch comes first'], ['aws', 'moved by AWS, which nobody can pace']])),
    ...links.map(link => section(
      `${link.id}, ${link.direction}`,
      linkChart(link, moves.filter(move => move.link === link.id).map(move => ({ ...move, kind: kindOf(move) })), axis)
        + legend([['others', 'others, as forecast'], ['held', 'held by other migrations'], ['pre', 'this plan'], ['line room', 'most that migrations may take'], ['price', 'where room is dear']]),
      `carries ${bitRate(link.capacity)}${link.isUp ? '' : ', is down'}`,
    )),
    moves.length === 0 ? '' : section('Moves', table(
      ['instance', 'strategy', 'link', 'begins', 'copy takes', 'nine of ten times', 'at', 'bytes', 'sent again', 'pause', 'way'],
      ordered.slice(0, MOST_ROWS).map(move => [
        called(move), move.strategy, move.link, zone.moment(move.start), duration(move.seconds.likely), `${duration(move.seconds.from)} – ${duration(move.seconds.to)}`,
        bitRate(move.rate), size(move.bytes), size(move.resent), duration(move.downtime), move.unpaced ? 'by AWS' : move.method,
      ]),
    ), moves.length > MOST_ROWS ? `the first ${MOST_ROWS}; plan.json has all` : ''),
    plan.notes.length === 0 ? '' : section('Notes', list(plan.notes)),
  ]);
}

function kindOf({ unpaced, method }: PicturedMove): string {
  if (unpaced) return 'aws';
  return method === 'post-copy' ? 'post' : 'pre';
}

function tipOf(move: PicturedMove, name: string, zone: LocalTime): string {
  return `${name}\n${zone.moment(move.start)} – ${zone.moment(move.end)}, ${size(move.bytes)} at ${bitRate(move.rate)} over ${move.link}\n`
    + `${move.unpaced ? 'by AWS' : move.method}, pause ${duration(move.downtime)}`;
}
