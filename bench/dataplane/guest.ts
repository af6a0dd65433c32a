import type { Machine } from '../../test/dataplane/lab/machine';
import { percentile } from './figures';

/** Where the application of the benchmark writes, besides the lab's own: a large file whose pages change in place, as a database's do. */
export const DATABASE = '/srv/data/database';

/** All that writes, in the order in which it is stopped. */
export const SERVICES = 'database.service,writer.service';

/** Writes a page of a random place of the file each 50 ms, and flushes it. */
const database = `import os, random, time
file = os.open('${DATABASE}', os.O_RDWR)
pages = os.fstat(file).st_size // 4096
while True:
    os.pwrite(file, os.urandom(4096), random.randrange(pages) * 4096)
    os.fdatasync(file)
    time.sleep(0.05)
`;

/** A program of an application, in Python, and its service of the same name, which is not started. */
export async function install(machine: Machine, name: string, program: string): Promise<void> {
  await machine.run(`set -eu
    cat >/usr/local/lib/lab/${name}.py <<'END'\n${program}END
    cat >/etc/systemd/system/${name}.service <<'END'
[Unit]
RequiresMountsFor=/srv/data
[Service]
ExecStart=/usr/bin/python3 /usr/local/lib/lab/${name}.py
[Install]
WantedBy=multi-user.target
END
    systemctl daemon-reload`);
}

/** Sets the database up: on the source with its content, three eighths of what lies there already. */
export async function installDatabase(machine: Machine, withContent: boolean): Promise<void> {
  await install(machine, 'database', database);
  if (withContent) await machine.run(`set -eu; cat /srv/data/f[0-5] >${DATABASE}; sync; systemctl enable --quiet --now database.service`);
}

export interface Latency { readonly p50: number; readonly p95: number }

/** How long an application waits for 4 KiB of a random place of files that nobody writes, past the page cache, in milliseconds. */
export async function readLatency(machine: Machine, seconds: number): Promise<Latency> {
  const out = await machine.run(`python3 - <<'END'
import glob, mmap, os, random, time
files = [os.open(path, os.O_RDONLY | os.O_DIRECT) for path in glob.glob('/srv/data/f[0-9]*')]
size, buffer, end = os.fstat(files[0]).st_size // 4096 * 4096, mmap.mmap(-1, 4096), time.monotonic() + ${seconds}
while time.monotonic() < end:
    place = random.randrange(size // 4096) * 4096
    begun = time.perf_counter()
    os.preadv(random.choice(files), [buffer], place)
    print(round((time.perf_counter() - begun) * 1e6))
    time.sleep(0.02)
END`);
  const millis = out.trim().split('\n').map(line => Number(line) / 1000);
  return { p50: percentile(millis, 0.5), p95: percentile(millis, 0.95) };
}

/** What a single TCP connection brings from one to the other, in MB/s. */
export async function rawLink(from: Machine, to: Machine, megabytes = 16): Promise<number> {
  const receiving = to.run(`python3 -c "
import socket, time
listener = socket.create_server(('', 9)); print('', end='', flush=True); peer, _ = listener.accept(); size = len(peer.recv(1)); start = time.time()
while data := peer.recv(262144): size += len(data)
print(size / (time.time() - start) / 1e6)"`);
  await to.run('for ((i = 0; i < 100; i++)); do ss --listening --tcp --numeric | grep -q ":9 " && exit 0; sleep 0.2; done; exit 1');
  await from.run(`python3 -c "
import socket
peer = socket.create_connection(('${to.address}', 9))
for _ in range(${megabytes * 4}): peer.sendall(bytes(250000))"`);
  return Number(await receiving);
}
