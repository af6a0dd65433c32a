import { createHash } from 'node:crypto';
import type { Ec2, VolumeRecord } from './state';

/** The kinds of host keys that `ssh-keygen -A` makes (its manual page). */
export const hostKeyKinds = ['rsa', 'ecdsa', 'ed25519'] as const;

/**
 * What a Linux keeps of itself on a volume, as far as it makes one system another than its copy: it travels with snapshots.
 * It lies beside the blocks, not in them, so that blocks can be compared although a clone has become somebody else.
 * Where cloud-init is, `/var/lib/cloud/instance` is a link: its text is where it leads.
 */
export function systemFiles(ec2: Ec2, volume: VolumeRecord): Map<string, string> {
  const model = ec2.get(ec2.volumeModels, volume.VolumeId);
  return model.files ??= installed(volume);
}

/** A system that was installed on this volume: digests instead of chance, so that looking changes nothing else. */
function installed({ VolumeId: volumeId, Attachments: [attachment] }: VolumeRecord): Map<string, string> {
  const instanceId = attachment?.InstanceId ?? 'i-0123456789abcdef0';
  const files = new Map([
    ['/etc/machine-id', `${digest(volumeId, 'machine-id').slice(0, 32)}\n`],
    ['/var/lib/dbus/machine-id', `${digest(volumeId, 'machine-id').slice(0, 32)}\n`],
    ['/etc/fstab', ''],
    ['/etc/hostname', `server-${digest(volumeId, 'hostname').slice(0, 8)}\n`],
    ['/var/lib/cloud/instance', `/var/lib/cloud/instances/${instanceId}`],
    [`/var/lib/cloud/instances/${instanceId}/user-data.txt`, ''],
  ]);
  makeHostKeys(files, volumeId);
  return files;
}

/** Makes the kinds of host keys that are not there. */
export function makeHostKeys(files: Map<string, string>, seed: string): void {
  for (const kind of hostKeyKinds) {
    const file = `/etc/ssh/ssh_host_${kind}_key`;
    if (files.has(file)) continue;
    files.set(file, `private ${digest(seed, kind)}\n`);
    files.set(`${file}.pub`, `ssh-${kind} ${digest(seed, kind)} root@server\n`);
  }
}

export function digest(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}
