import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { add, subtract } from '../decimal';
import { checked, equal, invalid, type Item, typeOf } from '../values';
import type { Placeholders } from './names';
import { checkOverlap, get, type Path, remove, set } from './paths';
import { Parser } from './parser';

/** What a SET gives: computed from the item as it was before the update. */
type Term =
  | { readonly kind: 'value'; readonly value: AttributeValue }
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'if_not_exists'; readonly path: Path; readonly otherwise: Term }
  | { readonly kind: 'list_append'; readonly parts: readonly [Term, Term] }
  | { readonly kind: '+' | '-'; readonly parts: readonly [Term, Term] };

export interface Update {
  readonly set: readonly { readonly path: Path; readonly to: Term }[];
  readonly remove: readonly Path[];
  readonly add: readonly { readonly path: Path; readonly value: AttributeValue }[];
  readonly delete: readonly { readonly path: Path; readonly value: AttributeValue }[];
}

/** Every path that an update writes. */
export function pathsOf({ set: sets, remove: removes, add: adds, delete: deletes }: Update): Path[] {
  return [...sets.map(({ path }) => path), ...removes, ...adds.map(({ path }) => path), ...deletes.map(({ path }) => path)];
}

const kind = 'UpdateExpression';

/** Reads an update (developer guide, "Using update expressions"): SET, REMOVE, ADD and DELETE, each at most once. */
export function parseUpdate(expression: string, placeholders: Placeholders): Update {
  const parser = new Parser(kind, expression, placeholders);
  const update = { set: [] as Update['set'], remove: [] as Update['remove'], add: [] as Update['add'], delete: [] as Update['delete'] };
  const seen = new Set<string>();
  do {
    const section = parser.next().text.toUpperCase();
    if (seen.has(section)) throw invalid(`Invalid ${kind}: The "${section}" section can only be used once in an update expression;`);
    seen.add(section);
    if (section === 'SET') update.set = several(parser, assignment);
    else if (section === 'REMOVE') update.remove = several(parser, each => each.path());
    else if (section === 'ADD') update.add = several(parser, pathAndValue);
    else if (section === 'DELETE') update.delete = several(parser, pathAndValue);
    else throw parser.unexpected();
  } while (parser.peek().kind === 'word');
  parser.end();
  checkOverlap(kind, pathsOf(update));
  return update;
}

function several<T>(parser: Parser, one: (parser: Parser) => T): T[] {
  const all = [one(parser)];
  while (parser.symbol(',')) all.push(one(parser));
  return all;
}

function assignment(parser: Parser): { path: Path; to: Term } {
  const path = parser.path();
  parser.expect('=');
  const first = term(parser);
  // one plus or minus, no more: the grammar knows no chains
  if (parser.symbol('+')) return { path, to: { kind: '+', parts: [first, term(parser)] } };
  if (parser.symbol('-')) return { path, to: { kind: '-', parts: [first, term(parser)] } };
  return { path, to: first };
}

function term(parser: Parser): Term {
  if (parser.peek().kind === 'value') return { kind: 'value', value: parser.placeholders.value(kind, parser.next().text) };
  if (!parser.isCall()) return { kind: 'path', path: parser.path() };
  const name = parser.next().text;
  parser.expect('(');
  let result: Term;
  if (name === 'if_not_exists') {
    const path = parser.path();
    parser.expect(',');
    result = { kind: 'if_not_exists', path, otherwise: term(parser) };
  } else if (name === 'list_append') {
    const first = term(parser);
    parser.expect(',');
    result = { kind: 'list_append', parts: [first, term(parser)] };
  } else {
    throw invalid(`Invalid ${kind}: Invalid function name; function: ${name}`);
  }
  parser.expect(')');
  return result;
}

function pathAndValue(parser: Parser): { path: Path; value: AttributeValue } {
  const path = parser.path();
  const token = parser.next();
  if (token.kind !== 'value') throw parser.unexpected();
  return { path, value: parser.placeholders.value(kind, token.text) };
}

/** The item after an update. Right hand sides see the item as it was. */
export function updated(update: Update, before: Item): Item {
  const after = structuredClone(before);
  const values = update.set.map(({ path, to }) => ({ path, value: compute(to, before) }));
  for (const { path, value } of values) set(after, path, structuredClone(value));
  for (const { path, value } of update.add) set(after, path, added(get(before, path), value));
  for (const { path, value } of update.delete) {
    const rest = reduced(get(before, path), value);
    // a set that loses its last entry is gone
    if (rest) set(after, path, rest);
    else if (get(after, path)) remove(after, [path]);
  }
  remove(after, update.remove.filter(path => path.length === 1 || get(after, path.slice(0, -1) as unknown as Path) !== undefined || refuse()));
  return after;
}

function refuse(): never {
  throw invalid('The document path provided in the update expression is invalid for update');
}

function compute(to: Term, item: Item): AttributeValue {
  switch (to.kind) {
    case 'value': return to.value;
    case 'path': {
      const value = get(item, to.path);
      if (!value) throw invalid('The provided expression refers to an attribute that does not exist in the item');
      return value;
    }
    case 'if_not_exists': return get(item, to.path) ?? compute(to.otherwise, item);
    case 'list_append': {
      const [first, second] = to.parts.map(part => compute(part, item).L);
      if (!first || !second) throw wrongType();
      return { L: [...first, ...second] };
    }
    case '+': case '-': {
      const [first, second] = to.parts.map(part => compute(part, item).N);
      if (first === undefined || second === undefined) throw wrongType();
      return checked({ N: to.kind === '+' ? add(first, second) : subtract(first, second) });
    }
  }
}

/** ADD: to a number or to a set of the same type; to nothing as to zero or an empty set. */
function added(value: AttributeValue | undefined, more: AttributeValue): AttributeValue {
  if (more.N === undefined && !more.SS && !more.NS && !more.BS) {
    throw invalid(`Invalid ${kind}: Incorrect operand type for operator or function; operator: ADD, operand type: ${typeOf(more)}`);
  }
  if (value === undefined) return more;
  if (typeOf(value) !== typeOf(more)) throw wrongType();
  if (value.N !== undefined) return checked({ N: add(value.N, more.N!) });
  if (value.SS) return { SS: union(value.SS, more.SS!, each => ({ S: each })) };
  if (value.NS) return { NS: union(value.NS, more.NS!, each => ({ N: each })) };
  return { BS: union(value.BS!, more.BS!, each => ({ B: each })) };
}

/** DELETE: entries from a set of the same type; undefined when none is left. */
function reduced(value: AttributeValue | undefined, less: AttributeValue): AttributeValue | undefined {
  if (!less.SS && !less.NS && !less.BS) {
    throw invalid(`Invalid ${kind}: Incorrect operand type for operator or function; operator: DELETE, operand type: ${typeOf(less)}`);
  }
  if (value === undefined) return undefined;
  if (typeOf(value) !== typeOf(less)) throw wrongType();
  if (value.SS) return nonEmpty('SS', without(value.SS, less.SS!, each => ({ S: each })));
  if (value.NS) return nonEmpty('NS', without(value.NS, less.NS!, each => ({ N: each })));
  return nonEmpty('BS', without(value.BS!, less.BS!, each => ({ B: each })));
}

function nonEmpty(type: 'SS' | 'NS' | 'BS', entries: readonly unknown[]): AttributeValue | undefined {
  return entries.length === 0 ? undefined : { [type]: entries } as unknown as AttributeValue;
}

function union<T>(a: readonly T[], b: readonly T[], value: (entry: T) => AttributeValue): T[] {
  return [...a, ...without(b, a, value)];
}

function without<T>(a: readonly T[], b: readonly T[], value: (entry: T) => AttributeValue): T[] {
  return a.filter(each => !b.some(other => equal(value(each), value(other))));
}

function wrongType() {
  return invalid('An operand in the update expression has an incorrect data type');
}
