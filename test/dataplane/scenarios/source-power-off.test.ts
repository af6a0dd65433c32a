import { sleep, until } from '../lab/command';
import { prove, rawDifferences } from '../harness/proof';
import { engines, measured, scenario } from './scenario';

describe.each(engines)('%s: the source fails and comes back', engine => {
  scenario('power-off during the synchronisation', { engine }, async ({ pair, replication, source, target, acknowledgements }) => {
    if (engine === 'drbd') await pair.writeLate(source); // its metadata lie there
    await replication.begin();
    const { bytesLeft } = await replication.midway();
    const offAt = Date.now();
    await source.powerOff();
    await until('a connection that is known to be gone', 60, async () => !(await replication.status(target)).peerConnected);
    await sleep(5);
    expect((await replication.status(target)).errors.join()).not.toMatch(/split brain/);
    await source.start();
    const on = Date.now();
    // nobody gives a step: what the source does at boot is enough
    const first = await until('the application, after the source is back', 90, () => acknowledgements.firstAfter(on, target.name));
    const again = await until('the synchronisation, after the source is back', 60, async () => {
      const status = await replication.status(target);
      return status.peerConnected && status;
    });
    expect(again.bytesLeft).toBeLessThan(bytesLeft + 8e6);
    expect(await source.run('systemctl is-active writer.service; grep -c " /srv/data " /proc/mounts; true')).toBe('inactive\n0\n');
    await replication.synchronised();
    await replication.verified();
    await target.run('systemctl stop writer.service');
    expect(await rawDifferences(pair)).toEqual([]);
    await target.run('systemctl start writer.service');
    await replication.finish();
    measured(`${engine} power-off of the source`, { 'first record after its boot s': (first.at - on) / 1000, 'silence s': acknowledgements.longestSilence(offAt, Date.now()) });
    await prove(pair, target);
  });

  scenario('a reboot after the switch', { engine }, async ({ pair, replication, source, target, acknowledgements }) => {
    await replication.begin();
    await replication.midway();
    await source.reboot();
    await source.settled();
    const on = Date.now();
    await until('the application, after the source is back', 90, () => acknowledgements.firstAfter(on, target.name));
    // neither the plain device nor the application comes back there
    expect(await source.run('systemctl is-active writer.service; grep -c " /srv/data " /proc/mounts; true')).toBe('inactive\n0\n');
    await source.run('systemctl start writer.service; mount /srv/data 2>&1; true');
    expect(await source.run('systemctl is-active writer.service; grep -c " /srv/data " /proc/mounts; true')).toBe('inactive\n0\n');
    await replication.finish();
    // nor when the session has ended: what lies there is old from now on
    await source.reboot();
    await source.settled();
    expect(await source.run('systemctl is-active writer.service; grep -c " /srv/data " /proc/mounts; true')).toBe('inactive\n0\n');
    await prove(pair, target);
  });
});
