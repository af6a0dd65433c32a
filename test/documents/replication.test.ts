import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPLICATION_ENGINES, ReplicationEngine, replicationParameters, replicationScript, ReplicationStep } from '../../lib/private/replication-documents';

const FOLDER = join(__dirname, '../../documents/replication');
const steps = readdirSync(FOLDER).filter(name => name.endsWith('.sh')).map(name => name.slice(0, -3) as ReplicationStep);
const parts = readdirSync(join(FOLDER, 'parts'));

const folder = mkdtempSync(join(tmpdir(), 'replication-'));
const file = (step: string, engine: ReplicationEngine = 'drbd'): string => join(folder, `${step}-${engine}.sh`);
const assembled = steps.flatMap(step => REPLICATION_ENGINES.map(engine => ({ step, engine })));
for (const { step, engine } of assembled) writeFileSync(file(step, engine), replicationScript(step, engine), { mode: 0o755 });
afterAll(() => rmSync(folder, { recursive: true }));

/** The functions of a script by name, and under '' what stands outside of them. */
function functionsOf(text: string): Map<string, string> {
  const found = new Map<string, string>();
  const rest = text.replaceAll(/^(\w+)\(\) \{(.*\}|[^]*?\n\})$/gm, (_, name: string, body: string) => {
    found.set(name, body);
    return '';
  });
  return found.set('', rest);
}

/** Names with a word of more than one part are functions wherever they stand; others are words of messages, too. */
const FUNCTIONS = [...parts.map(part => join('parts', part)), ...steps.map(step => `${step}.sh`)]
  .flatMap(name => [...functionsOf(readFileSync(join(FOLDER, name), 'utf8')).keys()]).filter(name => name.includes('_'));

/** Functions of any part that a script may call, and has not. */
function missingIn(text: string, engine: ReplicationEngine): string[] {
  const own = functionsOf(text);
  const seen = new Set<string>();
  const missing = new Set<string>();
  const follow = (body: string): void => {
    const code = body.replaceAll(/(^|\s)#.*$/gm, '').replaceAll(/engine_call (\w+)/g, `engine_call ${engine}_$1`);
    const words = new Set(code.match(/[A-Za-z]\w*(?![\w=[.])/g));
    for (const name of [...own.keys(), ...FUNCTIONS]) {
      if (!words.has(name) || seen.has(name)) continue;
      seen.add(name);
      if (own.has(name)) follow(own.get(name)!);
      // of an engine a script has what its side needs
      else if (!REPLICATION_ENGINES.some(each => name.startsWith(`${each}_`))) missing.add(name);
    }
  };
  follow(own.get('')!);
  return [...missing];
}

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

/** The text as ShellDocument may shorten it: no comments, not those of functions either, no indentation. */
function shortened(text: string): string[] {
  const [first, ...rest] = text.trimEnd().split('\n');
  return [first!, ...rest.map(line => line.trimStart().replace(/^(\w+\(\) \{) #.*$/, '$1')).filter(line => line !== '' && !line.startsWith('#'))];
}

test('there is a script for each step, and no other', () => {
  expect(steps.sort()).toEqual(['fall-back', 'finalize', 'inspect', 'pre-copy', 'prepare-source', 'prepare-target', 'release-source', 'resume', 'status',
    'switch-source', 'switch-target', 'verify']);
});

describe.each(assembled)('the script $step with $engine', ({ step, engine }) => {
  const text = readFileSync(file(step, engine), 'utf8');

  test('names parts that exist, each once, and nothing that SSM would replace', () => {
    const named = [...readFileSync(join(FOLDER, `${step}.sh`), 'utf8').matchAll(/^# part: (.*)$/gm)].map(([, part]) => part!.replace(/^engine(?=[-.])/, engine));
    expect(named.filter(part => !parts.includes(part))).toEqual([]);
    expect(new Set(named).size).toBe(named.length);
    expect(text).not.toContain('# part:');
    expect(text).not.toMatch(/\{\{/);
  });

  // what bash would tell only when it comes there
  test('has every function that it may come to', () => expect(missingIn(readFileSync(file(step, engine), 'utf8'), engine)).toEqual([]));

  test('fits into a document, and means the same without comments and indentation', () => {
    const lines = shortened(text);
    // 64 KiB, of which the rest of a document takes less than a hundredth; md does not copy ahead, and has no document for it
    if (step !== 'pre-copy' || engine !== 'md') expect(JSON.stringify([lines.join('\n'), replicationParameters(step)]).length).toBeLessThan(64_900);
    const functions = (from: string[]): string => {
      const input = from.slice(0, from.indexOf('begin')).join('\n');
      const { stdout } = spawnSync('bash', ['-c', 'eval "$(cat)"; declare -f'], { input, encoding: 'utf8' });
      return stdout.replace(/^[ \t]+/gm, '').replace(/^#.*\n/gm, '');
    };
    expect(functions(lines).length).toBeGreaterThan(5000);
    expect(functions(lines)).toBe(functions(text.split('\n')));
  });
});

describe.each(steps)('the script %s', step => {
  const text = readFileSync(file(step), 'utf8');

  test('begins by reading every parameter that its document declares', () => {
    const [, names] = /^declared (.*)$/m.exec(text)!;
    expect(names!.split(' ').sort()).toEqual(Object.keys(replicationParameters(step)).sort());
  });

  test.each(Object.keys(declared(step)))('without %s: the agent is too old', name => {
    const others = Object.entries(declared(step)).filter(([other]) => other !== name);
    expect(run(step, Object.fromEntries(others))).toMatchObject({ status: 10, json: { error: 'AgentTooOld', message: expect.stringContaining(name) as string }, lines: 1 });
  });

  const evil = ['$(touch /tmp/evil)', '`id`', 'a;b', 'a\'b', 'a"b', 'a b', 'a\nb', '../x', '*', '-x', '|', 'ä'];
  test.each(Object.keys(declared(step)))('refuses what is no %s', name => {
    for (const value of evil) {
      expect([value, run(step, { ...declared(step), [name]: value })]).toMatchObject([value, { status: 2, json: { error: 'InvalidParameter' }, lines: 1 }]);
    }
  });
});

const later = steps.filter(step => !['inspect', 'prepare-source', 'prepare-target'].includes(step));
test.each(later)('%s of a session that is not known: NotFound', step => {
  expect(run(step, { ...declared(step), Session: 'ffffffffffff' })).toMatchObject({ status: 4, json: { error: 'NotFound' } });
});

const disk = (mount: string, device: string): string => `${mount}:1073741824:512:ext4:disk:/dev/disk/by-id/${device}:rw`;
test.each<[ReplicationStep, string, string]>([
  ['prepare-source', 'Mounts', ''],
  ['prepare-source', 'Mounts', '/'],
  ['prepare-source', 'Mounts', '/srv/../etc'],
  ['prepare-source', 'Mounts', '/srv//data'],
  ['prepare-source', 'Mounts', '/srv/data/'],
  ['prepare-source', 'Mounts', '/srv/data,/srv/data'],
  ['prepare-source', 'Mounts', '/1,/2,/3,/4,/5,/6,/7,/8,/9'],
  ['prepare-source', 'Services', 'a.service,a.service'],
  ['prepare-source', 'Services', '-a.service'],
  ['prepare-source', 'Services', 'a.mount'],
  ['prepare-source', 'OwnAddress', '10.0.0.256'],
  ['prepare-source', 'OwnAddress', '10.0.0.2'],
  ['prepare-source', 'OwnAddress', '010.0.0.1'],
  ['prepare-source', 'Port', '999'],
  ['prepare-source', 'Port', '65000'],
  ['prepare-source', 'MetadataDirectory', '/'],
  ['prepare-source', 'MetadataDirectory', '/var/../etc'],
  ['prepare-target', 'Volumes', ''],
  ['prepare-target', 'Volumes', disk('/srv/data', 'a+/dev/disk/by-id/b')],
  ['prepare-target', 'Volumes', `${disk('/a', 'one')};${disk('/a', 'two')}`],
  ['prepare-target', 'Volumes', `${disk('/a', 'one')};${disk('/b', 'one')}`],
  ['prepare-target', 'Volumes', disk('/', 'one')],
  ['prepare-target', 'Volumes', disk('/srv/data', '../../sda')],
  ['prepare-target', 'Volumes', disk('/srv/data', 'one').replace('1073741824', '1234567890123456789')],
  ['prepare-target', 'Volumes', disk('/srv/data', 'one').replace(':512:', ':520:')],
  ['switch-target', 'HotFiles', 'A'.repeat(20_001)],
])('%s %s=%s is refused', (step, name, value) => {
  expect(run(step, { ...declared(step), [name]: value })).toMatchObject({ status: 2, json: { error: 'InvalidParameter' }, lines: 1 });
});

/** What a part says on a host where these functions and files are. */
const say = (part: string, ...lines: string[]): string => spawnSync('bash', ['-c', ['set -u', `. ${join(FOLDER, 'parts', part)}`, ...lines].join('\n')], { encoding: 'utf8' }).stdout;

/** What DRBD is told of a pace of 5000 to 6000 KiB/s. */
const drbdRates = (rate: number, ...host: string[]): string =>
  spawnSync('bash', ['-c', ['set -u', ...['drbd.sh', 'drbd-serve.sh', 'engines.sh'].map(part => `. ${join(FOLDER, 'parts', part)}`), 'directory=/nonexistent',
    'declare -A settings=([minor.0]=3 [minor.1]=4 [minor.2]=5 [minRate]=5000 [maxRate]=6000)', 'engine_call() { "drbd_$1" "${@:2}"; }', 'drbdsetup() { echo "$@"; }',
    `drbd_state() { rate=${rate} bytes_left=\${remaining[$1]} state=\${doing:-synchronising}; }`, ...host, 'drbd_rates'].join('\n')], { encoding: 'utf8' }).stdout;

describe('DRBD', () => {
  test.each([
    [0, 256], [10e6, 256], [27e6, 263], [100e6, 976], [409e6, 3994], [625e6, 4096], [4e9, 4096],
  ])('that brings %d bytes a second has %d KiB on its way', (rate, kibibytes) => {
    const said = drbdRates(rate, 'mounts=(/one /two)', 'drbd_has_disk() { [[ $1 == 1 ]]; }', 'declare -A remaining=([0]=0 [1]=5)');
    // the first volume is not attached: nothing is told of it
    expect(said).toBe(`disk-options 4 --c-min-rate=5000k --c-max-rate=6000k --c-fill-target=${kibibytes}k\n`);
  });

  test.each([32_704, 32_767, 32_768, 32_769, 63, 64])('of %d blocks is longer, by whole blocks, and never a multiple of 64', blocks => {
    const tail = Number(say('drbd.sh', `sizes=(${blocks * 4096})`, 'drbd_tail 0')) / 8;
    expect([1, 2]).toContain(tail);
    expect((blocks + tail) % 64).not.toBe(0);
  });

  test('shares its limits among the volumes that are not complete yet, or are compared', () => {
    const told = (...left: number[]): string[] => drbdRates(0, 'mounts=(/one /two /three)', 'drbd_has_disk() { :; }',
      `declare -A remaining=(${left.map((bytes, index) => `[${index}]=${bytes}`).join(' ')})`).trim().split('\n').map(line => line.split(' ').slice(2, 4).join(' '));
    expect(told(1, 1, 1)).toEqual(Array(3).fill('--c-min-rate=1666k --c-max-rate=2000k'));
    expect(told(0, 7, 9)).toEqual(Array(3).fill('--c-min-rate=2500k --c-max-rate=3000k'));
    expect(told(0, 0, 0)).toEqual(Array(3).fill('--c-min-rate=5000k --c-max-rate=6000k'));
    const compared = drbdRates(0, 'mounts=(/one /two)', 'drbd_has_disk() { :; }', 'declare -A remaining=([0]=0 [1]=0) doing=verifying');
    expect(compared.match(/--c-max-rate=\S+/g)).toEqual(Array(2).fill('--c-max-rate=3000k'));
  });

  test('may use a sixteenth of the memory for what comes in, and no more than 256 MiB', () => {
    const pages = (kibibytes: number, page = 4096): number => {
      const memory = join(folder, 'meminfo');
      writeFileSync(memory, `MemFree: 1 kB\nMemTotal:       ${kibibytes} kB\nMemAvailable: 2 kB\n`);
      return Number(say('drbd.sh', `awk() { command awk "$1" "$2" "$3" ${memory}; }`, `getconf() { echo ${page}; }`, 'drbd_buffers'));
    };
    expect([512, 3800, 4096, 65536].map(megabytes => pages(megabytes * 1024))).toEqual([8192, 60800, 65536, 65536]);
    expect([512, 65536].map(megabytes => pages(megabytes * 1024, 65536))).toEqual([512, 4096]);
  });
});

describe('hot files', () => {
  const data = join(folder, 'data');
  beforeAll(() => {
    mkdirSync(data);
    for (const [name, bytes] of [['large', 9 * 4096], ['with blank', 5 * 4096], ['open', 2 * 4096], ['small', 4096]] as const) writeFileSync(join(data, name), Buffer.alloc(bytes, 1));
  });
  const found = (...host: string[]): string[] =>
    say('hot-files.sh', `mounts=(${data})`, `exec 3<${data}/open 4<"${data}/with blank"`, ...host, 'hot_files').trim().split('\n');

  test('are those in memory, open ones first, each once', () => {
    const fincore = `fincore() { shift 5; local file; for file; do case $file in */small) echo "4096 4096 $file" ;; */open) echo "8192 8192 $file" ;; */large) echo "4096 36864 $file" ;; *) echo "0 20480 $file" ;; esac; done; }`;
    // xargs runs programs, not functions
    const xargs = 'xargs() { local -a files; mapfile -d "" -t files; case " $* " in *" fincore "*) fincore 1 2 3 4 5 "${files[@]}" ;; *) command stat --printf="%s\\t%F\\t%n\\n" "${files[@]}" ;; esac; }';
    const lines = found(fincore, xargs, 'timeout() { shift; "$@"; }');
    // of the large one most is not in memory; the other open one comes last, for nothing of it is
    expect(lines).toEqual(['8192\t0\topen', '4096\t0\tsmall', '20480\t0\twith blank']);
  });

  test('without fincore are the open ones, the small ones first', () => {
    expect(found('command() { [[ "$*" != "-v fincore" ]] && builtin command "$@"; }')).toEqual(['8192\t0\topen', '20480\t0\twith blank']);
  });
});

describe('shellcheck', () => {
  // what parts and steps share is assigned in one file and used in another
  const check = (...files: string[]): string =>
    spawnSync('shellcheck', ['--shell=bash', '--severity=warning', '--exclude=SC2034,SC2154', '--format=gcc', ...files], { encoding: 'utf8' }).stdout;
  const present = spawnSync('shellcheck', ['--version']).status === 0;
  (present ? test : test.skip)('finds nothing in the scripts and their parts', () => {
    expect(check(...assembled.map(({ step, engine }) => file(step, engine)), ...parts.map(part => join(FOLDER, 'parts', part)))).toBe('');
    const broken = join(folder, 'broken.sh');
    writeFileSync(broken, 'broken() { local path=$(mktemp); printf "$path"; rm -rf $path/*; }\n');
    expect(check(broken)).toContain('SC2155');
  });
});
