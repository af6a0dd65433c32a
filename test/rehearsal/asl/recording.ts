import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Json, JsonObject } from '../../../rehearsal/json';

/** Executions that ran on AWS; see the README.md of the folder for the form of a case. */
export const folder = join(resolve(process.env.RECORDINGS_DIR ?? join(__dirname, '../../../../shared/recordings')), 'step-functions');

export interface FunctionModel {
  readonly returns?: 'event' | { readonly constant: Json };
  readonly raises?: { readonly errorType: string; readonly errorMessage: string };
}

export interface ExecutionCase {
  readonly name: string;
  readonly category: string;
  readonly definition: Json;
  readonly input: Json;
  readonly functions?: Readonly<Record<string, { readonly model: FunctionModel }>>;
  readonly status: string;
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: Json;
  readonly placeholders?: Readonly<Record<string, string>>;
  readonly maskedByRecorder?: readonly string[];
  readonly events: readonly JsonObject[];
}

export interface RefusedCase {
  readonly name: string;
  readonly definition: Json;
  readonly error: JsonObject;
  readonly languageNeutral: boolean;
}

/** All cases of the folder, whatever its subfolders are called. */
export function readCases(): { executions: ExecutionCase[]; refused: RefusedCase[] } {
  const executions: ExecutionCase[] = [];
  const refused: RefusedCase[] = [];
  for (const file of existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort() : []) {
    if (!file.endsWith('.json')) continue;
    const value = JSON.parse(readFileSync(join(folder, file), 'utf8')) as JsonObject;
    if ('definition' in value && 'events' in value) executions.push(value as unknown as ExecutionCase);
    else if ('definition' in value && 'api' in value) refused.push(value as unknown as RefusedCase);
  }
  return { executions, refused };
}

/** Fields that AWS gives as JSON text, and the recorder sometimes parsed. */
const texts = new Set(['input', 'output', 'parameters', 'cause']);
/** Request ids, trace ids and dates are masked in more than one way: their presence is all that can be compared. */
const presence = new Set(['SdkHttpMetadata', 'SdkResponseMetadata']);

/** Brings an event, recorded or our own, into the form in which both are compared. */
export function comparable(value: unknown, field = ''): unknown {
  if (presence.has(field)) return 'present';
  if (typeof value === 'string' && texts.has(field)) return comparable(parsed(value));
  if (Array.isArray(value)) return value.map(item => comparable(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'timestamp').map(([name, item]) => {
    if (name !== 'assignedVariables') return [name, comparable(item, name)];
    return [name, Object.fromEntries(Object.entries(item as JsonObject).map(([variable, text]) => [variable, comparable(parsed(text))]))];
  }));
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** Puts the recording account's values back for the placeholders. */
export function filled<T>(value: T, placeholders: Readonly<Record<string, string>> = {}): T {
  let text = JSON.stringify(value);
  for (const [placeholder, own] of Object.entries({ '<partition>': 'aws', '<region>': 'us-east-1', ...placeholders })) {
    text = text.replaceAll(placeholder, JSON.stringify(own).slice(1, -1));
  }
  return JSON.parse(text) as T;
}

/** Compares a recorded value with ours, masks included; says where they differ. */
export class Comparison {
  private uuids = new Map<string, string>();
  private readonly masks: readonly string[];

  constructor(maskedByRecorder: readonly string[] = []) {
    this.masks = maskedByRecorder.flatMap(mask => mask.split(' -> ').slice(1));
  }

  /** The place of the first difference, or undefined. */
  difference(recorded: unknown, own: unknown, at = ''): string | undefined {
    if (typeof recorded === 'string') return this.sameText(recorded, own) ? undefined : differs(at, recorded, own);
    if (typeof recorded !== 'object' || recorded === null) return recorded === own ? undefined : differs(at, recorded, own);
    if (typeof own !== 'object' || own === null || Array.isArray(recorded) !== Array.isArray(own)) return differs(at, recorded, own);
    for (const name of new Set([...Object.keys(recorded), ...Object.keys(own)])) {
      if (!Object.hasOwn(recorded, name) || !Object.hasOwn(own, name)) {
        return differs(`${at}/${name}`, (recorded as JsonObject)[name], (own as JsonObject)[name]);
      }
      const found = this.difference((recorded as JsonObject)[name], (own as JsonObject)[name], `${at}/${name}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Whether both are the same, without remembering ids that a failed comparison met. */
  same(recorded: unknown, own: unknown): boolean {
    const before = new Map(this.uuids);
    if (this.difference(recorded, own) === undefined) return true;
    this.uuids = before;
    return false;
  }

  private sameText(recorded: string, own: unknown): boolean {
    if (this.masks.includes(recorded)) return true;
    if (typeof own !== 'string') return false;
    if (recorded === own) return true;
    if (recorded === 'timestamp' || recorded === 'date') return /\d[-/: ](\d|\w{3} \d)/.test(own);
    const ids = [...recorded.matchAll(/<uuid:\d+>/g)].map(([id]) => id);
    if (ids.length === 0) return false;
    const pattern = recorded.split(/<uuid:\d+>/).map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('([0-9a-f-]{36})');
    const match = new RegExp(`^${pattern}$`, 's').exec(own);
    if (!match) return false;
    return ids.every((id, index) => {
      const known = this.uuids.get(id);
      if (known === undefined && [...this.uuids.values()].includes(match[index + 1]!)) return false;
      this.uuids.set(id, match[index + 1]!);
      return known === undefined || known === match[index + 1];
    });
  }
}

function differs(at: string, recorded: unknown, own: unknown): string {
  return `${at}: AWS has ${JSON.stringify(recorded)}, we have ${JSON.stringify(own)}`;
}

/**
 * Compares two histories. Between a Parallel's start and its end the recorder sorted the events by their text, masked
 * their ids and dropped the closing event: there, the events are compared as a set.
 */
export function compareHistories(recorded: readonly unknown[], own: readonly unknown[], comparison: Comparison): string | undefined {
  const masked = (event: unknown) => Array.isArray((event as JsonObject).id);
  const closing = ['ParallelStateSucceeded', 'ParallelStateFailed'];
  const dropped = recorded.some(masked) && !recorded.some(event => closing.includes((event as JsonObject).type as string));
  const ours = dropped ? own.filter(event => !closing.includes((event as JsonObject).type as string)) : [...own];
  for (let index = 0; index < recorded.length;) {
    let end = index;
    while (end < recorded.length && masked(recorded[end])) end++;
    if (end === index) {
      const found = comparison.difference(recorded[index], ours[index], `event ${index + 1}`);
      if (found !== undefined) return found;
      index++;
      continue;
    }
    const candidates = ours.slice(index, end).map(event => ({ ...(event as object), id: [0], previousEventId: 0 }));
    for (const event of recorded.slice(index, end)) {
      const position = candidates.findIndex(candidate => comparison.same(event, candidate));
      if (position < 0) return `no event like ${JSON.stringify(event)} among ${JSON.stringify(candidates)}`;
      candidates.splice(position, 1);
    }
    index = end;
  }
  return ours.length === recorded.length ? undefined : `AWS has ${recorded.length} events, we have ${ours.length}: ${JSON.stringify(ours.slice(recorded.length))}`;
}
