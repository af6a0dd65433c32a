import type { Method } from '../../planning/copy/method';
import type { Strategy } from '../../planning/fleet/request';
import type { Grid } from '../../planning/time/grid';
import type { Direction, EdgeLink } from '../links';
import type { Refused } from './facts';

/** `links.json`: what the links leave to migrations, slot by slot. Rates are bytes per second, times seconds since the epoch. */
export interface LinkForecasts {
  readonly grid: Grid;
  /** When the traffic was read. */
  readonly readAt: number;
  readonly links: readonly LinkForecast[];
}

export interface LinkForecast {
  readonly id: string;
  readonly direction: Direction;
  readonly link: EdgeLink;
  /** What the link carries. */
  readonly capacity: number;
  /** Traffic of others, as forecast. */
  readonly traffic: readonly number[];
  /** What all migrations together may take. */
  readonly room: readonly number[];
  /** What migrations of others have reserved of that. */
  readonly held: readonly number[];
  readonly isUp: boolean;
  readonly note: string | null;
  /** Metrics requested of CloudWatch. */
  readonly requested: number;
}

/** `plan.json`. Rates are bytes per second, times seconds since the epoch. */
export interface FleetPlanDocument {
  /** Rises when a field changes its meaning. */
  readonly version: 1;
  /** The execution that the fleet began with. */
  readonly execution: string;
  readonly plannedAt: number;
  readonly destination: string;
  readonly timeZone: string;
  readonly grid: Grid;
  readonly links: readonly PlannedLink[];
  readonly moves: readonly PlannedMove[];
  readonly refusals: readonly (Refused & { readonly name: string | null })[];
  readonly notes: readonly string[];
  /** Of the plan, of no plan less, and the difference as a share of the latter. */
  readonly cost: number;
  readonly bound: number;
  readonly gap: number;
  /** Metrics requested of CloudWatch for the plan, and in each quarter of an hour while all wait. */
  readonly metrics: { readonly read: number; readonly perTick: number };
}

export interface PlannedLink extends Omit<LinkForecast, 'link' | 'requested'> {
  readonly share: number;
  /** At which one copy may run. */
  readonly rates: readonly number[];
  /** What one more byte per second would save in a slot. */
  readonly prices: readonly number[];
}

export interface PlannedMove {
  readonly id: string;
  readonly name: string | null;
  readonly strategy: Strategy;
  readonly link: string;
  readonly rate: number;
  readonly start: number;
  /** The link is kept until then. */
  readonly end: number;
  /** What the copy takes: as likely more as less; nine of ten times within `from` and `to`. */
  readonly seconds: { readonly likely: number; readonly from: number; readonly to: number; readonly modelled: number };
  /** Over the link, what is sent again included. */
  readonly bytes: number;
  /** Of the volumes that go over the link. */
  readonly volumeBytes: number;
  readonly resent: number;
  /** Of the volumes that AWS moves by a way that is none of the links. */
  readonly elsewhere: number;
  readonly downtime: number;
  readonly method: Method;
  readonly cost: number;
  /** AWS moves all of it: nobody can pace that, and one of these moves at a time. */
  readonly unpaced: boolean;
}
