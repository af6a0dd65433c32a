import type { State, Transition } from './definition';
import type { Reader } from './reader';

/** Every transition has a target, every state is reached, and some state ends the scope; worded as AWS does (measured). */
export function checkGraph(reader: Reader, startAt: string, names: readonly string[], states: ReadonlyMap<string, State>): void {
  const add = (path: string, message: string, code: string) => reader.problems.add(path, message, code);
  const at = `${reader.path}/States`;
  if (names.length === 0 && reader.has('States')) reader.problem('At least one state is required', 'States');
  if (names.length > 0 && startAt !== '' && !names.includes(startAt)) {
    add(`${reader.path}/StartAt`, `Missing 'Next' target: ${startAt}`, 'MISSING_TRANSITION_TARGET');
  }
  for (const [name, state] of states) {
    for (const [field, target] of targets(state)) {
      if (!names.includes(target)) add(`${at}/${name}/${field}`, `Missing 'Next' target: ${target}`, 'MISSING_TRANSITION_TARGET');
    }
  }
  if (states.size < names.length || !names.includes(startAt)) return;
  if (![...states.values()].some(ends)) {
    add('', 'Workflow has no terminal state', 'MISSING_END_STATE');
    return;
  }
  const reached = reachable(startAt, states);
  for (const name of names) {
    if (!reached.has(name)) add(`${at}/${name}`, `State "${name}" is not reachable.`, 'MISSING_TRANSITION_TARGET');
  }
}

function targets(state: State): [string, string][] {
  const of = (field: string, { next }: Transition): [string, string][] => next === undefined ? [] : [[field, next]];
  switch (state.type) {
    case 'Succeed': case 'Fail': return [];
    case 'Choice': return [...state.choices.flatMap((rule, index) => of(`Choices[${index}]/Next`, rule)), ...of('Default', state)];
    case 'Pass': case 'Wait': return of('Next', state);
    default: return [...of('Next', state), ...state.catch.flatMap((catcher, index) => of(`Catch[${index}]/Next`, catcher))];
  }
}

function ends(state: State): boolean {
  return state.type === 'Succeed' || state.type === 'Fail' || (state.type !== 'Choice' && state.next === undefined);
}

function reachable(startAt: string, states: ReadonlyMap<string, State>): Set<string> {
  const reached = new Set<string>();
  const open = [startAt];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const state = states.get(name);
    if (!state || reached.has(name)) continue;
    reached.add(name);
    open.push(...targets(state).map(([, target]) => target));
  }
  return reached;
}
