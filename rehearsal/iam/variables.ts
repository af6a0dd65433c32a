import type { ConditionContext } from './need';
import { literal, type Token, tokens } from './match';

/** The value or values of a condition key; "condition key names are not case-sensitive". */
export function lookUp(context: ConditionContext, key: string): readonly string[] | undefined {
  const wanted = key.toLowerCase();
  const found = Object.keys(context).find(name => name.toLowerCase() === wanted);
  if (found === undefined) return undefined;
  const value = context[found]!;
  return typeof value === 'string' ? [value] : value;
}

/** Whether a key carries a list in this request. */
export function isMultivalued(context: ConditionContext, key: string): boolean {
  const wanted = key.toLowerCase();
  return Object.entries(context).some(([name, value]) => name.toLowerCase() === wanted && typeof value !== 'string');
}

const VARIABLE = /\$\{([^{}]*)\}/g;

/**
 * A policy's text with its variables replaced: as tokens, so that a replacement's `*` stays a literal star.
 * Undefined where a variable has neither a value nor a default: such a text matches nothing.
 *
 * IAM user guide, "Policy elements: Variables and tags": `${aws:PrincipalTag/team, 'default'}` gives a default; `${*}`,
 * `${?}` and `${$}` are those characters themselves; "You can use a policy variable … any condition key that … is
 * single-valued".
 */
export function substitute(text: string, context: ConditionContext, variables: boolean): Token[] | undefined {
  if (!variables || !text.includes('${')) return tokens(text);
  const result: Token[] = [];
  let from = 0;
  for (const match of text.matchAll(VARIABLE)) {
    result.push(...tokens(text.slice(from, match.index)));
    const value = valueOf(match[1]!, context);
    if (value === undefined) return undefined;
    result.push(...literal(value));
    from = match.index + match[0].length;
  }
  result.push(...tokens(text.slice(from)));
  return result;
}

function valueOf(variable: string, context: ConditionContext): string | undefined {
  if (variable === '*' || variable === '?' || variable === '$') return variable;
  const [, key, fallback] = /^\s*([^,\s]+)\s*(?:,\s*'([^']*)'\s*)?$/.exec(variable) ?? [];
  if (key === undefined) throw new Error(`\${${variable}} is no policy variable`);
  const values = lookUp(context, key);
  if (values === undefined) return fallback;
  if (isMultivalued(context, key)) throw new Error(`the multivalued key ${key} can not be a policy variable`);
  return values[0];
}

/** The replaced text, for operators that know no wildcards. */
export function textOf(replaced: readonly Token[]): string {
  return replaced.map(token => token.wildcard ?? token.literal).join('');
}
