import { databaseServer, other, owner, scriptOf } from './database-server';

const at = (time: unknown) => new Date(String(time)).getTime();

describe('freeze', () => {
  test('freezes the data filesystems, never the root, and says since when and until when', async () => {
    const { account, guest, freeze, volumes } = databaseServer();
    const begun = account.clock.now();
    const { exitCode, json } = await freeze();
    expect(exitCode).toBe(0);
    expect(json).toMatchObject({
      owner, frozen: ['/logs', '/data'], skipped: [{ mount: '/', reason: 'the running system or the SSM agent writes to it' }],
      unmounted: [], clockSynchronized: true,
    });
    expect(guest.disks.frozenMounts.sort()).toEqual(['/data', '/logs']);
    expect(volumes.map(id => account.ec2.writesHeld(id))).toEqual([false, true, true]);
    expect(at(json.since)).toBeGreaterThan(begun);
    expect(at(json.since)).toBeLessThanOrEqual(account.clock.now());
    expect(at(json.until)).toBeGreaterThan(begun + 59_000);
  });

  test('the timer is made before the first filesystem is frozen, and names the owner', async () => {
    const { guest, freeze } = databaseServer();
    await freeze();
    const timer = guest.history.findIndex(line => line.startsWith('systemd-run --unit=instance-mobility-thaw'));
    const frozen = guest.history.findIndex(line => line.startsWith('fsfreeze --freeze'));
    expect(timer).toBeGreaterThan(-1);
    expect(timer).toBeLessThan(frozen);
    expect(guest.history.findIndex(line => line === 'sync')).toBeLessThan(timer);
    expect(guest.systemd.loaded.get('instance-mobility-thaw.timer')).toContain(`owner=${owner}`);
  });

  test('thaws by itself when the time is up, and not before', async () => {
    const { account, guest, freeze } = databaseServer();
    const { json } = await freeze({ Seconds: '30' });
    await account.clock.advance(at(json.until) - account.clock.now() - 1);
    expect(guest.disks.frozenMounts).toHaveLength(2);
    await account.clock.advance(1000);
    expect(guest.disks.frozenMounts).toEqual([]);
    await account.clock.advance(60_000);
    expect([...guest.systemd.loaded.keys()]).toEqual(['instance-mobility-freeze.service']);
  });

  test('the same owner, again: the same freeze', async () => {
    const { account, guest, freeze } = databaseServer();
    const first = await freeze();
    await account.clock.advance(20_000);
    expect(await freeze()).toEqual(first);
    expect(guest.history.filter(line => line.startsWith('fsfreeze'))).toHaveLength(2);
  });

  test('sent twice at once: one freeze, one answer', async () => {
    const { freeze, guest } = databaseServer();
    const [first, second] = await Promise.all([freeze(), freeze()]);
    expect(first.exitCode).toBe(0);
    expect(second.json).toEqual(first.json);
    expect(guest.history.filter(line => line.startsWith('fsfreeze'))).toHaveLength(2);
  });

  test('another owner is refused, and told who has it and how long', async () => {
    const { freeze, guest } = databaseServer();
    const { json: held } = await freeze();
    const { exitCode, json, stderr } = await freeze({ Owner: other });
    expect(exitCode).toBe(3);
    expect(json).toMatchObject({ error: 'HeldByAnother', owner, until: held.until });
    expect(stderr).toContain(owner);
    expect(guest.disks.frozenMounts).toHaveLength(2);
  });

  test('another owner is served when the time of the first is up', async () => {
    const { account, freeze } = databaseServer();
    await freeze({ Seconds: '10' });
    await account.clock.advance(45_000);
    expect((await freeze({ Owner: other })).json).toMatchObject({ owner: other, frozen: ['/logs', '/data'] });
  });

  test('an old systemd, which keeps its timers, serves another owner as well', async () => {
    const { account, guest, freeze } = databaseServer();
    guest.systemd.version = 219;
    await freeze({ Seconds: '10' });
    await account.clock.advance(45_000);
    expect([...guest.systemd.loaded.keys()]).toContain('instance-mobility-thaw.timer');
    const { exitCode, json } = await freeze({ Owner: other });
    expect(exitCode).toBe(0);
    // no `timedatectl show` there
    expect(json).toMatchObject({ owner: other, clockSynchronized: null });
  });

  test('a run that died half-way is undone and made again', async () => {
    const { account, guest, freeze } = databaseServer();
    guest.breakCommand('fsfreeze', { hang: true, times: 1, where: argv => argv.includes('/data') });
    const died = guest.run({
      script: 'fsfreeze --freeze /logs; fsfreeze --freeze /data', environment: {}, killable: kill => account.clock.after(5000, kill),
    });
    guest.systemd.systemdRun(['--unit=instance-mobility-thaw', '--on-active=60',
      `--description=instance-mobility owner=${owner} until=2026-01-05T09:01:00.000Z mounts=/logs,/data`, 'true']);
    await account.clock.run(died);
    expect(guest.disks.frozenMounts).toEqual(['/logs']);
    const { exitCode, json } = await freeze();
    expect(exitCode).toBe(0);
    expect(json).toMatchObject({ frozen: ['/logs', '/data'] });
    expect(at(json.until)).toBeGreaterThan(account.clock.now());
  });

  test('what can not be frozen is not left half frozen', async () => {
    const { guest, freeze } = databaseServer();
    guest.breakCommand('fsfreeze', { exitCode: 1, stderr: 'fsfreeze: /data: freeze failed: Input/output error\n', where: argv => argv.join() === '--freeze,/data' });
    const { exitCode, json } = await freeze();
    expect(exitCode).toBe(5);
    expect(json).toMatchObject({ error: 'FreezeFailed', mount: '/data', message: expect.stringContaining('Input/output error') as string });
    expect(guest.disks.frozenMounts).toEqual([]);
    expect([...guest.systemd.loaded.keys()]).toEqual([]);
  });

  test('what can not be thawed again is left to the timer', async () => {
    const { account, guest, freeze } = databaseServer();
    guest.breakCommand('fsfreeze', { exitCode: 1, stderr: 'fsfreeze: /data: freeze failed: Input/output error\n', where: argv => argv.join() === '--freeze,/data' });
    guest.breakCommand('fsfreeze', { exitCode: 1, stderr: 'fsfreeze: /logs: unfreeze failed: Input/output error\n', times: 1, where: argv => argv[0] === '--unfreeze' });
    const { exitCode, json } = await freeze();
    expect(exitCode).toBe(6);
    expect(json).toMatchObject({ error: 'ThawFailed', mounts: ['/logs'] });
    expect(guest.disks.frozenMounts).toEqual(['/logs']);
    await account.clock.advance(61_000);
    expect(guest.disks.frozenMounts).toEqual([]);
  });

  test('what somebody else froze stays frozen, and the freeze is refused', async () => {
    const { guest, freeze } = databaseServer();
    guest.disks.freeze('/data');
    const { exitCode, json } = await freeze();
    expect(exitCode).toBe(5);
    expect(json).toMatchObject({ error: 'FreezeFailed', mount: '/data', message: expect.stringContaining('Device or resource busy') as string });
    expect(guest.disks.frozenMounts).toEqual(['/data']);
  });

  test('freezing that takes longer than the time given is undone', async () => {
    const { guest, freeze } = databaseServer();
    guest.breakCommand('fsfreeze', { slow: 15_000, where: argv => argv.join() === '--freeze,/data' });
    const { exitCode, json } = await freeze({ Seconds: '10' });
    expect(exitCode).toBe(5);
    expect(json).toMatchObject({ message: 'the time was up before all were frozen' });
    expect(guest.disks.frozenMounts).toEqual([]);
  });

  test('a freeze that outlives its script and the timer is thawed all the same', async () => {
    const { account, guest, volumes } = databaseServer();
    guest.breakCommand('fsfreeze', { slow: 20_000, where: argv => argv.join() === '--freeze,/data' });
    const killed = guest.run({
      script: scriptOf('freeze'), environment: { SSM_Owner: owner, SSM_Seconds: '10', SSM_Volumes: volumes.join(',') },
      killable: kill => account.clock.after(8000, kill),
    });
    expect(await account.clock.run(killed)).toMatchObject({ exitCode: 137, stdout: '' });
    await account.clock.advance(15_000);
    expect(guest.disks.frozenMounts).toEqual(['/data']);
    await account.clock.advance(30_000);
    expect(guest.disks.frozenMounts).toEqual([]);
  });

  test('without a data filesystem there is nothing to freeze, and no lock', async () => {
    const { guest, freeze, volumes } = databaseServer();
    const { exitCode, json } = await freeze({ Volumes: volumes[0]! });
    expect(exitCode).toBe(0);
    expect(json).toMatchObject({ frozen: [], since: null, until: null, skipped: [{ mount: '/' }] });
    expect(guest.systemd.loaded.size).toBe(0);
  });
});

describe('what is frozen', () => {
  test.each([
    ['/var', '/var/lib/mysql'],
    ['/var/log', '/srv'],
    ['/usr', '/srv'],
    ['/var/lib', '/srv'],
    ['/run', '/home'],
    ['/tmp', '/home'],
  ])('%s is the system\'s own, %s is not', async (system, free) => {
    const { guest, freeze, volumes } = databaseServer();
    guest.disks.format({ mounts: [system], kind: 'ext4', volumes: [volumes[1]!] }, { mounts: [free], kind: 'ext4', volumes: [volumes[2]!] });
    const { json } = await freeze();
    expect(json.frozen).toEqual([free]);
    expect(json.skipped).toContainEqual({ mount: system, reason: 'the running system or the SSM agent writes to it' });
  });

  test('a data filesystem to which the agent\'s folder is linked, or a bind mount leads, is the system\'s own', async () => {
    const { guest, freeze, volumes } = databaseServer();
    guest.disks.links.set('/var/lib/amazon', '/data/amazon');
    guest.disks.format({ mounts: ['/logs', '/var/log'], kind: 'ext4', volumes: [volumes[2]!] });
    expect((await freeze()).json).toMatchObject({ frozen: [], since: null });
  });

  test('logical volumes above several disks, once', async () => {
    const { guest, freeze, volumes } = databaseServer();
    guest.disks.format(
      { mounts: ['/data', '/srv/copy'], kind: 'xfs', volumes: [volumes[1]!, volumes[2]!], device: '/dev/mapper/vg-data' },
      { mounts: ['/other'], kind: 'btrfs', volumes: [volumes[2]!], device: '/dev/mapper/vg-other' });
    expect((await freeze()).json).toMatchObject({ frozen: ['/other', '/data'], unmounted: [] });
  });

  test('names what it leaves alone, and why', async () => {
    const { guest, freeze, volumes } = databaseServer();
    guest.disks.format(
      { mounts: ['/boot/efi'], kind: 'vfat', volumes: [volumes[1]!], device: '/dev/mapper/a' },
      { mounts: ['/with blank"'], kind: 'xfs', volumes: [volumes[1]!], device: '/dev/mapper/b' },
      { mounts: ['/under'], kind: 'xfs', volumes: [volumes[1]!], device: '/dev/mapper/c' },
      { mounts: ['/under'], kind: 'xfs', volumes: [volumes[2]!], device: '/dev/mapper/d' });
    const { json } = await freeze();
    expect(json.frozen).toEqual(['/under']);
    expect(guest.history).toContain('fsfreeze --freeze /under');
    expect(json.skipped).toEqual(expect.arrayContaining([
      { mount: '/boot/efi', reason: 'vfat can not be frozen' },
      { mount: '/with\\x20blank"', reason: 'its name holds a blank or a special character' },
      { mount: '/under', reason: 'hidden under another mount' },
    ]));
  });

  test('a volume without a filesystem is told', async () => {
    const { guest, freeze, volumes } = databaseServer();
    guest.disks.filesystems.splice(guest.disks.filesystems.findIndex(each => each.mounts[0] === '/logs'), 1);
    expect((await freeze()).json).toMatchObject({ frozen: ['/data'], unmounted: [volumes[2]] });
  });

  test('a volume that is not there is an error, and nothing is frozen', async () => {
    const { guest, freeze, volumes } = databaseServer();
    const { exitCode, json } = await freeze({ Volumes: `${volumes.join(',')},vol-0123456789abcdef0` });
    expect(exitCode).toBe(4);
    expect(json).toMatchObject({ error: 'VolumeNotFound', volumes: ['vol-0123456789abcdef0'] });
    expect(guest.disks.frozenMounts).toEqual([]);
  });

  test('Xen instances: by device name', async () => {
    const { freeze, volumes } = databaseServer('t2.medium');
    const [root, data, logs] = volumes;
    expect((await freeze({ Volumes: `${root}=/dev/sda1,${data}=/dev/sdf,${logs}=/dev/xvdg` })).json).toMatchObject({ frozen: ['/logs', '/data'] });
  });

  test('Xen instances: without device names no volume is found', async () => {
    const { freeze } = databaseServer('t2.medium');
    expect((await freeze()).json).toMatchObject({ error: 'VolumeNotFound' });
  });

  test('NVMe instances: a device name finds nothing that the serial does not', async () => {
    const { freeze } = databaseServer();
    expect((await freeze({ Volumes: 'vol-0123456789abcdef0=/dev/nvme1n1' })).json).toMatchObject({ error: 'VolumeNotFound' });
  });
});

describe('parameters', () => {
  const arn = 'arn:aws:states:us-east-1:111122223333:execution:M:n';
  test.each([
    ['Owner', `${arn}"; touch x`],
    ['Owner', `${arn}$(id)`],
    ['Owner', `${arn}\nmounts=/`],
    ['Owner', 'me'],
    ['Volumes', 'vol-0123456789abcdef0;reboot'],
    ['Volumes', 'vol-0123456789abcdef0 vol-0123456789abcdef1'],
    ['Volumes', 'vol-0123456789abcdef0=/dev/../etc'],
    ['Volumes', '*'],
    ['Volumes', ''],
    ['Seconds', '9'],
    ['Seconds', '301'],
    ['Seconds', '060'],
    ['Seconds', '60s'],
    ['Seconds', 'a[$(id)]'],
  ])('%s: %j is refused before anything is done', async (name, value) => {
    const { guest, freeze } = databaseServer();
    const { exitCode, json } = await freeze({ [name]: value });
    expect(exitCode).toBe(2);
    expect(json).toMatchObject({ error: 'InvalidParameter', message: expect.stringContaining(name) as string });
    expect(guest.history).toEqual([]);
  });

  test.each(['fsfreeze', 'systemd-run', 'lsblk', 'findmnt'])('a system without %s is told so', async command => {
    const { guest, freeze } = databaseServer();
    guest.without.add(command);
    const { exitCode, json } = await freeze();
    expect(exitCode).toBe(7);
    expect(json).toMatchObject({ error: 'NotSupported', message: `this system has no command ${command}` });
  });
});
