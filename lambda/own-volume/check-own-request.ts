import { InvalidRequest } from '../shared/errors';
import { id, isRecord, problem, type Rule, unknownField } from '../shared/request/rules';
import { shareOf } from '../shared/share-alarms';
import type { Step } from '../shared/step';

export interface Input extends Step {
  /** The execution's input, as somebody typed it. */
  readonly request: unknown;
}
export interface OwnRequest {
  readonly cloneInstanceId: string;
  readonly volumeId: string;
  /** Whether an alarm asks. */
  readonly byAlarm: boolean;
}
export interface Output { readonly request: OwnRequest }

const FIELDS: Readonly<Record<'cloneInstanceId' | 'volumeId', Rule>> = { cloneInstanceId: id('i'), volumeId: id('vol') };

/** Refuses a wrong input before anything happens, all its problems in one message. */
export async function handler({ request }: Input): Promise<Output> {
  if (!isRecord(request)) throw new InvalidRequest(problem('input', request, 'an object with "cloneInstanceId" and "volumeId"'));
  // what the construct's own rule sends
  const watched = typeof request['alarmName'] === 'string' ? shareOf(request['alarmName']) : undefined;
  if (watched) return { request: { ...watched, byAlarm: true } };
  const problems = [
    ...Object.keys(request).filter(field => !Object.hasOwn(FIELDS, field)).map(field => unknownField(field, Object.keys(FIELDS))),
    ...Object.entries(FIELDS).flatMap(([field, rule]) => {
      const allowed = rule(request[field]);
      return allowed === undefined ? [] : [problem(field, request[field], allowed)];
    }),
  ];
  if (problems.length > 0) throw new InvalidRequest(problems.join('\n'));
  return { request: { cloneInstanceId: String(request['cloneInstanceId']), volumeId: String(request['volumeId']), byAlarm: false } };
}
