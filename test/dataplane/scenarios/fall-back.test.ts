import { sleep, until } from '../lab/command';
import { prove } from '../harness/proof';
import { engines, measured, scenario } from './scenario';

describe.each(engines)('%s: back to the source', engine => {
  scenario('as planned, during the synchronisation', { engine }, async ({ pair, replication, source, target, acknowledgements }) => {
    await replication.begin();
    await replication.midway();
    // the source does not take over from a target that serves
    expect(await replication.attempt(source, 'fall-back')).toMatchObject({ status: 8, answer: { error: 'WrongState' } });
    const began = Date.now();
    expect(await replication.step(target, 'fall-back')).toMatchObject({ phase: 'fallen-back', serving: false });
    expect(await replication.step(source, 'fall-back')).toMatchObject({ phase: 'fallen-back', serving: true });
    const took = (Date.now() - began) / 1000;
    const first = await until('the application on the source', 30, () => acknowledgements.firstAfter(began, source.name));
    measured(`${engine} fall back`, { 'steps s': took, 'silence s': acknowledgements.longestSilence(began, first.at) });
    expect(await replication.step(target, 'fall-back')).toMatchObject({ phase: 'fallen-back', serving: false });
    expect(await replication.step(source, 'fall-back')).toMatchObject({ phase: 'fallen-back', serving: true });
    expect(await replication.step(source, 'finalize')).toMatchObject({ phase: 'finalized' });
    expect(await replication.step(target, 'release-source')).toMatchObject({ phase: 'released' });
    await sleep(2);
    await prove(pair, source);
    // as it was before: mounted by fstab, started at boot
    await source.reboot();
    const on = Date.now();
    expect(await source.settled()).toBe('running');
    await until('the application, after the boot', 60, () => acknowledgements.firstAfter(on, source.name));
    await prove(pair, source);
  });

  scenario('because the target is lost for good', { engine }, async ({ pair, replication, source, target, acknowledgements }) => {
    await replication.begin();
    await replication.midway();
    await target.powerOff();
    const lost = acknowledgements.newest(), lostAt = Date.now();
    await until('a connection that is known to be gone', 60, async () => !(await replication.status(source)).peerConnected);
    // not without the word that it is gone for good
    const refused = await replication.attempt(source, 'fall-back');
    expect(refused).toMatchObject({ status: 9, answer: { error: 'PeerUnreachable' } });
    expect(await replication.step(source, 'fall-back', { PeerLost: 'yes' })).toMatchObject({ phase: 'fallen-back', serving: true });
    const first = await until('the application on the source', 30, () => acknowledgements.firstAfter(lostAt, source.name));
    // it goes on after every record that the target has acknowledged, and after one that was on both disks but not yet told of
    expect(first.number).toBeGreaterThan(lost);
    await sleep(2);
    expect(await replication.step(source, 'finalize')).toMatchObject({ phase: 'finalized' });
    expect(await prove(pair, source)).toBeGreaterThan(first.number);
  });

  scenario('the target comes back after the source has taken over', { engine }, async ({ pair, replication, source, target, acknowledgements }) => {
    await replication.begin();
    await replication.midway();
    await target.powerOff();
    // who says so may be faster than the engine
    await replication.step(source, 'fall-back', { PeerLost: 'yes' });
    const before = acknowledgements.newest();
    await until('records of the source', 30, () => acknowledgements.newest() > before + 20);
    const back = Date.now();
    await target.start();
    await target.settled();
    await sleep(10);
    // it sees who serves, and does not
    expect(await target.run('systemctl is-active writer.service; grep -c " /srv/data " /proc/mounts; true')).toBe('inactive\n0\n');
    expect(acknowledgements.of('record', target.name).every(({ at }) => at < back)).toBe(true);
    await until('records of the source, with the target there', 30, () => acknowledgements.firstAfter(back + 10_000, source.name));
    await replication.step(source, 'finalize');
    await prove(pair, source);
  });

  scenario('before the target has taken over', { engine }, async ({ pair, replication, source, target, acknowledgements }) => {
    await until('records', 30, () => acknowledgements.newest() > 30);
    await replication.prepare();
    await replication.step(source, 'switch-source');
    expect(await replication.step(target, 'fall-back')).toMatchObject({ serving: false });
    const back = Date.now();
    expect(await replication.step(source, 'fall-back')).toMatchObject({ serving: true });
    await until('the application on the source', 30, () => acknowledgements.firstAfter(back, source.name));
    await replication.step(source, 'finalize');
    await replication.step(target, 'release-source');
    await prove(pair, source);
  });
});
