import { sleep, until } from '../lab/command';
import { prove } from '../harness/proof';
import { engines, measured, scenario } from './scenario';

describe.each(engines)('%s: the link between the two is cut during the synchronisation', engine => {
  for (const seconds of [10, 90]) {
    scenario(`for ${seconds} s`, { engine }, async ({ pair, replication, target, acknowledgements }) => {
      await replication.begin();
      const { bytesLeft } = await replication.midway();
      const cutAt = Date.now();
      await pair.cut(target);
      await sleep(seconds - 4);
      // the question is answered although the devices wait; DRBD asks after 3 s without a word, and has 3 s of patience for the answer
      const during = await replication.status(target);
      expect(during).toMatchObject({ phase: 'switched', ...seconds > 10 && { peerConnected: false } });
      await sleep(seconds - (Date.now() - cutAt) / 1000);
      const back = Date.now();
      await pair.restore(target);
      const first = await until('the application, after the link is back', 60, () => acknowledgements.firstAfter(back, target.name));
      const again = await until('the synchronisation, after the link is back', 60, async () => {
        const status = await replication.status(target);
        return status.peerConnected && status;
      });
      // it goes on where it was
      expect(again.bytesLeft).toBeLessThan(bytesLeft + 8e6);
      await replication.finish();
      measured(`${engine} cut of ${seconds} s`, { 'first record after s': (first.at - back) / 1000, 'silence s': acknowledgements.longestSilence(cutAt, Date.now()) });
      await prove(pair, target);
    });
  }
});
