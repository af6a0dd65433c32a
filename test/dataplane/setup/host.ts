import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statfsSync } from 'node:fs';
import { has, run } from './run';

/** The commands that the lab runs, and the Debian or Ubuntu package of each. */
const needed: Record<string, string> = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-img': 'qemu-utils',
  'debootstrap': 'debootstrap',
  'mke2fs': 'e2fsprogs',
  'dpkg-deb': 'dpkg',
  'ip': 'iproute2',
  'tc': 'iproute2',
  'setpriv': 'util-linux',
  'wget': 'wget',
  'cp': 'coreutils',
};

const LEAST_MEGABYTES = 1600;
/** The tree of files and the image of it, and what a pair of machines writes. */
const LEAST_DISK_MEGABYTES = 3000;

/** This computer can not run the lab; that says nothing of the lab. */
export class UnfitHost extends Error {}

/** Sees to it that this computer can run the lab, with what it keeps in that folder: installs what is missing, or says what is. */
export function prepareHost(folder: string): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new UnfitHost('The lab runs on Linux on x86-64 only: its machines are of that kind.');
  if (process.getuid?.() !== 0) throw new UnfitHost('The lab needs root: for debootstrap (chroot), network namespaces, tap devices and tc. Run it with sudo.');
  if (!existsSync('/dev/net/tun')) throw new UnfitHost('The lab needs /dev/net/tun for its tap devices: modprobe tun, or start the container with --device /dev/net/tun.');
  const megabytes = Math.floor(Number(/^MemAvailable: *(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0) / 1024);
  if (megabytes < LEAST_MEGABYTES) throw new UnfitHost(`The lab needs ${LEAST_MEGABYTES} MiB of free memory for two machines and their disks; there are ${megabytes}.`);
  const { bavail, bsize } = statfsSync(folder);
  const room = Math.floor(bavail * bsize / 2 ** 20);
  if (room < LEAST_DISK_MEGABYTES) throw new UnfitHost(`The lab needs ${LEAST_DISK_MEGABYTES} MiB of room in ${folder}; there are ${room}.`);
  installMissing();
  probeNetwork();
}

function installMissing(): void {
  const missing = [...new Set(Object.entries(needed).filter(([command]) => !has(command)).map(([, name]) => name))];
  if (missing.length === 0) return;
  if (!has('apt-get')) throw new UnfitHost(`The lab needs these packages (names as in Debian), and there is no apt-get to install them: ${missing.join(' ')}`);
  console.log(`installing ${missing.join(' ')}`);
  try {
    run('apt-get', 'update', '--quiet');
    run('apt-get', 'install', '--yes', '--quiet', '--no-install-recommends', ...missing);
  } catch (error) {
    throw new UnfitHost(`${(error as Error).message}\nThe lab needs these packages, and they can not be installed here: ${missing.join(' ')}`);
  }
}

/** Makes and removes what the machines are connected by: root of a container may have the device and still not be let. */
function probeNetwork(): void {
  const name = `dataplane-probe-${process.pid}`;
  const inside = (...words: string[]) => run('ip', 'netns', 'exec', name, ...words);
  try {
    run('ip', 'netns', 'add', name);
    inside('ip', 'link', 'add', 'switch', 'type', 'bridge');
    inside('ip', 'tuntap', 'add', 'tap-probe', 'mode', 'tap');
    inside('tc', 'qdisc', 'add', 'dev', 'tap-probe', 'root', 'tbf', 'rate', '8000kbit', 'burst', '256kb', 'latency', '50ms');
  } catch (error) {
    throw new UnfitHost(`${(error as Error).message}\nThe lab needs network namespaces, bridges, tap devices and tc, and one of these is not allowed or not there.`);
  } finally {
    spawnSync('ip', ['netns', 'delete', name]);
  }
}

/** Fails where the mirror of Debian does not answer. */
export function reachMirror(mirror: string, suite: string): void {
  const release = `${mirror}/dists/${suite}/Release`;
  try {
    run('wget', '--quiet', '--tries=3', '--timeout=20', '--output-document=/dev/null', release);
  } catch {
    throw new UnfitHost(`The lab is made of Debian's packages, and ${release} can not be fetched.`);
  }
}

/** The mirror of Debian that apt uses here; on Ubuntu and elsewhere the public one. */
export function debianMirror(): string {
  const folder = '/etc/apt/sources.list.d';
  const files = ['/etc/apt/sources.list', ...existsSync(folder) ? readdirSync(folder).map(name => `${folder}/${name}`) : []].filter(file => existsSync(file));
  const lines = files.flatMap(file => readFileSync(file, 'utf8').split('\n')).filter(line => !line.startsWith('#'));
  const addresses = lines.flatMap(line => line.match(/https?:\/\/[^\s\]]+/g) ?? []).map(address => address.replace(/\/$/, ''));
  // the archive itself: not debian-security, and not another vendor's packages for Debian
  return addresses.find(address => /\/debian$/.test(address)) ?? 'http://deb.debian.org/debian';
}
