import type { JsonObject } from '../json';
import type { Machine, Scope, State } from './definition';
import { checkGraph } from './graph';
import { longest, readState } from './load-state';
import { InvalidDefinition, Problems } from './problems';
import { isObject, Reader } from './reader';
import { checkScopes } from './variables-of';

/** Reads and checks a whole definition, an object or JSON text; throws `InvalidDefinition` with all that is wrong. */
export function loadMachine(definition: unknown): Machine {
  const value = parse(definition);
  const problems = new Problems();
  const reader = new Reader(value, '', problems);
  reader.only('Comment', 'QueryLanguage', 'StartAt', 'States', 'Version', 'TimeoutSeconds');
  reader.string('Comment');
  reader.oneOf('Version', ['1.0']);
  const timeoutSeconds = reader.number('TimeoutSeconds', { min: 1, max: longest });
  const language = reader.oneOf('QueryLanguage', ['JSONPath', 'JSONata']);
  const missing = ['States', 'StartAt'].filter(name => !reader.has(name));
  if (missing.length > 0) {
    problems.add('/', `These fields are required: [${missing.join(', ')}]`);
    if (language !== 'JSONata') problems.addFirst('/', jsonataOnly);
  }
  const scope = missing.length > 0 ? { startAt: '', states: new Map<string, State>() } : new ScopeLoader(problems, language).scope(reader);
  checkScopes(scope, problems);
  problems.throwIfAny();
  return { ...scope, definition: value, ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }) };
}

const jsonataOnly = "The QueryLanguage is 'JSONPath', but only JSONata state machines can be rehearsed: set QueryLanguage to 'JSONata'";

/** Loads the scopes of one machine; knows what must be unique in all of them. */
export class ScopeLoader {
  private readonly names = new Map<string, string>();

  constructor(private readonly problems: Problems, private readonly machineLanguage: string | undefined) {}

  scope(reader: Reader): Scope {
    reader.require('StartAt');
    reader.require('States');
    const startAt = reader.string('StartAt') ?? '';
    const entries = Object.keys(reader.object('States')?.value ?? {});
    const states = new Map<string, State>();
    for (const name of entries) {
      const stateReader = reader.object('States')!.object(name);
      if (!stateReader) continue;
      this.checkName(name, stateReader.path);
      this.checkLanguage(stateReader);
      const state = readState(name, stateReader, this);
      if (state) states.set(name, state);
    }
    checkGraph(reader, startAt, entries, states);
    return { startAt, states };
  }

  private checkName(name: string, path: string): void {
    if (name === '' || [...name].length > 80) this.problems.add(path, 'A state name has 1 to 80 characters');
    const other = this.names.get(name);
    if (other !== undefined) this.problems.add(path, `Duplicate State name: ${name}, also at ${other}`, 'DUPLICATE_STATE_NAME');
    this.names.set(name, path);
  }

  /** The states of a branch or of an item processor inherit from the machine, not from the state around them (measured). */
  private checkLanguage(reader: Reader): void {
    const own = reader.oneOf('QueryLanguage', ['JSONPath', 'JSONata']);
    if ((own ?? this.machineLanguage) === 'JSONata') return;
    this.problems.addFirst(reader.path, this.machineLanguage === 'JSONata'
      ? "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
      : jsonataOnly);
  }
}

function parse(definition: unknown): JsonObject {
  let value = definition;
  if (typeof definition === 'string' && definition.trim() !== '') {
    try {
      value = JSON.parse(definition);
    } catch (error) {
      throw new InvalidDefinition([{ path: '', message: (error as Error).message, code: 'INVALID_JSON_DESCRIPTION' }]);
    }
  }
  if (isObject(value)) return value;
  throw new InvalidDefinition([{ path: '', message: 'Definition must be a valid JSON object', code: 'SCHEMA_VALIDATION_FAILED' }]);
}
