import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { until } from '../lab/command';
import { prove } from '../harness/proof';
import { engines, scenario } from './scenario';

const sum = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

describe.each(engines)('%s: a target that is not meant', engine => {
  scenario('is refused, and stays as it is', {
    engine, spareDisks: [{ megabytes: 64, blockSize: 512 }, { megabytes: 160, blockSize: 4096 }, { megabytes: 160, blockSize: 512 }],
  }, async ({ pair, replication, target }) => {
    const [small, otherBlocks, foreign] = pair.spareDisks;
    const [meant] = target.disks;
    const volumes = await replication.volumes();
    const on = (device: string, given: Record<string, string> = {}) => replication.attempt(target, 'prepare-target', {
      ...replication.side(target), Volumes: volumes.replace(meant!.path, device), ...given,
    });
    const refused = (status: number, error: string) => ({ status, answer: { error } });

    expect(await on(small!.path)).toMatchObject(refused(12, 'TargetUnfit'));
    expect(await on(otherBlocks!.path)).toMatchObject(refused(12, 'TargetUnfit'));
    expect(await on('/dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_AWSNONE')).toMatchObject(refused(4, 'NotFound'));

    await target.run(`mkfs.ext4 -q ${foreign!.path}; mkdir -p /srv/theirs; mount ${foreign!.path} /srv/theirs; echo precious >/srv/theirs/file; sync`);
    expect(await on(foreign!.path)).toMatchObject(refused(11, 'TargetInUse'));
    expect(await target.run('cat /srv/theirs/file')).toBe('precious\n');
    await target.run('umount /srv/theirs; sync');
    let before = sum(foreign!.file);
    expect(await on(foreign!.path)).toMatchObject(refused(11, 'TargetInUse'));
    expect(sum(foreign!.file)).toBe(before);

    await target.run(`wipefs --all --quiet ${foreign!.path}; vgcreate --quiet theirs ${foreign!.path}; lvcreate --quiet --yes --size 32M --name files theirs; sync`);
    before = sum(foreign!.file);
    // consent is for a filesystem, not for what others have built on the disk
    for (const OverwriteTarget of ['no', 'yes']) expect(await on(foreign!.path, { OverwriteTarget })).toMatchObject(refused(11, 'TargetInUse'));
    expect(sum(foreign!.file)).toBe(before);

    const root = '/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol000000000000002';
    for (const OverwriteTarget of ['no', 'yes']) expect(await on(root, { OverwriteTarget })).toMatchObject(refused(11, 'TargetInUse'));

    expect(await target.run('ls /var/lib/instance-mobility 2>/dev/null; dmsetup ls | grep -c im-; losetup --list --noheadings; true')).toBe('0\n');
    // with consent a filesystem is erased
    await target.run(`mkfs.ext4 -q -F ${meant!.path}`);
    expect(await on(meant!.path)).toMatchObject(refused(11, 'TargetInUse'));
    expect(await on(meant!.path, { OverwriteTarget: 'yes' })).toMatchObject({ status: 0 });
    await replication.prepareSource();
    await replication.switchOver();
    await replication.finish();
    await prove(pair, target);
  });

  scenario('a source whose data someone holds serves on', { engine }, async ({ pair, replication, source, target, acknowledgements }) => {
    await replication.prepare();
    await source.run('cd /srv/data && (setsid sleep 1000 >/dev/null 2>&1 </dev/null &)');
    const began = Date.now();
    const { status, answer } = await replication.attempt(source, 'switch-source');
    expect({ status, answer }).toMatchObject({ status: 5, answer: { error: 'Busy', holders: [{ command: expect.stringContaining('sleep') }] } });
    await until('the application on the source', 30, () => acknowledgements.firstAfter(began + 1000, source.name));
    expect(await replication.step(source, 'fall-back')).toMatchObject({ phase: 'preparing', serving: true });
    // what was sent before, and arrives only now, stops nothing any more
    expect(await replication.attempt(source, 'switch-source')).toMatchObject({ status: 8, answer: { error: 'WrongState' } });
    await replication.step(target, 'release-source');
    await replication.step(source, 'release-source');
    await prove(pair, source);
    expect(await source.run('dmsetup ls; losetup --list --noheadings; cat /etc/fstab; systemctl is-enabled writer.service; ls /etc/systemd/system/writer.service.d'))
      .toBe(`No devices found\n${pair.devices[0]} /srv/data ext4 defaults,nofail 0 2\nenabled\nmounts.conf\n`);
  });

  scenario('another session does not get what one holds', { engine }, async ({ pair, replication, source }) => {
    const volumes = await replication.volumes();
    await replication.begin();
    const second = await replication.attempt(source, 'prepare-source', { ...replication.side(source), Mounts: '/srv/data', Session: 'abcdefabcdef' });
    expect([3, 4]).toContain(second.status);
    const third = await replication.attempt(pair.target, 'prepare-target', { ...replication.side(pair.target), Volumes: volumes, Session: 'abcdefabcdef' });
    expect(third).toMatchObject({ status: 3, answer: { error: 'HeldByAnother' } });
    await replication.finish();
    await prove(pair, pair.target);
  });
});
