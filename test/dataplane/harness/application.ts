import type { Instances } from './instances';
import { until } from '../lab/command';
import type { Volume } from '../lab/disk';
import type { Machine } from '../lab/machine';

/** A filesystem of the application. */
export interface Filesystem {
  readonly mount: string;
  readonly kind: 'ext4' | 'xfs';
  readonly volume: Volume;
}

/** A filesystem of each kind, on a volume of its own. */
export async function filesystems(instances: Instances): Promise<readonly [Filesystem, Filesystem]> {
  return [
    { mount: '/srv/data', kind: 'ext4', volume: await instances.volume() },
    { mount: '/srv/logs', kind: 'xfs', volume: await instances.volume() },
  ];
}

/** The lines of fstab as a user writes them, by the filesystems' ids: a clone has the same, for its root is a copy. */
export async function fstabOf(machine: Machine, own: readonly Filesystem[]): Promise<string> {
  const lines = await Promise.all(own.map(async ({ mount, kind, volume }) =>
    `UUID=${(await machine.run(`blkid --probe --output value --match-tag UUID ${volume.path}`)).trim()} ${mount} ${kind} defaults,nofail 0 2`));
  return `${lines.join('\n')}\n`;
}

/** Of an ext4 everything at once: the kernel would write on in the background. mkfs.xfs refuses less than 300 MB unless told that this is a test. */
const make = {
  ext4: 'mkfs.ext4 -q -m 0 -E lazy_itable_init=0,lazy_journal_init=0',
  xfs: 'TEST_DIR=x TEST_DEV=x QA_CHECK_FS=x mkfs.xfs -q',
};

/** Makes the filesystems, with files whose sums are known, mounts them by fstab, and lets the application write to them. */
export async function furnish(machine: Machine, instances: Instances, own: readonly Filesystem[]): Promise<void> {
  const mounts = own.map(({ mount }) => mount);
  await machine.run(`set -eu; udevadm settle
    ${own.map(({ kind, volume: { path } }) => `${make[kind]} ${path}`).join('\n')}
    udevadm settle`);
  await machine.run(`set -eu; cat >>/etc/fstab <<'END'\n${await fstabOf(machine, own)}END
    systemctl daemon-reload
    for mount in ${mounts.join(' ')}; do
      mkdir -p $mount; mount $mount; cd $mount
      for ((i = 0; i < 8; i++)); do head -c 1000000 /dev/urandom >f$i; done
      md5sum f* >SUMS; head -c 4194304 /dev/zero >pages; : >journal; cd /
      # not only into the journal but to where they belong: who mounts without the journal sees them
      fsfreeze --freeze $mount; fsfreeze --unfreeze $mount
    done
    echo DIRECTORIES='"${mounts.join(' ')}"' >/etc/default/writer
    sync --file-system /etc
    systemctl start writer.service`);
  await wroteMore(instances);
}

/** Waits until the application was told of so many further records. */
export async function wroteMore(instances: Instances, count = 20): Promise<void> {
  const before = instances.acknowledgements.newest();
  await until('records', 120, () => instances.acknowledgements.newest() >= before + count);
}
