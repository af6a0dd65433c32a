import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { ExecutionRecorder } from '../../../rehearsal/report/executions';

const start = Date.parse('2026-01-05T09:00:00Z');
type Details = Omit<HistoryEvent, 'id' | 'timestamp' | 'type' | 'previousEventId'>;

/** Tells events one second apart; each follows the one before it unless told otherwise. */
function told(...events: readonly [string, Details?, number?][]) {
  const recorder = new ExecutionRecorder({ arn: 'arn', machine: 'Clone' }, { type: 'ExecutionStarted', id: 1, timestamp: new Date(start) });
  events.forEach(([type, details, previousEventId], index) => recorder.hear({
    type: type as HistoryEvent['type'], id: index + 1, previousEventId: previousEventId ?? index, timestamp: new Date(start + index * 1000), ...details,
  }));
  return recorder.story;
}
const entered = (name: string): Details => ({ stateEnteredEventDetails: { name } });
const exited = (name: string): Details => ({ stateExitedEventDetails: { name } });
const failed = (error: string): Details => ({ taskFailedEventDetails: { resourceType: 'lambda', resource: 'invoke', error, cause: 'why' } });
const seconds = (time: number | undefined) => (time! - start) / 1000;

test('stays, transitions, input and output', () => {
  const story = told(
    ['ExecutionStarted', { executionStartedEventDetails: { input: '{"a":1}' } }],
    ['WaitStateEntered', entered('Pause')], ['WaitStateExited', exited('Pause')],
    ['TaskStateEntered', entered('Look')], ['TaskScheduled'], ['TaskStarted'], ['TaskSucceeded'], ['TaskStateExited', exited('Look')],
    ['ExecutionSucceeded', { executionSucceededEventDetails: { output: '{"b":2}' } }],
  );
  expect(story).toMatchObject({ status: 'SUCCEEDED', input: { a: 1 }, output: { b: 2 }, transitions: 2, historyEvents: 9 });
  expect(story.visits.map(({ state, type, from, to, outcome }) => [state, type, seconds(from), seconds(to), outcome])).toEqual([
    ['Pause', 'Wait', 1, 2, 'left'], ['Look', 'Task', 3, 7, 'left'],
  ]);
});

test('a retried attempt is told and billed, and the stay is no failure', () => {
  const story = told(
    ['ExecutionStarted'], ['TaskStateEntered', entered('Look')], ['TaskScheduled'], ['TaskStarted'], ['TaskFailed', failed('Busy')],
    ['TaskScheduled'], ['TaskStarted'], ['TaskSucceeded'], ['TaskStateExited', exited('Look')], ['ExecutionSucceeded'],
  );
  expect(story.visits).toMatchObject([{ outcome: 'left', failures: [{ error: 'Busy', cause: 'why', time: start + 4000 }] }]);
  expect(story.transitions).toBe(2);
});

test('a caught failure is a failure of the stay, and the execution goes on', () => {
  const story = told(
    ['ExecutionStarted'], ['TaskStateEntered', entered('Launch')], ['TaskScheduled'], ['TaskStarted'], ['TaskFailed', failed('Full')],
    ['TaskStateExited', exited('Launch')], ['FailStateEntered', entered('Failed')],
    ['ExecutionFailed', { executionFailedEventDetails: { error: 'Full', cause: 'no room' } }],
  );
  expect(story).toMatchObject({ status: 'FAILED', error: 'Full', cause: 'no room' });
  expect(story.visits.map(({ state, outcome, failures }) => [state, outcome, failures.length])).toEqual([['Launch', 'failed', 1], ['Failed', 'failed', 0]]);
});

test('an aborted execution ends its stays where they are', () => {
  const story = told(['ExecutionStarted'], ['WaitStateEntered', entered('Pause')], ['WaitStateAborted'], ['ExecutionAborted', {}]);
  expect(story).toMatchObject({ status: 'ABORTED', error: undefined });
  expect(story.visits).toMatchObject([{ outcome: 'aborted', to: start + 2000 }]);
});

test('a failure that nobody catches in its branch is a failure of the stay, not an abort', () => {
  const story = told(
    ['ExecutionStarted'], ['ParallelStateEntered', entered('Both')], ['ParallelStateStarted'], ['TaskStateEntered', entered('Left')],
    ['TaskScheduled'], ['TaskStarted'], ['TaskFailed', failed('Full')], ['TaskStateAborted'], ['ParallelStateFailed', {}, 7],
    ['ParallelStateExited', exited('Both'), 9], ['SucceedStateEntered', entered('After'), 10], ['SucceedStateExited', exited('After')], ['ExecutionSucceeded'],
  );
  expect(story.visits.map(({ state, outcome }) => [state, outcome])).toEqual([['Both', 'failed'], ['Left', 'failed'], ['After', 'left']]);
});

test('branches at the same time keep their stays apart', () => {
  const story = told(
    ['ExecutionStarted'], ['ParallelStateEntered', entered('Both')], ['ParallelStateStarted'],
    ['PassStateEntered', entered('Left'), 3], ['PassStateEntered', entered('Right'), 3],
    ['PassStateExited', exited('Left'), 4], ['PassStateExited', exited('Right'), 5],
    ['ParallelStateSucceeded', {}, 7], ['ParallelStateExited', exited('Both'), 8], ['ExecutionSucceeded'],
  );
  expect(story.visits.map(({ state, depth, from, to }) => [state, depth, seconds(from), seconds(to)])).toEqual([
    ['Both', 0, 1, 8], ['Left', 1, 3, 5], ['Right', 1, 4, 6],
  ]);
});

test('what fails inside a Parallel state ends there, and the states after it lie outside again', () => {
  const story = told(
    ['ExecutionStarted'], ['ParallelStateEntered', entered('Both')], ['ParallelStateStarted'],
    ['TaskStateEntered', entered('Left'), 3], ['WaitStateEntered', entered('Right'), 3], ['TaskScheduled', {}, 4], ['TaskStarted', {}, 6],
    ['TaskFailed', failed('Full'), 7], ['ParallelStateFailed', {}, 8], ['ParallelStateExited', exited('Both'), 9],
    ['SucceedStateEntered', entered('After'), 10], ['SucceedStateExited', exited('After')], ['ExecutionSucceeded'],
  );
  expect(story.visits.map(({ state, depth, to, outcome, failures }) => [state, depth, seconds(to), outcome, failures.map(each => each.error)])).toEqual([
    ['Both', 0, 9, 'failed', []], ['Left', 1, 9, 'failed', ['Full']], ['Right', 1, 9, 'aborted', []], ['After', 0, 11, 'left', []],
  ]);
});
