import { sleep } from '../lab/command';
import { prove } from '../harness/proof';
import type { Machine } from '../lab/machine';
import { engines, measured, scenario } from './scenario';

/**
 * Another application, which always has something under way, as what DRBD calls busy: two processes that write blocks of a file of their own past
 * the page cache, one after the other.
 */
async function load(machine: Machine): Promise<void> {
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

describe.each(engines)('%s: a link of 5 MB/s and an application that is busy', engine => {
  scenario('the rate decides between the two', { engine, megabytesPerSecond: 5, megabytes: 320 }, async ({ pair, replication, target, acknowledgements }) => {
    // gentle from the beginning: md holds to the average of its last half minute
    await replication.begin({}, { MinRate: '500', MaxRate: '1000' });
    await load(target);
    const span = async (rate: string) => {
      await replication.step(target, 'status', { MinRate: rate, MaxRate: '4194304' });
      await sleep(5); // the engine takes a moment to change its pace
      const from = Date.now(), before = await replication.status(target);
      await sleep(20);
      const after = await replication.status(target), seconds = (Date.now() - from) / 1000;
      // or there was nothing to decide
      expect(after.bytesLeft).toBeGreaterThan(0);
      const records = acknowledgements.of('record', target.name).filter(({ at }) => at > from).length / seconds;
      const synchronised = (before.bytesLeft - after.bytesLeft) / seconds / 1e6;
      measured(`${engine} slow link`, {
        'MinRate KiB/s': rate, 'MB/s': synchronised, 'engine says MB/s': after.bytesPerSecond / 1e6, 'records/s': records,
        'longest silence s': acknowledgements.longestSilence(from, Date.now()),
      });
      return { records, synchronised };
    };
    const gentle = await span('500');
    const hard = await span('4500');
    expect(hard.synchronised).toBeGreaterThan(2 * gentle.synchronised);
    // the application lives with both, and so does the synchronisation
    expect(gentle.records).toBeGreaterThan(1);
    expect(hard.records).toBeGreaterThan(0.5);
    expect(gentle.synchronised).toBeGreaterThan(0.1);
    await target.run('systemctl stop load.service');
    await replication.finish();
    await prove(pair, target);
  });

  scenario('and 20 ms on the way', { engine, megabytesPerSecond: 5 }, async ({ pair, replication, source, target }) => {
    await Promise.all([source, target].map(machine => pair.delay(machine, 10)));
    await replication.begin();
    await replication.finish();
    await prove(pair, target);
  });
});
