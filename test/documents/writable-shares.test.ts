import { scriptText } from '../../lib/private/shell-document';
import { Account } from '../../rehearsal/cloud/account';
import type { Json } from '../../rehearsal/json';

const person = { callerArn: 'arn:aws:iam::111122223333:user/console' };
const UNITS = { Cluster: 'node-id.service,cluster.service', Services: 'app.service' };

/** A member of a cluster with a filesystem on an io2 volume, and a clone of it: its units, its fstab, and so far its node id. */
async function pair(kind: 'gfs2' | 'ocfs2' | 'ext4' = 'gfs2') {
  const account = new Account();
  const { ec2, clock, ssm } = account;
  const original = ec2.addInstance({ type: 'm6i.large', profile: 'db', volumes: [{}, { type: 'io2', iops: 1000, multiAttach: true }] });
  const clone = ec2.addInstance({ type: 'm6i.large', profile: 'db', volumes: [{}] });
  const shared = original.volumeIds[1]!;
  const [source, guest] = [ssm.guest(original.instanceId), ssm.guest(clone.instanceId)];
  const options = 'noatime,nofail,_netdev';
  for (const each of [source, guest]) each.system.files.set('/etc/fstab', `UUID=${shared} /data ${kind} ${options} 0 0\n`);
  source.cluster.install('1', { also: ['app.service'] });
  source.disks.format({ mounts: ['/data'], kind, volumes: [shared], options: kind === 'ext4' ? undefined : 'rw,noatime,heartbeat=local' });
  // where it reaches nobody
  const groups = ec2.instances.get(clone.instanceId)!.SecurityGroups ?? [];
  const open = groups.splice(0);
  guest.cluster.install('1', { also: ['app.service'] });
  const runOn = async (which: typeof guest, script: string, parameters: Record<string, string>) => {
    const environment = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`SSM_${name}`, value]));
    const { exitCode, stdout } = await clock.run(which.run({ script: scriptText(`volumes/${script}.sh`), environment }));
    return { exitCode, json: JSON.parse(stdout) as { [key: string]: Json } };
  };
  const hold = (more: Record<string, string> = {}) =>
    runOn(guest, 'hold-cluster', { Volume: shared, Kind: kind, Mount: '/data', Options: 'noatime,_netdev', ...UNITS, ...more });
  const attach = async (VolumeId: string) => {
    await account.call('EC2', 'AttachVolume', { VolumeId, InstanceId: clone.instanceId, Device: '/dev/sdf' }, person);
    await clock.advance(10_000);
  };
  return {
    account, ec2, source, guest, shared, hold, attach, incidents: ssm.clusters.incidents,
    active: () => ['node-id.service', 'cluster.service', 'app.service'].filter(unit => guest.systemd.isActive(unit)),
    inspect: () => runOn(source, 'inspect', { Volumes: shared }),
    letOut: () => groups.push(...open),
    /** All that comes before the clone joins. */
    ready: async () => {
      await hold();
      groups.push(...open);
      await clock.run(guest.reboot());
      await runOn(guest, 'fence', { Volumes: shared });
      await attach(shared);
    },
    join: () => runOn(guest, 'join-cluster', { Volume: shared }),
    release: () => runOn(guest, 'release-shared', { Volume: shared }),
    own: (Volume: string, Mount = '/data') => runOn(guest, 'mount-own', { Volume, Shared: shared, Mount }),
    /** The copy in the place of the shared one. */
    swap: async () => {
      const { Volumes: [copy] } = await account.call('EC2', 'CopyVolumes', { SourceVolumeId: shared, VolumeType: 'io2', Iops: 1000, MultiAttachEnabled: false }, person) as { Volumes: { VolumeId: string }[] };
      await clock.advance(60_000);
      await account.call('EC2', 'DetachVolume', { VolumeId: shared, InstanceId: clone.instanceId }, person);
      await clock.advance(10_000);
      await attach(copy!.VolumeId);
      return copy!.VolumeId;
    },
  };
}

describe('what the source has', () => {
  test.each(['gfs2', 'ocfs2'] as const)('a %s that others may have mounted, where and how fstab says', async kind => {
    const { shared, inspect } = await pair(kind);
    expect(await inspect()).toEqual({ exitCode: 0, json: { shares: [{ volume: shared, filesystem: kind, mount: '/data', options: 'noatime,_netdev', clustered: true }] } });
  });

  test('without a line in fstab: as it is mounted, but for what belongs to the cluster', async () => {
    const { source, inspect } = await pair('ocfs2');
    source.system.files.set('/etc/fstab', '');
    expect((await inspect()).json).toMatchObject({ shares: [{ options: 'rw,noatime' }] });
  });

  test('what is no cluster\'s: another kind, or one that is locked for this system alone', async () => {
    expect((await (await pair('ext4')).inspect()).json).toMatchObject({ shares: [{ filesystem: 'ext4', clustered: false }] });
    const { ec2, shared, source, inspect } = await pair('gfs2');
    ec2.volumeModels.get(shared)!.cluster = { local: true };
    expect((await inspect()).json).toMatchObject({ shares: [{ filesystem: 'gfs2', clustered: false }] });
    source.without.add('tunegfs2');
    expect((await inspect()).json).toMatchObject({ shares: [{ clustered: false }] });
  });

  test('what is not mounted writable', async () => {
    const { source, inspect } = await pair();
    source.disks.unmount('/data');
    expect((await inspect()).json).toMatchObject({ shares: [{ mount: null, options: null }] });
  });
});

describe('a clone that is to join', () => {
  test('is held back: what would join as its source is stopped, and a boot does not start it', async () => {
    const { account, guest, hold, active, letOut, incidents } = await pair();
    expect(active()).toEqual(['cluster.service', 'app.service']);
    expect(await hold()).toMatchObject({ exitCode: 0, json: { held: ['node-id.service', 'cluster.service', 'app.service'] } });
    expect(await hold()).toMatchObject({ exitCode: 0 });
    letOut();
    await account.clock.run(guest.reboot());
    expect(active()).toEqual([]);
    expect(incidents).toEqual([]);
  });

  test('without which it would be the other node of its source\'s name', async () => {
    const { account, guest, active, letOut, incidents } = await pair();
    letOut();
    await account.clock.run(guest.reboot());
    expect(active()).toEqual(['cluster.service', 'app.service']);
    expect(incidents).toEqual([expect.stringContaining('are both node 1')]);
  });

  test.each(['gfs2', 'ocfs2'] as const)('then is a member by itself, and writes to the %s as its source does', async kind => {
    const { ec2, guest, source, shared, ready, join, active, incidents } = await pair(kind);
    await ready();
    expect(guest.system.files.has(`/etc/udev/rules.d/99-instance-mobility-${shared}.rules`)).toBe(true);
    const joined = await join();
    expect(joined).toEqual({ exitCode: 0, json: {
      volume: shared, device: '/dev/nvme1n1p1', filesystem: kind, mount: '/data', services: ['node-id.service', 'cluster.service', 'app.service'],
    } });
    expect(await join()).toEqual(joined);
    expect(active()).toEqual(['cluster.service', 'app.service']);
    expect(guest.cluster.id).not.toBe(source.cluster.id);
    expect(guest.disks.readOnly.size).toBe(0);
    expect(guest.disks.mountedAt('/dev/nvme1n1p1')).toMatchObject({ mounts: ['/data'], options: expect.stringMatching(/^rw,/) });
    expect(guest.history.filter(line => line.startsWith('mount '))).toEqual([`mount --types ${kind} --options rw,noatime,_netdev /dev/nvme1n1p1 /data`]);
    // members look after each other's journals: nothing is replayed
    expect(ec2.content(shared).has(0)).toBe(false);
    expect([...guest.system.files.keys()].filter(path => path.includes('instance-mobility.conf') || path.includes('/rules.d/'))).toEqual([]);
    expect(incidents).toEqual([]);
  });

  test.each<[string, (guest: Awaited<ReturnType<typeof pair>>['guest']) => void, number, RegExp]>([
    ['a unit of the cluster does not start', guest => guest.breakCommand('systemctl', { exitCode: 1, stderr: 'Job failed', where: argv => argv.join(' ') === 'start cluster.service' }), 6, /cluster.service does not start: Job failed/],
    ['a unit that uses it does not start', guest => guest.breakCommand('systemctl', { exitCode: 1, stderr: 'Job failed', where: argv => argv.join(' ') === 'start app.service' }), 6, /app.service does not start/],
    ['mount refuses', guest => guest.breakCommand('mount', { exitCode: 32, stderr: 'no journal is left' }), 8, /no journal is left/],
    ['the disk can not be opened', guest => guest.breakCommand('blockdev', { exitCode: 1, stderr: 'no', where: argv => argv[0] === '--setrw' }), 7, /can not be opened/],
  ])('and can not, because %s, has left as if it had never come', async (_, breakIt, exitCode, message) => {
    const { guest, shared, ready, join, active } = await pair();
    await ready();
    breakIt(guest);
    expect(await join()).toMatchObject({ exitCode, json: { message: expect.stringMatching(message) } });
    expect(active()).toEqual([]);
    expect(guest.disks.mountedAt('/dev/nvme1n1p1')).toBeUndefined();
    expect(guest.disks.readOnly).toEqual(new Set([shared]));
    expect(guest.system.files.has(`/etc/udev/rules.d/99-instance-mobility-${shared}.rules`)).toBe(true);
    // and is held as before
    expect([...guest.system.files.keys()].filter(path => path.endsWith('/instance-mobility.conf'))).toHaveLength(3);
  });

  test('never mounts what is no cluster\'s', async () => {
    const { ec2, guest, shared, ready, join } = await pair();
    await ready();
    ec2.volumeModels.get(shared)!.filesystem = 'ext4';
    expect(await join()).toMatchObject({ exitCode: 5, json: { error: 'NotClustered' } });
    expect(guest.history.some(line => line.startsWith('mount '))).toBe(false);
  });

  test('is refused when it was not held, or the volume is not there', async () => {
    const { join, hold } = await pair();
    expect(await join()).toMatchObject({ exitCode: 4, json: { message: expect.stringContaining('not held back') } });
    await hold();
    expect(await join()).toMatchObject({ exitCode: 4, json: { error: 'VolumeNotFound' } });
  });

  test('is not held by units that there are not, or that run on, and nothing is taken for a parameter', async () => {
    const { guest, hold } = await pair();
    expect(await hold({ Cluster: 'other.service' })).toMatchObject({ exitCode: 4, json: { services: ['other.service'] } });
    guest.breakCommand('systemctl', { exitCode: 1, stderr: 'it hangs', times: 1, where: argv => argv.join(' ') === 'stop app.service' });
    expect(await hold()).toMatchObject({ exitCode: 6, json: { message: expect.stringContaining('app.service does not stop') } });
    for (const [name, value] of [['Volume', 'vol-1'], ['Kind', 'ext4'], ['Mount', 'data'], ['Options', 'a b'], ['Cluster', 'none'], ['Cluster', '.service'], ['Services', '']] as const) {
      expect(await hold({ [name]: value })).toMatchObject({ exitCode: 2, json: { error: 'InvalidParameter' } });
    }
  });
});

describe('a clone that gets a volume of its own', () => {
  test.each(['gfs2', 'ocfs2'] as const)('lets go of the shared %s, and has all it wrote on its own', async kind => {
    const { ec2, guest, source, shared, ready, join, release, swap, own, active, incidents } = await pair(kind);
    await ready();
    await join();
    ec2.write(shared, 100, 'by the clone');
    const released = await release();
    expect(released).toMatchObject({ exitCode: 0, json: { mount: '/data' } });
    expect(await release()).toEqual(released);
    expect(active()).toEqual(['cluster.service']);
    expect(guest.system.files.get('/etc/fstab')).toMatch(/^# instance-mobility: shared /);
    const copy = await swap();
    const given = await own(copy);
    expect(given).toMatchObject({ exitCode: 0, json: { volume: copy, filesystem: kind, mount: '/data', compared: 32, notStarted: [] } });
    expect(await own(copy)).toMatchObject({ exitCode: 0, json: { mount: '/data' } });
    expect(ec2.content(copy).get(100)).toBe('by the clone');
    expect(ec2.content(copy).get(0)).toContain('journal replayed');
    expect(ec2.volumeModels.get(copy)!.cluster).toMatchObject({ local: true });
    expect(guest.system.files.get('/etc/fstab')).toMatch(/^UUID=/);
    // it has left: the cluster's units are held, the application's are not
    expect(active()).toEqual(['app.service']);
    expect([...guest.system.files.keys()].filter(path => path.endsWith('.d/instance-mobility.conf')).sort())
      .toEqual(['/etc/systemd/system/cluster.service.d/instance-mobility.conf', '/etc/systemd/system/node-id.service.d/instance-mobility.conf']);
    expect(source.cluster.mounted).toHaveLength(1);
    expect(ec2.content(shared).has(0)).toBe(false);
    expect(incidents).toEqual([]);
  });

  test('a copy keeps its name for fstab, and is never a member beside the shared one', async () => {
    const { guest, ready, join, release, swap, own } = await pair('ocfs2');
    await ready();
    await join();
    await release();
    await own(await swap());
    const done = guest.history.filter(line => /^(fsck|tunefs)\.ocfs2|^mount /.test(line)).slice(1);
    expect(done).toEqual([
      expect.stringMatching(/^tunefs\.ocfs2 --yes --cloned-volume \/dev/), expect.stringMatching(/^fsck\.ocfs2 -y \/dev/), expect.stringMatching(/^tunefs\.ocfs2 --yes -M local \/dev/),
      expect.stringMatching(/^tunefs\.ocfs2 --yes --uuid-reset=[0-9a-f-]{36} -L {2}\/dev/), expect.stringMatching(/^mount --types ocfs2 --options rw,noatime,_netdev /),
    ]);
  });

  test('a lock protocol in fstab is for the cluster, and does not stay', async () => {
    const { guest, hold, ready, join, release, swap, own } = await pair();
    guest.system.files.set('/etc/fstab', guest.system.files.get('/etc/fstab')!.replace('noatime', 'lockproto=lock_dlm,noatime'));
    await ready();
    await hold({ Options: 'lockproto=lock_dlm,noatime' });
    await join();
    await release();
    await own(await swap());
    expect(guest.history.at(-1)).toBeDefined();
    expect(guest.history.filter(line => line.startsWith('mount ')).at(-1)).toContain('rw,lockproto=lock_nolock,noatime');
    expect(guest.system.files.get('/etc/fstab')).toContain('lockproto=lock_nolock');
  });

  test('and can not let go, because programs use it, or a unit does not stop, goes on as it was', async () => {
    const { guest, ready, join, release, active } = await pair();
    await ready();
    await join();
    guest.breakCommand('umount', { exitCode: 32, stderr: 'target is busy', times: 1 });
    expect(await release()).toMatchObject({ exitCode: 6, json: { error: 'Busy', mount: '/data' } });
    guest.breakCommand('systemctl', { exitCode: 1, stderr: 'it hangs', times: 1, where: argv => argv[0] === 'stop' });
    expect(await release()).toMatchObject({ exitCode: 6, json: { message: expect.stringContaining('app.service does not stop') } });
    expect(active()).toEqual(['cluster.service', 'app.service']);
    expect(guest.system.files.get('/etc/fstab')).toMatch(/^UUID=/);
    expect(guest.disks.mountedAt('/dev/nvme1n1p1')).toMatchObject({ mounts: ['/data'] });
  });

  test.each([['gfs2', 'tunegfs2'], ['ocfs2', 'fsck.ocfs2'], ['ocfs2', 'tunefs.ocfs2']] as const)('of %s whose %s fails has nothing mounted, and may join again', async (kind, command) => {
    const { account, guest, shared, ready, join, release, swap, own, attach, active, incidents } = await pair(kind);
    await ready();
    await join();
    await release();
    const copy = await swap();
    guest.breakCommand(command, { exitCode: 16, stderr: 'it is broken' });
    expect(await own(copy)).toMatchObject({ exitCode: 8, json: { error: 'MountFailed', message: expect.stringContaining('it is broken') } });
    expect(guest.disks.mountedAt('/dev/nvme1n1p1')).toBeUndefined();
    await account.call('EC2', 'DetachVolume', { VolumeId: copy, InstanceId: guest.instanceId }, person);
    await account.clock.advance(10_000);
    await attach(shared);
    expect(await join()).toMatchObject({ exitCode: 0, json: { mount: '/data' } });
    expect(active()).toEqual(['cluster.service', 'app.service']);
    expect(guest.system.files.get('/etc/fstab')).toMatch(/^UUID=/);
    expect(incidents).toEqual([]);
  });

  test('may have unmounted it before, and then has the copy made for itself, and nothing mounted', async () => {
    const { ec2, guest, ready, join, release, swap, own } = await pair();
    await ready();
    await join();
    guest.disks.unmount('/data');
    expect(await release()).toMatchObject({ exitCode: 0, json: { mount: null } });
    const copy = await swap();
    expect(await own(copy, 'none')).toMatchObject({ exitCode: 0, json: { mount: null, filesystem: null } });
    expect(ec2.volumeModels.get(copy)!.cluster).toMatchObject({ local: true });
  });

  test('tells which of its units do not run', async () => {
    const { guest, ready, join, release, swap, own } = await pair();
    await ready();
    await join();
    await release();
    guest.breakCommand('systemctl', { exitCode: 1, stderr: 'Job failed', where: argv => argv.join(' ') === 'start app.service' });
    expect((await own(await swap())).json).toMatchObject({ mount: '/data', notStarted: ['app.service'] });
  });
});
