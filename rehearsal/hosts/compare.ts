import type { Json } from '../json';
import { request } from './pair-state';
import { answerIn, type RecordedCommand, type Recording } from './recording';

/** The form of a value over several answers: the types that were seen, the members, the form of a list's entries. */
interface Form {
  readonly types: Set<string>;
  readonly members: Map<string, Form>;
  entries?: Form;
}

/**
 * What differs between a kept recording and a new one as far as it matters to who reads the answers: steps that only one of them has,
 * exit statuses, and the form of the answers. Sizes, times, names and versions may differ, and what is null or empty fits everything.
 */
export function differences(kept: Recording, made: Recording): string[] {
  const [old, now] = [formsOf(kept), formsOf(made)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap(key => {
    const [before, after] = [old.get(key), now.get(key)];
    if (!before) return [`${key}: is not in the kept recording`];
    if (!after) return [`${key}: was not recorded again`];
    return compare(before, after, '').map(difference => `${key}: ${difference}`);
  });
}

/** Per step, side, state and exit status. */
function formsOf({ commands }: Recording): Map<string, Form> {
  const found = new Map<string, Form>();
  for (const command of commands) {
    const key = keyOf(command);
    found.set(key, add(found.get(key), answerIn(command.stdout, key)));
  }
  return found;
}

function keyOf({ side, step, parameters, before, status }: RecordedCommand): string {
  return `${request(step, parameters)} on the ${side}${step === 'inspect' ? '' : ` (source ${before.source}, target ${before.target})`} with exit status ${status}`;
}

function add(form: Form = { types: new Set(), members: new Map() }, value: Json): Form {
  if (value === null) return form;
  form.types.add(Array.isArray(value) ? 'list' : typeof value);
  if (Array.isArray(value)) for (const each of value) form.entries = add(form.entries, each);
  else if (typeof value === 'object') for (const [name, each] of Object.entries(value)) form.members.set(name, add(form.members.get(name), each));
  return form;
}

function compare(before: Form, after: Form, path: string): string[] {
  if (before.types.size === 0 || after.types.size === 0) return [];
  const strange = [...after.types].filter(type => !before.types.has(type));
  if (strange.length > 0) return [`${path || 'the answer'} is ${strange.join(' or ')}, no longer ${[...before.types].join(' or ')}`];
  const names = [...new Set([...before.members.keys(), ...after.members.keys()])];
  return [
    ...names.flatMap(name => {
      const [old, now] = [before.members.get(name), after.members.get(name)];
      return old && now ? compare(old, now, `${path}.${name}`) : [`${path}.${name} ${now ? 'has come' : 'is gone'}`];
    }),
    ...before.entries && after.entries ? compare(before.entries, after.entries, `${path}[]`) : [],
  ];
}
