import type { MapState, Scope, State, Transition } from './definition';
import type { Template } from './expression';
import type { Problems } from './problems';

/** A scope inside another, and the state whose it is. */
export interface InnerScope {
  readonly scope: Scope;
  readonly path: string;
  readonly state: State;
}

/** The scopes directly inside a scope. */
export function innerScopes(scope: Scope): InnerScope[] {
  return [...scope.states].flatMap(([name, state]): InnerScope[] => {
    if (state.type === 'Map') return [{ scope: state.processor, path: `/States/${name}/ItemProcessor`, state }];
    if (state.type !== 'Parallel') return [];
    return state.branches.map((branch, index) => ({ scope: branch, path: `/States/${name}/Branches[${index}]`, state }));
  });
}

/** Each place of a scope that assigns variables, and their names. */
export function assignments(scope: Scope): { readonly path: string; readonly names: readonly string[] }[] {
  return [...scope.states].flatMap(([name, state]) => transitions(state).flatMap(({ path, transition }) => {
    const names = fieldNames(transition.assign);
    return names.length === 0 ? [] : [{ path: `/States/${name}${path}/Assign`, names }];
  }));
}

/** The transitions of a state with their place in it. */
export function transitions(state: State): { readonly path: string; readonly transition: Transition }[] {
  switch (state.type) {
    case 'Fail': return [];
    case 'Succeed': return [{ path: '', transition: state.output === undefined ? {} : { output: state.output } }];
    case 'Pass': case 'Wait': return [{ path: '', transition: state }];
    case 'Choice': return [{ path: '', transition: state }, ...state.choices.map((transition, index) => ({ path: `/Choices[${index}]`, transition }))];
    default: return [{ path: '', transition: state }, ...state.catch.map((transition, index) => ({ path: `/Catch[${index}]`, transition }))];
  }
}

/** An inner scope reads the variables of the scopes around it and must not assign to them. */
export function checkScopes(scope: Scope, problems: Problems, outer: ReadonlySet<string> = new Set(), path = ''): void {
  const own = assignments(scope);
  for (const assignment of own) {
    for (const name of assignment.names) {
      if (outer.has(name)) problems.add(path + assignment.path, `The variable '${name}' belongs to an outer scope and can not be assigned here`);
    }
  }
  const visible = new Set([...outer, ...own.flatMap(({ names }) => names)]);
  for (const inner of innerScopes(scope)) checkScopes(inner.scope, problems, visible, path + inner.path);
}

/** Whether a Map's children are executions of their own, which see no variable of the machine around them. */
export function isDistributed(state: State): state is MapState & { readonly distributed: object } {
  return state.type === 'Map' && state.distributed !== undefined;
}

function fieldNames(template: Template | undefined): string[] {
  if (template?.kind === 'object') return template.fields.map(([name]) => name);
  return template?.kind === 'literal' && typeof template.value === 'object' && template.value !== null ? Object.keys(template.value) : [];
}
