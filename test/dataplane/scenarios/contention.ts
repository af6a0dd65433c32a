import { sleep } from '../lab/command';
import type { Machine } from '../lab/machine';
import { measured, type Stage } from './scenario';

/**
 * Another application, which always has something under way, as what DRBD calls busy: two processes that write blocks of a file of their own past
 * the page cache, one after the other.
 */
export async function load(machine: Machine): Promise<void> {
  await machine.run(`systemd-run --quiet --unit=load python3 -c "
import mmap, os, random
file = os.open('/srv/data/load', os.O_RDWR | os.O_CREAT)
os.write(file, bytes(1 << 22))
os.fsync(file)
os.fork()
file, page = os.open('/srv/data/load', os.O_RDWR | os.O_DIRECT), mmap.mmap(-1, 4096)
while True: os.pwritev(file, [page], random.randrange(1024) * 4096)"
    sleep 3; systemctl is-active load.service`);
}

const LOOKS = 5;

/** What both get through in twenty seconds, the target's engine being left this rate while the application on a machine is busy. */
export async function span(
  { replication, target, acknowledgements }: Stage, serving: Machine, rate: string, what: string,
): Promise<{ readonly records: number; readonly synchronised: number; readonly awaitMillis: number }> {
  await replication.step(target, 'status', { MinRate: rate, MaxRate: '4194304' });
  await sleep(5); // the engine takes a moment to change its pace
  const from = Date.now(), before = await replication.status(target);
  await sleep(20);
  const after = await replication.status(target), seconds = (Date.now() - from) / 1000;
  // or there was nothing to decide
  expect(after.bytesLeft).toBeGreaterThan(0);
  // each tells of one second, in which an emulator may have waited for its processor
  const waits: number[] = [];
  for (let look = 0; look < LOOKS; look += 1) waits.push((await replication.status(serving)).application.awaitMillis);
  const awaitMillis = waits.sort((a, b) => a - b)[(LOOKS - 1) / 2]!;
  const records = acknowledgements.of('record', serving.name).filter(({ at }) => at > from).length / seconds;
  const synchronised = (before.bytesLeft - after.bytesLeft) / seconds / 1e6;
  measured(what, {
    'MinRate KiB/s': rate, 'MB/s': synchronised, 'engine says MB/s': after.bytesPerSecond / 1e6, 'records/s': records, 'await ms': awaitMillis,
    'longest silence s': acknowledgements.longestSilence(from, Date.now()),
  });
  return { records, synchronised, awaitMillis };
}
