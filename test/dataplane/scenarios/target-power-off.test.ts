import { sleep, until } from '../lab/command';
import { prove } from '../harness/proof';
import { engines, measured, scenario } from './scenario';

describe.each(engines)('%s: the target fails and comes back', engine => {
  scenario('power-off during the synchronisation', { engine }, async ({ pair, replication, target, acknowledgements }) => {
    await replication.begin();
    const { bytesLeft } = await replication.midway();
    const offAt = Date.now();
    await target.powerOff();
    await sleep(3);
    await target.start();
    const on = Date.now();
    // nobody gives a step: the unit of the session mounts and starts the application
    const first = await until('the application, after the boot', 120, () => acknowledgements.firstAfter(on, target.name));
    const again = await replication.status(target);
    expect(again).toMatchObject({ phase: 'switched', serving: true, peerConnected: true, errors: [] });
    expect(again.bytesLeft).toBeGreaterThan(0);
    expect(again.bytesLeft).toBeLessThan(bytesLeft + 32e6);
    await replication.finish();
    measured(`${engine} power-off of the target`, { 'first record after its boot s': (first.at - on) / 1000, 'silence s': acknowledgements.longestSilence(offAt, first.at) });
    await prove(pair, target);
  });

  scenario('a reboot after finalize', { engine }, async ({ pair, replication, target, acknowledgements }) => {
    await replication.begin();
    await replication.finish();
    await target.reboot();
    const on = Date.now();
    expect(await target.settled()).toBe('running');
    await target.run('systemctl start writer.service');
    await until('the application, after the boot', 60, () => acknowledgements.firstAfter(on, target.name));
    expect(await target.run('findmnt --noheadings --output SOURCE --mountpoint /srv/data | xargs readlink -f | xargs lsblk --noheadings --output TYPE')).toBe('disk\n');
    await prove(pair, target);
    // the source is needed no more
    await pair.source.powerOff();
    await target.powerOff();
    await target.start();
    await target.settled();
    await prove(pair, target);
  });
});
