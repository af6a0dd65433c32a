import type { Json, JsonObject } from '../../json';
import { TaskFailure } from '../failure';
import { isObject } from '../reader';
import type { Resource } from '../resource';
import type { ChildExecution, ExecutionOptions, Run } from '../run';

type StartExecution = NonNullable<ExecutionOptions['startExecution']>;

export interface Started {
  readonly answer: Json;
  /** The end of the execution, where the task waits for it. */
  readonly finished?: Promise<Json>;
}

/** `states:startExecution`, `.sync`, `.sync:2` and `.waitForTaskToken`. */
export async function startAnother(
  run: Run, startExecution: StartExecution, resource: Resource, args: Json, signal: AbortSignal, assumed: { roleArn?: string },
): Promise<Started> {
  const { StateMachineArn, Name, Input = {} } = isObject(args) ? args : {} as JsonObject;
  if (typeof StateMachineArn !== 'string') throw new TaskFailure('StepFunctions.InvalidArnException', 'StateMachineArn must be a string');
  const child = await startExecution({
    stateMachineArn: StateMachineArn, input: Input, parent: run.identity, ...(typeof Name === 'string' ? { name: Name } : {}), ...assumed,
  });
  const requestId = run.random.uuid();
  const answer = {
    ExecutionArn: child.arn,
    SdkHttpMetadata: { HttpStatusCode: 200 },
    SdkResponseMetadata: { RequestId: requestId },
    StartDate: child.startDate.getTime(),
  };
  return resource.pattern === 'sync' ? { answer, finished: finish(child, resource.resource.endsWith(':2'), signal) } : { answer };
}

async function finish(child: ChildExecution, parsed: boolean, signal: AbortSignal): Promise<Json> {
  const stop = () => child.stop();
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop);
  await child.done;
  signal.removeEventListener('abort', stop);
  if (child.status !== 'SUCCEEDED') throw new TaskFailure('States.TaskFailed', JSON.stringify(describe(child, parsed)));
  return describe(child, parsed);
}

/** DescribeExecution's answer with capital letters; the form of the dates is unverified against AWS. */
function describe(child: ChildExecution, parsed: boolean): JsonObject {
  const data = (value: Json) => parsed ? value : JSON.stringify(value);
  return {
    ExecutionArn: child.arn,
    Input: data(child.input),
    InputDetails: { Included: true },
    Name: child.name,
    ...(child.output === undefined ? {} : { Output: data(child.output), OutputDetails: { Included: true } }),
    ...(child.error === undefined ? {} : { Error: child.error }),
    ...(child.cause === undefined ? {} : { Cause: child.cause }),
    RedriveCount: 0,
    StartDate: child.startDate.getTime(),
    StateMachineArn: child.machineArn,
    Status: child.status,
    StopDate: child.stopDate?.getTime() ?? null,
  };
}
