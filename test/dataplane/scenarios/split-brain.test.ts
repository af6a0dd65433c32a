import { sleep, until } from '../lab/command';
import { prove } from '../harness/proof';
import { engines, scenario } from './scenario';

describe.each(engines)('%s: split brain', engine => {
  scenario('both sides were made to serve: it is told, and neither loses a record', { engine }, async ({ pair, replication, source, target, acknowledgements }) => {
    await replication.begin();
    await replication.synchronised();
    await pair.cut(target);
    await until('a connection that is known to be gone', 60, async () =>
      (await Promise.all([source, target].map(machine => replication.status(machine)))).every(({ peerConnected }) => !peerConnected));
    // the wrong word of an operator: the target lives
    await replication.step(source, 'fall-back', { PeerLost: 'yes' });
    const both = Date.now();
    for (const machine of [source, target]) {
      await until(`records of the ${machine.name}`, 60, () => acknowledgements.of('record', machine.name).filter(({ at }) => at > both).length > 20);
    }
    await pair.restore(target);
    const told = await until('word of the split brain', 60, async () => {
      const errors = (await Promise.all([source, target].map(machine => replication.status(machine)))).flatMap(({ errors: each }) => each);
      return errors.some(error => /split brain/i.test(error)) && errors.join('\n');
    });
    expect(told).toMatch(/discard|release|give up/i);
    await sleep(10);
    // each has every record that it has acknowledged itself: nothing was resolved behind anyone's back
    await prove(pair, source, source);
    await prove(pair, target, target);
  });
});
