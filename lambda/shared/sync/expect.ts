import type { Expectation } from './plan';
import type { TypeFacts } from './types';

const MIB = 2 ** 20;
/** EC2 user guide, "ec2-instance-network-bandwidth": one flow outside of a cluster placement group. */
const FLOW_GBPS = 5;
/** Shown beside what is expected: no instance reaches more than its network, but disks and the application may allow less. */
const USUAL = [50, 100, 250, 500];

/**
 * From the first service stopped to the last one started, without the services' own time: two commands through Systems Manager, each asked for
 * every few seconds. In virtual machines it took 3 to 9 s with any amount of data; on EC2 it is unverified.
 */
export const PAUSE_SECONDS = { from: 5, to: 30 };

export interface Means {
  readonly source: TypeFacts | undefined;
  readonly target: TypeFacts | undefined;
  /** One connection for each volume; WireGuard is one flow for all. */
  readonly flows: number;
  /** MiB/s. */
  readonly rateLimit: number | null;
}

/** How fast the two can replicate at most, in MiB/s; null: EC2 does not say. */
export function fastest({ source, target, flows, rateLimit }: Means): number | null {
  const network = [source, target].map(type => type?.baselineGbps ?? null);
  const known = network.filter(gbps => gbps !== null);
  const link = known.length < network.length ? null : Math.floor(Math.min(...known, flows * FLOW_GBPS) * 1e9 / 8 / MIB);
  if (rateLimit === null) return link;
  return link === null ? rateLimit : Math.min(link, rateLimit);
}

/** How long the synchronisation takes by rate, the fastest last. */
export function expectations(bytes: number, means: Means): Expectation[] {
  const most = fastest(means);
  const row = (mibPerSecond: number, because: string): Expectation => ({ mibPerSecond, hours: Math.round(bytes / MIB / mibPerSecond / 36) / 100, because });
  const slower = USUAL.filter(rate => most === null || rate < most).map(rate => row(rate, 'for comparison: disks and the application may allow no more'));
  if (most === null) return slower;
  return [...slower, row(most, means.rateLimit === most ? 'rateLimit' : 'the network baseline of both instance types')];
}

/** What is in the way of `finishBy`; undefined: nothing that can be told before. */
export function tooLate(bytes: number, means: Means, finishBy: string | null, now = Date.now()): string | undefined {
  const most = fastest(means);
  if (finishBy === null || most === null) return undefined;
  const seconds = (Date.parse(finishBy) - now) / 1000;
  const needed = Math.ceil(bytes / MIB / Math.max(1, seconds));
  return needed > most ? `finishBy ${finishBy} needs ${needed} MiB/s, but at most ${most} can be had: it will be later` : undefined;
}
