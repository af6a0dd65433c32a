import type { Clock } from '../clock';
import type { Json } from '../json';
import type { Random } from '../random';
import { TaskFailure } from './failure';
import { isObject } from './reader';

/** What a function gets of the arguments of `lambda:invoke`: a string is the request's body itself, and must be JSON. */
export function lambdaPayload(args: Json): Json {
  const payload = isObject(args) ? args.Payload : undefined;
  if (payload === undefined) return {};
  if (typeof payload !== 'string') return payload;
  try {
    return JSON.parse(payload) as Json;
  } catch (error) {
    throw new TaskFailure('Lambda.InvalidRequestContentException', `Could not parse request body into json: ${(error as Error).message}`);
  }
}

/** The result of `arn:aws:states:::lambda:invoke` around what the function returned, as recorded. */
export function lambdaEnvelope(payload: Json, { clock, random, version = '$LATEST' }: { clock: Clock; random: Random; version?: string }): Json {
  const requestId = random.uuid();
  const headers = {
    'Connection': 'keep-alive',
    'Content-Length': String(Buffer.byteLength(JSON.stringify(payload), 'utf8')),
    'Content-Type': 'application/json',
    'Date': new Date(clock.now()).toUTCString(),
    'X-Amz-Executed-Version': version,
    'X-Amzn-Trace-Id': `root=1-${random.hex(8)}-${random.hex(24)};sampled=0`,
    'x-amzn-Remapped-Content-Length': '0',
    'x-amzn-RequestId': requestId,
  };
  return {
    ExecutedVersion: version,
    Payload: payload,
    SdkHttpMetadata: {
      AllHttpHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
      HttpHeaders: headers,
      HttpStatusCode: 200,
    },
    SdkResponseMetadata: { RequestId: requestId },
    StatusCode: 200,
  };
}

/** The failure of a Task whose function threw: the cause is the function's error payload as JSON text. */
export function lambdaFailure(payload: { readonly errorType: string; readonly errorMessage: string; readonly [field: string]: Json }): TaskFailure {
  return new TaskFailure(payload.errorType, JSON.stringify(payload));
}
