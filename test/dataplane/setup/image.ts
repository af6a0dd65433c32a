import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, renameSync, rmSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { enabledUnits, guestFile, guestFiles, maskedUnits } from './recipe';
import { run } from './run';

const MiB = 1 << 20;
const megabytes = 1200;

/** The signature of the disk; the kernel finds its root by it, whatever name the drive gets: they differ from boot to boot. */
export const diskSignature = 0x1ab00001;

/** Makes the image of a machine's root disk from its tree of files, unless it is there: one partition, ext4. */
export function makeImage(image: string, tree: string): void {
  if (existsSync(image)) return;
  console.log('making the image of the root disk');
  furnish(tree);
  const unfinished = `${image}.unfinished`;
  rmSync(unfinished, { force: true });
  partition(unfinished);
  run('mke2fs', '-q', '-F', '-t', 'ext4', '-m', '0', '-E', `lazy_itable_init=1,offset=${MiB}`, '-d', tree, unfinished, `${(megabytes - 1) * 1024}`);
  renameSync(unfinished, image);
}

/** Puts the lab's own files into the tree, and masks what the machines do not need. */
function furnish(tree: string): void {
  for (const [name, { path, mode }] of Object.entries(guestFiles)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    rmSync(join(tree, path), { force: true });
    writeFileSync(join(tree, path), guestFile(name), { mode });
  }
  const units = join(tree, 'etc/systemd/system');
  const link = (target: string, path: string) => {
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { force: true });
    symlinkSync(target, path);
  };
  for (const unit of maskedUnits) link('/dev/null', join(units, unit));
  for (const unit of enabledUnits) link(`/etc/systemd/system/${unit}`, join(units, 'multi-user.target.wants', unit));
  link('/lib/systemd/system/multi-user.target', join(units, 'default.target'));
  // each machine gets its name and id from its kernel's command line
  writeFileSync(join(tree, 'etc/machine-id'), '');
  rmSync(join(tree, 'etc/hostname'), { force: true });
  writeFileSync(join(tree, 'etc/hosts'), '127.0.0.1 localhost\n');
  writeFileSync(join(tree, 'etc/fstab'), '');
  // it costs half a minute of a boot; a test that is about it takes this away
  writeFileSync(join(tree, 'etc/cloud/cloud-init.disabled'), '');
}

/** A sparse file with a partition table: one Linux partition from the first MiB to the end. */
function partition(file: string): void {
  const table = Buffer.alloc(512);
  table.writeUInt32LE(diskSignature, 440);
  table.set([0, 0, 0, 0, 0x83, 0, 0, 0], 446);
  table.writeUInt32LE(MiB / 512, 454);
  table.writeUInt32LE((megabytes - 1) * MiB / 512, 458);
  table.writeUInt16LE(0xaa55, 510);
  const handle = openSync(file, 'w');
  ftruncateSync(handle, megabytes * MiB);
  writeSync(handle, table, 0, 512, 0);
  closeSync(handle);
}
