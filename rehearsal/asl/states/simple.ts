import type { ChoiceState, FailState, PassState, SucceedState, WaitState } from '../definition';
import { EvaluationError } from '../expression';
import { StateFailure } from '../failure';
import { longest } from '../load-state';
import { parseTimestamp } from '../timestamp';
import type { Exit, Visit } from '../visit';

export function runPass(visit: Visit<PassState>): Promise<Exit> {
  return visit.leave(visit.state, visit.input);
}

export function runSucceed(visit: Visit<SucceedState>): Promise<Exit> {
  const { output } = visit.state;
  return visit.leave(output === undefined ? {} : { output }, visit.input);
}

export async function runFail(visit: Visit<FailState>): Promise<never> {
  const { error, cause } = visit.state;
  throw new StateFailure(
    error && await visit.evaluateTyped(error, 'Error', 'string') as string,
    cause && await visit.evaluateTyped(cause, 'Cause', 'string') as string,
  );
}

export async function runChoice(visit: Visit<ChoiceState>): Promise<Exit> {
  const { state, input, enteredId } = visit;
  for (const [index, rule] of state.choices.entries()) {
    const at = `Choices[${index}]/`;
    if (await visit.evaluateTyped(rule.condition, `${at}Condition`, 'boolean')) return visit.leave(rule, input, {}, at);
  }
  if (state.next !== undefined) return visit.leave(state, input);
  // so the States Language and the Developer Guide ("Error names"); users report States.Runtime with the same cause: unverified against AWS
  throw new StateFailure('States.NoChoiceMatched', `An error occurred while executing the state '${state.name}' (entered at the event id `
    + `#${enteredId}). Failed to transition out of the state. The state does not point to a next state.`);
}

export async function runWait(visit: Visit<WaitState>): Promise<Exit> {
  await visit.thread.sleepUntil(await wakeTime(visit));
  return visit.leave(visit.state, visit.input);
}

async function wakeTime(visit: Visit<WaitState>): Promise<number> {
  const { seconds, timestamp } = visit.state;
  const now = visit.thread.run.clock.now();
  if (!timestamp) return now + (await visit.evaluateNumber(seconds, 'Seconds', { min: 0, max: longest }))! * 1000;
  const text = await visit.evaluateTyped(timestamp, 'Timestamp', 'string') as string;
  const time = parseTimestamp(text);
  if (time === undefined) {
    throw new EvaluationError('Timestamp', `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${text}`);
  }
  return time;
}
