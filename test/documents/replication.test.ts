import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replicationParameters, ReplicationStep } from '../../lib/private/replication-documents';
import { scriptText } from '../../lib/private/shell-document';

const FOLDER = join(__dirname, '../../documents/replication');
const steps = readdirSync(FOLDER).filter(name => name.endsWith('.sh')).map(name => name.slice(0, -3) as ReplicationStep);
const parts = readdirSync(join(FOLDER, 'parts'));

const folder = mkdtempSync(join(tmpdir(), 'replication-'));
const file = (step: string): string => join(folder, `${step}.sh`);
for (const step of steps) writeFileSync(file(step), scriptText(`replication/${step}.sh`), { mode: 0o755 });
afterAll(() => rmSync(folder, { recursive: true }));

/** What a step would be told for a whole move of one disk. */
const good: Record<string, string> = {
  Session: '0123456789ab',
  Owner: 'arn:aws:states:eu-central-1:123456789012:execution:sync:one',
  Engine: 'drbd',
  Mounts: '/srv/data',
  Volumes: '/srv/data:1073741824:512:ext4:disk:/dev/disk/by-id/nvme-none:rw,relatime',
  OverwriteTarget: 'no',
  Services: 'no-such-unit-of-ours.service',
  OwnAddress: '10.0.0.1',
  PeerAddress: '10.0.0.2',
  Port: '7788',
  Encryption: 'none',
  PeerKey: '',
  InstallPackages: 'no',
  MetadataDirectory: '/var/lib/instance-mobility',
  HotFiles: '',
  MinRate: '',
  MaxRate: '',
  Restart: 'no',
  PeerLost: 'no',
  AcceptLoss: 'no',
};

interface Answer { status: number | null; json: { error?: string; message?: string; [member: string]: unknown }; lines: number }

function run(step: ReplicationStep, parameters: Readonly<Record<string, string>>): Answer {
  const env = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`SSM_${name}`, value]));
  const { status, stdout } = spawnSync('bash', [file(step)], { env: { PATH: process.env.PATH, ...env }, encoding: 'utf8', timeout: 60_000 });
  return { status, json: JSON.parse(stdout) as Answer['json'], lines: stdout.trimEnd().split('\n').length };
}

function declared(step: ReplicationStep): Record<string, string> {
  return Object.fromEntries(Object.keys(replicationParameters(step)).map(name => [name, good[name]!]));
}

/** The text as ShellDocument may shorten it: no comments, no indentation. */
function shortened(text: string): string[] {
  const [first, ...rest] = text.trimEnd().split('\n');
  return [first!, ...rest.map(line => line.trimStart()).filter(line => line !== '' && !line.startsWith('#'))];
}

test('there is a script for each step, and no other', () => {
  expect(steps.sort()).toEqual(['fall-back', 'finalize', 'inspect', 'prepare-source', 'prepare-target', 'release-source', 'resume', 'status',
    'switch-source', 'switch-target', 'verify']);
});

describe.each(steps)('the script %s', step => {
  const text = readFileSync(file(step), 'utf8');

  test('names parts that exist, each once, and nothing that SSM would replace', () => {
    const named = [...readFileSync(join(FOLDER, `${step}.sh`), 'utf8').matchAll(/^# part: (.*)$/gm)].map(([, part]) => part!);
    expect(named.filter(part => !parts.includes(part))).toEqual([]);
    expect(new Set(named).size).toBe(named.length);
    expect(text).not.toContain('# part:');
    expect(text).not.toMatch(/\{\{/);
  });

  test('fits into a document, and means the same without comments and indentation', () => {
    const lines = shortened(text);
    expect(JSON.stringify(lines).length).toBeLessThan(58_000);
    const short = spawnSync('bash', ['-c', 'source /dev/stdin; declare -f'], { input: lines.filter(line => !/^begin$/.test(line)).join('\n').split('\nbegin\n')[0]!.replace(/\ndeclared [\s\S]*/, ''), encoding: 'utf8' });
    const long = spawnSync('bash', ['-c', 'source /dev/stdin; declare -f'], { input: text.replace(/\nbegin\n[\s\S]*/, '\n'), encoding: 'utf8' });
    const bare = (said: string): string => said.replace(/^\s+/gm, '').replace(/^#.*\n/gm, '');
    expect(bare(short.stdout)).toBe(bare(long.stdout));
    expect(long.stdout.length).toBeGreaterThan(5000);
  });

  test('begins by reading every parameter that its document declares', () => {
    const [, names] = /^declared (.*)$/m.exec(text)!;
    expect(names!.split(' ').sort()).toEqual(Object.keys(replicationParameters(step)).sort());
  });

  test.each(Object.keys(declared(step)))('without %s: the agent is too old', name => {
    const { [name]: _, ...others } = declared(step);
    expect(run(step, others)).toMatchObject({ status: 10, json: { error: 'AgentTooOld', message: expect.stringContaining(name) as string }, lines: 1 });
  });

  const evil = ['$(touch /tmp/evil)', '`id`', 'a;b', "a'b", 'a"b', 'a b', 'a\nb', '../x', '*', '-x', 'ä'];
  const cases = Object.keys(declared(step)).flatMap(name => evil.map(value => [name, value] as const));
  test.each(cases)('%s=%j is refused', (name, value) => {
    expect(run(step, { ...declared(step), [name]: value })).toMatchObject({ status: 2, json: { error: 'InvalidParameter' }, lines: 1 });
  });
});
