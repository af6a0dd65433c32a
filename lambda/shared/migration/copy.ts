import { TransportNotPossible } from '../errors';
import type { Source } from '../source/source';
import { PAUSE_SECONDS } from '../sync/expect';
import type { PlannedLink } from './plan';
import type { MigrationRequest } from './request';

/** Whether the blocks of an instance go before its switch, while the source serves, or after it. */
export interface CopyChoice {
  readonly copy: 'pre-copy' | 'post-copy';
  /** Whether it was asked for, and an engine that can not is none. */
  readonly asked: boolean;
  /** ISO 8601: the target takes over by then, and what it lacks follows; null: when it lacks nothing. */
  readonly switchBy: string | null;
  readonly why: string;
}

export interface CopyFacts {
  readonly request: MigrationRequest;
  readonly source: Source;
  readonly link: PlannedLink | null;
  /** Bytes per second, by volume id; what is not there was not measured. */
  readonly writes: ReadonlyMap<string, number>;
  readonly now: number;
}

const GIB = 2 ** 30;
/** From the decision to a target that serves: commands through Systems Manager, services that stop and start, a check of the user's. */
const SWITCH_MS = 10 * 60_000;
/** Of the data: below that, the second pause that a pre-copy takes is not worth what it copies. */
const LEAST_SHARE = 0.2;

/**
 * When an instance switches: all its volumes do at once, for their services do. The engine sends each block once and each write at once, so a
 * copy ahead costs no byte more than one that follows; what it takes is time before the switch, and a second pause.
 */
export function chooseCopy({ request, source, link, writes, now }: CopyFacts): CopyChoice {
  const { instanceId, volumes, gate, maxDowntime, deadline } = request;
  const data = source.volumes.filter(({ root }) => !root);
  const wishes = new Set(data.flatMap(({ device }) => volumes[device]?.copy ?? []));
  if (wishes.size > 1) {
    throw new TransportNotPossible(`${instanceId}: all volumes but the root are copied before the switch, or all after it: their services switch at once. Ask for one "copy"`);
  }
  const latest = deadline === null ? null : new Date(Date.parse(deadline) - SWITCH_MS).toISOString();
  const after = (why: string, asked = false): CopyChoice => ({ copy: 'post-copy', asked, switchBy: null, why });
  const before = (why: string, asked = false): CopyChoice => ({ copy: 'pre-copy', asked, switchBy: latest, why });
  const [wish] = wishes;
  const hasTime = latest === null || Date.parse(latest) > now;
  if (wish === 'pre-copy' && !hasTime) throw new TransportNotPossible(`${instanceId} can not be copied before a switch that has to be by ${deadline}: allow more time, or ask for "post-copy"`);
  if (wish !== undefined) return wish === 'pre-copy' ? before('asked for', true) : after('asked for', true);
  if (gate !== null) return after('its group switches at one moment, and a copy ahead is over when it is over');
  if (maxDowntime < 2 * PAUSE_SECONDS.to) {
    return after(`copying ahead takes two pauses of up to ${PAUSE_SECONDS.to} s each, and ${maxDowntime} s are tolerated`);
  }
  if (link === null) return before('no link is between them');
  const written = data.reduce((sum, { volumeId }) => sum + (writes.get(volumeId) ?? 0), 0);
  const speeds = `it writes ${mb(written)} MB/s, of ${mb(link.rate)} MB/s that it may send`;
  if (written >= link.rate) return after(`${speeds}: a copy ahead would not be over before anything else is`);
  const seconds = data.reduce((sum, { size }) => sum + size * GIB, 0) / (link.rate - written);
  const left = latest === null ? Infinity : (Date.parse(latest) - now) / 1000;
  if (left < seconds * LEAST_SHARE) return after(`a copy ahead takes ${hours(seconds)} h, and the switch has to be in ${hours(left)} h`);
  return before(`${speeds}: some ${hours(seconds)} h${left < seconds ? `, of which ${hours(left)} h are before the switch` : ''}`);
}

const mb = (bytes: number): number => Math.round(bytes / 1e5) / 10;
const hours = (seconds: number): number => Math.max(0, Math.round(seconds / 360) / 10);
