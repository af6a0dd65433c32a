import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the machines of the lab are made of. A changed recipe makes a new image. */
export const suite = 'bookworm';

/** The kernel that Debian's own EC2 images run: NVMe and ext4 are built in, so that it needs no initial RAM disk. */
export const kernelPackage = 'linux-image-cloud-amd64';

export const packages = [
  'systemd', 'systemd-sysv', 'udev', 'dbus', 'kmod', 'procps', 'psmisc', 'util-linux', 'util-linux-extra', 'mount', 'python3-minimal',
  'iproute2', 'iputils-ping', 'wireguard-tools',
  'e2fsprogs', 'xfsprogs', 'dmsetup', 'lvm2', 'mdadm', 'drbd-utils', 'nbd-client', 'nbd-server',
  // what an instance is known by; debootstrap does not see by itself what provides a virtual package
  'curl', 'openssh-server', 'cloud-init', 'python3-cffi-backend',
  // what the benchmark compares with
  'rsync',
];

/** Does nothing for a machine that lives for a minute, or waits for what it does not have; each costs seconds of an emulated boot. */
export const maskedUnits = [
  'apt-daily.timer', 'apt-daily-upgrade.timer', 'dpkg-db-backup.timer', 'e2scrub_all.timer', 'fstrim.timer', 'systemd-tmpfiles-clean.timer',
  'mdcheck_start.timer', 'mdcheck_continue.timer', 'mdmonitor-oneshot.timer', 'e2scrub_reap.service',
  'getty.target', 'getty-static.service', 'serial-getty@ttyS0.service', 'systemd-logind.service', 'systemd-user-sessions.service',
  'systemd-networkd.service', 'systemd-networkd.socket', 'systemd-resolved.service', 'systemd-timesyncd.service', 'nbd-client.service', 'nbd-server.service',
  'systemd-update-utmp.service', 'systemd-update-utmp-runlevel.service', 'systemd-journal-flush.service', 'systemd-random-seed.service',
  'systemd-hwdb-update.service', 'systemd-sysusers.service', 'systemd-firstboot.service', 'systemd-machine-id-commit.service', 'ldconfig.service',
  'systemd-journal-catalog-update.service', 'systemd-update-done.service', 'systemd-binfmt.service', 'proc-sys-fs-binfmt_misc.automount',
  'systemd-pstore.service', 'lvm2-monitor.service', 'lvm2-lvmpolld.socket', 'dm-event.socket', 'kmod-static-nodes.service',
  'systemd-pcrphase.service', 'systemd-pcrphase-sysinit.service', 'systemd-boot-system-token.service',
  'ssh.service', 'ssh.socket',
  'dev-hugepages.mount', 'sys-kernel-debug.mount', 'sys-kernel-tracing.mount', 'sys-fs-fuse-connections.mount', 'modprobe@fuse.service',
];

const guestFolder = join(__dirname, '..', 'guest');

/** The lab's own files in the machines, and where each lies there. */
export const guestFiles: Record<string, { readonly path: string; readonly mode: number }> = {
  'agent.py': { path: '/usr/local/lib/lab/agent.py', mode: 0o755 },
  'writer.py': { path: '/usr/local/lib/lab/writer.py', mode: 0o755 },
  'network.sh': { path: '/usr/local/lib/lab/network.sh', mode: 0o755 },
  'lab-agent.service': { path: '/etc/systemd/system/lab-agent.service', mode: 0o644 },
  'lab-network.service': { path: '/etc/systemd/system/lab-network.service', mode: 0o644 },
  'writer.service': { path: '/etc/systemd/system/writer.service', mode: 0o644 },
  'ec2-disks.rules': { path: '/etc/udev/rules.d/61-lab-ec2-disks.rules', mode: 0o644 },
  'journald.conf': { path: '/etc/systemd/journald.conf.d/lab.conf', mode: 0o644 },
  'udev-trigger.conf': { path: '/etc/systemd/system/systemd-udev-trigger.service.d/lab.conf', mode: 0o644 },
  'modprobe.conf': { path: '/etc/modprobe.d/lab.conf', mode: 0o644 },
  'modules.conf': { path: '/etc/modules-load.d/lab.conf', mode: 0o644 },
};

/** Started at every boot. */
export const enabledUnits = ['lab-agent.service', 'lab-network.service'];

export function guestFile(name: string): Buffer {
  return readFileSync(join(guestFolder, name));
}

const short = (...parts: (string | Buffer)[]) => parts.reduce((hash, part) => hash.update(part).update('\0'), createHash('sha256')).digest('hex').slice(0, 16);

/** Names the tree of files that debootstrap makes. */
export function treeKey(): string {
  return short('tree 1', suite, kernelPackage, ...packages, readFileSync(join(__dirname, 'tree.ts')));
}

/** Names the image that is made of the tree and the lab's own files. */
export function imageKey(): string {
  const own = readdirSync(guestFolder).sort().flatMap(name => [name, guestFile(name)]);
  return short(treeKey(), ...maskedUnits, JSON.stringify(guestFiles), ...enabledUnits, readFileSync(join(__dirname, 'image.ts')), ...own);
}
