import { InvalidRequest } from '../shared/errors';
import { LIFETIME, lifetime } from '../shared/lifetime/duration';
import { id, isRecord, problem, unknownField } from '../shared/request/rules';
import type { Step } from '../shared/step';

export interface Extension {
  readonly cloneInstanceId: string;
  /** Seconds from now on; null: for ever. */
  readonly expireAfter: number | null;
}
export interface Input extends Step {
  /** The execution's input, as somebody typed it. */
  readonly request: unknown;
}
export interface Output { readonly extension: Extension }

const FIELDS = ['cloneInstanceId', 'expireAfter'];
const instanceId = id('i');

/** Refuses a wrong input before anything happens, all its problems in one message. */
export async function handler({ request }: Input): Promise<Output> {
  if (!isRecord(request)) throw new InvalidRequest(problem('input', request, 'an object with "cloneInstanceId" and "expireAfter"'));
  const { cloneInstanceId, expireAfter } = request;
  const allowedId = instanceId(cloneInstanceId);
  const seconds = expireAfter === 'never' ? null : lifetime(expireAfter);
  const problems = [
    ...Object.keys(request).filter(field => !FIELDS.includes(field)).map(field => unknownField(field, FIELDS)),
    ...allowedId === undefined ? [] : [problem('cloneInstanceId', cloneInstanceId, allowedId)],
    ...seconds === undefined ? [problem('expireAfter', expireAfter, `"never", or ${LIFETIME}`)] : [],
  ];
  if (problems.length > 0 || seconds === undefined) throw new InvalidRequest(problems.join('\n'));
  return { extension: { cloneInstanceId: String(cloneInstanceId), expireAfter: seconds } };
}
