import { until } from '../lab/command';
import { prove } from '../harness/proof';
import { engines, scenario } from './scenario';

describe.each(engines)('%s: both fail at once during the synchronisation', engine => {
  for (const sooner of ['source', 'target'] as const) {
    scenario(`the ${sooner} comes back first`, { engine }, async stage => {
      const { pair, replication, source, target, acknowledgements } = stage;
      await replication.begin();
      const { bytesLeft } = await replication.midway();
      await Promise.all([source.powerOff(), target.powerOff()]);
      const later = sooner === 'source' ? target : source;
      await stage[sooner].start();
      await stage[sooner].settled();
      // alone the one must not serve what only the other has
      expect(await stage[sooner].run('systemctl is-active writer.service; true')).not.toBe('active\n');
      await later.start();
      const on = Date.now();
      await until('the application, after both have booted', 120, () => acknowledgements.firstAfter(on, target.name));
      const again = await replication.status(target);
      expect(again).toMatchObject({ phase: 'switched', serving: true, peerConnected: true });
      expect(again.bytesLeft).toBeLessThan(bytesLeft + 32e6);
      expect(acknowledgements.of('record', source.name).every(({ at }) => at < on)).toBe(true);
      await replication.finish();
      await prove(pair, target);
    });
  }
});
