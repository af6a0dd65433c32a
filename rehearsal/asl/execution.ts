import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { Clock, Timer } from '../clock';
import type { Json } from '../json';
import type { Random } from '../random';
import type { Scope } from './definition';
import { StateFailure } from './failure';
import { errorDetails, History, type Listener, whole } from './history';
import { dataLimit, size } from './limits';
import type { ChildExecution, ExecutionIdentity, ExecutionOptions, Run, Status } from './run';
import { runState } from './states';
import { Thread } from './thread';
import { Variables } from './variables';

/** One execution of a machine on the virtual clock. */
export class Execution implements Run, ChildExecution {
  readonly arn: string;
  readonly name: string;
  readonly machineArn: string;
  readonly input: Json;
  readonly clock: Clock;
  readonly random: Random;
  readonly identity: ExecutionIdentity;
  readonly history: History;
  /** The names of the states entered, in order. */
  readonly trace: string[] = [];
  /** Resolves when the execution is over, however it ended. */
  readonly done: Promise<void>;
  readonly startDate: Date;
  status: Status = 'RUNNING';
  stopDate: Date | undefined;
  output: Json | undefined;
  error: string | undefined;
  cause: string | undefined;
  /** An error that is the rehearsal's, not the machine's: an integration that does not exist, a bug. It ends as `States.Runtime`. */
  fault: unknown;

  private readonly root: Thread;
  private timeout: Timer | undefined;
  private started = false;
  private end: () => void = () => undefined;

  constructor(readonly options: ExecutionOptions) {
    const { arn, name, machineArn, machineName, roleArn, input, clock, random } = options;
    if (size(input) > dataLimit) throw new Error(`the input of ${name} is larger than ${dataLimit} bytes of UTF-8`);
    this.startDate = new Date(clock.now());
    this.identity = { arn, name, machineArn, machineName, roleArn, input, startDate: this.startDate };
    this.arn = arn;
    this.name = name;
    this.machineArn = machineArn;
    this.input = input;
    this.clock = clock;
    this.random = random;
    this.history = new History(clock);
    if (options.listener) this.history.listen(options.listener);
    this.root = new Thread(this, new Variables({ bytes: 0 }), 0);
    this.done = new Promise(resolve => { this.end = resolve; });
  }

  get events(): readonly HistoryEvent[] {
    return this.history.events;
  }

  /** Hears every event from now on. */
  listen(listener: Listener): void {
    this.history.listen(listener);
  }

  start(): void {
    if (this.started || this.status !== 'RUNNING') return;
    this.started = true;
    const { machine, roleArn, input } = this.options;
    if (machine.timeoutSeconds !== undefined) this.timeout = this.clock.after(machine.timeoutSeconds * 1000, () => this.expire());
    this.history.add('ExecutionStarted', 0, { executionStartedEventDetails: { input: JSON.stringify(input), inputDetails: whole, roleArn } });
    void this.runScope(this.root, machine, input).then(output => this.succeed(output), error => this.fail(error));
  }

  /** StopExecution. */
  stop(error?: string, cause?: string): void {
    if (this.status !== 'RUNNING') return;
    this.status = 'ABORTED';
    this.error = error;
    this.cause = cause;
    this.root.abort();
    this.close();
    this.history.close('ExecutionAborted', 0, { executionAbortedEventDetails: errorDetails(error, cause) });
    this.end();
  }

  async runScope(thread: Thread, scope: Scope, input: Json): Promise<Json> {
    let value = input;
    for (let name: string | undefined = scope.startAt; name !== undefined;) {
      const exit = await runState(thread, scope.states.get(name)!, value);
      value = exit.output;
      name = exit.next;
    }
    return value;
  }

  startItem(item: Pick<ExecutionOptions, 'machine' | 'name' | 'arn' | 'input'>): ChildExecution {
    const child = new Execution({ ...this.options, listener: undefined, ...item });
    this.options.onChild?.(child);
    child.start();
    void child.done.then(() => { if (child.fault !== undefined) this.noteFault(child.fault); });
    return child;
  }

  noteFault(error: unknown): void {
    this.fault ??= error;
  }

  private succeed(output: Json): void {
    if (this.status !== 'RUNNING') return;
    this.status = 'SUCCEEDED';
    this.output = output;
    this.close();
    this.history.close('ExecutionSucceeded', this.root.previous, {
      executionSucceededEventDetails: { output: JSON.stringify(output), outputDetails: whole },
    });
    this.end();
  }

  private fail(thrown: unknown): void {
    if (this.status !== 'RUNNING') return;
    if (!(thrown instanceof StateFailure)) this.noteFault(thrown);
    this.status = 'FAILED';
    this.error = thrown instanceof StateFailure ? thrown.error : 'States.Runtime';
    this.cause = thrown instanceof Error && thrown.cause !== undefined ? String(thrown.cause) : thrown instanceof StateFailure ? undefined : String(thrown);
    this.root.abort(true);
    this.close();
    // the history's limit is chained to the last event (measured), all other failures to the end of their thread
    const previous = this.history.full ? this.events.length : this.root.previous;
    this.history.close('ExecutionFailed', previous, { executionFailedEventDetails: errorDetails(this.error, this.cause) });
    this.end();
  }

  /** The machine's TimeoutSeconds: no events of the states that it ends, and chained to nothing (measured). */
  private expire(): void {
    if (this.status !== 'RUNNING') return;
    this.status = 'TIMED_OUT';
    this.root.abort(true);
    this.close();
    this.history.close('ExecutionTimedOut', 0, { executionTimedOutEventDetails: { error: 'States.Timeout' } });
    this.end();
  }

  private close(): void {
    this.stopDate = new Date(this.clock.now());
    this.timeout?.cancel();
  }
}

/** The names of the states that an execution entered, in order. */
export function traceOf(execution: Execution): readonly string[] {
  return execution.trace;
}
