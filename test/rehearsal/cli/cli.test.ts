import { spawnSync } from 'child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join, resolve } from 'path';

const root = resolve(__dirname, '../../..');
const rehearse = (...args: readonly string[]) => spawnSync(process.execPath, ['--import', 'tsx', 'rehearsal/cli.ts', ...args], { cwd: root, encoding: 'utf8' });

test('--list tells the scenarios', () => {
  const { status, stdout } = rehearse('--list');
  expect(status).toBe(0);
  expect(stdout.trim().split('\n').map(line => line.split(' ')[0])).toEqual([
    'clone', 'clone-isolated', 'clone-warmed', 'clone-plan-only', 'clone-freeze', 'clone-windows', 'clone-volume-copy', 'clone-shared', 'clone-own-volume', 'clone-writable', 'clone-elsewhere', 'clone-other-region', 'clone-other-account', 'clone-fleet',
    'clone-launch-failure', 'clone-abort',
    'clone-of-clone-fails', 'clone-expiry', 'sync', 'sync-pre-copy', 'sync-md', 'sync-plan-only', 'sync-fall-back', 'sync-target-lost', 'sync-abort',
    'edge-roundtrip', 'edge-capacity', 'edge-link-down', 'edge-nonconverging', 'edge-fleet', 'edge-two-fleets', 'edge-replay',
  ]);
}, 30_000);

test('what can not be meant ends with status 2 and says what can', () => {
  const { status, stdout, stderr } = rehearse('colne');
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain("no scenario is called 'colne'; there are clone, ");
}, 30_000);

test('a scenario that can not be played on virtual machines is told, and which can', () => {
  const { status, stderr } = rehearse('clone', '--hosts', 'vm');
  expect([status, stderr.trim()]).toEqual([2, '--hosts vm: the scenario clone can not be played on virtual machines; sync, sync-pre-copy, sync-md, sync-plan-only, sync-fall-back, sync-target-lost, sync-abort can']);
}, 30_000);

test('traces for a scenario that makes up no loads, or from a folder that has none', () => {
  const wrong = rehearse('clone', '--traces', '.');
  expect([wrong.status, wrong.stderr.trim()]).toEqual([2, '--traces: the scenario clone makes up no loads that traces could stand for; edge-fleet, edge-replay do']);
  const empty = rehearse('edge-replay', '--traces', 'docs');
  expect([empty.status, empty.stderr.trim()]).toEqual([2, expect.stringContaining('there are no loads in docs')]);
}, 60_000);

test('--json prints one document and nothing else, and leaves a page', () => {
  const { status, stdout } = rehearse('clone-plan-only', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ scenario: 'clone-plan-only', outcome: 'SUCCEEDED', asExpected: true, created: [], removed: [] });
  expect(status).toBe(0);
  expect(readFileSync(join(root, 'rehearsal/out/clone-plan-only.html'), 'utf8')).toMatch(/^<!doctype html>/);
}, 60_000);

test('an imported account: what is assumed is said, what can not be cloned is refused by name, and the status tells it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'account-'));
  const instance = (InstanceId: string, more: object) => ({
    InstanceId, InstanceType: 't3.micro', ImageId: 'ami-0123456789abcdef0', State: { Code: 16, Name: 'running' }, RootDeviceName: '/dev/xvda',
    Placement: { AvailabilityZone: 'eu-west-1a' }, SubnetId: 'subnet-0123456789abcdef0', VpcId: 'vpc-0123456789abcdef0', PrivateIpAddress: '10.0.0.5',
    BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeId: InstanceId.replace('i-', 'vol-'), DeleteOnTermination: true } }],
    SecurityGroups: [{ GroupId: 'sg-0aaaaaaaaaaaaaaaa', GroupName: 'web' }], ...more,
  });
  writeFileSync(join(folder, 'instances.json'), JSON.stringify({ Reservations: [{ OwnerId: '444455556666', Instances: [
    instance('i-0aaaaaaaaaaaaaaaa', {}),
    instance('i-0bbbbbbbbbbbbbbbb', { IamInstanceProfile: { Arn: 'arn:aws:iam::444455556666:instance-profile/web' } }),
  ] }] }));
  try {
    const { status, stdout } = rehearse('--account', folder);
    expect(stdout).toContain('account 444455556666 is called 111122223333 in the rehearsal');
    expect(stdout).toMatch(/assumed: .*i-0aaaaaaaaaaaaaaaa i-0bbbbbbbbbbbbbbbb/);
    expect(stdout).toMatch(/✓ i-0aaaaaaaaaaaaaaaa can be cloned/);
    expect(stdout).toMatch(/✗ i-0bbbbbbbbbbbbbbbb can not be cloned: RoleNotPassable .*passableRoles/);
    expect(status).toBe(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);

/** Processes that know the folder as theirs for temporary files; none where there is no /proc to tell. */
function processesIn(folder: string): string[] {
  const environmentOf = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    } catch {
      return []; // it has ended meanwhile
    }
  };
  return existsSync('/proc') ? readdirSync('/proc').filter(each => /^\d+$/.test(each) && environmentOf(each).includes(`TMPDIR=${folder}`)) : [];
}

test.each([
  // a second later, for a process that was killed does not end on the spot
  ['Ctrl-C', '"$0" --import tsx rehearsal/cli.ts edge-fleet & while ! ls "$TMPDIR"/instance-mobility-* >/dev/null 2>&1; do sleep 0.2; done; kill -INT $!; wait $!; s=$?; sleep 1; exit $s', 130],
  ['a reader that has seen enough', 'set -o pipefail; "$0" --import tsx rehearsal/cli.ts clone-plan-only | head -n 1', 1],
])('broken off by %s it leaves nothing, and says nothing', (_, script, status) => {
  const folder = mkdtempSync(join(tmpdir(), 'broken-off-'));
  try {
    const ended = spawnSync('bash', ['-c', script, process.execPath], { cwd: root, encoding: 'utf8', env: { ...process.env, TMPDIR: folder } });
    expect([ended.status, ended.stderr]).toEqual([status, '']);
    expect(readdirSync(folder).filter(name => name.startsWith('instance-mobility-'))).toEqual([]);
    expect(processesIn(folder)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, maxRetries: 5 });
  }
}, 60_000);
