import { sleep } from '../lab/command';
import { prove } from '../harness/proof';
import { engines, measured, scenario } from './scenario';

describe.each(engines)('%s: a link of 5 MB/s and an application that is busy', engine => {
  scenario('the rate decides between the two', { engine, megabytesPerSecond: 5 }, async ({ pair, replication, target, acknowledgements }) => {
    await replication.begin();
    const span = async (rate: string) => {
      await replication.step(target, 'status', { MinRate: rate });
      await sleep(3); // the engine takes a moment to change its pace
      const from = Date.now(), before = await replication.status(target);
      await sleep(8);
      const after = await replication.status(target), seconds = (Date.now() - from) / 1000;
      const records = acknowledgements.of('record', target.name).filter(({ at }) => at > from).length / seconds;
      const synchronised = (before.bytesLeft - after.bytesLeft) / seconds / 1e6;
      measured(`${engine} slow link`, { 'MinRate KiB/s': rate, 'MB/s': synchronised, 'records/s': records, 'longest silence s': acknowledgements.longestSilence(from, Date.now()) });
      return { records, synchronised };
    };
    const gentle = await span('500');
    const hard = await span('4500');
    expect(hard.synchronised).toBeGreaterThan(2 * gentle.synchronised);
    // the application lives with both
    expect(gentle.records).toBeGreaterThan(1);
    expect(hard.records).toBeGreaterThan(0.5);
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
