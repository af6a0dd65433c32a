import { document, runDocument } from '../harness/document';
import { Instances } from '../harness/instances';
import { patience } from '../lab/command';
import type { Machine } from '../lab/machine';

jest.setTimeout(600_000 * patience);

const Owner = 'arn:aws:states:eu-west-1:111122223333:execution:InstanceClone:one';
const ids = { original: 'i-0aaaaaaaaaaaaaaaa', clone: 'i-0cccccccccccccccc' };

interface Identity {
  readonly registration: string;
  readonly instanceId: string | null;
  readonly machineId: string;
  readonly hostKeys: readonly string[];
  readonly hostname: string;
  readonly cloudInit: string | null;
}

/** Real cloud-init; what it does to disks and networks is not what this is about, and takes minutes here. */
const CLOUD_INIT = `rm /etc/cloud/cloud-init.disabled
cat >/etc/cloud/cloud.cfg.d/99-lab.cfg <<'END'
datasource_list: [NoCloud]
network: {config: disabled}
preserve_hostname: true
cloud_init_modules: [ssh]
cloud_config_modules: []
cloud_final_modules: [scripts-per-instance]
END
mkdir -p /var/lib/cloud/scripts/per-instance
printf '#!/bin/sh\\necho first >>/root/first-boots\\n' >/var/lib/cloud/scripts/per-instance/note
chmod 755 /var/lib/cloud/scripts/per-instance/note`;

describe('an identity of its own', () => {
  let instances: Instances;
  beforeEach(async () => {
    instances = await Instances.begin();
    const metadata = (name: 'original' | 'clone', address: string) => ({ 'instance-id': ids[name], 'local-hostname': `ip-${address}.eu-west-1.compute.internal` });
    await instances.network.serveMetadata({ '10.9.0.1': metadata('original', '10-9-0-1'), '10.9.0.2': metadata('clone', '10-9-0-2') });
  });
  afterEach(() => instances?.end());

  const read = async (machine: Machine) => await document(machine, 'read-identity', {}, ids[machine.name as 'original' | 'clone']) as unknown as Identity;
  const reset = (machine: Machine, Clones = ids.clone) => runDocument(machine, 'reset-identity', { Owner, Clones }, ids[machine.name as 'original' | 'clone']);

  /** An original, and a clone of it: the root disk as it was at an instant, while the original ran. */
  async function cloned(prepare: string): Promise<{ original: Machine; clone: Machine }> {
    const original = await instances.launch('original', { ownIdentity: true, instanceId: ids.original });
    await original.run(`set -e; hostnamectl set-hostname database; ${prepare}`);
    await original.reboot();
    await original.run('systemctl is-system-running --wait; [[ ! -e /run/cloud-init/enabled ]] || cloud-init status --wait; sync', {}, 300 * patience);
    const root = await original.still(() => instances.snapshotOf(original.root));
    const clone = await instances.launch('clone', { ownIdentity: true, instanceId: ids.clone, rootOf: root });
    await clone.run('[[ ! -e /run/cloud-init/enabled ]] || cloud-init status --wait', {}, 300 * patience);
    return { original, clone };
  }

  test('a clone is what its original is, until it is reset; the original and its identity stay', async () => {
    const { original, clone } = await cloned('true');
    const before = await read(original);
    expect(before).toMatchObject({ registration: ids.original, instanceId: ids.original, hostname: 'database', cloudInit: null });
    expect(before.machineId).toMatch(/^[0-9a-f]{64}$/);
    expect(before.hostKeys.length).toBeGreaterThanOrEqual(2);
    expect(await read(clone)).toEqual({ ...before, registration: ids.clone, instanceId: ids.clone });

    expect(await reset(original)).toMatchObject({ status: 3, answer: { error: 'NotAClone' } });
    const { machineId, hostKeys, hostname } = before;
    const { status, answer } = await reset(clone);
    expect({ status, answer }).toEqual({ status: 0, answer: { owner: Owner, found: { machineId, hostKeys, hostname, cloudInit: null } } });
    const after = await read(clone);
    expect(after).toMatchObject({ instanceId: ids.clone, hostname: 'ip-10-9-0-2' });
    expect(after.machineId).not.toBe(machineId);
    expect(after.hostKeys).toHaveLength(hostKeys.length);
    expect(after.hostKeys.filter(key => hostKeys.includes(key))).toEqual([]);
    // what runs is what is on the disk: the kernel's name, the journal's and D-Bus's machine id, keys that sshd takes
    expect(await clone.run('hostname; sha256sum /etc/machine-id | cut -d " " -f 1; [[ /etc/machine-id -ef /var/lib/dbus/machine-id ]] && mkdir -p /run/sshd && sshd -t && echo right'))
      .toBe(`ip-10-9-0-2\n${after.machineId}\nright\n`);
    expect(await clone.run('journalctl --header --no-pager | grep -m 1 "^Machine ID" | tr -d "\\n"; echo')).toContain((await clone.run('cat /etc/machine-id')).trim());

    // sent again it says the same and changes nothing, without a reboot
    const boot = await clone.run('cat /proc/sys/kernel/random/boot_id');
    expect(await reset(clone)).toMatchObject({ status: 0, answer });
    expect(await clone.run('cat /proc/sys/kernel/random/boot_id')).toBe(boot);
    expect(await read(clone)).toEqual(after);
    expect(await read(original)).toEqual(before);
  });

  test('where cloud-init has made the clone\'s own keys, its first boot is not repeated, and the original\'s state is gone', async () => {
    const { original, clone } = await cloned(CLOUD_INIT);
    const before = await read(original);
    expect(before.cloudInit).toBe(ids.original);
    const met = await read(clone);
    expect(met).toMatchObject({ cloudInit: ids.clone, machineId: before.machineId });
    expect(met.hostKeys.filter(key => before.hostKeys.includes(key))).toEqual([]);
    expect(await clone.run('ls /var/lib/cloud/instances; cat /root/first-boots')).toBe(`${ids.original}\n${ids.clone}\nfirst\nfirst\n`);

    expect(await reset(clone)).toMatchObject({ status: 0, answer: { found: { machineId: before.machineId, hostKeys: met.hostKeys, cloudInit: ids.clone } } });
    await clone.run('cloud-init status --wait', {}, 300 * patience);
    expect(await clone.run('ls /var/lib/cloud/instances; cat /root/first-boots')).toBe(`${ids.clone}\nfirst\nfirst\n`);
    const after = await read(clone);
    expect(after.cloudInit).toBe(ids.clone);
    expect(after.machineId).not.toBe(before.machineId);
    expect(after.hostKeys.filter(key => [...before.hostKeys, ...met.hostKeys].includes(key))).toEqual([]);
    expect(await read(original)).toEqual(before);
  });
});
