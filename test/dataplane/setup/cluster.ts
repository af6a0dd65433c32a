import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cache, tree } from './places';
import { suite } from './recipe';
import { has, run } from './run';

/** What boots a machine of the lab with Debian's general kernel: the one for clouds has no filesystem of a cluster. */
export interface Boot {
  readonly kernel: string;
  /** Loads what the root disk needs, and puts the kernel's modules and the tools of clusters onto it. */
  readonly ramDisk: string;
}

const kernelPackage = 'linux-image-amd64';
/** With the libraries that a machine does not have yet. */
const packages = [
  'ocfs2-tools', 'libaio1', 'libcmap4', 'libcorosync-common4', 'libcpg4', 'libdlm3', 'libdlmcontrol3', 'libglib2.0-0', 'libpcre2-8-0', 'libqb100', 'libreadline8',
  'gfs2-utils', 'libncurses6', 'busybox-static',
];
/** Those by which a machine finds its root disk and its channels, and the filesystems. */
const modules = [
  'nvme', 'ext4', 'crc32c_generic', 'virtio_pci', 'virtio_console', 'virtio_net', 'virtio_rng', 'autofs4', 'configfs', 'ocfs2', 'ocfs2_stack_o2cb', 'ocfs2_dlmfs', 'gfs2',
];

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

/** Where both are kept. */
export function clusterFolder(): string {
  return join(cache, `cluster-${createHash('sha256').update(readFileSync(__filename)).update(suite).digest('hex').slice(0, 16)}`);
}

/** Makes them, unless they are there. */
export function clusterBoot(): Boot {
  const folder = clusterFolder();
  const boot = { kernel: join(folder, 'vmlinuz'), ramDisk: join(folder, 'initrd') };
  if (existsSync(folder)) return boot;
  console.log('making kernel and RAM disk with filesystems of clusters');
  for (const command of ['cpio', 'depmod']) if (!has(command)) run('apt-get', 'install', '--yes', '--quiet', '--no-install-recommends', 'cpio', 'kmod');
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  const [root, payload] = [join(unfinished, 'ram'), join(unfinished, 'ram', 'payload')];
  for (const each of ['dev', 'proc', 'sys', 'root', 'bin']) mkdirSync(join(root, each), { recursive: true });
  mkdirSync(payload);
  const downloaded = download(unfinished);
  for (const file of downloaded.filter(each => !each.startsWith('linux-image'))) run('dpkg-deb', '--extract', join(unfinished, file), payload);
  const unpacked = join(unfinished, 'kernel');
  run('dpkg-deb', '--extract', join(unfinished, downloaded.find(each => each.startsWith('linux-image'))!), unpacked);
  const version = readdirSync(join(unpacked, 'lib/modules'))[0]!;
  copyFileSync(join(unpacked, 'boot', `vmlinuz-${version}`), join(unfinished, 'vmlinuz'));
  renameSync(join(payload, 'bin/busybox'), join(root, 'bin/busybox'));
  merge(payload);
  copyModules(unpacked, version, [join(payload, 'usr/lib/modules', version), join(root, 'lib/modules', version)]);
  for (const base of [join(payload, 'usr'), root]) run('depmod', '--basedir', base, version);
  writeFileSync(join(root, 'init'), init);
  chmodSync(join(root, 'init'), 0o755);
  run('sh', '-ec', `cd ${root} && find . | cpio --quiet --create --format=newc | gzip -1 >${join(unfinished, 'initrd')}`);
  for (const each of readdirSync(unfinished)) if (each !== 'vmlinuz' && each !== 'initrd') rmSync(join(unfinished, each), { recursive: true });
  renameSync(unfinished, folder);
  return boot;
}

/** The packages' files, from where the machines are. */
function download(folder: string): string[] {
  const place = join(tree(), 'var/tmp/cluster');
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  copyFileSync('/etc/resolv.conf', join(tree(), 'etc/resolv.conf'));
  const inTree = (script: string) => run('chroot', tree(), 'sh', '-ec', script);
  inTree('apt-get update --quiet');
  const kernel = /Depends: (linux-image-\S+)/.exec(inTree(`apt-cache depends ${kernelPackage}`))?.[1];
  if (!kernel) throw new Error(`${kernelPackage} names no kernel`);
  inTree(`cd /var/tmp/cluster && apt-get download --quiet ${kernel} ${packages.join(' ')} && rm --recursive /var/lib/apt/lists/*`);
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

/** Those modules and whatever they need. */
function copyModules(unpacked: string, version: string, places: readonly string[]): void {
  run('depmod', '--basedir', unpacked, version);
  const from = join(unpacked, 'lib/modules', version);
  const files = new Set(modules.flatMap(name => run('modprobe', '--dirname', unpacked, '--set-version', version, '--show-depends', name).split('\n'))
    .flatMap(line => /^insmod (\S+)/.exec(line)?.[1] ?? []));
  for (const place of places) {
    for (const file of [...files, ...readdirSync(from).filter(each => /^modules\.(builtin|order)/.test(each)).map(each => join(from, each))]) {
      const to = join(place, file.slice(from.length + 1));
      mkdirSync(dirname(to), { recursive: true });
      copyFileSync(file, to);
    }
  }
}
