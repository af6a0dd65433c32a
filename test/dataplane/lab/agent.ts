import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { sleep } from './command';

/** What came of a script. */
export interface Outcome {
  /** Its exit status; undefined if the time was up. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

const DEFAULT_PATH = '#!/usr/bin/env bash\n';

/** The host's end of a channel that a machine opens, line by line. */
export class Lines {
  private rest = '';

  private constructor(private readonly socket: Socket, receive: (line: string) => void) {
    socket.setEncoding('utf8');
    socket.on('data', data => {
      const lines = (this.rest + String(data)).split('\n');
      this.rest = lines.pop()!;
      lines.forEach(receive);
    });
    // the machine was switched off: whoever waits for an answer has a time limit, or is told by `whenClosed`
    socket.on('error', () => undefined);
  }

  static async open(path: string, receive: (line: string) => void): Promise<Lines> {
    for (let attempt = 0; ; attempt++) {
      const socket = await new Promise<Socket | undefined>(resolve => {
        const candidate = connect(path, () => resolve(candidate));
        candidate.once('error', () => resolve(undefined));
      });
      if (socket) return new Lines(socket, receive);
      if (attempt === 200) throw new Error(`nobody listens at ${path}`);
      await sleep(0.05);
    }
  }

  whenClosed(then: () => void): void {
    this.socket.on('close', then);
  }

  send(line: string): void {
    this.socket.write(`${line}\n`);
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Runs scripts on a machine, any number at a time, as guest/agent.py describes. */
export class Agent {
  private readonly waiting = new Map<string, { started: number; resolve: (outcome: Outcome) => void; reject: (error: Error) => void }>();
  private lines: Lines | undefined;
  private ready: (() => void) | undefined;

  constructor(private readonly machine: string) {}

  /** Resolves when the machine is up and listens. */
  async connect(path: string): Promise<void> {
    const ready = new Promise<void>(resolve => { this.ready = resolve; });
    const lines = await Lines.open(path, line => this.receive(line));
    this.lines = lines;
    lines.whenClosed(() => this.abandon(lines));
    return ready;
  }

  run(script: string, environment: Record<string, string>, seconds: number): Promise<Outcome> {
    const { lines } = this;
    if (!lines) return Promise.reject(new Error(`${this.machine} is off`));
    const id = randomBytes(6).toString('hex');
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}\0`).join('');
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        this.waiting.delete(id);
        reject(new Error(`the agent of ${this.machine} does not answer`));
      }, (seconds + 60) * 1000);
      const settled = <T>(settle: (value: T) => void) => (value: T) => { clearTimeout(limit); settle(value); };
      this.waiting.set(id, { started: Date.now(), resolve: settled(resolve), reject: settled(reject) });
      const text = script.startsWith('#!') ? script : DEFAULT_PATH + script;
      lines.send(`run ${id} ${seconds} ${encode(variables)} ${encode(text)}`);
    });
  }

  private receive(line: string): void {
    const [word, id, status, out, err] = line.split(' ');
    if (word === 'ready') this.ready?.();
    if (word !== 'done') return;
    const job = this.waiting.get(id!);
    this.waiting.delete(id!);
    job?.resolve({
      status: status === 'timeout' ? undefined : Number(status), stdout: decode(out!), stderr: decode(err!), seconds: (Date.now() - job.started) / 1000,
    });
  }

  /** The machine has ended; that its channel is closed may be heard of a moment later. */
  disconnect(): void {
    const { lines } = this;
    if (!lines) return;
    lines.close();
    this.abandon(lines);
  }

  /** The machine is gone, and with it whatever it was at. */
  private abandon(lines: Lines): void {
    if (this.lines === lines) this.lines = undefined;
    for (const { reject } of this.waiting.values()) reject(new Error(`${this.machine} was switched off meanwhile`));
    this.waiting.clear();
  }
}

const encode = (text: string) => Buffer.from(text).toString('base64') || '=';
const decode = (text: string) => Buffer.from(text, 'base64').toString();
