import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants, rmSync } from 'node:fs';
import { access, chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';

/** What a command of the guest answers. */
export interface Reply {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SandboxOptions {
  /** Names of the commands that the shell finds. */
  readonly commands: readonly string[];
  /** Plays one of them. */
  readonly call: (name: string, argv: readonly string[]) => Promise<Reply>;
  readonly environment: Readonly<Record<string, string>>;
  /** Gets hold of the shell as soon as it runs. */
  readonly started: (shell: RunningShell) => void;
}

export interface RunningShell {
  /** Kills the shell and everything that it started. */
  kill(): void;
  /** Whether this process must not end before the shell; not so while the shell waits for virtual time. */
  keepAlive(needed: boolean): void;
}

/** What a process that ends in the middle of a rehearsal has to clear away. */
const leftOver = new Map<string, () => void>();
process.once('exit', () => {
  for (const [folder, kill] of leftOver) {
    kill();
    rmSync(folder, { recursive: true, force: true });
  }
});

/**
 * Runs a shell script so that it can touch nothing of this machine.
 *
 * The shell is the real bash in restricted mode (no command by path, no output into files, no other PATH), with an empty
 * environment and a PATH that holds nothing but stand-ins; each of those asks the guest's model over a local socket.
 * `argv` is either the script's text with its arguments, as an agent starts it, or `sh -c` with the same.
 */
export async function runShell(script: string, argv: readonly string[], options: SandboxOptions): Promise<Reply> {
  const bash = await findBash();
  const folder = await mkdtemp(path.join(tmpdir(), 'rehearsal-guest-'));
  const secret = randomBytes(16).toString('hex');
  let fail: (error: unknown) => void = () => undefined;
  const sockets = new Set<Socket>();
  const server = await listen(socket => {
    sockets.add(socket.unref());
    void serve(socket, secret, options.call).catch(error => fail(error));
  });
  try {
    const commands = await standIns(folder, bash, secret, server, options.commands);
    return await new Promise<Reply>((resolve, reject) => {
      const shell = spawn(bash, ['--noprofile', '--norc', '--restricted', '-c', script, ...argv], {
        cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...options.environment, PATH: commands, TMPDIR: folder },
      });
      let stdout = '';
      let stderr = '';
      shell.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
      shell.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
      shell.on('error', reject);
      // as the agent does: the whole process group (agent/executers/executers_unix.go of amazon-ssm-agent)
      const kill = () => {
        try {
          if (shell.pid !== undefined) process.kill(-shell.pid, 'SIGKILL');
        } catch { /* it has ended already */ }
      };
      leftOver.set(folder, kill);
      for (const stream of [shell.stdout, shell.stderr]) (stream as Socket).unref();
      options.started({
        kill,
        keepAlive: needed => {
          for (const handle of [shell, server]) {
            if (needed) handle.ref();
            else handle.unref();
          }
        },
      });
      fail = error => {
        kill();
        reject(error instanceof Error ? error : new Error(String(error)));
      };
      shell.on('close', (code, signal) => resolve({ exitCode: code ?? (signal === 'SIGKILL' ? 137 : 1), stdout, stderr }));
    });
  } finally {
    server.close();
    // a killed shell leaves commands behind that wait for their answer
    for (const socket of sockets) socket.destroy();
    await rm(folder, { recursive: true, force: true });
    leftOver.delete(folder);
  }
}

/** Where bash is on this machine. */
async function findBash(): Promise<string> {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const candidate = path.join(folder, 'bash');
    const found = path.isAbsolute(folder) && await access(candidate, constants.X_OK).then(() => true, () => false);
    if (found) return candidate;
  }
  throw new Error('the rehearsal runs the shell scripts of SSM documents in bash, and this machine has none on its PATH');
}

/** Makes a folder of commands that all are one small script, which hands its name and arguments to the model. */
async function standIns(folder: string, bash: string, secret: string, server: Server, commands: readonly string[]): Promise<string> {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the guest\'s socket has no port');
  const standIn = path.join(folder, 'stand-in');
  await writeFile(standIn, [
    `#!${bash}`,
    // what reads has its input as one more argument
    'if [[ ${0##*/} == tee || ${!#} == - ]]; then IFS= read -r -d \'\' input; set -- "$@" "$input"; fi',
    `exec 3<>/dev/tcp/127.0.0.1/${address.port} || exit 127`,
    `printf '%s\\0' ${secret} "\${0##*/}" "$#" "$@" >&3`,
    'IFS= read -r -d \'\' code <&3 || exit 126',
    'IFS= read -r -d \'\' out <&3',
    'IFS= read -r -d \'\' err <&3',
    'printf %s "$out"',
    'printf %s "$err" >&2',
    'exit "$code"',
    '',
  ].join('\n'));
  await chmod(standIn, 0o700);
  const bin = await mkdtemp(path.join(folder, 'bin-'));
  await Promise.all(commands.map(name => symlink(standIn, path.join(bin, name))));
  return bin;
}

async function listen(connected: (socket: Socket) => void): Promise<Server> {
  const server = createServer(connected);
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}

async function serve(socket: Socket, secret: string, call: SandboxOptions['call']): Promise<void> {
  socket.on('error', () => { /* the shell was killed while it waited */ });
  let received = Buffer.alloc(0);
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk as Buffer]);
    const fields = received.toString('utf8').split('\0');
    const [given, name = '', count = ''] = fields;
    // the last field ends with a NUL, so that one more, empty, follows it
    if (fields.length < 4 || fields.length < 4 + Number(count)) continue;
    if (given !== secret) break;
    const { exitCode, stdout, stderr } = await call(name, fields.slice(3, 3 + Number(count)));
    socket.end(`${exitCode}\0${stdout}\0${stderr}\0`);
    return;
  }
  socket.destroy();
}
