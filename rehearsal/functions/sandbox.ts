import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Clock, Timer } from '../clock';

/** What a sandbox runs; two sandboxes of equal code are interchangeable. */
export interface Code {
  /** The folder that the function's asset unpacks to. */
  readonly root: string;
  /** Such as `snapshot-volumes.handler`. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMb: number;
}

/** How the managed runtime writes an error down. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** The answer of an invocation: JSON text, or an error. */
export type Outcome = { readonly payload: string } | { readonly error: FunctionError };

export interface SandboxInvocation {
  /** JSON text. */
  readonly event: string;
  readonly context: Readonly<Record<string, string>>;
  /** When the function's time is up. */
  readonly deadline: number;
  /** The port of 127.0.0.1 where the account listens. */
  readonly port: number;
  /** Of Math.random. */
  readonly seed: number;
}

type Message =
  | { readonly type: 'printed'; readonly text: string }
  | { readonly type: 'asleep'; readonly heard: number; readonly until: number }
  | { readonly type: 'done'; readonly id: number; readonly leftTimers: boolean; readonly payload: string }
  | { readonly type: 'failed'; readonly id: number; readonly leftTimers: boolean; readonly error: FunctionError; readonly crashed?: boolean };

/** What a handler computes takes real milliseconds; this long it can only be caught in a loop. */
const REAL_PATIENCE_MS = 60_000;

/** One execution environment of a function: a worker thread that holds virtual time still while it is awake. */
export class Sandbox {
  /** False once the thread has gone: killed, crashed or exited. */
  alive = true;
  /** Told each piece of text that the handler prints. */
  onOutput: (text: string) => void = () => undefined;

  private readonly worker: Worker;
  /** Whether the handler has left timers behind, which go on with the next invocation: such a sandbox fits no other rehearsal. */
  leftTimers = false;
  private invocations = 0;
  private sent = 0;
  private settle?: (outcome: Outcome) => void;
  private release?: () => void;
  private alarm?: Timer;
  private watchdog?: NodeJS.Timeout;
  private clock?: Clock;

  constructor(readonly code: Code, now: number) {
    this.worker = new Worker(join(__dirname, 'worker.mjs'), {
      workerData: { root: code.root, handler: code.handler, now },
      env: { ...code.environment },
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: code.memoryMb },
    });
    this.worker.on('message', (message: Message) => this.receive(message));
    this.worker.on('error', error => this.die({ errorType: 'Runtime.ExitError', errorMessage: `Runtime exited with error: ${error.message}` }));
    this.worker.on('exit', code => this.die({ errorType: 'Runtime.ExitError', errorMessage: `Runtime exited with error: exit status ${code}` }));
    this.worker.unref();
  }

  invoke(clock: Clock, invocation: SandboxInvocation): Promise<Outcome> {
    this.clock = clock;
    this.worker.ref();
    const id = ++this.invocations;
    return new Promise(resolve => {
      this.settle = resolve;
      this.wake({ type: 'invoke', id, ...invocation });
    });
  }

  /** Ends the thread and whatever it is doing: its invocation fails with this error. */
  kill(error: FunctionError): void {
    this.die(error);
    void this.worker.terminate();
  }

  private receive(message: Message): void {
    if (message.type === 'printed') {
      this.onOutput(message.text);
    } else if (message.type === 'asleep') {
      if (message.heard !== this.sent || !this.settle) return; // it has been woken since
      this.alarm?.cancel();
      this.doze();
      this.alarm = this.clock?.at(message.until, () => this.wake({ type: 'tick' }));
    } else if (message.id === this.invocations && this.settle) {
      this.leftTimers = message.leftTimers;
      if (message.type === 'failed' && message.crashed) this.kill(message.error);
      else this.finish(message.type === 'done' ? { payload: message.payload } : { error: message.error });
    }
  }

  /** Time stands still from here until the handler sleeps or answers. */
  private wake(message: object): void {
    this.alarm = undefined;
    this.watchdog = setTimeout(() => {
      this.kill({ errorType: 'Rehearsal.Stuck', errorMessage: `${this.code.handler} has computed for ${REAL_PATIENCE_MS / 1000} s of real time` });
    }, REAL_PATIENCE_MS);
    void this.clock!.during(new Promise<void>(resolve => { this.release = resolve; }));
    this.sent++;
    this.worker.postMessage({ ...message, now: this.clock!.now() });
  }

  private doze(): void {
    clearTimeout(this.watchdog);
    this.release?.();
    this.release = undefined;
  }

  private finish(outcome: Outcome): void {
    this.settle?.(outcome);
    this.settle = undefined;
    this.alarm?.cancel();
    this.doze();
    this.clock = undefined;
    this.worker.unref();
  }

  private die(error: FunctionError): void {
    this.alive = false;
    if (this.settle) this.finish({ error });
  }
}
