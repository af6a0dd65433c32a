import { type ReplicationEngine, replicationScript, type ReplicationStep } from '../../../lib/private/replication-documents';
import { patience } from '../lab/command';
import type { Machine } from '../lab/machine';
import { environment, runStep } from '../harness/step';
import { Pair } from '../harness/pair';
import { engines } from './scenario';

jest.setTimeout(600_000 * patience);

/** What must never be taken for anything but text; each would make the file /root/harmed, or lead out of where it belongs. */
const malicious = [
  '$(touch /root/harmed)', "'; touch /root/harmed; '", 'x\ntouch /root/harmed', 'a[$(touch /root/harmed)]', '../../../etc', '/srv/data/../../etc',
];

const session = '0123456789ab';
const side = (engine: ReplicationEngine) => ({
  Session: session, Owner: `arn:aws:states:eu-west-1:111122223333:execution:Sync:${session}`, Engine: engine, Services: 'writer.service',
  OwnAddress: '10.9.0.1', PeerAddress: '10.9.0.2', Encryption: 'none',
});
const rightOf = (engine: ReplicationEngine): Record<ReplicationStep, Record<string, string>> => ({
  'inspect': { Mounts: '/srv/data', Services: 'writer.service' },
  'prepare-source': { ...side(engine), Mounts: '/srv/data' },
  'prepare-target': { ...side(engine), Volumes: '/srv/data:134217728:512:ext4:disk:/dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_AWSAAAAAAAAAAAAAA0:rw' },
  'pre-copy': { Session: session },
  'switch-source': { Session: session },
  'switch-target': { Session: session },
  'status': { Session: session },
  'verify': { Session: session },
  'finalize': { Session: session },
  'release-source': { Session: session },
  'fall-back': { Session: session },
  'resume': { Session: session },
});

/** A document's script with many environments, one after the other, by a single command: what each printed, its status last. */
async function runEach(machine: Machine, step: ReplicationStep, engine: ReplicationEngine, environments: readonly Record<string, string>[]): Promise<string[]> {
  const files = environments.map(variables => Buffer.from(Object.entries(variables).map(([name, value]) => `${name}=${value}\0`).join('')).toString('base64'));
  const out = await machine.run(`cat >/root/step.sh <<'END OF THE STEP'
${replicationScript(step, engine)}
END OF THE STEP
chmod 700 /root/step.sh
for file in ${files.map(file => `'${file}'`).join(' ')}; do
  mapfile -d '' -t variables < <(base64 -d <<<"$file")
  env "\${variables[@]}" /root/step.sh 2>/dev/null </dev/null | head -c 5000
  printf '%s\\0' "\${PIPESTATUS[0]}"
done`, {}, 300 * patience);
  return out.split('\0').slice(0, -1);
}

describe.each(engines)('%s: what SSM would not let pass the scripts refuse themselves', engine => {
  const right = rightOf(engine);
  let pair: Pair;
  beforeAll(async () => { pair = await Pair.boot({ engine }); });
  afterAll(() => pair?.end());

  test.each(Object.keys(right) as ReplicationStep[])('%s', async step => {
    const variables = environment(step, right[step]);
    const cases = Object.keys(variables).flatMap(name => [
      ...malicious.map(value => ({ name, value, status: 2, error: 'InvalidParameter' })),
      { name, value: undefined, status: 10, error: 'AgentTooOld' },
    ]);
    const answers = await runEach(pair.source, step, engine, cases.map(({ name, value }) => {
      const { [name]: proper, ...others } = variables;
      return value === undefined || proper === undefined ? others : { ...others, [name]: value };
    }));
    expect(answers).toHaveLength(cases.length);
    cases.forEach(({ name, value, status, error }, index) => {
      const [, line, ended] = /^(.*)\n(\d+)$/.exec(answers[index]!) ?? [];
      expect({ name, value, answer: JSON.parse(line ?? 'null') as unknown, status: Number(ended) }).toMatchObject({ name, value, answer: { error }, status });
    });
    expect(await pair.source.run('ls /root/harmed /var/lib/instance-mobility 2>/dev/null; true')).toBe('');
  });

  test('steps of a session that this host does not know', async () => {
    for (const step of ['switch-source', 'switch-target', 'status', 'verify', 'finalize', 'release-source', 'fall-back', 'resume'] as const) {
      expect({ step, ...await runStep(pair.source, step, engine, environment(step, right[step])) }).toMatchObject({ status: 4, answer: { error: 'NotFound' } });
    }
  });
});
