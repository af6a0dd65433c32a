import { InvalidRequest } from '../shared/errors';
import { id, isRecord, problem, type Rule, unknownField } from '../shared/request/rules';
import { settingsProblems } from '../shared/request/volume-overrides';
import { shareOf } from '../shared/share-alarms';
import type { Step } from '../shared/step';

export interface Input extends Step {
  /** The execution's input, as somebody typed it. */
  readonly request: unknown;
}
export interface OwnRequest {
  readonly cloneInstanceId: string;
  readonly volumeId: string;
  /** What the own volume shall be; null: as the shared one. */
  readonly type: string | null;
  readonly iops: number | null;
  /** MiB/s. */
  readonly throughput: number | null;
  /** Whether an alarm asks. */
  readonly byAlarm: boolean;
}
export interface Output { readonly request: OwnRequest }

const FIELDS: Readonly<Record<'cloneInstanceId' | 'volumeId', Rule>> = { cloneInstanceId: id('i'), volumeId: id('vol') };
const SETTINGS = ['type', 'iops', 'throughput'];
const AS_SHARED = { type: null, iops: null, throughput: null };

/** Refuses a wrong input before anything happens, all its problems in one message. */
export async function handler({ request }: Input): Promise<Output> {
  if (!isRecord(request)) throw new InvalidRequest(problem('input', request, 'an object with "cloneInstanceId" and "volumeId"'));
  // what the construct's own rule sends
  const watched = typeof request['alarmName'] === 'string' ? shareOf(request['alarmName']) : undefined;
  if (watched) return { request: { ...watched, ...AS_SHARED, byAlarm: true } };
  const settings = Object.fromEntries(Object.entries(request).filter(([field]) => SETTINGS.includes(field)));
  const known = [...Object.keys(FIELDS), ...SETTINGS];
  const problems = [
    ...Object.keys(request).filter(field => !known.includes(field)).map(field => unknownField(field, known)),
    ...Object.entries(FIELDS).flatMap(([field, rule]) => {
      const allowed = rule(request[field]);
      return allowed === undefined ? [] : [problem(field, request[field], allowed)];
    }),
    ...settingsProblems('', settings, SETTINGS),
  ];
  if (problems.length > 0) throw new InvalidRequest(problems.join('\n'));
  return { request: { cloneInstanceId: String(request['cloneInstanceId']), volumeId: String(request['volumeId']), ...AS_SHARED, ...settings, byAlarm: false } };
}
