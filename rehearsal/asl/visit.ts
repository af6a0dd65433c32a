import type { HistoryEventType } from '@aws-sdk/client-sfn';
import type { Json, JsonObject } from '../json';
import type { State, Transition } from './definition';
import { type Bindings, EvaluationError, evaluateTemplate, type Template, typeName } from './expression';
import { Aborted, StateFailure, TaskFailure } from './failure';
import { world } from './functions';
import { whole } from './history';
import { dataLimit, size } from './limits';
import { executionContext } from './run';
import type { OpenState, Thread } from './thread';

/** Where a state leads: its output, and the next state or none. */
export interface Exit {
  readonly output: Json;
  readonly next?: string;
}

/** What `$states` has besides the input and the context. */
export interface Extra {
  readonly result?: Json;
  readonly errorOutput?: Json;
}

/** A state from its entry to its exit. */
export class Visit<S extends State = State> implements OpenState {
  readonly enteredId: number;
  private readonly before: number;
  private readonly enteredTime: string;
  /** How often the state was tried again in this visit. */
  retryCount = 0;
  /** The token of a `.waitForTaskToken` task, while its arguments are evaluated. */
  token: string | undefined;
  /** A Map's or Parallel's end is told already. */
  closed = false;

  constructor(readonly thread: Thread, readonly state: S, readonly input: Json) {
    this.before = thread.previous;
    this.enteredTime = thread.run.clock.timestamp();
    this.enteredId = this.thread.emit(`${state.type}StateEntered` as HistoryEventType, {
      stateEnteredEventDetails: { name: state.name, input: JSON.stringify(input), inputDetails: whole },
    });
    thread.state = this;
    thread.run.trace.push(state.name);
  }

  get abortedEvent(): HistoryEventType | undefined {
    const { type } = this.state;
    return !this.closed && (type === 'Task' || type === 'Wait' || type === 'Map' || type === 'Parallel') ? `${type}StateAborted` : undefined;
  }

  async evaluate(template: Template, field: string, extra: Extra = {}, item = this.thread.item): Promise<Json> {
    if (template.kind === 'literal') return template.value;
    const context: JsonObject = {
      ...executionContext(this.thread.run.identity),
      State: { Name: this.state.name, EnteredTime: this.enteredTime, ...('retry' in this.state ? { RetryCount: this.retryCount } : {}) },
      ...(this.token === undefined ? {} : { Task: { Token: this.token } }),
      ...(item === undefined ? {} : { Map: { Item: { ...item } } }),
    };
    const bindings: Bindings = {
      ...this.thread.variables.visible(),
      states: { input: this.input, context, ...extra },
      [world]: this.thread.run,
    };
    const value = await evaluateTemplate(template, bindings, field);
    this.thread.check();
    return value;
  }

  /** Evaluates a field whose value must be of one type. */
  async evaluateTyped(template: Template, field: string, type: 'array' | 'boolean' | 'number' | 'string'): Promise<Json> {
    const value = await this.evaluate(template, field);
    if (typeName(value) !== type && template.kind === 'expression') {
      throw template.expression.failed(field,
        `returned an unexpected result type. Expected '${type}', but was '${typeName(value)}' for value: ${JSON.stringify(value)}`);
    }
    return value;
  }

  /** Evaluates a field that takes an integer; what it refuses is documented, its text is unverified against AWS. */
  async evaluateNumber(template: Template | undefined, field: string, rule: { min: number; max?: number; integer?: boolean }): Promise<number | undefined> {
    if (template === undefined) return undefined;
    const value = await this.evaluateTyped(template, field, 'number') as number;
    if (rule.integer !== false && !Number.isInteger(value)) {
      throw new EvaluationError(field, `The ${field} field cannot be parsed as an integer: ${value}`);
    }
    if (value < rule.min || value > (rule.max ?? Infinity)) {
      throw new EvaluationError(field, `The ${field} field must be at least ${rule.min}`
        + `${rule.max === undefined ? '' : ` and at most ${rule.max}`}, but was ${value}`);
    }
    return value;
  }

  /** Leaves the state by a transition. */
  async leave(transition: Transition, fallback: Json, extra: Extra = {}, at = ''): Promise<Exit> {
    const output = transition.output ? await this.evaluate(transition.output, `${at}Output`, extra) : fallback;
    const assigned = transition.assign ? await this.evaluate(transition.assign, `${at}Assign`, extra) as JsonObject : {};
    this.refuseOversize(output);
    this.thread.variables.assign(assigned);
    this.thread.emit(`${this.state.type}StateExited` as HistoryEventType, {
      stateExitedEventDetails: {
        name: this.state.name,
        output: JSON.stringify(output),
        outputDetails: whole,
        ...(Object.keys(assigned).length === 0 ? {} : {
          assignedVariables: Object.fromEntries(Object.entries(assigned).map(([name, value]) => [name, JSON.stringify(value)])),
          assignedVariablesDetails: whole,
        }),
      },
    });
    this.thread.state = undefined;
    return { output, ...(transition.next === undefined ? {} : { next: transition.next }) };
  }

  refuseOversize(value: Json): void {
    if (size(value) <= dataLimit) return;
    throw new StateFailure('States.DataLimitExceeded',
      `The state/task '${this.state.name}' returned a result with a size exceeding the maximum number of bytes service limit.`);
  }

  /** Turns what was thrown into the state's failure and tells the history of failed evaluations. */
  failureOf(error: unknown): StateFailure {
    if (error instanceof Aborted) throw error;
    this.thread.check();
    if (error instanceof StateFailure) return error;
    if (error instanceof TaskFailure) return new StateFailure(error.error, error.cause);
    if (error instanceof EvaluationError) {
      const cause = `An error occurred while executing the state '${this.state.name}' (entered at the event id #${this.enteredId}). ${error.message}`;
      const failure = new StateFailure('States.QueryEvaluationError', cause);
      // recorded: nothing but the entry happened -> the event before the entry, but in Wait states the entry itself
      const onlyEntered = this.thread.previous === this.enteredId && this.state.type !== 'Wait';
      this.thread.emit('EvaluationFailed', {
        evaluationFailedEventDetails: {
          error: failure.error, cause, state: this.state.name, ...(error.field === undefined ? {} : { location: error.field }),
        },
      }, onlyEntered ? this.before : this.thread.previous);
      return failure;
    }
    this.thread.run.noteFault(error);
    return new StateFailure('States.Runtime', error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  }
}
