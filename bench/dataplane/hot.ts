import { sleep, until } from '../../test/dataplane/lab/command';
import type { Machine } from '../../test/dataplane/lab/machine';
import type { Pair } from '../../test/dataplane/harness/pair';
import { Replication } from '../../test/dataplane/harness/replication';
import { percentile } from './figures';
import { install } from './guest';

export interface Hot {
  /** Of reads on the source, in milliseconds: 95 % within. */
  readonly before: number;
  /** Seconds after the first read on the target until 95 % were within twice what they took on the source. */
  readonly secondsUntilBack: number;
  /** Seconds that it waited for reads until everything was here, and of how many. */
  readonly secondsWaited: number;
  readonly reads: number;
  /** Seconds after the switch until everything was here. */
  readonly secondsUntilSynchronised: number;
}

const LOG = '/var/log/reader';

/** Reads pages of two files, in no order, as a database does whose data fits into memory; tells when, and how long each took. */
const reader = `import os, random, time
files = [os.open('/srv/data/f' + str(number), os.O_RDONLY) for number in (7, 8)]
for file in files: os.posix_fadvise(file, 0, 0, os.POSIX_FADV_RANDOM)
pages, log = os.fstat(files[0]).st_size // 4096, open('${LOG}', 'a', 1)
while True:
    at, begun = time.time(), time.perf_counter()
    os.pread(random.choice(files), 4096, random.randrange(pages) * 4096)
    log.write('%d %d\\n' % (at * 1000, (time.perf_counter() - begun) * 1e6))
    time.sleep(0.01)
`;

interface Read { readonly at: number; readonly millis: number }

async function readsOn(machine: Machine): Promise<Read[]> {
  // the last line may be half written
  const lines = (await machine.run(`cat ${LOG}`)).split('\n').slice(0, -1);
  return lines.map(line => line.split(' ').map(Number)).map(([at, micros]) => ({ at: at!, millis: micros! / 1000 }));
}

/** Seconds until the first five in a row in which 95 % of the reads were within so many milliseconds. */
function backAfter(reads: readonly Read[], millis: number): number | undefined {
  const [from, to] = [reads[0]!.at, reads.at(-1)!.at];
  for (let second = 0; from + (second + 5) * 1000 <= to; second++) {
    const within = reads.filter(({ at }) => at >= from + second * 1000 && at < from + (second + 5) * 1000);
    if (within.length > 0 && percentile(within.map(read => read.millis), 0.95) <= millis) return second;
  }
  return undefined;
}

/** A move of an application whose files are in memory, the target being told of them or not. Everything else is as it is by default. */
export async function moveHot(pair: Pair, told: boolean): Promise<Hot> {
  const { source, target } = pair;
  await Promise.all([source, target].map(machine => install(machine, 'reader', reader)));
  await source.run(`cat /srv/data/f7 /srv/data/f8 >/dev/null; systemctl enable --quiet --now reader.service`);
  const replication = new Replication(pair, undefined, 'reader.service,writer.service');
  await sleep(10);
  const before = percentile((await readsOn(source)).map(({ millis }) => millis), 0.95);
  await replication.prepare();
  const { hotFiles } = await replication.step<{ hotFiles: string }>(source, 'switch-source');
  await replication.step(target, 'switch-target', { HotFiles: told ? hotFiles : '' });
  const switched = Date.now();
  await replication.synchronised(600);
  const synchronised = Date.now();
  // pages that came with the synchronisation are not in memory yet
  const { reads, secondsUntilBack } = await until('the application at its old latency', 90, async () => {
    await sleep(10);
    const all = await readsOn(target), back = backAfter(all, 2 * before);
    return back !== undefined && { reads: all, secondsUntilBack: back };
  });
  await replication.finish();
  const meanwhile = reads.filter(({ at }) => at < synchronised);
  return {
    before, secondsUntilBack, secondsWaited: meanwhile.reduce((sum, { millis }) => sum + millis, 0) / 1000,
    reads: meanwhile.length, secondsUntilSynchronised: (synchronised - switched) / 1000,
  };
}
