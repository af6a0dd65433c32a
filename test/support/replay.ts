import { Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { Series } from '../../lambda/planning/forecast/series';
import type { FleetInstance } from '../../lambda/shared/fleet/facts';
import type { EdgeLink } from '../../lambda/shared/links';
import type { Location } from '../../lambda/shared/locations';
import { checkReplayRequest } from '../../lambda/shared/replay/request';
import type { Records } from '../../lambda/shared/replay/window';
import { Replay } from '../../lib/migration/replay';
import { migrationBucket } from '../../lib/private/migration-bucket';
import type { Assembly } from '../../rehearsal/rehearsal';
import { assemblyOf } from './assembly';
import { LOCATIONS, VPN } from './fleet';

/** A stack with the machine of replays, `Replay`. */
export function synthesizedReplay(): Assembly {
  return assemblyOf(app => {
    const stack = new Stack(app, 'Test', { env: { account: '111122223333', region: 'us-east-1' } });
    const encryptionKey = new kms.Key(stack, 'Key', { enableKeyRotation: true });
    new Replay(stack, 'Replay', { owner: 'Test:Test/Replay', bucket: migrationBucket(stack, encryptionKey), locations: LOCATIONS });
  });
}

const SLOT = 900;
const DAY = 86_400;
export const NOW = Date.UTC(2026, 2, 2) / 1000;

/** A link over which AWS moves bytes, in rounds. */
export const SERVICE_LINK: EdgeLink = { ...VPN, id: 'outpost/op-0123456789abcdef0', kind: 'outpost-service-link', transports: ['ebs', 'blocks'] };

/** By slots since the first one. */
export interface Load {
  /** GB of its data volume. */
  readonly data: number;
  readonly writes: (slot: number) => number;
  readonly cpu: (slot: number) => number;
}

/** Records of some weeks, as the steps before would have read them; one window of half a day, unless asked for otherwise. */
export function recordsOf(
  loads: readonly Load[], traffic: (slot: number) => number, asked: Readonly<Record<string, unknown>> = {}, link: EdgeLink = VPN,
): Records {
  const locations = LOCATIONS.map(each => ({ ...each, links: each.links.map(() => link) }));
  const request = checkReplayRequest({
    instances: { tag: { key: 'movable', value: 'yes' } }, destination: 'factory', transport: 'blocks', from: iso(NOW - 14.5 * DAY), to: iso(NOW), horizon: 'PT12H', ...asked,
  }, locations, NOW);
  const series = (of: (slot: number) => number): Series => ({
    start: request.from, step: SLOT, values: Float64Array.from({ length: (request.to - request.from) / SLOT }, (_, slot) => of(slot)),
  });
  const instances = loads.map(({ data }, index): FleetInstance => ({
    id: `i-${index}`, name: `server-${index}`, type: 'm7i.large', place: { availabilityZone: 'us-east-1b', outpostArn: null },
    volumes: [{ device: '/dev/sda1', volumeId: 'vol-1', bytes: 8e9, root: true }, { device: '/dev/sdf', volumeId: 'vol-2', bytes: data * 1e9, root: false }],
  }));
  return {
    request, fleet: { instances, refusals: [], notes: [] }, destination: locations[0] as Location, locations,
    histories: new Map(loads.map(({ writes, cpu }, index) => [`i-${index}`, { id: `i-${index}`, writes: series(writes), cpu: series(cpu) }])),
    links: [{ link, direction: 'to-edge', traffic: series(traffic) }],
  };
}

export const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
