import { copyFileSync, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianMirror, reachMirror } from './host';
import { kernelPackage, packages, suite } from './recipe';
import { run } from './run';

/** Makes the tree of files of a machine, kernel and modules within, unless it is there. */
export function makeTree(tree: string): void {
  if (existsSync(tree)) return;
  const unfinished = `${tree}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  const mirror = debianMirror();
  reachMirror(mirror, suite);
  console.log(`debootstrap of Debian ${suite} from ${mirror}`);
  run('debootstrap', '--variant=minbase', `--include=${packages.join(',')}`, suite, unfinished, mirror);
  console.log(`fetching ${kernelPackage}`);
  addKernel(unfinished);
  for (const folder of ['var/cache/apt/archives', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/man', 'usr/share/locale']) {
    rmSync(join(unfinished, folder), { recursive: true, force: true });
  }
  renameSync(unfinished, tree);
}

/** The kernel is unpacked, not installed: its installation would make an initial RAM disk, which nothing here reads. */
function addKernel(tree: string): void {
  const inTree = (script: string) => run('chroot', tree, 'sh', '-ec', script);
  copyFileSync('/etc/resolv.conf', join(tree, 'etc/resolv.conf'));
  inTree('apt-get update --quiet');
  const name = /Depends: (linux-image-\S+)/.exec(inTree(`apt-cache depends ${kernelPackage}`))?.[1];
  if (!name) throw new Error(`${kernelPackage} names no kernel`);
  inTree(`cd /var/tmp && apt-get download --quiet ${name} && dpkg-deb --extract ${name}_*.deb /var/tmp/kernel && rm ${name}_*.deb`);
  const unpacked = join(tree, 'var/tmp/kernel');
  const version = readdirSync(join(unpacked, 'lib/modules'))[0]!;
  run('cp', '--archive', join(unpacked, 'lib/modules'), join(tree, 'usr/lib/'));
  copyFileSync(join(unpacked, 'boot', `vmlinuz-${version}`), join(tree, 'boot/vmlinuz'));
  rmSync(unpacked, { recursive: true });
  inTree(`depmod ${version}`);
  writeFileSync(join(tree, 'etc/resolv.conf'), '');
}
