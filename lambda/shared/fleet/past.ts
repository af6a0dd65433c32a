import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { PastMigration } from '../../planning/forecast/duration';
import { readJson, writeJson } from '../objects';

/** A move that is over: what its duration teaches, and what it took of which link. */
export interface PastMove extends PastMigration {
  /** One direction of a link, as the ledger names it. */
  readonly book: string;
  /** Seconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** Bytes per second; 0 where AWS moved it by another way. */
  readonly rate: number;
}

const FOLDER = 'past/';
const DAY = 86_400_000;
/** Older ones teach nothing of today's links and volumes. */
const TEACHES_FOR = 60 * DAY;
/** Fleets whose moves are read, the newest. */
const MOST_FLEETS = 50;

const s3 = new S3Client({});

/** What earlier fleets of this construct took, the newest last. */
export async function readPast(bucket: string, now = Date.now()): Promise<PastMove[]> {
  const keys: string[] = [];
  const StartAfter = `${FOLDER}${new Date(now - TEACHES_FOR).toISOString()}`;
  for (let ContinuationToken: string | undefined, isFirst = true; isFirst || ContinuationToken; isFirst = false) {
    const page = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: FOLDER, StartAfter, ...ContinuationToken && { ContinuationToken } }));
    keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []));
    ContinuationToken = page.NextContinuationToken;
  }
  const fleets = await Promise.all(keys.slice(-MOST_FLEETS).map(key => readJson<readonly PastMove[]>(bucket, key)));
  return fleets.flat();
}

/** Keeps what a fleet took. The same for every retry: its name has the begin of the fleet, not the moment of the report. */
export async function keepPast(bucket: string, begunAt: number, prefix: string, moves: readonly PastMove[]): Promise<void> {
  await writeJson(bucket, `${FOLDER}${new Date(begunAt * 1000).toISOString()}-${prefix.split('/').at(-1) ?? ''}.json`, moves);
}
