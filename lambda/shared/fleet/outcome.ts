import type { DescribeExecutionOutput } from '@aws-sdk/client-sfn';
import { isRecord } from '../request/rules';
import type { InState, Outcome, Progress } from './status';

/** Errors after which another time may do: the move gave its slot back, and nothing was changed. */
const ANOTHER_TIME = new Set(['WillNotConverge', 'LinkIsFull', 'LinkIsDown', 'LinkIsContended', 'ReservationLost', 'InsufficientInstanceCapacity', 'InstanceIsLeased', 'GroupNotReady']);
/** So often an instance is tried in one fleet. */
const MOST_ATTEMPTS = 3;
/** Causes hold stacks and lists: a report has a line for each. */
const LONGEST_MESSAGE = 500;

/** How far an instance is, by what its execution says. */
export function progressOf(before: InState<'moving'>, { status, output, error, cause }: Pick<DescribeExecutionOutput, 'status' | 'output' | 'error' | 'cause'>): Progress {
  const { execution, expected, attempts, gate, switched } = before;
  switch (status) {
    case 'SUCCEEDED': return { state: 'moved', execution, expected, outcome: outcomeOf(output) };
    case 'FAILED': case 'TIMED_OUT': case 'ABORTED': {
      if (ANOTHER_TIME.has(error ?? '') && switched === null && attempts < MOST_ATTEMPTS) return { state: 'waiting', attempts, ...gate !== undefined && { gate } };
      return { state: 'failed', execution, error: error ?? status, message: messageOf(cause).slice(0, LONGEST_MESSAGE), ...switched !== null && { switched: true } };
    }
    default: return before;
  }
}

/** Field by field: the output is another machine's, perhaps of another version. */
function outcomeOf(output = '{}'): Outcome {
  const parsed: unknown = JSON.parse(output);
  const of = isRecord(parsed) ? parsed : {};
  const text = (name: string): string | null => (typeof of[name] === 'string' ? of[name] : null);
  const number = (name: string): number | null => (typeof of[name] === 'number' ? of[name] : null);
  return {
    startedAt: text('startedAt'), switchedAt: text('switchedAt'), copiedAt: text('copiedAt'), endedAt: text('endedAt'),
    bytes: number('bytes'), pauseSeconds: number('pauseSeconds'), cpu: null, targetInstanceId: text('targetInstanceId'),
  };
}

/** A cause is often JSON with the message among other things. */
function messageOf(cause = ''): string {
  try {
    const parsed: unknown = JSON.parse(cause);
    return isRecord(parsed) && typeof parsed['message'] === 'string' ? parsed['message'] : cause;
  } catch {
    return cause;
  }
}
