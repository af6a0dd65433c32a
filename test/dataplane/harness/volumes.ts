import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cache } from '../setup/places';
import { Acknowledgements } from '../lab/acknowledgements';
import { Disk, MiB } from '../lab/disk';
import { newRun, removeRun } from '../lab/folder';
import { Machine } from '../lab/machine';
import { Network } from '../lab/network';
import { diskCount, type PairOptions, sourceDevice } from './options';

/** Makes the devices of the source's filesystems. */
function devicesScript({ layout, mounts }: PairOptions, paths: readonly string[]): string {
  switch (layout) {
    case 'disk': return '';
    case 'lvm': return [
      `vgcreate --quiet data ${paths.join(' ')}`,
      ...mounts.map((_, index) => `lvcreate --quiet --yes --extents ${Math.floor(100 / (mounts.length - index))}%FREE --name files${index} data`),
    ].join('\n');
    // of any host: the machine that makes it has another name than the source, which would take it for a stranger's, and name it otherwise
    case 'raid0': return mounts.map((_, index) =>
      `mdadm --create /dev/md/data${index} --run --level=0 --raid-devices=2 --metadata=1.2 --homehost=any --name=data${index} ${paths.slice(2 * index, 2 * index + 2).join(' ')}
      udevadm settle`).join('\n');
  }
}

/** Makes a filesystem and fills it: checksummed files, and the application's own two. */
function fillScript({ filesystem }: PairOptions, device: string, megabytes: number): string {
  // mkfs.xfs refuses what is smaller than 300 MB unless it is told that this is a test
  // few inodes: all that there are are written, and of a terabyte they are 16 gigabytes else
  const make = filesystem === 'ext4' ? 'mkfs.ext4 -q -m 0 -N 4096 -E lazy_itable_init=0,lazy_journal_init=0' : 'TEST_DIR=x TEST_DEV=x QA_CHECK_FS=x mkfs.xfs -q';
  const files = 16;
  return `${make} ${device}
    mount ${device} /mnt; cd /mnt
    for ((i = 0; i < ${files}; i++)); do head -c ${Math.floor(megabytes * MiB / files)} /dev/urandom >f$i; done
    md5sum f* >SUMS
    head -c ${4 * MiB} /dev/zero >pages; : >journal
    cd /; umount /mnt`;
}

/** Where the disks of a source of this kind are kept: they are made once, on a machine of the lab. */
export async function sourceDisks(options: PairOptions): Promise<string[]> {
  const kind = JSON.stringify([options.filesystem, options.layout, options.mounts.length, options.megabytes, options.filledMegabytes]);
  const key = createHash('sha256').update(kind).update(readFileSync(__filename)).digest('hex').slice(0, 16);
  const folder = join(cache, `volume-${key}`);
  if (!existsSync(folder)) await make(options, folder);
  return names(options).map(name => join(folder, name));
}

const names = (options: PairOptions) => Array.from({ length: diskCount(options) }, (_, index) => `${index}.raw`);

async function make(options: PairOptions, kept: string): Promise<void> {
  const run = await newRun();
  const { name, folder } = run;
  const network = await Network.create(name);
  const disks = names(options).map((_, index) => new Disk(`${folder}/${index}.raw`, options.megabytes * MiB, `AWS0000000000000AA${index}`));
  for (const disk of disks) await disk.erase();
  const maker = new Machine({ ...run, name: 'maker', address: '10.9.0.9', network, disks, acknowledgements: new Acknowledgements() });
  try {
    await maker.start();
    const devices = options.mounts.map((_, index) => sourceDevice(options, index, disks));
    const dataEach = (options.filledMegabytes ?? options.megabytes * disks.length / 2) / devices.length;
    await maker.run(['set -eu', 'udevadm settle', devicesScript(options, disks.map(disk => disk.path)),
      ...devices.map(device => fillScript(options, device, dataEach))].join('\n'));
    await maker.shutDown();
    const unfinished = `${kept}.${name}`;
    mkdirSync(unfinished);
    for (const [index, file] of names(options).entries()) await disks[index]!.keep(join(unfinished, file));
    // all at once: another process may have made its own meanwhile, whose halves do not go with these
    try {
      renameSync(unfinished, kept);
    } catch (error) {
      if (!existsSync(kept)) throw error;
      rmSync(unfinished, { recursive: true });
    }
  } finally {
    await maker.powerOff();
    await network.remove();
    removeRun(run);
  }
}
