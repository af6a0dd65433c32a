/**
 * npm run bench:dataplane -- [--megabytes 64,128,256] [--gigabytes 1,1024] [--link 5] [--plot FILE] [--only moves|pause|hot]
 *
 * Moves the data of an application twice for each size, by the scripts of documents/replication and by rsync (copy, stop, copy the rest),
 * in emulated machines over the same slowed link, and prints what each cost. Both have to bring every acknowledged record. The emulator is
 * many times slower than a host: the ratios within one run mean something, the seconds do not. Then disks of as many gigabytes are switched with
 * each engine, and not synchronised, which nobody wants to wait for. Then an application whose files are in memory is moved twice at the
 * greatest number of megabytes, the target being told of its files and not.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { until } from '../../test/dataplane/lab/command';
import { Pair } from '../../test/dataplane/harness/pair';
import { prove } from '../../test/dataplane/harness/proof';
import { plot } from './figures';
import { installDatabase, type Latency, rawLink } from './guest';
import { type Hot, moveHot } from './hot';
import { moveByUs, type Moved } from './ours';
import { measurePauses, type Paused } from './pause';
import { type Copied, moveByRsync } from './rsync';

interface Result { readonly megabytes: number; readonly link: number; readonly ours: Moved; readonly rsync: Copied }

/** A pair whose application has written for a while, and what the link between the two brings. */
async function withPair<T>(
  megabytes: number, megabytesPerSecond: number, move: (pair: Pair) => Promise<T>,
): Promise<{ readonly moved: T; readonly link: number }> {
  const pair = await Pair.boot({ megabytes, megabytesPerSecond });
  try {
    await installDatabase(pair.target, false);
    await installDatabase(pair.source, true);
    await until('records of the source', 60, () => pair.acknowledgements.newest() > 30);
    const link = await rawLink(pair.source, pair.target);
    const moved = await move(pair);
    const written = pair.acknowledgements.newest();
    await until('records of the target', 60, () => {
      const [error] = pair.acknowledgements.of('error');
      if (error) throw new Error(`the application on ${error.machine} met an error: ${error.detail}`);
      return pair.acknowledgements.newest() > written + 20;
    });
    await prove(pair, pair.target);
    return { moved, link };
  } finally {
    await pair.end();
  }
}

async function measure(megabytes: number, megabytesPerSecond: number, withLatency: boolean): Promise<Result> {
  const rsync = await withPair(megabytes, megabytesPerSecond, pair => moveByRsync(pair, withLatency));
  const ours = await withPair(megabytes, megabytesPerSecond, pair => moveByUs(pair, withLatency));
  return { megabytes, link: ours.link, ours: ours.moved, rsync: rsync.moved };
}

const one = (value: number) => value.toFixed(1);
const ratio = (value: number, to: number) => `${(value / to).toFixed(2)}×`;

function table(rows: readonly Result[]): string {
  const [least] = rows;
  return [
    '| disk | pause, ours | pause, rsync | pause, ours to the smallest | rsync to the smallest | served from the target after, ours | rsync | synchronisation to the raw link |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map(({ megabytes, link, ours, rsync }) => `| ${[
      `${megabytes} MiB`, `${one(ours.pauseSeconds)} s`, `${one(rsync.pauseSeconds)} s`, ratio(ours.pauseSeconds, least!.ours.pauseSeconds),
      ratio(rsync.pauseSeconds, least!.rsync.pauseSeconds), `${one(ours.switchSeconds)} s`, `${one(rsync.seconds)} s`, ratio(ours.megabytesPerSecond, link),
    ].join(' | ')} |`),
  ].join('\n');
}

function latencies({ ours, rsync }: Result): string {
  if (!ours.latency || !rsync.latency) throw new Error('no latency was measured');
  const { before, givingWay, fastest, after } = ours.latency;
  const row = (what: string, latency: Latency) => `| ${what} | ${one(latency.p50)} ms | ${one(latency.p95)} ms | ${ratio(latency.p50, before.p50)} | ${ratio(latency.p95, before.p95)} |`;
  return [
    '| reads of 4 KiB | half within | 95 % within | half, to before | 95 %, to before |', '| --- | --- | --- | --- | --- |',
    row('on the source, before', before), row('on the source, during the first copy of rsync', rsync.latency),
    row('on the target, the synchronisation giving way', givingWay), row('on the target, the synchronisation at its fastest', fastest),
    row('on the target, everything here', after),
  ].join('\n');
}

function picture(rows: readonly Result[]): string {
  return plot('The application stands still', 'MiB of disk', 'seconds in the emulator', [
    { name: 'rsync, stop, rsync', colour: '#b45309', points: rows.map(({ megabytes, rsync }) => [megabytes, rsync.pauseSeconds] as const) },
    { name: 'switch first', colour: '#1d4ed8', points: rows.map(({ megabytes, ours }) => [megabytes, ours.pauseSeconds] as const) },
  ]);
}

/** Both ways, and every acknowledged record with each. */
async function measureHot(megabytes: number, megabytesPerSecond: number): Promise<string> {
  const move = async (told: boolean): Promise<Hot> => {
    const pair = await Pair.boot({ megabytes, megabytesPerSecond });
    try {
      const moved = await moveHot(pair, told);
      await prove(pair, pair.target);
      console.log(JSON.stringify({ told, ...moved }));
      return moved;
    } finally {
      await pair.end();
    }
  };
  const without = await move(false), first = await move(true);
  const row = (what: string, { before, secondsUntilBack, secondsWaited, reads, secondsUntilSynchronised }: Hot) => `| ${[
    what, `${before.toFixed(2)} ms`, `${secondsUntilBack} s`, ratio(secondsUntilBack, without.secondsUntilBack),
    `${one(1000 * secondsWaited / reads)} ms`, ratio(secondsWaited / reads, without.secondsWaited / without.reads), `${one(secondsUntilSynchronised)} s`,
  ].join(' | ')} |`;
  return [
    '| files in use | 95 % of the reads on the source | back after | to without | a read meanwhile, on average | to without | everything here after |',
    '| --- | --- | --- | --- | --- | --- | --- |', row('as they come', without), row('first', first),
  ].join('\n');
}

function pauses(paused: readonly Paused[]): string {
  const least = ({ engine }: Paused) => paused.find(each => each.engine === engine)!.seconds;
  return ['| engine | disk | pause | to the smallest |', '| --- | --- | --- | --- |',
    ...paused.map(each => `| ${each.engine} | ${each.gigabytes} GiB | ${one(each.seconds)} s | ${ratio(each.seconds, least(each))} |`)].join('\n');
}

const ascending = (numbers: string) => numbers.split(',').map(Number).sort((a, b) => a - b);

async function main(): Promise<void> {
  const { values } = parseArgs({ options: {
    megabytes: { type: 'string', default: '64,128,256' }, gigabytes: { type: 'string', default: '1,1024' }, link: { type: 'string', default: '5' },
    plot: { type: 'string' }, only: { type: 'string' },
  } });
  const measurements: Record<string, (link: number) => Promise<void>> = {
    moves: link => measureMoves(ascending(values.megabytes), link, values.plot),
    pause: async link => console.log(`\n${pauses(await measurePauses(ascending(values.gigabytes), link))}`),
    hot: async link => console.log(`\n${await measureHot(ascending(values.megabytes).at(-1)!, link)}`),
  };
  const { only } = values;
  if (only !== undefined && !(only in measurements)) throw new Error(`--only is ${Object.keys(measurements).join(', ')}, not ${only}`);
  for (const [name, measure] of Object.entries(measurements)) if (only === undefined || name === only) await measure(Number(values.link));
}

async function measureMoves(sizes: readonly number[], link: number, file: string | undefined): Promise<void> {
  const rows: Result[] = [];
  for (const megabytes of sizes) {
    const row = await measure(megabytes, link, megabytes === sizes.at(-1));
    console.log(JSON.stringify(row));
    rows.push(row);
  }
  console.log(`\n${table(rows)}\n\n${latencies(rows.at(-1)!)}`);
  if (file) writeFileSync(file, picture(rows));
}

main().catch((error: Error) => {
  console.error(error.stack);
  process.exitCode = 1;
});
