import type { Catcher, Retrier } from './definition';
import type { Reader } from './reader';
import { readTransition } from './load-transition';

/** The names that the States Language reserves (Appendix A, and the Developer Guide's "Error names"). */
const reserved = [
  'States.ALL', 'States.TaskFailed', 'States.Timeout', 'States.HeartbeatTimeout', 'States.Permissions', 'States.QueryEvaluationError',
  'States.NoChoiceMatched', 'States.BranchFailed', 'States.ItemReaderFailed', 'States.ResultWriterFailed',
  'States.ExceedToleratedFailureThreshold', 'States.DataLimitExceeded', 'States.Runtime', 'States.Http.Socket',
];

export function readRetriers(state: Reader): Retrier[] {
  const retriers = state.objects('Retry');
  return retriers.map((retrier, index) => {
    retrier.only('ErrorEquals', 'IntervalSeconds', 'MaxAttempts', 'BackoffRate', 'MaxDelaySeconds', 'JitterStrategy', 'Comment');
    const intervalSeconds = retrier.number('IntervalSeconds', { min: 1, max: 99_999_999 }) ?? 1;
    const maxDelaySeconds = retrier.number('MaxDelaySeconds', { min: 1, max: 31_622_399 });
    if (maxDelaySeconds !== undefined && maxDelaySeconds <= intervalSeconds) {
      retrier.problem('MaxDelaySeconds must be greater than IntervalSeconds', 'MaxDelaySeconds');
    }
    return {
      errorEquals: readErrorNames(retrier, index === retriers.length - 1),
      intervalSeconds,
      maxAttempts: retrier.number('MaxAttempts', { min: 0, max: 99_999_999 }) ?? 3,
      backoffRate: retrier.number('BackoffRate', { min: 1, integer: false }) ?? 2,
      ...(maxDelaySeconds === undefined ? {} : { maxDelaySeconds }),
      jitter: retrier.oneOf('JitterStrategy', ['FULL', 'NONE']) === 'FULL',
    };
  });
}

export function readCatchers(state: Reader): Catcher[] {
  const catchers = state.objects('Catch');
  return catchers.map((catcher, index) => {
    catcher.only('ErrorEquals', 'Next', 'Output', 'Assign', 'Comment');
    catcher.require('Next');
    return { errorEquals: readErrorNames(catcher, index === catchers.length - 1), ...readTransition(catcher, true) };
  });
}

function readErrorNames(reader: Reader, last: boolean): string[] {
  if (!reader.require('ErrorEquals')) return [];
  const names = reader.value.ErrorEquals;
  if (!Array.isArray(names) || names.length === 0 || !names.every(name => typeof name === 'string')) {
    reader.problem('Expected a non-empty array of error names', 'ErrorEquals');
    return [];
  }
  for (const name of names) {
    if (name.startsWith('States.') && !reserved.includes(name)) reader.problem(`'${name}' is no error name of the States Language`, 'ErrorEquals');
  }
  if (names.includes('States.ALL')) {
    if (names.length > 1) reader.problem('States.ALL must appear alone', 'ErrorEquals');
    if (!last) reader.problem('States.ALL must be in the last retrier or catcher', 'ErrorEquals');
  }
  return names;
}
