import { readFileSync } from 'node:fs';
import { type Filesystem, filesystems, fstabOf, furnish, wroteMore } from '../harness/application';
import { document, runDocument } from '../harness/document';
import { Instances } from '../harness/instances';
import { prove } from '../harness/proof';
import { command, patience } from '../lab/command';
import type { Volume } from '../lab/disk';
import type { Machine } from '../lab/machine';

jest.setTimeout(600_000 * patience);

const sameBytes = (file: string, other: string) => readFileSync(file).equals(readFileSync(other));
/** One line for each mount of a filesystem of these kinds but the root: where, and whether it is read-only. */
const mounted = (machine: Machine) => machine.run(`findmnt --noheadings --raw --types ext4,xfs --output TARGET,OPTIONS | sort | while read -r target options; do
  [[ $target == / ]] || printf '%s %s\\n' "$target" "\${options%%,*}"; done`);

/** The documents that a clone shares the volumes of its original by: an ext4 and an xfs, which two machines have at the same time. */
describe('volumes that two machines share', () => {
  let instances: Instances;
  let original: Machine;
  let own: readonly [Filesystem, Filesystem];
  let fstab: string;
  const volumes = () => own.map(({ volume }) => volume);
  const Volumes = () => volumes().map(({ id }) => id).join(',');
  const proof = () => ({ options: { mounts: own.map(({ mount }) => mount) }, acknowledgements: instances.acknowledgements });

  beforeEach(async () => {
    instances = await Instances.begin();
    own = await filesystems(instances);
    original = await instances.launch('original', { volumes: volumes() });
    await furnish(original, instances, own);
    fstab = await fstabOf(original, own);
  });
  afterEach(() => instances?.end());

  /** A clone whose fstab is that of its original, as its root is a copy; it gets the volumes while it runs, after the fence. */
  async function share(): Promise<Machine> {
    const clone = await instances.launch('clone');
    await clone.run(`cat >>/etc/fstab <<'END'\n${fstab}END\nsystemctl daemon-reload; echo DIRECTORIES='"/srv/data /srv/logs"' >/etc/default/writer`);
    expect(await document(clone, 'fence', { Volumes: Volumes() })).toEqual({ fenced: volumes().map(({ id }) => id) });
    for (const volume of volumes()) await attach(clone, volume);
    return clone;
  }

  async function attach(machine: Machine, volume: Volume): Promise<void> {
    await machine.attach(volume);
    await machine.run(`for ((i = 0; i < 600; i++)); do [[ ! -b ${volume.path} ]] || break; sleep 0.1; done; udevadm settle; [[ -b ${volume.path} ]]`);
  }

  const shares = (places: readonly string[]) => ({
    shares: own.map(({ kind, volume }, index) => ({ volume: volume.id, device: expect.stringMatching(/^\/dev\/nvme\d+n1$/), filesystem: kind, mount: places[index], reason: null, reservation: null })),
  });

  test('an ext4 and an xfs with dirty journals stay byte for byte what they are', async () => {
    await original.powerOff();
    const before = await Promise.all(volumes().map(volume => instances.snapshot(volume)));
    const unchanged = () => volumes().forEach(({ file }, index) => expect(sameBytes(file, before[index]!)).toBe(true));
    expect(await command('dumpe2fs', '-h', before[0]!)).toContain('needs_recovery');

    const clone = await share();
    expect(await mounted(clone)).toBe('');
    for (const { path } of volumes()) {
      expect(await clone.run(`blockdev --getro ${path}`)).toBe('1\n');
      for (const attempt of ['mount -o rw $D /mnt', 'mount -o ro $D /mnt', 'wipefs --all --force $D', 'dd if=/dev/zero of=$D bs=4096 count=1 conv=fsync', 'fsck -p $D || fsck.xfs $D || false', 'mkfs.ext4 -F $D', 'mkfs.xfs -f $D']) {
        const { status } = await clone.attempt(attempt, { D: path });
        // a filesystem that is mounted all the same must not have been written to: that is looked at below
        if (status === 0) await clone.run('umount /mnt 2>/dev/null; true');
      }
    }
    unchanged();

    const answer = await document(clone, 'mount-read-only', { Volumes: Volumes() });
    expect(answer).toEqual(shares(['/srv/data', '/srv/logs']));
    expect(await document(clone, 'mount-read-only', { Volumes: Volumes() })).toEqual(answer);
    await clone.run('set -e; for mount in /srv/data /srv/logs; do cd $mount; md5sum -c --quiet SUMS; if touch new; then exit 1; fi; done');
    // whatever looks at the disks again: the filesystems stay where they are, and read-only
    await clone.run('udevadm trigger --action=change --subsystem-match=block; udevadm settle; systemctl daemon-reload; sleep 2; mount --all; sync');
    expect(await mounted(clone)).toBe('/srv/data ro\n/srv/logs ro\n');
    unchanged();

    await clone.reboot();
    await clone.settled();
    expect(await mounted(clone)).toBe('');
    for (const { path } of volumes()) expect(await clone.run(`blockdev --getro ${path}`)).toBe('1\n');
    await clone.run('mount --all; systemctl start local-fs.target');
    expect(await mounted(clone)).toBe('');
    expect(await document(clone, 'mount-read-only', { Volumes: Volumes() })).toEqual(shares(['/srv/data', '/srv/logs']));
    await clone.run('set -e; for mount in /srv/data /srv/logs; do cd $mount; md5sum -c --quiet SUMS; done');
    unchanged();

    // what the fence is for: without it a mount that says read-only changes both
    await clone.run(`umount /srv/data /srv/logs; for D in ${volumes().map(({ path }) => path).join(' ')}; do blockdev --setrw $D; mount -o ro $D /mnt; umount /mnt; done`);
    volumes().forEach(({ file }, index) => expect(sameBytes(file, before[index]!)).toBe(false));
    await clone.powerOff();
    await original.start();
    await original.settled();
    await original.run('mount --all');
    expect(await prove(proof(), original)).toBeGreaterThan(20);
  });

  test('the original writes on; then the clone gets volumes of its own, mounted where the shared ones were', async () => {
    const [data, logs] = own;
    const clone = await share();
    expect(await document(clone, 'mount-read-only', { Volumes: Volumes() })).toEqual(shares(['/srv/data', '/srv/logs']));
    await wroteMore(instances);
    await clone.run('set -e; for mount in /srv/data /srv/logs; do cd $mount; md5sum -c --quiet SUMS; done');

    const reading = clone.run('cd /srv/data; exec sleep 1000', {}, 15).catch(() => undefined);
    expect(await runDocument(clone, 'release-shared', { Volume: data.volume.id })).toMatchObject({ status: 6, answer: { error: 'Busy', mount: '/srv/data' } });
    expect(await mounted(clone)).toBe('/srv/data ro\n/srv/logs ro\n');
    await reading;

    const copies: Volume[] = [];
    let copied = 0;
    for (const { volume, mount, kind } of [data, logs]) {
      const released = await document(clone, 'release-shared', { Volume: volume.id });
      expect(released).toMatchObject({ volume: volume.id, mount });
      expect(await document(clone, 'release-shared', { Volume: volume.id })).toEqual(released);
      // the copy has one instant of the volume, which goes on being written to
      const snapshot = await original.still(async () => instances.snapshot(volume));
      copied = instances.acknowledgements.newest();
      await clone.detach(volume);
      const copy = await instances.copy(snapshot);
      copies.push(copy);
      await attach(clone, copy);
      const given = { Volume: copy.id, Shared: volume.id, Mount: mount };
      const answer = await document(clone, 'mount-own', given);
      expect(answer).toMatchObject({ volume: copy.id, filesystem: kind, mount, compared: 32 });
      // what the original wrote between the sample and the copy may differ
      expect(answer.equal).toBeGreaterThan(24);
      expect(await document(clone, 'mount-own', given)).toMatchObject({ volume: copy.id, filesystem: kind, mount });
      expect(await clone.run(`[[ ! -e /etc/udev/rules.d/99-instance-mobility-${volume.id}.rules ]] && blockdev --getro ${copy.path}`)).toBe('0\n');
    }
    expect(await mounted(clone)).toBe('/srv/data rw\n/srv/logs rw\n');
    expect(await clone.run('tail -n 2 /etc/fstab')).toBe(fstab);
    await clone.run('set -e; for mount in /srv/data /srv/logs; do cd $mount; md5sum -c --quiet SUMS; echo own >$mount/own; done; sync');
    const [, records, brokenRecords] = (await clone.run('python3 /usr/local/lib/lab/writer.py check /srv/logs')).split(' ').map(Number);
    expect(brokenRecords).toBe(0);
    expect(records).toBeGreaterThan(copied - 2);

    // they are mounted at boot, by the lines that are back
    await clone.reboot();
    await clone.settled();
    expect(await mounted(clone)).toBe('/srv/data rw\n/srv/logs rw\n');
    await clone.run('cat /srv/data/own /srv/logs/own');
    await clone.powerOff();
    await wroteMore(instances);
    await original.run('[[ ! -e /srv/data/own && ! -e /srv/logs/own ]]');
    expect(await prove(proof(), original)).toBeGreaterThan(copied);
    expect(copies).toHaveLength(2);
  });
});
