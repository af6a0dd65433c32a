import type { JsonObject } from '../json';
import type { Template } from './expression';
import type { Resource } from './resource';

/** The states of one `States` field: one scope of names and of variables. */
export interface Scope {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
}

/** A validated state machine. */
export interface Machine extends Scope {
  readonly timeoutSeconds?: number;
  readonly definition: JsonObject;
}

export type State = PassState | TaskState | ChoiceState | WaitState | SucceedState | FailState | ParallelState | MapState;

interface Named {
  readonly name: string;
}

interface WithOutput extends Named {
  readonly output?: Template;
}

/** What a transition carries: the next state's name (none ends the scope), the output and the variables. */
export interface Transition {
  readonly next?: string;
  readonly output?: Template;
  readonly assign?: Template;
}

interface Flowing extends WithOutput, Transition {}

interface Catching extends Flowing {
  readonly retry: readonly Retrier[];
  readonly catch: readonly Catcher[];
}

export interface Retrier {
  readonly errorEquals: readonly string[];
  readonly intervalSeconds: number;
  readonly maxAttempts: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds?: number;
  readonly jitter: boolean;
}

export interface Catcher extends Transition {
  readonly errorEquals: readonly string[];
}

export interface PassState extends Flowing {
  readonly type: 'Pass';
}

export interface TaskState extends Catching {
  readonly type: 'Task';
  readonly resource: Resource;
  readonly arguments?: Template;
  readonly timeoutSeconds?: Template;
  readonly heartbeatSeconds?: Template;
  readonly roleArn?: Template;
}

export interface ChoiceRule extends Transition {
  readonly condition: Template;
}

/** `next` is the Default; none fails the state when no rule matches. */
export interface ChoiceState extends Flowing {
  readonly type: 'Choice';
  readonly choices: readonly ChoiceRule[];
}

export interface WaitState extends Flowing {
  readonly type: 'Wait';
  readonly seconds?: Template;
  readonly timestamp?: Template;
}

export interface SucceedState extends WithOutput {
  readonly type: 'Succeed';
}

export interface FailState extends Named {
  readonly type: 'Fail';
  readonly error?: Template;
  readonly cause?: Template;
}

export interface ParallelState extends Catching {
  readonly type: 'Parallel';
  readonly branches: readonly Scope[];
  readonly arguments?: Template;
}

export interface Batcher {
  readonly maxItems?: Template;
  readonly maxBytes?: Template;
  readonly batchInput?: Template;
}

export interface MapState extends Catching {
  readonly type: 'Map';
  readonly processor: Machine;
  /** Each item is a child execution of its own. */
  readonly distributed?: { readonly express: boolean; readonly label?: string; readonly batcher?: Batcher };
  readonly items?: Template;
  readonly itemSelector?: Template;
  readonly maxConcurrency?: Template;
  readonly toleratedFailureCount?: Template;
  readonly toleratedFailurePercentage?: Template;
}

/** States that can retry and catch. */
export type CatchingState = TaskState | ParallelState | MapState;
