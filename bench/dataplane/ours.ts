import { sleep, until } from '../../test/dataplane/lab/command';
import type { Pair } from '../../test/dataplane/harness/pair';
import { Replication, type Status } from '../../test/dataplane/harness/replication';
import { type Latency, readLatency, SERVICES } from './guest';

export interface Moved {
  /** From the last record of the source to the first of the target. */
  readonly pauseSeconds: number;
  /** From the preparation of the two to the first record of the target: for so long the source is still needed to serve. */
  readonly switchSeconds: number;
  /** Of the synchronisation at its fastest, the application writing. */
  readonly megabytesPerSecond: number;
  readonly latency: { readonly before: Latency; readonly givingWay: Latency; readonly fastest: Latency; readonly after: Latency } | undefined;
}

/** Until there is something to measure it by. */
const SLOWEST = { MinRate: '100', MaxRate: '300' };
const GIVING_WAY = { MinRate: '500', MaxRate: '4194304' };
const FASTEST = { MinRate: '100000', MaxRate: '4194304' };

/**
 * How fast what is left became less: from the first status to the last one with something left. The pace is told with each, as the workflow
 * does, and not more often than needed: an emulated machine has two seconds to do to answer, in which it copies more slowly.
 */
async function measureSynchronisation(replication: Replication, { target }: Pair): Promise<number> {
  const seen: { readonly at: number; readonly left: number }[] = [];
  await until('the end of the synchronisation', 300, async () => {
    const asked = Date.now();
    const { bytesLeft, volumes } = await replication.step<Status>(target, 'status', FASTEST);
    // the tables are read somewhere between the two instants
    if (bytesLeft > 0) seen.push({ at: (asked + Date.now()) / 2, left: bytesLeft });
    else if (volumes.every(({ state }) => state === 'synchronised')) return true;
    await sleep(4);
    return false;
  });
  const first = seen[0], last = seen.at(-1);
  if (!first || !last || last.at - first.at < 4000) throw new Error(`the synchronisation was over too soon to be measured: ${JSON.stringify(seen)}`);
  return (first.left - last.left) / 1e3 / (last.at - first.at);
}

/** Switch first, then synchronise. */
export async function moveByUs(pair: Pair, withLatency: boolean): Promise<Moved> {
  const { source, target } = pair;
  const replication = new Replication(pair, undefined, SERVICES);
  const before = withLatency ? await readLatency(source, 8) : undefined;
  const began = Date.now();
  await replication.prepare();
  await replication.step(target, 'status', SLOWEST);
  const { silent } = await replication.switchOver();
  const switched = Date.now();
  if (withLatency) await replication.step(target, 'status', GIVING_WAY);
  const givingWay = withLatency ? await readLatency(target, 8) : undefined;
  await replication.step<Status>(target, 'status', FASTEST);
  const fastest = withLatency ? await readLatency(target, 8) : undefined;
  const megabytesPerSecond = await measureSynchronisation(replication, pair);
  await replication.verified();
  const after = withLatency ? await readLatency(target, 8) : undefined;
  await replication.step(target, 'finalize');
  await replication.step(source, 'release-source');
  return {
    pauseSeconds: silent, switchSeconds: (switched - began) / 1000, megabytesPerSecond,
    latency: before && givingWay && fastest && after ? { before, givingWay, fastest, after } : undefined,
  };
}
