import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const shell = 'test/dataplane/lab/shell.ts';

/** What a command on a machine of the lab came to; 124: its time was up, 125: the lab itself failed. */
export interface LabReply {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The lab of virtual machines (test/dataplane), in a process of its own: a pair of machines is booted, and commanded through the socket that
 * the lab's shell listens on. Nothing of it is imported.
 */
export class Lab {
  private constructor(private readonly name: string, private readonly folder: string, private readonly exited: Promise<unknown>) {}

  /** Boots a pair; `options` are those of the lab's shell, such as `megabytesPerSecond=8`. */
  static async boot(options: readonly string[], say: (line: string) => void): Promise<Lab> {
    const name = `rehearsal-${process.pid}`;
    const folder = mkdtempSync(join(tmpdir(), 'rehearsal-lab-'));
    say('booting two virtual machines (see test/dataplane/README.md; npm run dataplane:setup makes their image)');
    const child = spawn(process.execPath, ['--import', 'tsx', shell, '--name', name, 'boot', ...options], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const exited = new Promise<void>(settle => child.on('close', settle));
    const up = new Promise<void>((settle, fail) => {
      child.stdout.on('data', (text: Buffer) => {
        said += text.toString();
        if (said.includes('the pair is up')) settle();
      });
      child.stderr.on('data', (text: Buffer) => { said += text.toString(); });
      child.on('error', fail);
      void exited.then(() => fail(new Error(`the lab's machines did not come up:\n${said.trim()}`)));
    });
    // whatever ends this process ends the machines
    process.once('exit', () => child.kill('SIGTERM'));
    await up;
    return new Lab(name, folder, exited);
  }

  /** Runs a script on a machine as the SSM agent would. */
  script(machine: 'source' | 'target', script: string, environment: Readonly<Record<string, string>> = {}): Promise<LabReply> {
    const file = join(this.folder, `${machine}.sh`);
    writeFileSync(file, script);
    return this.ask(machine, '-f', file, ...Object.entries(environment).map(([name, value]) => `${name}=${value}`));
  }

  /** Gives a command to the lab's shell. */
  ask(...words: readonly string[]): Promise<LabReply> {
    const socketPath = join(root, '.cache/dataplane/shell', `${this.name}.socket`);
    return new Promise((settle, fail) => {
      const call = request({ socketPath, method: 'POST' }, response => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => { body += text; });
        response.on('end', () => settle(JSON.parse(body) as LabReply));
      });
      call.on('error', fail);
      call.end(JSON.stringify(words));
    });
  }

  async end(): Promise<void> {
    await this.ask('end').catch(() => undefined);
    await this.exited;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
