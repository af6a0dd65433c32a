import { scriptText } from '../../lib/private/shell-document';
import { Account } from '../../rehearsal/cloud/account';
import type { Guest } from '../../rehearsal/guest/guest';
import type { Json } from '../../rehearsal/json';

const person = { callerArn: 'arn:aws:iam::111122223333:user/console' };

/** An original that uses an io2 volume, and a clone that is to share it; the clone's fstab is the original's. */
async function pair(kind = 'xfs') {
  const account = new Account();
  const { ec2, clock } = account;
  const original = ec2.addInstance({ type: 'm6i.large', profile: 'db', volumes: [{}, { type: 'io2', iops: 1000, multiAttach: true }] });
  const clone = ec2.addInstance({ type: 'm6i.large', profile: 'db', volumes: [{}] });
  const shared = original.volumeIds[1]!;
  account.ssm.guest(original.instanceId).disks.format({ mounts: ['/data'], kind, volumes: [shared] });
  const guest = account.ssm.guest(clone.instanceId);
  guest.system.files.set('/etc/fstab', `UUID=${clone.volumeIds[0]} / xfs defaults 0 1\nUUID=${shared} /data ${kind} defaults,nofail 0 2\n`);
  const runOn = async (on: Guest, script: string, parameters: Readonly<Record<string, string>>) => {
    const environment = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`SSM_${name}`, value]));
    const { exitCode, stdout } = await clock.run(on.run({ script: scriptText(`volumes/${script}.sh`), environment }));
    return { exitCode, json: JSON.parse(stdout) as { [key: string]: Json } };
  };
  const run = (script: string, Volumes = shared) => runOn(guest, script, { Volumes });
  const source = account.ssm.guest(original.instanceId);
  return {
    account, ec2, guest, source, shared, run,
    reserve: (Action: string, { Key = '1abcdef012345', Volumes = shared, on = source } = {}) => runOn(on, 'reserve', { Volumes, Key, Action }),
    fence: () => run('fence'),
    attach: async () => {
      await account.call('EC2', 'AttachVolume', { VolumeId: shared, InstanceId: clone.instanceId, Device: '/dev/sdf' }, person);
      await clock.advance(10_000);
    },
    mount: () => run('mount-read-only'),
  };
}

describe('a share', () => {
  test.each(['ext4', 'xfs', 'ext3'])('of a mounted %s with a dirty journal leaves every block as it is', async kind => {
    const { ec2, guest, shared, fence, attach, mount } = await pair(kind);
    ec2.keepWriting(shared)();
    ec2.write(shared, 7, 'in the journal');
    const before = new Map(ec2.content(shared));
    expect(await fence()).toMatchObject({ exitCode: 0, json: { fenced: [shared] } });
    await attach();
    expect(await mount()).toEqual({ exitCode: 0, json: { shares: [{
      volume: shared, device: '/dev/nvme1n1p1', filesystem: kind, mount: '/data', reason: null, reservation: 0,
    }] } });
    expect(new Map(ec2.content(shared))).toEqual(before);
    expect(guest.disks.readOnly).toEqual(new Set([shared]));
    expect(guest.disks.mountedAt('/dev/nvme1n1p1')).toMatchObject({ mounts: ['/data'], options: 'ro,relatime' });
    const options = guest.history.find(line => line.startsWith('mount '));
    expect(options).toContain(kind === 'xfs' ? 'ro,norecovery,nouuid' : 'ro,noload');
  });

  test('which a plain read-only mount would not do', async () => {
    const { ec2, shared, attach, guest, account } = await pair('ext4');
    await attach();
    const before = new Map(ec2.content(shared));
    await account.clock.run(guest.run({ script: 'mount --types ext4 --options ro /dev/nvme1n1p1 /data', environment: {} }));
    expect(new Map(ec2.content(shared))).not.toEqual(before);
  });

  test('is fenced for good: the rule names the volume, and fstab mounts it no more', async () => {
    const { guest, shared, fence, attach, mount } = await pair();
    await fence();
    const rule = guest.system.files.get(`/etc/udev/rules.d/99-instance-mobility-${shared}.rules`);
    expect(rule).toMatch(new RegExp(`ATTRS\\{serial\\}=="${shared.replace('-', '')}"`));
    expect(rule).toMatch(/SYSTEMD_READY\}="0".*blockdev --setro \$devnode"/);
    expect(guest.history).toContain('udevadm control --reload');
    await attach();
    await mount();
    const lines = guest.system.files.get('/etc/fstab')!.split('\n');
    expect(lines[0]).toMatch(/^UUID=vol-\w+ \/ xfs/);
    expect(lines[1]).toMatch(/^# instance-mobility: .*\/data xfs/);
  });

  test('is mounted where it was when it is asked for again after a reboot, which mounts nothing', async () => {
    const { guest, shared, fence, attach, mount } = await pair();
    await fence();
    await attach();
    const first = await mount();
    guest.disks.unmount('/data');
    const fstab = guest.system.files.get('/etc/fstab');
    expect(fstab).toContain(`\n# instance-mobility: shared ${shared}p1 # UUID=${shared} /data xfs`);
    expect(await mount()).toEqual(first);
    expect(guest.system.files.get('/etc/fstab')).toBe(fstab);
  });

  test('may be asked for twice', async () => {
    const { fence, attach, mount, guest } = await pair();
    await fence();
    await attach();
    const first = await mount();
    expect(await fence()).toMatchObject({ exitCode: 0 });
    expect(await mount()).toEqual(first);
    expect(guest.history.filter(line => line.startsWith('mount '))).toHaveLength(1);
  });

  test('without a line in fstab has a place of its own', async () => {
    const { guest, shared, fence, attach, mount } = await pair();
    guest.system.files.set('/etc/fstab', '');
    await fence();
    await attach();
    expect((await mount()).json).toMatchObject({ shares: [{ mount: `/mnt/instance-mobility/${shared}` }] });
  });

  test.each(['gfs2', 'btrfs', 'LVM2_member'])('of %s is read-only, and stays unmounted', async kind => {
    const { guest, shared, fence, attach, mount } = await pair(kind);
    await fence();
    await attach();
    expect((await mount()).json).toMatchObject({ shares: [{ filesystem: kind, mount: null, reason: expect.stringContaining('only ext3') }] });
    expect(guest.disks.readOnly).toEqual(new Set([shared]));
  });

  test('tells of an NVMe reservation', async () => {
    const { ec2, shared, fence, attach, mount } = await pair();
    ec2.volumeModels.get(shared)!.reservation = { type: 5, holder: null, keys: new Map() };
    await fence();
    await attach();
    expect((await mount()).json).toMatchObject({ shares: [{ reservation: 5 }] });
  });
});

describe('a reservation', () => {
  const none = { type: 0, held: false };

  test('keeps a clone from writing, though its kernel lets it; the source writes on', async () => {
    const { ec2, guest, source, shared, reserve, fence, attach, mount, account } = await pair('ext4');
    expect(await reserve('hold')).toEqual({ exitCode: 0, json: { reservations: [{ volume: shared, type: 1, held: true }] } });
    await fence();
    await attach();
    expect((await mount()).json).toMatchObject({ shares: [{ mount: '/data', reservation: 1 }] });
    guest.disks.unmount('/data');
    guest.disks.readOnly.clear();
    const before = new Map(ec2.content(shared));
    const { exitCode } = await account.clock.run(guest.run({ script: 'mount --types ext4 --options rw /dev/nvme1n1p1 /data', environment: {} }));
    expect(exitCode).toBe(32);
    expect(new Map(ec2.content(shared))).toEqual(before);
    source.disks.unmount('/data');
    expect(await account.clock.run(source.run({ script: 'mount --types ext4 --options rw /dev/nvme1n1p1 /data', environment: {} }))).toMatchObject({ exitCode: 0 });
  });

  test('is taken and given back by its key, as often as one asks', async () => {
    const { ec2, shared, reserve } = await pair();
    for (let times = 0; times < 2; times++) expect(await reserve('hold')).toMatchObject({ exitCode: 0, json: { reservations: [{ type: 1, held: true }] } });
    expect([...ec2.volumeModels.get(shared)!.reservation!.keys.values()]).toEqual([0x1abcdef012345n]);
    for (let times = 0; times < 2; times++) expect(await reserve('release')).toEqual({ exitCode: 0, json: { reservations: [{ volume: shared, ...none }] } });
    expect(ec2.volumeModels.get(shared)!.reservation).toEqual({ type: 0, holder: null, keys: new Map() });
  });

  test('that somebody else has, or a cluster that registers, is left alone', async () => {
    const { ec2, guest, shared, reserve, attach } = await pair();
    await attach();
    await reserve('hold', { Key: '2000000000000', on: guest });
    const theirs = structuredClone(ec2.volumeModels.get(shared)!.reservation);
    expect(await reserve('hold')).toMatchObject({ exitCode: 5, json: { error: 'Reserved', volume: shared, type: 1 } });
    expect(await reserve('release')).toMatchObject({ exitCode: 0, json: { reservations: [{ type: 1, held: false }] } });
    expect(ec2.volumeModels.get(shared)!.reservation).toEqual(theirs);
    Object.assign(ec2.volumeModels.get(shared)!.reservation!, { type: 0, holder: null });
    expect(await reserve('hold')).toMatchObject({ exitCode: 5, json: { error: 'Reserved', type: 0 } });
  });

  test('by its key for another host, as a source may be that was stopped and started, is released, and never taken anew', async () => {
    const { ec2, guest, shared, reserve, attach } = await pair();
    await attach();
    await reserve('hold');
    const before = structuredClone(ec2.volumeModels.get(shared)!.reservation);
    expect(await reserve('hold', { on: guest })).toMatchObject({ exitCode: 5, json: { error: 'Reserved', message: expect.stringContaining('release it first') } });
    expect(ec2.volumeModels.get(shared)!.reservation).toEqual(before);
    expect(await reserve('release', { on: guest })).toEqual({ exitCode: 0, json: { reservations: [{ volume: shared, ...none }] } });
    expect(ec2.volumeModels.get(shared)!.reservation).toEqual({ type: 0, holder: null, keys: new Map() });
  });

  test('that was taken half-way is taken', async () => {
    const { shared, source, reserve, account } = await pair();
    await account.clock.run(source.run({ script: 'nvme resv-register /dev/nvme1n1 --nrkey=0x1abcdef012345 --rrega=0', environment: {} }));
    expect(await reserve('hold')).toEqual({ exitCode: 0, json: { reservations: [{ volume: shared, type: 1, held: true }] } });
  });

  test.each<[string, (argv: readonly string[]) => boolean]>([
    ['in the extended structure, by an option', argv => argv[0] === 'resv-report' && !argv.includes('--eds')],
    ['in the extended structure, by a dword', argv => argv[0] === 'resv-report' && !argv.includes('--cdw11=1')],
  ])('is seen %s', async (_, where) => {
    const { source, shared, reserve } = await pair();
    source.breakCommand('nvme', { exitCode: 1, stderr: 'NVMe status: Host Identifier Inconsistent Format(0x18)\n', where });
    expect(await reserve('hold')).toEqual({ exitCode: 0, json: { reservations: [{ volume: shared, type: 1, held: true }] } });
  });

  test('that the volume refuses is none, and leaves nobody registered', async () => {
    const { ec2, source, shared, reserve } = await pair();
    source.breakCommand('nvme', { exitCode: 1, stderr: 'NVMe status: Reservation Conflict\n', where: argv => argv[0] === 'resv-acquire' });
    expect(await reserve('hold')).toMatchObject({ exitCode: 8, json: { error: 'ReservationFailed', message: expect.stringContaining('Conflict') } });
    expect(ec2.volumeModels.get(shared)!.reservation!.keys.size).toBe(0);
  });

  test('that can not be given back is told', async () => {
    const { source, reserve } = await pair();
    await reserve('hold');
    source.breakCommand('nvme', { exitCode: 1, stderr: 'nvme: Input/output error\n', where: argv => argv.includes('--rrega=1') });
    expect(await reserve('release')).toMatchObject({ exitCode: 8, json: { error: 'ReservationFailed', message: expect.stringContaining('could not be released') } });
  });

  test('needs a volume that knows them, and the command', async () => {
    const { account, source, reserve } = await pair();
    const plain = account.ec2.addInstance({ type: 'm6i.large', profile: 'db', volumes: [{}] });
    const on = account.ssm.guest(plain.instanceId);
    expect(await reserve('hold', { on, Volumes: plain.volumeIds[0]! })).toMatchObject({ exitCode: 7, json: { error: 'NotSupported' } });
    expect(await reserve('hold', { on })).toMatchObject({ exitCode: 4, json: { error: 'VolumeNotFound' } });
    source.without.add('nvme');
    expect(await reserve('hold')).toMatchObject({ exitCode: 7, json: { error: 'NotSupported', message: expect.stringContaining('nvme') } });
  });

  test.each([{ Volumes: 'vol-1' }, { Key: '' }, { Key: '0abcdef012345' }, { Key: '1abcdef01234$' }])('is not taken for %j', async parameters => {
    expect(await (await pair()).reserve('hold', parameters)).toMatchObject({ exitCode: 2, json: { error: 'InvalidParameter' } });
  });

  test.each(['', 'preempt', 'hold; reboot'])('is not taken by the action %j', async action => {
    expect(await (await pair()).reserve(action)).toMatchObject({ exitCode: 2, json: { error: 'InvalidParameter' } });
  });
});

describe('nothing is mounted', () => {
  test('that the kernel does not hold read-only', async () => {
    const { guest, ec2, shared, fence, attach, mount } = await pair();
    await fence();
    await attach();
    const before = new Map(ec2.content(shared));
    guest.breakCommand('blockdev', { exitCode: 1, stderr: 'blockdev: ioctl error on BLKROSET: Permission denied\n', where: argv => argv[0] === '--setro' });
    expect(await mount()).toMatchObject({ exitCode: 5, json: { error: 'NotReadOnly', volumes: [shared] } });
    expect(guest.history.some(line => line.startsWith('mount '))).toBe(false);
    expect(new Map(ec2.content(shared))).toEqual(before);
  });

  test('that somebody has mounted writable', async () => {
    const { guest, shared, fence, attach, mount } = await pair();
    await fence();
    await attach();
    guest.disks.mount({ mounts: ['/data'], kind: 'xfs', volumes: [shared] }, false);
    expect(await mount()).toMatchObject({ exitCode: 6, json: { error: 'MountedWritable', mounts: ['/data'] } });
  });

  test('that is not there, or that mount refuses', async () => {
    const { guest, shared, fence, attach, mount } = await pair();
    await fence();
    expect(await mount()).toMatchObject({ exitCode: 4, json: { error: 'VolumeNotFound', volumes: [shared] } });
    await attach();
    guest.breakCommand('mount', { exitCode: 32, stderr: 'mount: bad superblock\n' });
    expect(await mount()).toMatchObject({ exitCode: 8, json: { error: 'MountFailed', message: expect.stringContaining('bad superblock') } });
  });

  test.each(['', 'vol-1', 'vol-0123456789abcdef0; reboot', 'vol-0123456789abcdef0,', '{{ Volumes }}'])('for the parameter %j', async Volumes => {
    const { run } = await pair();
    for (const script of ['fence', 'mount-read-only']) expect(await run(script, Volumes)).toMatchObject({ exitCode: 2, json: { error: 'InvalidParameter' } });
  });

  test('where a command is missing', async () => {
    const { guest, fence } = await pair();
    guest.without.add('udevadm');
    expect(await fence()).toMatchObject({ exitCode: 7, json: { error: 'NotSupported', message: expect.stringContaining('udevadm') } });
  });
});
