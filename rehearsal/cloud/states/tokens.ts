import type { SendTaskFailureCommandInput, SendTaskHeartbeatCommandInput, SendTaskSuccessCommandInput } from '@aws-sdk/client-sfn';
import { AwsError, type Call } from '../service';
import type { Tokens } from './state';

export function sendTaskSuccess({ taskToken = '', output = '' }: SendTaskSuccessCommandInput, call: Call): object {
  return answer(call, tokens => tokens.succeed(taskToken, output));
}

export function sendTaskFailure({ taskToken = '', error, cause }: SendTaskFailureCommandInput, call: Call): object {
  return answer(call, tokens => tokens.fail(taskToken, error, cause));
}

export function sendTaskHeartbeat({ taskToken = '' }: SendTaskHeartbeatCommandInput, call: Call): object {
  return answer(call, tokens => tokens.heartbeat(taskToken));
}

const modelled = new Set(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken', 'InvalidOutput']);

/** The interpreter refuses tokens by errors of the API's names. */
function answer({ account }: Call, send: (tokens: Tokens) => void): object {
  if (!account.states.tokens) throw new Error('nobody holds task tokens in this account');
  try {
    send(account.states.tokens);
  } catch (error) {
    if (error instanceof Error && modelled.has(error.name)) throw new AwsError(error.name, error.message);
    throw error;
  }
  return {};
}
