import type { Expression } from './expression';

/** What an expression reads from outside itself. */
export interface References {
  /** Names, `$` and `$$` that would read an input document, which no expression has. */
  readonly contextual: readonly string[];
  /** Variables and functions, without the dollar sign, that the expression does not bind itself. */
  readonly variables: readonly string[];
  /** Fields of `$states`, such as `errorOutput`. */
  readonly states: readonly string[];
}

/** JSONata's syntax tree is not typed beyond the kind of a node. */
type Node = { readonly type?: string; readonly value?: unknown } & Readonly<Record<string, unknown>>;

/** Reads an expression's syntax tree for what it refers to. */
export function referencesOf(expression: Expression): References {
  const contextual = new Set<string>();
  const variables = new Set<string>();
  const bound = new Set<string>();
  const states = new Set<string>();

  /** `top`: the node is evaluated where the context would be the missing input document. */
  const visit = (node: unknown, top: boolean): void => {
    if (Array.isArray(node)) return node.forEach(item => visit(item, top));
    if (typeof node !== 'object' || node === null) return;
    const current = node as Node;
    switch (current.type) {
      case 'path': {
        const [first, ...rest] = current.steps as Node[];
        if (first?.type === 'variable' && first.value === 'states' && rest[0]?.type === 'name') states.add(String(rest[0].value));
        visit(first, top);
        visit(rest, false);
        break;
      }
      case 'name': case 'wildcard': case 'descendant': case 'parent':
        if (top) contextual.add(String(current.value));
        break;
      case 'variable':
        if (current.value === '' || current.value === '$') {
          if (top) contextual.add(`$${current.value}`);
        } else {
          variables.add(String(current.value));
        }
        break;
      case 'bind':
        bound.add(String((current.lhs as Node).value));
        visit(current.rhs, top);
        break;
      case 'lambda':
        for (const argument of current.arguments as Node[]) bound.add(String(argument.value));
        // its context is what it is applied to; AWS's rule for its body is unverified
        visit(current.body, false);
        break;
      default:
        for (const [name, child] of Object.entries(current)) {
          if (!nested.has(name)) visit(child, top);
        }
    }
    // predicates, stages, groupings and sort terms see the value they belong to
    for (const name of nested) visit(current[name], false);
    if (typeof current.focus === 'string') bound.add(current.focus);
    if (typeof current.index === 'string') bound.add(current.index);
  };
  visit(expression.ast(), true);
  return {
    contextual: [...contextual],
    variables: [...variables].filter(name => !bound.has(name)),
    states: [...states],
  };
}

const nested = new Set(['predicate', 'stages', 'group', 'terms', 'pattern', 'update', 'delete']);
