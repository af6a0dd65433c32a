import { Account } from '../../rehearsal/cloud/account';
import type { Guest } from '../../rehearsal/guest/guest';
import type { Json } from '../../rehearsal/json';
import { scriptText } from '../../lib/private/shell-document';

export const owner = 'arn:aws:states:us-east-1:111122223333:execution:InstanceClone:one';
export const other = 'arn:aws:states:us-east-1:111122223333:execution:InstanceClone:two';

export interface Answer {
  readonly exitCode: number;
  readonly stderr: string;
  readonly json: { [key: string]: Json };
}

export interface DatabaseServer {
  readonly account: Account;
  readonly guest: Guest;
  /** The root volume first. */
  readonly volumes: readonly string[];
  freeze(values?: { Owner?: string; Volumes?: string; Seconds?: string }): Promise<Answer>;
  thaw(owner?: string): Promise<Answer>;
  /** Runs a script in the guest and waits for its end in virtual time; its one line of JSON comes read. */
  script(name: 'freeze' | 'thaw', values: Readonly<Record<string, string>>): Promise<Answer>;
}

export const scriptOf = (name: 'freeze' | 'thaw') => scriptText(`filesystem/${name}.sh`);

const servers: Account[] = [];

/** Lets what still runs in the guests come to its end. */
afterEach(async () => {
  for (const account of servers.splice(0)) await account.clock.advance(120_000);
});

/** An instance with a root volume, /data and /logs, and the scripts of the filesystem documents at hand. */
export function databaseServer(instanceType = 'm6i.large'): DatabaseServer {
  const account = new Account();
  servers.push(account);
  const { instanceId, volumeIds } = account.ec2.addInstance({
    type: instanceType, profile: 'database', volumes: [{ device: '/dev/xvda' }, { device: '/dev/sdf' }, { device: '/dev/sdg' }],
  });
  const [root = '', data = '', logs = ''] = volumeIds;
  const guest = account.ssm.guest(instanceId);
  guest.disks.format(
    { mounts: ['/'], kind: 'xfs', volumes: [root] },
    { mounts: ['/data'], kind: 'xfs', volumes: [data] },
    { mounts: ['/logs'], kind: 'ext4', volumes: [logs] },
  );
  const script = async (name: 'freeze' | 'thaw', values: Readonly<Record<string, string>>): Promise<Answer> => {
    const environment = Object.fromEntries(Object.entries(values).map(([key, value]) => [`SSM_${key}`, value]));
    const { exitCode, stdout, stderr } = await account.clock.run(guest.run({ script: scriptOf(name), environment }));
    expect(stdout).toMatch(/^\{.*\}\n$/);
    return { exitCode, stderr, json: JSON.parse(stdout) as Answer['json'] };
  };
  return {
    account, guest, volumes: volumeIds, script,
    freeze: values => script('freeze', { Owner: owner, Volumes: volumeIds.join(','), Seconds: '60', ...values }),
    thaw: (by = owner) => script('thaw', { Owner: by }),
  };
}
