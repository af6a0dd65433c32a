import { sleep } from '../../test/dataplane/lab/command';
import type { Machine } from '../../test/dataplane/lab/machine';
import type { Pair } from '../../test/dataplane/harness/pair';
import { Replication } from '../../test/dataplane/harness/replication';
import { percentile } from './figures';

export interface Hot {
  /** Of reads on the source, in milliseconds: 95 % within. */
  readonly before: number;
  /** Seconds after the switch until the application was back at its old latency. */
  readonly secondsUntilBack: number;
  /** Seconds that it waited for reads until everything was here, and of how many. */
  readonly secondsWaited: number;
  readonly reads: number;
  /** Seconds after the switch until everything was here. */
  readonly secondsUntilSynchronised: number;
}

const SERVICE = 'reader.service';
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

const unit = `[Unit]
RequiresMountsFor=/srv/data
[Service]
ExecStart=/usr/bin/python3 /usr/local/lib/lab/reader.py
[Install]
WantedBy=multi-user.target
`;

interface Read { readonly at: number; readonly millis: number }

async function readsOn(machine: Machine): Promise<Read[]> {
  // the last line may be half written
  const lines = (await machine.run(`cat ${LOG}`)).split('\n').slice(0, -1);
  return lines.map(line => line.split(' ').map(Number)).map(([at, micros]) => ({ at: at!, millis: micros! / 1000 }));
}

/** The end of the last second in which more than one read in twenty took longer. */
function backSince(reads: readonly Read[], millis: number): number {
  const from = reads[0]!.at;
  let back = 0;
  for (let second = 0; from + second * 1000 <= reads.at(-1)!.at; second++) {
    const within = reads.filter(({ at }) => at >= from + second * 1000 && at < from + (second + 1) * 1000);
    // one read may last longer than a second: then none began in the next
    if (within.length === 0 || percentile(within.map(read => read.millis), 0.95) > millis) back = second + 1;
  }
  return back;
}

/** A move of an application whose files are in memory, the target being told of them or not. Everything else is as it is by default. */
export async function moveHot(pair: Pair, told: boolean): Promise<Hot> {
  const { source, target } = pair;
  await Promise.all([source, target].map(machine => machine.run(`set -eu
    cat >/usr/local/lib/lab/reader.py <<'END'\n${reader}END
    cat >/etc/systemd/system/${SERVICE} <<'END'\n${unit}END
    systemctl daemon-reload`)));
  await source.run(`cat /srv/data/f7 /srv/data/f8 >/dev/null; systemctl enable --quiet --now ${SERVICE}`);
  const replication = new Replication(pair, undefined, `${SERVICE},writer.service`);
  await sleep(10);
  const before = percentile((await readsOn(source)).map(({ millis }) => millis), 0.95);
  await replication.prepare();
  const { hotFiles } = await replication.step<{ hotFiles: string }>(source, 'switch-source');
  await replication.step(target, 'switch-target', { HotFiles: told ? hotFiles : '' });
  const switched = Date.now();
  await replication.synchronised(600);
  const synchronised = Date.now();
  await sleep(5);
  const reads = await readsOn(target);
  await replication.finish();
  const meanwhile = reads.filter(({ at }) => at < synchronised);
  return {
    before, secondsUntilBack: backSince(reads, 2 * before), secondsWaited: meanwhile.reduce((sum, { millis }) => sum + millis, 0) / 1000,
    reads: meanwhile.length, secondsUntilSynchronised: (synchronised - switched) / 1000,
  };
}
