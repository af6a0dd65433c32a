/** A pair of machines to try things on; see README.md. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import type { ReplicationStep } from '../../../lib/private/replication-documents';
import type { PairOptions } from '../harness/options';
import { Pair } from '../harness/pair';
import { environment, runStep } from '../harness/step';
import { cache } from '../setup/places';

const usage = `npx tsx test/dataplane/lab/shell.ts [--name NAME] …

  boot [NAME=VALUE…]          boots a pair and keeps it until it is ended: leave this running, and give the others from elsewhere
                              engine= encryption= filesystem= layout= mounts=/a,/b megabytes= megabytesPerSecond=
  source|target COMMAND       runs a command line there; prints what it prints, ends as it ends
  source|target -f FILE [N=V] runs a script there, with these environment variables
  step source|target STEP [NAME=VALUE…]   runs the script of a document with its parameters
  cut|restore|off|on|reboot|console|delay=MS source|target
  acknowledgements            what the writers have told
  end`;

interface Reply {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

type Command = (pair: Pair, words: readonly string[]) => Promise<Reply>;

const said = (stdout: string): Reply => ({ status: 0, stdout, stderr: '' });
const done = (): Reply => said('');

const pairsOf = (words: readonly string[]) => Object.fromEntries(words.map(word => {
  const at = word.indexOf('=');
  if (at < 1) throw new Error(`not NAME=VALUE: ${word}`);
  return [word.slice(0, at), word.slice(at + 1)];
}));

function machineOf(pair: Pair, name: string | undefined) {
  if (name === 'source' || name === 'target') return pair[name];
  throw new Error(`source or target, not ${name}`);
}

const script: Command = async (pair, [name, ...words]) => {
  const [text, variables] = words[0] === '-f' ? [readFileSync(words[1]!, 'utf8'), pairsOf(words.slice(2))] : [words.join(' '), {}];
  const { status, stdout, stderr } = await machineOf(pair, name).attempt(text, variables, 300);
  return { status: status ?? 124, stdout, stderr };
};

const step: Command = async (pair, [name, stepName, ...words]) => {
  const which = stepName as ReplicationStep;
  const { status, answer, stderr, seconds } = await runStep(machineOf(pair, name), which, pair.options.engine, environment(which, pairsOf(words)));
  return { status, stdout: `${JSON.stringify(answer)}\n`, stderr: `${stderr}(${seconds} s)\n` };
};

const commands: Record<string, Command> = {
  source: (pair, words) => script(pair, ['source', ...words]),
  target: (pair, words) => script(pair, ['target', ...words]),
  step,
  cut: (pair, [name]) => pair.cut(machineOf(pair, name)).then(done),
  restore: (pair, [name]) => pair.restore(machineOf(pair, name)).then(done),
  delay: (pair, [milliseconds, name]) => pair.delay(machineOf(pair, name), Number(milliseconds)).then(done),
  off: (pair, [name]) => machineOf(pair, name).powerOff().then(done),
  on: (pair, [name]) => machineOf(pair, name).start().then(done),
  reboot: (pair, [name]) => machineOf(pair, name).reboot().then(done),
  console: async (pair, [name]) => said(machineOf(pair, name).console()),
  acknowledgements: async pair => {
    const { all } = pair.acknowledgements;
    const lines = [...all.filter(({ kind }) => kind !== 'record'), ...all.filter(({ kind }) => kind === 'record').slice(-3)];
    return said(lines.map(({ at, machine, kind, number, detail }) => `${new Date(at).toISOString()} ${machine} ${kind} ${number} ${detail}\n`).join(''));
  },
};

async function boot(socket: string, words: readonly string[]): Promise<void> {
  // a pair of that name that is up already would go on without anybody being able to reach it
  await ask(socket, ['end']).catch(() => undefined);
  rmSync(socket, { force: true });
  const { mounts, megabytes, megabytesPerSecond, ...rest } = pairsOf(words);
  const pair = await Pair.boot({
    ...rest as Partial<PairOptions>,
    ...mounts && { mounts: mounts.split(',') },
    ...megabytes && { megabytes: Number(megabytes) },
    ...megabytesPerSecond !== undefined && { megabytesPerSecond: Number(megabytesPerSecond) || undefined },
  });
  const end = async () => {
    server.close();
    await pair.end();
    rmSync(socket, { force: true });
    process.exit();
  };
  const server = createServer((message, response) => {
    let body = '';
    message.on('data', data => { body += String(data); });
    message.on('end', () => void (async () => {
      const [name, ...args] = JSON.parse(body) as string[];
      const command = commands[name!];
      const reply = name === 'end' ? done()
        : await (command ? command(pair, args) : Promise.reject(new Error(usage))).catch((error: Error) => ({ status: 125, stdout: '', stderr: `${error.message}\n` }));
      response.end(JSON.stringify(reply));
      if (name === 'end') await end();
    })());
  });
  server.listen(socket, () => console.log('the pair is up'));
  process.on('SIGINT', () => void end());
  process.on('SIGTERM', () => void end());
}

function ask(socketPath: string, words: readonly string[]): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, method: 'POST' }, response => {
      let body = '';
      response.on('data', data => { body += String(data); });
      response.on('end', () => resolve(JSON.parse(body) as Reply));
    });
    call.on('error', () => reject(new Error('no pair is up: boot one')));
    call.end(JSON.stringify(words));
  });
}

async function main(words: string[]): Promise<void> {
  const name = words[0] === '--name' ? words.splice(0, 2)[1]! : 'pair';
  const folder = join(cache, 'shell');
  mkdirSync(folder, { recursive: true });
  const socket = join(folder, `${name}.socket`);
  if (words.length === 0 || words[0] === '--help') return console.log(usage);
  if (words[0] === 'boot') return boot(socket, words.slice(1));
  if (!existsSync(socket)) throw new Error('no pair is up: boot one');
  const { status, stdout, stderr } = await ask(socket, words.flatMap(word => (word.startsWith('delay=') ? word.split('=') : [word])));
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = status;
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 125;
});
