import { prove, rawDifferences } from '../harness/proof';
import { Replication, SERVICES } from '../harness/replication';
import { sleep, until } from '../lab/command';
import { load, span } from './contention';
import { measured, scenario } from './scenario';

const engine = 'drbd';

describe('drbd: copying ahead', () => {
  scenario('and then the target takes over', { engine, megabytesPerSecond: 8 }, async ({ pair, replication, source, target, acknowledgements }) => {
    const { silent } = await replication.preCopy();
    expect(await replication.step(target, 'pre-copy')).toMatchObject({ role: 'target', phase: 'mirrored', serving: false, pausedAt: null });
    expect(await replication.step(source, 'pre-copy')).toMatchObject({ role: 'source', phase: 'mirrored', serving: true });
    // the target does not take over from a source that serves
    expect(await replication.attempt(target, 'switch-target')).toMatchObject({ status: 8, answer: { error: 'WrongState' } });
    const ahead = await replication.status(target);
    expect(ahead).toMatchObject({ phase: 'mirrored', serving: false, suspended: false, peerConnected: true, errors: [] });
    expect(await replication.status(source)).toMatchObject({ phase: 'mirrored', serving: true, suspended: false, peerConnected: true, errors: [] });
    const from = Date.now();
    await replication.synchronised();
    const longest = acknowledgements.longestSilence(from, Date.now());
    // whatever is read after the switch is there: nothing of it has to come over the link
    const handedOver = await replication.switchOver();
    expect(await replication.status(target)).toMatchObject({ phase: 'switched', serving: true, bytesLeft: 0 });
    measured('pre-copy', {
      'silence as it begins s': silent, 'synchronised after s': (Date.now() - from) / 1000, 'longest silence meanwhile s': longest, 'silence of the switch s': handedOver.silent,
    });
    await replication.verified();
    await target.run('systemctl stop writer.service');
    expect(await rawDifferences(pair)).toEqual([]);
    await target.run('systemctl start writer.service');
    await replication.finish();
    await sleep(2);
    await prove(pair, target);
  });

  scenario('with the target taking over before all is there', { engine }, async ({ pair, replication, target }) => {
    await replication.preCopy({ MinRate: '500', MaxRate: '2000' });
    await replication.midway();
    await replication.switchOver();
    expect((await replication.status(target)).bytesLeft).toBeGreaterThan(0);
    await replication.finish();
    await sleep(2);
    await prove(pair, target);
  });

  scenario('and given up: the source serves on as it did before', { engine }, async ({ pair, source, target, acknowledgements }) => {
    // one of the services does not run when it begins
    for (const machine of [source, target]) {
      await machine.run("printf '[Service]\\nExecStart=/bin/sleep infinity\\n' >/etc/systemd/system/idle.service; systemctl daemon-reload");
    }
    const idles = async (): Promise<void> => expect(await source.run('systemctl is-active idle.service || true')).toBe('inactive\n');
    const replication = new Replication(pair, undefined, `${SERVICES},idle.service`);
    await replication.preCopy({ MinRate: '500', MaxRate: '2000' });
    await replication.midway();
    await idles();
    const began = Date.now();
    expect(await replication.step(target, 'fall-back')).toMatchObject({ phase: 'fallen-back', serving: false });
    expect(await replication.step(source, 'fall-back')).toMatchObject({ phase: 'fallen-back', serving: true, pausedAt: null });
    const gaveUp = Date.now();
    // also when it starts anew
    await source.reboot();
    expect(await source.settled()).toBe('running');
    const booted = Date.now();
    await until('the application, after a boot on the way', 60, () => acknowledgements.firstAfter(booted, source.name));
    await idles();
    expect(await replication.step(source, 'finalize')).toMatchObject({ phase: 'finalized' });
    expect(await replication.step(target, 'release-source')).toMatchObject({ phase: 'released' });
    await sleep(2);
    measured('pre-copy given up', { 'longest silence s': acknowledgements.longestSilence(began, gaveUp) });
    await prove(pair, source);
    await source.reboot();
    const on = Date.now();
    expect(await source.settled()).toBe('running');
    await until('the application, after the boot', 60, () => acknowledgements.firstAfter(on, source.name));
    await idles();
    await prove(pair, source);
  });

  scenario('over a link of 5 MB/s: how long a busy application waits follows the pace, and the source tells it', { engine, megabytesPerSecond: 5, megabytes: 320 },
    async stage => {
      const { pair, replication, source, target } = stage;
      await replication.preCopy({ MinRate: '500', MaxRate: '1000' });
      await load(source);
      const gentle = await span(stage, source, '500', 'pre-copy slow link');
      const hard = await span(stage, source, '4500', 'pre-copy slow link');
      expect(hard.synchronised).toBeGreaterThan(2 * gentle.synchronised);
      expect(hard.awaitMillis).toBeGreaterThan(gentle.awaitMillis);
      expect(gentle.awaitMillis).toBeGreaterThan(0);
      // the application does not exist on the target, whose mirror writes all the same
      expect((await replication.status(target)).application).toEqual({ readBytesPerSecond: 0, writeBytesPerSecond: 0, awaitMillis: 0 });
      await source.run('systemctl stop load.service');
      await replication.step(target, 'status', { MinRate: '100000', MaxRate: '4194304' });
      await replication.synchronised();
      await replication.switchOver();
      await replication.finish();
      await prove(pair, target);
    });

  scenario('over a link that is cut for 90 s, past a target that is switched off and a source that is switched off', { engine },
    async ({ pair, replication, source, target, acknowledgements }) => {
      await replication.preCopy({ MinRate: '500', MaxRate: '2000' });
      await replication.midway();
      const cut = Date.now();
      await pair.cut(target);
      await sleep(90);
      await pair.restore(target);
      await until('the connection', 60, async () => (await replication.status(target)).peerConnected);
      measured('pre-copy, link cut', { 'longest silence s': acknowledgements.longestSilence(cut, Date.now()) });
      await target.powerOff();
      const off = acknowledgements.newest();
      await until('records without a target', 60, () => acknowledgements.newest() > off + 20);
      await target.start();
      await target.settled();
      await until('the target again', 60, async () => (await replication.status(target)).peerConnected);
      await source.powerOff();
      const back = Date.now();
      await source.start();
      await source.settled();
      // it serves by itself, and the copy goes on
      await until('the application on the source', 60, () => acknowledgements.firstAfter(back, source.name));
      await until('the connection, again', 60, async () => (await replication.status(target)).peerConnected);
      await replication.step(target, 'status', { MinRate: '100000', MaxRate: '4194304' });
      await replication.synchronised();
      await replication.switchOver();
      await replication.finish();
      await sleep(2);
      await prove(pair, target);
    });

  scenario('and the source is lost for good when all is there', { engine }, async ({ pair, replication, source, target, acknowledgements }) => {
    await replication.preCopy({ MinRate: '500', MaxRate: '2000' });
    await replication.midway();
    expect(await replication.attempt(target, 'resume', { AcceptLoss: 'yes' })).toMatchObject({ status: 8, answer: { error: 'WrongState' } });
    await replication.step(target, 'status', { MinRate: '100000', MaxRate: '4194304' });
    await replication.synchronised();
    await source.powerOff();
    const lostAt = Date.now();
    await until('a connection that is known to be gone', 60, async () => !(await replication.status(target)).peerConnected);
    expect(await replication.step(target, 'resume', { AcceptLoss: 'yes' })).toMatchObject({ phase: 'switched', serving: true });
    await until('the application on the target', 60, () => acknowledgements.firstAfter(lostAt, target.name));
    await replication.step(target, 'finalize');
    await sleep(2);
    await prove(pair, target);
  });
});

describe('md: copying ahead', () => {
  scenario('is refused', { engine: 'md' }, async ({ pair, replication, source, target }) => {
    await replication.prepare();
    for (const machine of [target, source]) expect(await replication.attempt(machine, 'pre-copy')).toMatchObject({ status: 7, answer: { error: 'NotSupported' } });
    for (const machine of [source, target]) await replication.step(machine, 'release-source');
    await prove(pair, source);
  });
});
