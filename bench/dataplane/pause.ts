import { until } from '../../test/dataplane/lab/command';
import { Pair } from '../../test/dataplane/harness/pair';
import { Replication } from '../../test/dataplane/harness/replication';
import { REPLICATION_ENGINES, type ReplicationEngine } from '../../lib/private/replication-documents';

export interface Paused { readonly engine: ReplicationEngine; readonly gigabytes: number; readonly seconds: number }

/** The switch alone, of disks on which there is little, but of which each block has yet to be copied: engines do not know what is in use. */
export async function measurePauses(gigabytes: readonly number[], megabytesPerSecond: number): Promise<Paused[]> {
  const paused: Paused[] = [];
  for (const engine of REPLICATION_ENGINES) {
    for (const each of gigabytes) paused.push({ engine, gigabytes: each, seconds: await pause(engine, each, megabytesPerSecond) });
  }
  return paused;
}

async function pause(engine: ReplicationEngine, gigabytes: number, megabytesPerSecond: number): Promise<number> {
  const pair = await Pair.boot({ engine, megabytes: gigabytes * 1024, filledMegabytes: 128, megabytesPerSecond });
  try {
    const replication = new Replication(pair);
    const { silent } = await replication.begin();
    const { bytesLeft, bytes } = await replication.status(pair.target);
    // or there was less to be switched than the size says
    if (bytes < gigabytes * 1e9 || bytesLeft < 0.8 * bytes) throw new Error(`of ${gigabytes} GiB ${bytes} bytes are replicated, and ${bytesLeft} are left`);
    const written = pair.acknowledgements.newest();
    await until('records of the target', 60, () => pair.acknowledgements.newest() > written + 20);
    return silent;
  } finally {
    await pair.end();
  }
}
