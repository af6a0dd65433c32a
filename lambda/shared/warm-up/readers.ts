import type { Instance } from '@aws-sdk/client-ec2';
import type { CommandResult } from '../command';
import type { Plan } from '../plan/plan';
import type { PlannedVolume } from '../plan/planned-volume';

/** What is known of a clone that reads its volumes. */
export interface Reader {
  readonly instanceId: string;
  /** How many percent of each volume were read; 100 is all. */
  readonly volumes: Readonly<Record<string, number>>;
  /** Whether what is in use has been read. */
  readonly hot: boolean;
  /** Why this clone is waited for like one that does not read; null while it does. */
  readonly problem: string | null;
  /** Whether it has ever said that it reads. */
  readonly begun: boolean;
  /** Whether there is nothing more to ask it. */
  readonly ended: boolean;
  /** How many looks in a row found no answer. */
  readonly silent: number;
}

/** After so many looks without an answer a clone counts as silent; it is asked on, for it may only be busy. */
export const SILENT_AFTER = 5;

export function newReader(instanceId: string, volumeIds: readonly string[]): Reader {
  return { instanceId, volumes: Object.fromEntries(volumeIds.map(id => [id, 0])), hot: false, problem: null, begun: false, ended: false, silent: 0 };
}

/** One whom nobody can tell to read. */
export function noReader(instanceId: string, problem: string): Reader {
  return { ...newReader(instanceId, []), problem, ended: true };
}

export interface ClonedVolume extends PlannedVolume {
  /** The clone's own. */
  readonly ownVolumeId: string;
}

/** The volumes that a clone has by plan; any other was attached by its own software. */
export function volumesOf({ volumes }: Plan, { BlockDeviceMappings = [] }: Instance): ClonedVolume[] {
  return BlockDeviceMappings.flatMap(({ DeviceName, Ebs }) => {
    const planned = volumes.find(({ device }) => device === DeviceName);
    return planned && Ebs?.VolumeId ? [{ ...planned, ownVolumeId: Ebs.VolumeId }] : [];
  });
}

/** What documents/volumes/warm-up-status.sh says of one volume. */
interface Said {
  readonly volume: string;
  readonly state: string;
  readonly bytes: number;
  readonly read: number;
  readonly hot: object | null;
  readonly problem: string | null;
}

/** What is known after one more look; `result` is undefined while the clone has not answered. */
export function nextReader(reader: Reader, result: CommandResult | undefined): Reader {
  if (reader.ended) return reader;
  const said = result?.answer['volumes'];
  // without an answer of its own the document has not run, or not to its end; who knows of no reader yet will hear of it
  if (!Array.isArray(said) || (said.length === 0 && !reader.begun)) {
    if (typeof result?.answer['error'] === 'string') return { ...reader, problem: result.reason, ended: true };
    const silent = reader.silent + 1;
    return { ...reader, silent, problem: silent >= SILENT_AFTER ? 'it does not answer' : reader.problem };
  }
  const known = said as Said[];
  const each = Object.keys(reader.volumes).map(volumeId => known.find(({ volume }) => volume === volumeId) ?? { volume: volumeId, ...UNREAD });
  const troubles = each.flatMap(({ volume, state, problem }) => {
    if (state === 'failed') return [`${volume}: ${problem ?? 'it can not be read'}`];
    return state === 'reading' || state === 'complete' ? [] : [`the reader of ${volume} is gone`];
  });
  return {
    ...reader,
    volumes: Object.fromEntries(each.map(one => [one.volume, percent(one)])),
    hot: each.every(({ hot }) => hot !== null),
    begun: true,
    problem: troubles.length > 0 ? troubles.join('; ') : null,
    // one volume may fail while the others are read on
    ended: each.every(({ state }) => state !== 'reading'),
    silent: 0,
  };
}

const UNREAD = { state: 'none', bytes: 0, read: 0, hot: null, problem: null };

function percent({ state, bytes, read }: Said): number {
  return state === 'complete' ? 100 : bytes > 0 ? Math.min(99, Math.floor(read / bytes * 100)) : 0;
}
