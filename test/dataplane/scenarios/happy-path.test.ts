import { prove, rawDifferences } from '../harness/proof';
import { engines, measured, scenario } from './scenario';

describe.each(engines)('%s: from the switch to the release', engine => {
  scenario('ext4 on a disk', { engine, megabytesPerSecond: 8 }, async ({ pair, replication, source, target, acknowledgements }) => {
    const { steps, silent } = await replication.begin();
    const switched = Date.now();
    const first = await replication.status(target);
    expect(first).toMatchObject({ phase: 'switched', serving: true, suspended: false, peerConnected: true, errors: [] });
    // the application serves while most blocks are not here yet
    expect(first.bytesLeft).toBeGreaterThan(first.bytes / 4);
    expect(await source.run('systemctl is-active writer.service; grep -c " /srv/data " /proc/mounts; true')).toBe('inactive\n0\n');
    // a file that is not here yet is read from the source
    expect(await target.run('cd /srv/data && grep "f15$" SUMS | md5sum -c --quiet && echo right')).toBe('right\n');
    await replication.synchronised();
    const seconds = (Date.now() - switched) / 1000;
    measured(`${engine} happy path`, {
      'steps of the switch s': steps, 'silence of the application s': silent, 'synchronised after s': seconds, 'MB/s': first.bytesLeft / seconds / 1e6,
      'longest silence meanwhile s': acknowledgements.longestSilence(switched, Date.now()),
    });
    await replication.verified();
    await target.run('systemctl stop writer.service');
    expect(await rawDifferences(pair)).toEqual([]);
    await target.run('systemctl start writer.service');
    const { silentMillis } = await replication.finish();
    measured(`${engine} finalize`, { 'silence ms': silentMillis });
    const before = acknowledgements.newest();
    expect(await prove(pair, target)).toBeGreaterThan(before);
    // nothing is mounted, and no loop device or mapping is left; which of the two drives comes first differs from boot to boot
    expect(await source.run('grep -c " /srv/data " /proc/mounts; lsblk --noheadings --raw --output TYPE | sort; true')).toBe('0\ndisk\ndisk\npart\n');
  });

  scenario('every step may be repeated', { engine, megabytesPerSecond: undefined }, async ({ pair, replication, source, target }) => {
    const twice = async (machine: typeof source, name: Parameters<typeof replication.step>[1], given: Record<string, string> = {}) => {
      const answer = await replication.step(machine, name, given);
      expect(await replication.step(machine, name, given)).toEqual(answer);
      return answer;
    };
    const side = { Volumes: await replication.volumes(), ...replication.side(target) };
    await twice(target, 'prepare-target', side);
    await twice(source, 'prepare-source', { Mounts: '/srv/data', ...replication.side(source) });
    const { hotFiles } = await twice(source, 'switch-source');
    const { servingAt } = await replication.step(target, 'switch-target', { HotFiles: String(hotFiles) });
    expect(await replication.step(target, 'switch-target', { HotFiles: String(hotFiles) })).toMatchObject({ phase: 'switched', servingAt });
    expect(await replication.attempt(target, 'finalize')).toMatchObject({ status: 8, answer: { error: 'WrongState' } });
    expect(await replication.attempt(target, 'release-source')).toMatchObject({ status: 8, answer: { error: 'WrongState' } });
    await replication.synchronised();
    expect(await replication.attempt(target, 'finalize')).toMatchObject({ status: 8, answer: { error: 'WrongState' } });
    await replication.verified();
    await twice(target, 'finalize');
    await twice(source, 'release-source');
    await prove(pair, target);
  });
});
