import { prove } from '../harness/proof';
import { load, span } from './contention';
import { engines, scenario } from './scenario';

describe.each(engines)('%s: a link of 5 MB/s and an application that is busy', engine => {
  scenario('the rate decides between the two', { engine, megabytesPerSecond: 5, megabytes: 320 }, async stage => {
    const { pair, replication, target } = stage;
    // gentle from the beginning: md holds to the average of its last half minute
    await replication.begin({}, { MinRate: '500', MaxRate: '1000' });
    await load(target);
    const gentle = await span(stage, target, '500', `${engine} slow link`);
    const hard = await span(stage, target, '4500', `${engine} slow link`);
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
