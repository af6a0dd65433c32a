import type { Json } from '../../json';
import type { TaskState } from '../definition';
import { EvaluationError } from '../expression';
import { Aborted, StateFailure } from '../failure';
import { dataLimit, size } from '../limits';
import { longest } from '../load-state';
import { isObject } from '../reader';
import { argumentProblems } from '../resource';
import { withRetries } from '../retry';
import type { Exit, Visit } from '../visit';
import { Callback } from './callback';
import { type Watch, TimedOut, withDeadlines } from './deadlines';
import { startAnother } from './start-execution';
import { TaskEvents } from './task-events';

export function runTask(visit: Visit<TaskState>): Promise<Exit> {
  return withRetries(visit, async () => {
    const callback = visit.state.resource.pattern === 'waitForTaskToken' ? new Callback(visit.thread.run.options.tokens) : undefined;
    visit.token = callback?.token;
    try {
      const result = await attempt(visit, callback);
      return await visit.leave(visit.state, result, { result });
    } finally {
      callback?.close();
    }
  });
}

async function attempt(visit: Visit<TaskState>, callback: Callback | undefined): Promise<Json> {
  const { state, thread } = visit;
  const args = state.arguments ? await visit.evaluate(state.arguments, 'Arguments') : visit.input;
  const limits = {
    timeoutSeconds: await visit.evaluateNumber(state.timeoutSeconds, 'TimeoutSeconds', { min: 1, max: longest }),
    heartbeatSeconds: await visit.evaluateNumber(state.heartbeatSeconds, 'HeartbeatSeconds', { min: 1, max: longest }),
  };
  if (limits.heartbeatSeconds !== undefined && limits.heartbeatSeconds >= (limits.timeoutSeconds ?? Infinity)) {
    throw new EvaluationError('HeartbeatSeconds', 'HeartbeatSeconds must be smaller than TimeoutSeconds');
  }
  const roleArn = state.roleArn && await visit.evaluateTyped(state.roleArn, 'Credentials/RoleArn', 'string') as string;
  refuseArguments(visit, args);

  const events = new TaskEvents(thread, state.resource);
  events.scheduled(args, limits, roleArn);
  events.started();
  try {
    const result = await withDeadlines(thread, limits, watch => work(visit, { args, roleArn, callback, events, watch }));
    if (size(result) > dataLimit) visit.refuseOversize(result);
    events.succeeded(result);
    return result;
  } catch (error) {
    thread.check();
    if (error instanceof TimedOut) {
      events.timedOut();
      // recorded: a missed heartbeat is told as States.Timeout; documented: States.HeartbeatTimeout
      throw new StateFailure('States.Timeout', undefined, error.missedHeartbeat ? 'States.HeartbeatTimeout' : undefined);
    }
    const failure = visit.failureOf(error);
    if (!failure.terminal) events.failed(failure.error, failure.cause);
    throw failure;
  }
}

interface Attempt {
  readonly args: Json;
  readonly roleArn: string | undefined;
  readonly callback: Callback | undefined;
  readonly events: TaskEvents;
  readonly watch: Watch;
}

async function work(visit: Visit<TaskState>, { args, roleArn, callback, events, watch }: Attempt): Promise<Json> {
  const { state: { resource }, thread: { run } } = visit;
  const called = callback?.wait(watch);
  const assumed = roleArn === undefined ? {} : { roleArn };
  const nested = resource.resourceType === 'states' && resource.resource.startsWith('startExecution') && run.options.startExecution;
  const started = nested
    ? await startAnother(run, nested, resource, args, watch.signal, assumed)
    : { answer: await run.options.integrations.invoke({
      resource: resource.arn, arguments: args, execution: run.identity, signal: watch.signal,
      ...assumed, ...(callback ? { token: callback.token } : {}),
    }) };
  if (watch.signal.aborted) throw new Aborted();
  if (resource.pattern !== 'requestResponse' && (called || started.finished)) {
    events.submitted(started.answer);
    return (called ?? started.finished)!;
  }
  return started.answer;
}

/** Arguments that are one whole expression show their names only now. */
function refuseArguments(visit: Visit<TaskState>, args: Json): void {
  const problems = isObject(args) ? argumentProblems(visit.state.resource, Object.keys(args)) : [];
  if (problems.length > 0 && visit.state.arguments) {
    throw new StateFailure('States.Runtime', `An error occurred while executing the state '${visit.state.name}' (entered at the event id `
      + `#${visit.enteredId}). ${problems.join('. ')}`);
  }
  if (size(args) > dataLimit) visit.refuseOversize(args);
}

