import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { equal, invalid, type Item, order, sizeOf, typeOf } from '../values';
import type { Placeholders } from './names';
import { get, type Path } from './paths';
import { Parser } from './parser';

/** A value in a condition: an attribute, a given value, or the size of an attribute. */
export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: AttributeValue }
  | { readonly kind: 'size'; readonly path: Path };

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly [Condition, Condition] }
  | { readonly kind: 'not'; readonly part: Condition }
  | { readonly kind: 'compare'; readonly comparator: Comparator; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'between'; readonly operand: Operand; readonly low: Operand; readonly high: Operand }
  | { readonly kind: 'in'; readonly operand: Operand; readonly choices: readonly Operand[] }
  | { readonly kind: 'call'; readonly name: FunctionName; readonly path: Path; readonly argument?: Operand };

type FunctionName = 'attribute_exists' | 'attribute_not_exists' | 'attribute_type' | 'begins_with' | 'contains';

/** Reads a condition (developer guide, "Condition and filter expressions, operators, and functions"). */
export function parseCondition(kind: string, expression: string, placeholders: Placeholders): Condition {
  const parser = new Parser(kind, expression, placeholders);
  const condition = or(parser);
  parser.end();
  return condition;
}

// precedence: comparisons, IN, BETWEEN, functions, parentheses, NOT, AND, OR
function or(parser: Parser): Condition {
  let condition = and(parser);
  while (parser.keyword('OR')) condition = { kind: 'or', parts: [condition, and(parser)] };
  return condition;
}

function and(parser: Parser): Condition {
  let condition = not(parser);
  while (parser.keyword('AND')) condition = { kind: 'and', parts: [condition, not(parser)] };
  return condition;
}

function not(parser: Parser): Condition {
  return parser.keyword('NOT') ? { kind: 'not', part: not(parser) } : primary(parser);
}

function primary(parser: Parser): Condition {
  if (parser.symbol('(')) {
    const condition = or(parser);
    parser.expect(')');
    return condition;
  }
  if (parser.isCall() && parser.peek().text !== 'size') return call(parser);
  const left = operand(parser);
  if (parser.keyword('BETWEEN')) {
    const low = operand(parser);
    if (!parser.keyword('AND')) throw parser.unexpected();
    return { kind: 'between', operand: left, low, high: operand(parser) };
  }
  if (parser.keyword('IN')) return { kind: 'in', operand: left, choices: list(parser) };
  const { kind, text } = parser.peek();
  if (kind !== 'symbol' || !isComparator(text)) throw parser.unexpected();
  parser.next();
  return { kind: 'compare', comparator: text, left, right: operand(parser) };
}

function list(parser: Parser): Operand[] {
  parser.expect('(');
  const choices = [operand(parser)];
  while (parser.symbol(',')) choices.push(operand(parser));
  parser.expect(')');
  if (choices.length > 100) throw invalid(`Invalid ${parser.kind}: The IN operator takes 100 operands at most`);
  return choices;
}

function call(parser: Parser): Condition {
  const name = parser.next().text;
  if (!isFunction(name)) throw invalid(`Invalid ${parser.kind}: Invalid function name; function: ${name}`);
  parser.expect('(');
  const path = parser.path();
  const takesArgument = name !== 'attribute_exists' && name !== 'attribute_not_exists';
  if (takesArgument) parser.expect(',');
  const argument = takesArgument ? operand(parser) : undefined;
  parser.expect(')');
  return { kind: 'call', name, path, ...(argument && { argument }) };
}

function operand(parser: Parser): Operand {
  if (parser.peek().kind === 'value') return { kind: 'value', value: parser.placeholders.value(parser.kind, parser.next().text) };
  if (!parser.isCall()) return { kind: 'path', path: parser.path() };
  const name = parser.next().text;
  if (name !== 'size') throw invalid(`Invalid ${parser.kind}: The function is not allowed to be used this way in an expression; function: ${name}`);
  parser.expect('(');
  const path = parser.path();
  parser.expect(')');
  return { kind: 'size', path };
}

function isComparator(text: string): text is Comparator {
  return ['=', '<>', '<', '<=', '>', '>='].includes(text);
}

function isFunction(name: string): name is FunctionName {
  return ['attribute_exists', 'attribute_not_exists', 'attribute_type', 'begins_with', 'contains'].includes(name);
}

/** Whether an item (an empty one, where there is none) meets a condition. */
export function holds(condition: Condition, item: Item): boolean {
  switch (condition.kind) {
    case 'and': return holds(condition.parts[0], item) && holds(condition.parts[1], item);
    case 'or': return holds(condition.parts[0], item) || holds(condition.parts[1], item);
    case 'not': return !holds(condition.part, item);
    case 'compare': return compare(condition.comparator, valueOf(condition.left, item), valueOf(condition.right, item));
    case 'between': {
      const value = valueOf(condition.operand, item);
      return compare('>=', value, valueOf(condition.low, item)) && compare('<=', value, valueOf(condition.high, item));
    }
    case 'in': {
      const value = valueOf(condition.operand, item);
      return condition.choices.some(choice => compare('=', value, valueOf(choice, item)));
    }
    case 'call': return callHolds(condition.name, get(item, condition.path), condition.argument && valueOf(condition.argument, item));
  }
}

function valueOf(operand: Operand, item: Item): AttributeValue | undefined {
  if (operand.kind === 'value') return operand.value;
  const value = get(item, operand.path);
  if (operand.kind === 'path') return value;
  const size = value && sizeOf(value);
  return size === undefined ? undefined : { N: String(size) };
}

/** What is not there is unlike everything and neither more nor less than anything; so are values of different types. */
export function compare(comparator: Comparator, left: AttributeValue | undefined, right: AttributeValue | undefined): boolean {
  const same = left !== undefined && right !== undefined && equal(left, right);
  if (comparator === '=') return same;
  if (comparator === '<>') return !same;
  const ordered = left && right && order(left, right);
  if (ordered === undefined) return false;
  return comparator === '<' ? ordered < 0 : comparator === '<=' ? ordered <= 0 : comparator === '>' ? ordered > 0 : ordered >= 0;
}

function callHolds(name: FunctionName, value: AttributeValue | undefined, argument: AttributeValue | undefined): boolean {
  if (name === 'attribute_exists') return value !== undefined;
  if (name === 'attribute_not_exists') return value === undefined;
  if (value === undefined || argument === undefined) return false;
  if (name === 'attribute_type') return typeOf(value) === argument.S;
  if (name === 'begins_with') {
    if (value.S !== undefined && argument.S !== undefined) return value.S.startsWith(argument.S);
    return value.B !== undefined && argument.B !== undefined && Buffer.from(value.B).subarray(0, argument.B.byteLength).equals(argument.B);
  }
  if (value.S !== undefined) return argument.S !== undefined && value.S.includes(argument.S);
  if (value.B !== undefined) return argument.B !== undefined && Buffer.from(value.B).includes(Buffer.from(argument.B));
  if (value.SS) return argument.S !== undefined && value.SS.includes(argument.S);
  if (value.NS) return value.NS.some(each => equal({ N: each }, argument));
  if (value.BS) return value.BS.some(each => equal({ B: each }, argument));
  return value.L?.some(each => equal(each, argument)) ?? false;
}
