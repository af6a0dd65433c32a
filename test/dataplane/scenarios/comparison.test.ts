import { sleep, until } from '../lab/command';
import { prove } from '../harness/proof';
import { engines, scenario } from './scenario';

interface Compared { readonly state: string; readonly bytesChecked: number; readonly bytesPerSecond: number }

describe.each(engines)('%s: the comparison of all blocks', engine => {
  scenario('keeps to a limit that two filesystems share, and takes another', {
    engine, megabytes: 96, mounts: ['/srv/data', '/srv/data/inner'], megabytesPerSecond: undefined,
  }, async ({ pair, replication, target }) => {
    await replication.begin();
    await replication.synchronised();
    const limit = 4000 * 1024;
    const first = await replication.step<Compared>(target, 'verify', { Restart: 'yes', MinRate: '1000', MaxRate: '4000' });
    const began = Date.now();
    // engines tell the mean of their last half minute, in which it went faster; and md tells of its progress in sixteenths of a device
    await sleep(12);
    const slow = await until('progress of the comparison', 60, async () => {
      const compared = await replication.step<Compared>(target, 'verify');
      return compared.bytesChecked > first.bytesChecked && compared;
    });
    const seconds = (Date.now() - began) / 1000;
    expect(slow).toMatchObject({ state: 'running', application: { readBytesPerSecond: expect.any(Number), writeBytesPerSecond: expect.any(Number), awaitMillis: expect.any(Number) } });
    expect(slow.bytesPerSecond).toBeGreaterThan(0);
    expect(slow.bytesPerSecond).toBeLessThan(1.5 * limit);
    expect(slow.bytesChecked - first.bytesChecked).toBeLessThan(1.25 * limit * seconds);
    await replication.step(target, 'verify', { MinRate: '100000', MaxRate: '4194304' });
    await replication.finish();
    await prove(pair, target);
  });
});
