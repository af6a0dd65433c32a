import { BlockList, isIP } from 'node:net';
import { matchesArnCondition, matchesTokens, type Token } from './match';
import type { ConditionContext } from './need';
import type { Condition } from './policy';
import { isMultivalued, lookUp, substitute, textOf } from './variables';

/** Whether one value of the request fits one value of the policy, before a negation. */
type Comparison = (wanted: readonly Token[], actual: string) => boolean;

interface BaseOperator {
  readonly compare: Comparison;
  /** Such as StringNotEquals: true when *no* value of the policy fits. */
  readonly negated: boolean;
}

interface Operator extends BaseOperator {
  readonly ifExists: boolean;
  readonly set?: 'ForAnyValue' | 'ForAllValues';
}

const text = (compare: (wanted: string, actual: string) => boolean): Comparison => (wanted, actual) => compare(textOf(wanted), actual);
const numeric = (compare: (actual: number, wanted: number) => boolean) =>
  text((wanted, actual) => compare(number(actual), number(wanted)));
const date = (compare: (actual: number, wanted: number) => boolean) =>
  text((wanted, actual) => compare(instant(actual), instant(wanted)));

const EQUALS = text((wanted, actual) => wanted === actual);
const EQUALS_IGNORE_CASE = text((wanted, actual) => wanted.toLowerCase() === actual.toLowerCase());

const is = (compare: Comparison): BaseOperator => ({ compare, negated: false });
const not = (compare: Comparison): BaseOperator => ({ compare, negated: true });

/** IAM user guide, "IAM JSON policy elements: Condition operators". Null is apart: it asks for presence only. */
const OPERATORS: Readonly<Record<string, BaseOperator>> = {
  StringEquals: is(EQUALS),
  StringNotEquals: not(EQUALS),
  StringEqualsIgnoreCase: is(EQUALS_IGNORE_CASE),
  StringNotEqualsIgnoreCase: not(EQUALS_IGNORE_CASE),
  StringLike: is(matchesTokens),
  StringNotLike: not(matchesTokens),
  NumericEquals: is(numeric((actual, wanted) => actual === wanted)),
  NumericNotEquals: not(numeric((actual, wanted) => actual === wanted)),
  NumericLessThan: is(numeric((actual, wanted) => actual < wanted)),
  NumericLessThanEquals: is(numeric((actual, wanted) => actual <= wanted)),
  NumericGreaterThan: is(numeric((actual, wanted) => actual > wanted)),
  NumericGreaterThanEquals: is(numeric((actual, wanted) => actual >= wanted)),
  DateEquals: is(date((actual, wanted) => actual === wanted)),
  DateNotEquals: not(date((actual, wanted) => actual === wanted)),
  DateLessThan: is(date((actual, wanted) => actual < wanted)),
  DateLessThanEquals: is(date((actual, wanted) => actual <= wanted)),
  DateGreaterThan: is(date((actual, wanted) => actual > wanted)),
  DateGreaterThanEquals: is(date((actual, wanted) => actual >= wanted)),
  Bool: is(EQUALS_IGNORE_CASE),
  BinaryEquals: is(text((wanted, actual) => Buffer.from(wanted, 'base64').equals(Buffer.from(actual, 'base64')))),
  IpAddress: is(text(inRange)),
  NotIpAddress: not(text(inRange)),
  // "ArnEquals and ArnLike behave identically"
  ArnEquals: is(matchesArnCondition),
  ArnLike: is(matchesArnCondition),
  ArnNotEquals: not(matchesArnCondition),
  ArnNotLike: not(matchesArnCondition),
};

/** The operator of a name such as `ForAllValues:StringLikeIfExists`; undefined where AWS knows none. */
export function operatorOf(name: string): Operator | 'Null' | undefined {
  if (name === 'Null') return 'Null';
  const [, set, base, ifExists] = /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/.exec(name) ?? [];
  const operator = base !== undefined && Object.hasOwn(OPERATORS, base) ? OPERATORS[base] : undefined;
  if (!operator) return undefined;
  return { ...operator, ifExists: ifExists !== undefined, ...(set && { set: set as 'ForAnyValue' | 'ForAllValues' }) };
}

/** Whether a request meets one condition of a statement. */
export function meets({ operator: name, key, values }: Condition, context: ConditionContext, variables: boolean): boolean {
  const operator = operatorOf(name);
  if (!operator) throw new Error(`unknown condition operator ${name}`);
  const actual = lookUp(context, key);
  if (operator === 'Null') return values.some(value => (value.toLowerCase() === 'true') === (actual === undefined));
  if (actual === undefined || actual.length === 0) {
    // "IfExists: … If the key is not present, evaluate the condition element as true"
    if (operator.ifExists) return true;
    // "ForAllValues … returns true if there are no context keys in the request"; "ForAnyValue … returns false"
    if (operator.set) return operator.set === 'ForAllValues';
    // "If the policy condition requires that the key is not matched … and the right key is not present, the condition is true"
    return operator.negated;
  }
  if (!operator.set && isMultivalued(context, key)) {
    throw new Error(`${name} on the multivalued key ${key} needs ForAllValues or ForAnyValue`);
  }
  const wanted = values.map(value => substitute(value, context, variables)).filter(value => value !== undefined);
  const fits = (value: string) => wanted.some(one => operator.compare(one, value)) !== operator.negated;
  return operator.set === 'ForAllValues' ? actual.every(fits) : actual.some(fits);
}

function number(value: string): number {
  const parsed = Number(value);
  if (value.trim() === '' || Number.isNaN(parsed)) throw new Error(`${value} is no number`);
  return parsed;
}

/** "W3C implementations of the ISO 8601 date formats or in epoch (UNIX) time". */
function instant(value: string): number {
  const parsed = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value);
  if (Number.isNaN(parsed)) throw new Error(`${value} is no date`);
  return parsed;
}

function inRange(range: string, address: string): boolean {
  const [network, prefix] = range.split('/') as [string, string | undefined];
  const family = isIP(network);
  if (family === 0) throw new Error(`${range} is no range of addresses`);
  const list = new BlockList();
  list.addSubnet(network, prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix), family === 4 ? 'ipv4' : 'ipv6');
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}
