import type { Answer } from './answer';
import type { Engine } from './engines';

/** How the block device under a mount is made of disks. */
export type Layout = 'disk' | 'lvm' | 'raid0';

/** Software that replication needs, and what is missing of it: packages or kernel modules. */
export interface Software {
  readonly available: boolean;
  readonly installable: boolean;
  readonly version: string | null;
  readonly missing: readonly string[];
}

export interface Disk {
  /** Its path below /dev/disk/by-id. */
  readonly id: string;
  readonly bytes: number;
  readonly blockSize: number;
  readonly model: string;
  readonly instanceStore: boolean;
  /** By what: a filesystem, a mount, a holder; null when it is blank. */
  readonly inUse: string | null;
}

export interface Mount {
  readonly mountPoint: string;
  readonly device: string;
  readonly bytes: number;
  readonly blockSize: number;
  readonly fstype: string;
  readonly options: string;
  /** `disk`, `lvm`, `raid0`, or something that can not be replicated. */
  readonly layout: string;
  /** The ids of the disks below it. */
  readonly disks: readonly string[];
  readonly onInstanceStore: boolean;
  readonly usedBytes: number;
  /** Whether it is mounted at boot (fstab). */
  readonly boot: boolean;
}

export interface Service {
  readonly name: string;
  /** systemd's: `loaded`, `not-found`, … */
  readonly loadState: string;
  readonly activeState: string;
  readonly enabled: boolean;
}

/** What an instance has that replication needs, as its document `inspect` tells. */
export interface HostFacts {
  readonly os: { readonly id: string; readonly version: string; readonly kernel: string; readonly arch: string };
  readonly engines: Readonly<Record<Engine, Software>>;
  readonly wireguard: Software;
  readonly packageManager: string | null;
  readonly disks: readonly Disk[];
  readonly mounts: readonly Mount[];
  readonly services: readonly Service[];
  /** Those that the kernel can mount. */
  readonly filesystems: readonly string[];
  /** ISO 8601, by the instance's own clock. */
  readonly clock: string;
  readonly sessions: readonly { readonly session: string; readonly phase: string; readonly role: string }[];
}

export function readHost(answer: Answer): HostFacts {
  const os = answer.part('os');
  const engines = answer.part('engines');
  return {
    os: { id: os.text('id'), version: os.text('version'), kernel: os.text('kernel'), arch: os.text('arch') },
    engines: { drbd: readSoftware(engines.part('drbd')), md: readSoftware(engines.part('md')) },
    wireguard: readSoftware(answer.part('wireguard')),
    packageManager: answer.optionalText('packageManager', /^(apt|dnf|yum)$/),
    disks: answer.parts('disks').map(disk => ({
      id: disk.text('id', /^\/dev\//), bytes: disk.number('bytes'), blockSize: disk.number('blockSize'), model: disk.text('model'),
      instanceStore: disk.flag('instanceStore'), inUse: disk.optionalText('inUse'),
    })),
    mounts: answer.parts('mounts').map(readMount),
    services: answer.parts('services').map(service => ({
      name: service.text('name'), loadState: service.text('loadState', /^[a-z-]*$/), activeState: service.text('activeState', /^[a-z-]*$/),
      enabled: service.flag('enabled'),
    })),
    filesystems: answer.texts('filesystems', /^[a-z0-9_]{1,16}$/),
    clock: answer.time('clock'),
    sessions: answer.parts('sessions').map(session => ({
      session: session.text('session', /^[0-9a-f]{12}$/), phase: session.text('phase', /^[a-z-]{0,32}$/), role: session.text('role', /^(source|target)?$/),
    })),
  };
}

function readSoftware(software: Answer): Software {
  return {
    available: software.flag('available'), installable: software.flag('installable'), version: software.optionalText('version'),
    missing: software.texts('missing'),
  };
}

function readMount(mount: Answer): Mount {
  return {
    mountPoint: mount.text('mountPoint', /^\/[^\p{Cc}]*$/u), device: mount.text('device', /^\/dev\//), bytes: mount.number('bytes'),
    blockSize: mount.number('blockSize'), fstype: mount.text('fstype', /^[a-z0-9_.]{1,32}$/), options: mount.text('options', undefined, 1024),
    layout: mount.text('layout', /^[a-z0-9-]{1,32}$/), disks: mount.texts('disks', /^\/dev\//), onInstanceStore: mount.flag('onInstanceStore'),
    usedBytes: mount.number('usedBytes'), boot: mount.flag('boot'),
  };
}
