import { Clock } from '../../../rehearsal/clock';
import { type ChildExecution, Execution, type ExecutionOptions, type Integrations, loadMachine, TaskFailure, type TaskRequest, TaskTokens } from '../../../rehearsal/asl';
import type { Json, JsonObject } from '../../../rehearsal/json';
import { Random } from '../../../rehearsal/random';

export const functionArn = 'arn:aws:lambda:us-east-1:111111111111:function:f';
export const invoke = 'arn:aws:states:::lambda:invoke';

/** A service that answers as told; each call is kept. */
export class Service implements Integrations {
  readonly calls: TaskRequest[] = [];

  constructor(private readonly answer: (request: TaskRequest, call: number) => Json | Promise<Json> = request => request.arguments) {}

  async invoke(request: TaskRequest): Promise<Json> {
    this.calls.push(request);
    return this.answer(request, this.calls.length);
  }
}

/** An answer that refuses by name. */
export function refuse(error: string, cause?: string): never {
  throw new TaskFailure(error, cause);
}

export interface Setting extends Partial<Pick<ExecutionOptions, 'integrations' | 'startExecution' | 'listener' | 'onChild' | 'clock' | 'random' | 'tokens'>> {
  readonly input?: Json;
  readonly name?: string;
}

/** An execution of a JSONata machine, not yet started. */
export function prepare(definition: JsonObject, { input = {}, name = 'run', ...setting }: Setting = {}): Execution {
  const random = setting.random ?? new Random(1);
  return new Execution({
    machine: loadMachine({ QueryLanguage: 'JSONata', ...definition }),
    machineArn: 'arn:aws:states:us-east-1:111111111111:stateMachine:Machine',
    machineName: 'Machine',
    roleArn: 'arn:aws:iam::111111111111:role/machine',
    name,
    arn: `arn:aws:states:us-east-1:111111111111:execution:Machine:${name}`,
    input,
    clock: new Clock(),
    random,
    integrations: new Service(),
    tokens: new TaskTokens(random),
    ...setting,
  });
}

/** Runs a machine to its end. */
export async function run(definition: JsonObject, setting: Setting = {}): Promise<Execution> {
  const execution = prepare(definition, setting);
  execution.start();
  await execution.clock.run(execution.done);
  return execution;
}

/** A machine of one state, which ends it. */
export function only(state: JsonObject, machine: JsonObject = {}): JsonObject {
  return { StartAt: 'S', States: { S: state.Type === 'Fail' || state.Type === 'Succeed' || state.Type === 'Choice' ? state : { ...state, End: true } }, ...machine };
}

/** A machine whose states follow each other in the order given. */
export function chain(states: Record<string, JsonObject>): JsonObject {
  const names = Object.keys(states);
  return {
    StartAt: names[0]!,
    States: Object.fromEntries(Object.entries(states).map(([name, state], index) => {
      const next = names[index + 1];
      return [name, next === undefined ? { ...state, End: true } : { ...state, Next: next }];
    })),
  };
}

/** The value of an expression in a Pass state's Output. */
export async function evaluate(expression: string, input: Json = {}): Promise<Execution> {
  return run(only({ Type: 'Pass', Output: `{% ${expression} %}` }), { input });
}

export function types(execution: Pick<Execution, 'events'> | ChildExecution): string[] {
  return (execution as Execution).events.map(({ type }) => type!);
}

/** Seconds of virtual time from the start to each event of a type. */
export function times(execution: Execution, type: string): number[] {
  return execution.events.filter(event => event.type === type).map(({ timestamp }) => (timestamp!.getTime() - execution.startDate.getTime()) / 1000);
}
