import { databaseServer, other, owner } from './database-server';

const at = (time: unknown) => new Date(String(time)).getTime();

describe('thaw', () => {
  test('thaws, and tells the interval in which all were frozen', async () => {
    const { account, guest, freeze, thaw } = databaseServer();
    const frozen = await freeze();
    await account.clock.advance(5000);
    const before = account.clock.now();
    const { exitCode, json } = await thaw();
    expect(exitCode).toBe(0);
    expect(json).toMatchObject({ owner, thawed: ['/logs', '/data'], since: frozen.json.since, by: 'command', clockSynchronized: true });
    expect(guest.disks.frozenMounts).toEqual([]);
    expect(at(json.frozenUntil)).toBeGreaterThanOrEqual(before);
    expect(at(json.frozenUntil)).toBeLessThanOrEqual(account.clock.now());
    expect([...guest.systemd.loaded.keys()]).toEqual(['instance-mobility-freeze.service']);
  });

  test('frozenUntil lies before the first filesystem was thawed', async () => {
    const { account, guest, freeze, thaw } = databaseServer();
    await freeze();
    guest.breakCommand('fsfreeze', { slow: 3000, where: argv => argv[0] === '--unfreeze' });
    const before = account.clock.now();
    const { json } = await thaw();
    expect(at(json.frozenUntil)).toBeLessThan(before + 1000);
  });

  test('again: the same answer', async () => {
    const { account, freeze, thaw } = databaseServer();
    await freeze();
    const first = await thaw();
    await account.clock.advance(100_000);
    expect(await thaw()).toEqual(first);
  });

  test('after the timer: by timer, frozen until it was due', async () => {
    const { account, freeze, thaw } = databaseServer();
    const frozen = await freeze({ Seconds: '10' });
    await account.clock.advance(20_000);
    const { json } = await thaw();
    expect(json).toMatchObject({ by: 'timer', since: frozen.json.since, frozenUntil: frozen.json.until });
    await account.clock.advance(100_000);
    expect((await thaw()).json).toEqual(json);
  });

  test('long after the timer, when systemd has forgotten it: the same', async () => {
    const { account, freeze, thaw } = databaseServer();
    const frozen = await freeze({ Seconds: '10' });
    await account.clock.advance(1_000_000);
    expect((await thaw()).json).toMatchObject({ by: 'timer', frozenUntil: frozen.json.until });
  });

  test('if somebody else thawed one of them, no interval is claimed', async () => {
    const { guest, freeze, thaw } = databaseServer();
    await freeze();
    guest.disks.unfreeze('/data');
    const { exitCode, json } = await thaw();
    expect(exitCode).toBe(0);
    expect(json).toMatchObject({ by: 'other', frozenUntil: null });
    expect(guest.disks.frozenMounts).toEqual([]);
  });

  test('another owner is refused and thaws nothing', async () => {
    const { guest, freeze, thaw } = databaseServer();
    const frozen = await freeze();
    const { exitCode, json } = await thaw(other);
    expect(exitCode).toBe(3);
    expect(json).toMatchObject({ error: 'HeldByAnother', owner, until: frozen.json.until });
    expect(guest.disks.frozenMounts).toHaveLength(2);
  });

  test('with nothing frozen it succeeds and says so', async () => {
    const { thaw } = databaseServer();
    const { exitCode, json } = await thaw();
    expect(exitCode).toBe(0);
    expect(json).toMatchObject({ thawed: [], since: null, frozenUntil: null, by: null });
  });

  test('somebody else\'s past freeze is nothing to this owner', async () => {
    const { freeze, thaw } = databaseServer();
    await freeze();
    await thaw();
    expect((await thaw(other)).json).toMatchObject({ owner: other, thawed: [], by: null });
  });

  test('after a thaw the same owner freezes anew', async () => {
    const { account, freeze, thaw } = databaseServer();
    const first = await freeze();
    await thaw();
    await account.clock.advance(10_000);
    const second = await freeze();
    expect(at(second.json.since)).toBeGreaterThan(at(first.json.since));
    expect((await thaw()).json).toMatchObject({ since: second.json.since, by: 'command' });
  });

  test('what does not thaw is named, and the timer tries again', async () => {
    const { account, guest, freeze, thaw } = databaseServer();
    await freeze();
    guest.breakCommand('fsfreeze', { exitCode: 1, stderr: 'fsfreeze: /data: unfreeze failed: Input/output error\n', times: 1, where: argv => argv.join() === '--unfreeze,/data' });
    const { exitCode, json } = await thaw();
    expect(exitCode).toBe(6);
    expect(json).toMatchObject({ error: 'ThawFailed', mounts: ['/data'] });
    expect(guest.disks.frozenMounts).toEqual(['/data']);
    await account.clock.advance(61_000);
    expect(guest.disks.frozenMounts).toEqual([]);
  });

  test('a reboot thaws everything and forgets the freeze', async () => {
    const { account, guest, freeze, thaw } = databaseServer();
    await freeze();
    const model = account.ec2.instanceModels.get(guest.instanceId)!;
    model.runningSince = account.clock.now();
    account.ssm.guest(guest.instanceId);
    expect((await thaw()).json).toMatchObject({ thawed: [], by: null });
  });

  test('a bad owner is refused', async () => {
    const { guest, thaw } = databaseServer();
    const { exitCode, json } = await thaw('$(reboot)');
    expect(exitCode).toBe(2);
    expect(json).toMatchObject({ error: 'InvalidParameter' });
    expect(guest.history).toEqual([]);
  });
});
