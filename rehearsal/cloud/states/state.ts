import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { Json } from '../../json';
import type { Account } from '../account';
import { AwsError } from '../service';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** What the API tells about an execution and does to it; the interpreter's executions are such. */
export interface RunningExecution {
  readonly arn: string;
  readonly status: ExecutionStatus;
  /** As GetExecutionHistory answers them. */
  readonly events: readonly HistoryEvent[];
  readonly output?: Json | undefined;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
  readonly startDate?: Date | undefined;
  readonly stopDate?: Date | undefined;
  stop(error?: string, cause?: string): void;
}

/** An execution and what it was started with. */
export interface ExecutionView {
  readonly execution: RunningExecution;
  readonly machineArn: string;
  readonly name: string;
  readonly input: Json;
}

/** Task tokens; errors are named as the API names them (TaskTimedOut, TaskDoesNotExist, InvalidToken, InvalidOutput). */
export interface Tokens {
  succeed(token: string, output: string): void;
  fail(token: string, error?: string, cause?: string): void;
  heartbeat(token: string): void;
}

export interface StartRequest {
  readonly machineArn: string;
  readonly name: string;
  readonly input: Json;
}

/** Step Functions as its API shows it: a registry of executions that others run. */
export class States {
  /** By ARN, in order of their start. */
  readonly executions = new Map<string, ExecutionView>();
  /** The machines that exist, and their tags. */
  readonly machines = new Map<string, { readonly name: string; readonly tags: Readonly<Record<string, string>> }>();
  /** The task tokens of all executions; set by whoever runs them. */
  tokens?: Tokens;
  /** Starts an execution and registers it; set by whoever runs them. */
  start?: (request: StartRequest) => ExecutionView;

  constructor(private readonly account: Account) {}

  register(view: ExecutionView): void {
    this.executions.set(view.execution.arn, view);
  }

  execution(arn: string): ExecutionView {
    if (!/^arn:[\w-]+:states:[\w-]+:\d{12}:execution:[^:]+:[^:]+$/.test(arn)) throw new AwsError('InvalidArn', `Invalid Arn: '${arn}'`);
    const view = this.executions.get(arn);
    if (!view) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return view;
  }

  /** The machine of an ARN, which may name a version or an alias behind it. */
  machine(arn: string): { readonly arn: string; readonly name: string } {
    const machineArn = arn.split(':').slice(0, 7).join(':');
    const machine = this.machines.get(machineArn);
    if (!machine) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    return { arn: machineArn, name: machine.name };
  }

  executionArn(machineName: string, name: string): string {
    return this.account.arn('states', `execution:${machineName}:${name}`);
  }
}
