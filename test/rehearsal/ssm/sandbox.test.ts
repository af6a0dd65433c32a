import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { Account } from '../../../rehearsal/cloud/account';
import type { Guest } from '../../../rehearsal/guest/guest';

function guest(): Guest {
  const account = new Account();
  return account.ssm.guest(account.ec2.addInstance({ profile: 'managed', volumes: [{}, {}] }).instanceId);
}

const touched = path.join(tmpdir(), `guest-touched-${process.pid}`);

describe('a script in a guest touches nothing of this machine', () => {
  test.each([
    ['a command by its path', '/bin/ls', 'restricted'],
    ['output into a file', `echo x > ${touched}`, 'restricted'],
    ['another PATH', 'PATH=/usr/bin:/bin', 'readonly'],
    ['a command that the guest does not have', `touch ${touched}`, 'not found'],
    ['another shell', `exec /bin/sh -c 'echo > ${touched}'`, 'restricted'],
    ['a hash entry for a command by its path', 'hash -p /bin/touch touch', 'restricted'],
    ['another script', 'source /etc/profile', 'restricted'],
  ])('%s', async (_, script, reason) => {
    const it = guest();
    const { exitCode, stderr } = await it.account.clock.run(it.run({ script, environment: {} }));
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain(reason);
    expect(existsSync(touched)).toBe(false);
  });

  test('its environment is empty', async () => {
    const it = guest();
    const { stdout } = await it.account.clock.run(it.run({ script: 'compgen -e', environment: { SSM_Owner: 'me' } }));
    const ownOfBash = ['OLDPWD', 'PWD', 'SHLVL', '_'];
    expect(stdout.split('\n').filter(name => name && !ownOfBash.includes(name)).sort()).toEqual(['PATH', 'SSM_Owner', 'TMPDIR']);
  });

  test('arguments and output pass as they are', async () => {
    const it = guest();
    await it.account.clock.run(it.run({ script: 'systemctl show --property=Description $\'a b\\n"c\' ""', environment: {} }));
    expect(it.history).toEqual(['systemctl show --property=Description a b\n"c ']);
  });

  test('an option that the guest does not know fails', async () => {
    const it = guest();
    const { exitCode, stderr } = await it.account.clock.run(it.run({ script: 'fsfreeze --gently /data/sdf', environment: {} }));
    expect([exitCode, stderr]).toEqual([1, 'fsfreeze: the rehearsal\'s guest knows no option --gently\n']);
  });

  test('a machine without bash is told so', async () => {
    const it = guest();
    const before = process.env.PATH;
    process.env.PATH = '/nonexistent';
    try {
      await expect(it.account.clock.run(it.run({ script: 'true', environment: {} }))).rejects.toThrow('bash');
    } finally {
      process.env.PATH = before;
    }
  });
});

test('virtual time passes where a script waits, and stands still where it works', async () => {
  const it = guest();
  const { clock } = it.account;
  const begun = clock.now();
  clock.after(10, () => { /* something that must not happen while bash is at work */ });
  await clock.run(it.run({ script: 'for n in 1 2 3; do printf x; done; sleep 3600', environment: {} }));
  expect(clock.now() - begun).toBe(3_600_002);
});

test('a frozen root filesystem takes the agent with it', async () => {
  const it = guest();
  await it.account.clock.run(it.run({ script: 'fsfreeze --freeze /', environment: {} }));
  expect(it.reachable).toBe(false);
});
