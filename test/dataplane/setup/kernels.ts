import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { debianMirror } from './host';
import { cache, tree } from './places';
import { suite } from './recipe';
import { has, run } from './run';

/** What boots a machine of the lab with one of Debian's general kernels. */
export interface Boot {
  readonly kernel: string;
  /** Loads what the root disk needs, and puts the kernel's modules and further tools onto it. */
  readonly ramDisk: string;
}

/** A kernel with what the lab's own lacks, and what is put onto the root disk with it. */
interface Recipe {
  readonly name: string;
  /** Whose general kernel; the machines' own suite unless told. */
  readonly suite?: string;
  /** Of the machines' own suite, with the libraries that a machine does not have yet. */
  readonly packages: readonly string[];
  /** Those that the machine needs besides the root disk's and its channels'. */
  readonly modules: readonly string[];
}

const kernelPackage = 'linux-image-amd64';

/** Filesystems of clusters, which the kernel for clouds does not have. */
const CLUSTER: Recipe = {
  name: 'cluster',
  packages: [
    'ocfs2-tools', 'libaio1', 'libcmap4', 'libcorosync-common4', 'libcpg4', 'libdlm3', 'libdlmcontrol3', 'libglib2.0-0', 'libpcre2-8-0', 'libqb100', 'libreadline8',
    'gfs2-utils', 'libncurses6',
  ],
  modules: ['crc32c_generic', 'ocfs2', 'ocfs2_stack_o2cb', 'ocfs2_dlmfs', 'gfs2'],
};

/** Drives that know reservations, served by a kernel: Linux does that since 6.13 (nvmet, resv_enable). */
const RESERVATIONS: Recipe = {
  name: 'reservations',
  suite: 'trixie-backports',
  packages: ['nvme-cli', 'libnvme1', 'libjson-c5', 'libssl3', 'libuuid1'],
  modules: ['nvmet', 'nvmet_tcp', 'nvme_tcp'],
};

/** Those by which a machine finds its root disk and its channels. */
const modules = ['nvme', 'ext4', 'virtio_pci', 'virtio_console', 'virtio_net', 'virtio_rng', 'autofs4', 'configfs'];

/** The root disk is the only one with partitions. */
const init = `#!/bin/busybox sh
busybox mount -t devtmpfs dev /dev
busybox mount -t proc proc /proc
busybox mount -t sysfs sys /sys
for module in crc32c_generic nvme ext4; do busybox modprobe $module; done
while true; do
  for disk in /dev/nvme*n1p1; do [ -b $disk ] && break 2; done
  busybox sleep 0.1
done
busybox mount -t ext4 $disk /root
[ -e /root/usr/lib/modules/$(busybox uname -r) ] || busybox cp -a /payload/. /root/
busybox umount /sys /proc
exec busybox switch_root /root /sbin/init
`;

/** Where kernel and RAM disk are kept. */
function folderOf({ name }: Recipe): string {
  return join(cache, `kernel-${name}-${createHash('sha256').update(readFileSync(__filename)).update(suite).digest('hex').slice(0, 16)}`);
}

/** All that are kept. */
export function kernelFolders(): string[] {
  return [CLUSTER, RESERVATIONS].map(folderOf);
}

/** A kernel with filesystems of clusters, and their tools. */
export function clusterBoot(): Boot {
  return bootOf(CLUSTER);
}

/** A kernel that serves drives with reservations, and the tools to use them. */
export function reservationsBoot(): Boot {
  return bootOf(RESERVATIONS);
}

/** Makes it first where it is not there; whoever sets up the lab meanwhile, or makes another, uses the same tree, and is waited for. */
function bootOf(recipe: Recipe): Boot {
  const folder = folderOf(recipe);
  if (!existsSync(folder)) run('flock', join(cache, 'setup.lock'), 'npx', 'tsx', join(__dirname, 'kernel.ts'), recipe.name);
  return { kernel: join(folder, 'vmlinuz'), ramDisk: join(folder, 'initrd') };
}

/** Makes the one of that name, unless it is there by now. */
export function makeKernel(name: string): void {
  const recipe = [CLUSTER, RESERVATIONS].find(each => each.name === name);
  if (!recipe) throw new Error(`the lab has no kernel ${name}`);
  const folder = folderOf(recipe);
  if (existsSync(folder)) return;
  console.log(`making kernel and RAM disk: ${recipe.name}`);
  for (const command of ['cpio', 'depmod']) if (!has(command)) run('apt-get', 'install', '--yes', '--quiet', '--no-install-recommends', 'cpio', 'kmod');
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  const [root, payload] = [join(unfinished, 'ram'), join(unfinished, 'ram', 'payload')];
  for (const each of ['dev', 'proc', 'sys', 'root', 'bin']) mkdirSync(join(root, each), { recursive: true });
  mkdirSync(payload);
  const downloaded = download(unfinished, recipe);
  for (const file of downloaded.filter(each => !each.startsWith('linux-'))) run('dpkg-deb', '--extract', join(unfinished, file), payload);
  const unpacked = join(unfinished, 'kernel');
  for (const file of downloaded.filter(each => each.startsWith('linux-'))) run('dpkg-deb', '--extract', join(unfinished, file), unpacked);
  // newer packages have no /lib, and the kernel beside its modules
  if (!existsSync(join(unpacked, 'lib'))) symlinkSync('usr/lib', join(unpacked, 'lib'));
  const version = readdirSync(join(unpacked, 'lib/modules'))[0]!;
  const beside = join(unpacked, 'lib/modules', version, 'vmlinuz');
  copyFileSync(existsSync(beside) ? beside : join(unpacked, 'boot', `vmlinuz-${version}`), join(unfinished, 'vmlinuz'));
  renameSync(join(payload, 'bin/busybox'), join(root, 'bin/busybox'));
  merge(payload);
  copyModules(unpacked, version, [...modules, ...recipe.modules], [join(payload, 'usr/lib/modules', version), join(root, 'lib/modules', version)]);
  for (const base of [join(payload, 'usr'), root]) run('depmod', '--basedir', base, version);
  writeFileSync(join(root, 'init'), init);
  chmodSync(join(root, 'init'), 0o755);
  run('sh', '-ec', `cd ${root} && find . | cpio --quiet --create --format=newc | gzip -1 >${join(unfinished, 'initrd')}`);
  for (const each of readdirSync(unfinished)) if (each !== 'vmlinuz' && each !== 'initrd') rmSync(join(unfinished, each), { recursive: true });
  renameSync(unfinished, folder);
}

/** The packages' files, from where the machines are. */
function download(folder: string, { suite: other, packages }: Recipe): string[] {
  const place = join(tree(), 'var/tmp/kernel');
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  copyFileSync('/etc/resolv.conf', join(tree(), 'etc/resolv.conf'));
  const inTree = (script: string) => run('chroot', tree(), 'sh', '-ec', script);
  const list = join(tree(), 'etc/apt/sources.list.d/kernel.list');
  if (other !== undefined) writeFileSync(list, `deb ${debianMirror()} ${other} main\n`);
  inTree('apt-get update --quiet');
  const target = other === undefined ? '' : `--target-release ${other}`;
  const kernel = /Depends: (linux-image-\S+)/.exec(inTree(`apt-cache depends ${target} ${kernelPackage}`))?.[1];
  if (!kernel) throw new Error(`${kernelPackage} names no kernel`);
  // newer ones are in parts
  const parts = [...inTree(`apt-cache depends ${kernel}`).matchAll(/Depends: (linux-(?:binary|modules)-\S+)/g)].map(([, part]) => part!);
  inTree(`cd /var/tmp/kernel && apt-get download --quiet ${[kernel, ...parts, 'busybox-static', ...packages].join(' ')} && rm --recursive /var/lib/apt/lists/*`);
  rmSync(list, { force: true });
  writeFileSync(join(tree(), 'etc/resolv.conf'), '');
  const files = readdirSync(place);
  for (const file of files) renameSync(join(place, file), join(folder, file));
  rmSync(place, { recursive: true });
  return files;
}

/** Whatever a package has in /bin, /sbin and /lib is in /usr on the root disk. */
function merge(payload: string): void {
  for (const name of ['bin', 'sbin', 'lib']) {
    if (!existsSync(join(payload, name))) continue;
    mkdirSync(join(payload, 'usr', name), { recursive: true });
    run('cp', '--archive', `${join(payload, name)}/.`, join(payload, 'usr', name));
    rmSync(join(payload, name), { recursive: true });
  }
  for (const name of ['usr/share', 'etc/init.d']) rmSync(join(payload, name), { recursive: true, force: true });
}

/** What is to be loaded for a module, itself included; none for what the kernel has built in, of which newer packages keep no list. */
function dependencies(unpacked: string, version: string, name: string): string[] {
  try {
    return run('modprobe', '--dirname', unpacked, '--set-version', version, '--show-depends', name).split('\n');
  } catch (error) {
    if (!/Module \S+ not found/.test((error as Error).message)) throw error;
    return [];
  }
}

/** Those modules and whatever they need. */
function copyModules(unpacked: string, version: string, names: readonly string[], places: readonly string[]): void {
  run('depmod', '--basedir', unpacked, version);
  const from = join(unpacked, 'lib/modules', version);
  const files = new Set(names.flatMap(name => dependencies(unpacked, version, name))
    .flatMap(line => /^insmod (\S+)/.exec(line)?.[1] ?? []));
  for (const place of places) {
    for (const file of [...files, ...readdirSync(from).filter(each => /^modules\.(builtin|order)/.test(each)).map(each => join(from, each))]) {
      const to = join(place, file.slice(from.length + 1));
      mkdirSync(dirname(to), { recursive: true });
      copyFileSync(file, to);
    }
  }
}
