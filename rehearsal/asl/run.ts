import type { Clock } from '../clock';
import type { Json, JsonObject } from '../json';
import type { Random } from '../random';
import type { Machine, Scope } from './definition';
import type { Execution } from './execution';
import type { History, Listener } from './history';
import type { Thread } from './thread';
import type { TaskTokens } from './tokens';

/** Who an execution is. */
export interface ExecutionIdentity {
  readonly arn: string;
  readonly name: string;
  readonly machineArn: string;
  readonly machineName: string;
  readonly roleArn: string;
  readonly input: Json;
  readonly startDate: Date;
}

/** What a Task asks of the world. */
export interface TaskRequest {
  /** The state's `Resource`, as written. */
  readonly resource: string;
  readonly arguments: Json;
  readonly execution: ExecutionIdentity;
  /** The role that `Credentials` names instead of the machine's own. */
  readonly roleArn?: string;
  /** The task token, in `.waitForTaskToken` tasks. */
  readonly token?: string;
  /** Aborted when nobody waits for the answer any more: a timeout, a stopped execution, a failed sibling. */
  readonly signal: AbortSignal;
}

/** The services that Tasks call. */
export interface Integrations {
  /** Resolves with the raw result (for `lambda:invoke` the whole envelope); rejects with `TaskFailure`. */
  invoke(request: TaskRequest): Promise<Json>;
}

/** A request to start another machine, from a `startExecution` Task. */
export interface StartRequest {
  readonly stateMachineArn: string;
  readonly name?: string;
  readonly input: Json;
  readonly parent: ExecutionIdentity;
  readonly roleArn?: string;
}

export type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** What a Task needs to know of an execution that it started. */
export interface ChildExecution {
  readonly arn: string;
  readonly name: string;
  readonly machineArn: string;
  readonly input: Json;
  readonly status: Status;
  readonly done: Promise<void>;
  readonly output?: Json | undefined;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
  readonly startDate: Date;
  readonly stopDate?: Date | undefined;
  stop(error?: string, cause?: string): void;
}

export interface ExecutionOptions {
  readonly machine: Machine;
  readonly machineArn: string;
  readonly machineName: string;
  readonly roleArn: string;
  readonly name: string;
  readonly arn: string;
  readonly input: Json;
  readonly clock: Clock;
  readonly random: Random;
  readonly integrations: Integrations;
  readonly tokens: TaskTokens;
  /**
   * Starts another machine; rejects with `TaskFailure`, for instance when the role may not.
   * Without it, `startExecution` tasks go to `integrations` like all others.
   */
  readonly startExecution?: (request: StartRequest) => ChildExecution | Promise<ChildExecution>;
  /** Told of each child execution of a distributed Map, before it starts. */
  readonly onChild?: (child: Execution) => void;
  readonly listener?: Listener | undefined;
}

/** An execution as its states see it. */
export interface Run {
  readonly options: ExecutionOptions;
  readonly identity: ExecutionIdentity;
  readonly clock: Clock;
  readonly random: Random;
  readonly history: History;
  readonly trace: string[];
  /** Runs the states of a scope until one ends it. */
  runScope(thread: Thread, scope: Scope, input: Json): Promise<Json>;
  /** Makes (and starts) a child execution of a distributed Map. */
  startItem(options: Pick<ExecutionOptions, 'machine' | 'name' | 'arn' | 'input'>): ChildExecution;
  /** Notes an error that is the rehearsal's, not the machine's. */
  noteFault(error: unknown): void;
}

/** The context object's part that is the same in all states. */
export function executionContext({ arn, input, name, roleArn, startDate, machineArn, machineName }: ExecutionIdentity): JsonObject {
  return {
    Execution: { Id: arn, Input: input, Name: name, RoleArn: roleArn, StartTime: startDate.toISOString(), RedriveCount: 0 },
    StateMachine: { Id: machineArn, Name: machineName },
  };
}
