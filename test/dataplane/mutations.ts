/**
 * Breaks the scripts on purpose, one mistake at a time, in a copy, and sees to it that a scenario turns red, and for that reason:
 * npx tsx test/dataplane/mutations.ts [NAME …]
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Mutation {
  /** Below documents/: what is written there instead of what; each must be found exactly once. */
  readonly changes: readonly { readonly file: string; readonly from: string; readonly to: string }[];
  readonly scenario: string;
  /** Of the test, as a regular expression. */
  readonly name: string;
  /** What the failure must say: any other would be about the lab. */
  readonly because: RegExp;
}

const DRBD = 'replication/parts/drbd.sh';

const mutations: Record<string, Mutation> = {
  'without suspend-io': {
    changes: [{ file: DRBD, from: 'lost=suspend-io', to: 'lost=io-error' }],
    scenario: 'source-lost', name: 'during the synchronisation', because: /I\/O error|EXT4-fs error|Aborting journal|Input\/output error/,
  },
  'finalize before the synchronisation': {
    changes: [{ file: 'replication/finalize.sh', from: '    check_complete\n', to: '' }],
    scenario: 'repeated', name: 'every step may be repeated', because: /"status": 8|WrongState/,
  },
  'finalize without a comparison': {
    changes: [{ file: 'replication/finalize.sh', from: '[[ ${settings[verified]} == 0 ]] ||', to: 'true ||' }],
    scenario: 'repeated', name: 'every step may be repeated', because: /"status": 8|WrongState/,
  },
  'md does not give way': {
    changes: [{ file: 'replication/parts/md-keeper.sh', from: '    md_yield\n', to: '' }],
    scenario: 'slow-link', name: '^md.*the rate decides', because: /> +\d+ \|.*expect\((hard\.synchronised|gentle\.records)\)/,
  },
  'the metadata not flushed': {
    changes: [
      { file: DRBD, from: '--direct-io=on', to: '--direct-io=off' },
      { file: DRBD, from: '[[ $direct != 1 ]]', to: '[[ $direct == x ]]' },
      { file: DRBD, from: 'on-io-error detach; al-extents', to: 'md-flushes no; on-io-error detach; al-extents' },
    ],
    // the source takes itself for one that has no data, as its metadata was made
    scenario: 'source-power-off', name: '^drbd.*power-off during the synchronisation', because: /--- source\s+version.*\s+srcversion.*\s+0: cs:\w+ ro:\w+\/\w+ ds:Inconsistent\//,
  },
  'the fence forgotten': {
    changes: [{ file: 'volumes/mount-read-only.sh', from: 'options=ro,noload', to: 'options=ro' }, { file: 'volumes/parts/answers.sh', from: 'blockdev --setro', to: 'blockdev --getro' },
      { file: 'volumes/parts/answers.sh', from: '[[ $(blockdev --getro "$name" 2>&1) == 1 ]] || return 1', to: 'true' }, { file: 'volumes/parts/fencing.sh', from: '--setro $devnode', to: '--getro $devnode' }],
    scenario: 'volumes', name: 'dirty journals', because: /Expected: true|^\s*- 1\n\s*\+ 0$/m,
  },
};

const root = join(__dirname, '..', '..');

/** A copy of what the scenarios need, with the mistake in it; what is large is the original's. */
function copyOf(name: string, { changes }: Mutation): string {
  const folder = join(root, '.cache', 'mutations', name.replaceAll(' ', '-'));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, '.cache'), { recursive: true });
  for (const each of ['documents', 'lib', 'lambda', 'rehearsal', 'test', 'package.json', 'jest.config.cjs', 'jest.dataplane.config.cjs', 'tsconfig.json']) {
    cpSync(join(root, each), join(folder, each), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  symlinkSync(join(root, '.cache', 'dataplane'), join(folder, '.cache', 'dataplane'));
  for (const { file, from, to } of changes) {
    const path = join(folder, 'documents', file);
    const text = readFileSync(path, 'utf8');
    if (text.split(from).length !== 2) throw new Error(`${name}: ${file} does not hold exactly once: ${from}`);
    writeFileSync(path, text.replace(from, () => to));
  }
  return folder;
}

/** Plays the scenario in a folder; what it printed, and whether it was green. */
function play(folder: string, { scenario, name }: Mutation): Promise<{ green: boolean; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('npx', ['jest', '--config', 'jest.dataplane.config.cjs', '--runInBand', `/${scenario}.test.ts`, '-t', name], {
      cwd: folder, stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', data => { output += String(data); });
    child.on('error', reject);
    child.on('close', status => resolve({ green: status === 0, output }));
  });
}

async function main(wanted: readonly string[]): Promise<void> {
  for (const name of wanted) if (!(name in mutations)) throw new Error(`there is no mutation ${name}, but: ${Object.keys(mutations).join(', ')}`);
  for (const [name, mutation] of Object.entries(mutations).filter(([each]) => wanted.length === 0 || wanted.includes(each))) {
    const folder = copyOf(name, mutation);
    const { green, output } = await play(folder, mutation);
    const right = !green && mutation.because.test(output);
    console.log(`${name}: ${right ? 'red, as it must be' : green ? 'NOT NOTICED' : `red for another reason\n${output.slice(0, 4000)}`}`);
    if (right) rmSync(folder, { recursive: true });
    else process.exitCode = 1;
  }
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
