import type { ReplicationStep } from '../../../lib/private/replication-documents';
import { patience } from '../lab/command';
import { environment, runStep } from '../harness/step';
import { Pair } from '../harness/pair';

jest.setTimeout(600_000 * patience);

/** What must never be taken for anything but text; each would make the file /root/harmed, or lead out of where it belongs. */
const malicious = [
  '$(touch /root/harmed)', '`touch /root/harmed`', "'; touch /root/harmed; '", '"; touch /root/harmed; "', 'x;touch /root/harmed', 'x\ntouch /root/harmed',
  'a[$(touch /root/harmed)]', '-rf /', '../../../etc', '/srv/data/../../etc', '/srv/data,$(touch${IFS}/root/harmed)', '*', '%s%n', '\u0001', 'x'.repeat(100_000),
];

const session = '0123456789ab';
const side = {
  Session: session, Owner: `arn:aws:states:eu-west-1:111122223333:execution:Sync:${session}`, Engine: 'drbd', Services: 'writer.service',
  OwnAddress: '10.9.0.1', PeerAddress: '10.9.0.2', Encryption: 'none',
};
const right: Record<ReplicationStep, Record<string, string>> = {
  'inspect': { Mounts: '/srv/data', Services: 'writer.service' },
  'prepare-source': { ...side, Mounts: '/srv/data' },
  'prepare-target': { ...side, Volumes: '/srv/data:134217728:512:ext4:disk:/dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_AWSAAAAAAAAAAAAAA0:rw' },
  'switch-source': { Session: session },
  'switch-target': { Session: session },
  'status': { Session: session },
  'verify': { Session: session },
  'finalize': { Session: session },
  'release-source': { Session: session },
  'fall-back': { Session: session },
  'resume': { Session: session },
};

describe('what SSM would not let pass the scripts refuse themselves', () => {
  let pair: Pair;
  beforeAll(async () => { pair = await Pair.boot(); });
  afterAll(() => pair?.end());

  test.each(Object.keys(right) as ReplicationStep[])('%s', async step => {
    const variables = environment(step, right[step]);
    for (const name of Object.keys(variables)) {
      for (const value of malicious) {
        const outcome = await runStep(pair.source, step, { ...variables, [name]: value });
        expect({ name, value: value.slice(0, 40), ...outcome }).toMatchObject({ status: 2, answer: { error: 'InvalidParameter' } });
      }
      const without = Object.fromEntries(Object.entries(variables).filter(([each]) => each !== name));
      expect({ name, ...await runStep(pair.source, step, without) }).toMatchObject({ status: 10, answer: { error: 'AgentTooOld' } });
    }
    expect(await pair.source.run('ls /root/harmed /var/lib/instance-mobility 2>/dev/null; true')).toBe('');
  });

  test('steps of a session that this host does not know', async () => {
    for (const step of ['switch-source', 'switch-target', 'status', 'verify', 'finalize', 'release-source', 'fall-back', 'resume'] as const) {
      expect({ step, ...await runStep(pair.source, step, environment(step, right[step])) }).toMatchObject({ status: 4, answer: { error: 'NotFound' } });
    }
  });
});
