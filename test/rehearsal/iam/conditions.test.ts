import fc from 'fast-check';
import { meets, operatorOf } from '../../../rehearsal/iam/conditions';
import type { ConditionContext } from '../../../rehearsal/iam/need';

const holds = (operator: string, key: string, values: string | string[], context: ConditionContext) =>
  meets({ operator, key, values: [values].flat() }, context, true);

describe('operators, by the rules of "IAM JSON policy elements: Condition operators"', () => {
  test.each<[rule: string, operator: string, wanted: string | string[], actual: string, expected: boolean]>([
    ['exact matching, case sensitive', 'StringEquals', 'eu', 'eu', true],
    ['exact matching, case sensitive', 'StringEquals', 'eu', 'EU', false],
    ['exact matching knows no wildcards', 'StringEquals', 'e*', 'eu', false],
    ['several values are a logical OR', 'StringEquals', ['us', 'eu'], 'eu', true],
    ['negated matching', 'StringNotEquals', 'eu', 'us', true],
    ['several values of a negated operator are a logical NOR', 'StringNotEquals', ['us', 'eu'], 'eu', false],
    ['exact matching, ignoring case', 'StringEqualsIgnoreCase', 'eu', 'EU', true],
    ['negated matching, ignoring case', 'StringNotEqualsIgnoreCase', 'eu', 'EU', false],
    ['the values can include multi-character match wildcards', 'StringLike', 'e*-?', 'eu-west-1', true],
    ['negated case-sensitive matching with wildcards', 'StringNotLike', 'e*', 'eu', false],
    ['matching of numbers', 'NumericEquals', '100', '100.0', true],
    ['negated matching of numbers', 'NumericNotEquals', '100', '100', false],
    ['"Less than" matching', 'NumericLessThan', '100', '99', true],
    ['"Less than" matching', 'NumericLessThan', '100', '100', false],
    ['"Less than or equals" matching', 'NumericLessThanEquals', '100', '100', true],
    ['"Greater than" matching', 'NumericGreaterThan', '9', '10', true],
    ['"Greater than or equals" matching', 'NumericGreaterThanEquals', '10', '9', false],
    ['matching a specific date', 'DateEquals', '2026-01-05T09:00:00Z', '2026-01-05T10:00:00+01:00', true],
    ['negated matching of a date', 'DateNotEquals', '2026-01-05T09:00:00Z', '2026-01-05T09:00:00Z', false],
    ['matching before a date, epoch time allowed', 'DateLessThan', '2026-01-05T09:00:00Z', '1767603599', true],
    ['matching at or before a date', 'DateLessThanEquals', '2026-01-05T09:00:00Z', '2026-01-05T09:00:00Z', true],
    ['matching after a date', 'DateGreaterThan', '2026-01-05T09:00:00Z', '2026-01-05T09:00:00Z', false],
    ['matching at or after a date', 'DateGreaterThanEquals', '2026-01-05T09:00:00Z', '2026-01-05T09:00:00Z', true],
    ['Boolean matching', 'Bool', 'true', 'true', true],
    ['Boolean matching', 'Bool', 'false', 'true', false],
    ['byte for byte after decoding', 'BinaryEquals', 'QmluYXJ5', 'QmluYXJ5', true],
    ['the specified IP address or range', 'IpAddress', '203.0.113.0/24', '203.0.113.7', true],
    ['the specified IP address or range', 'IpAddress', '2001:db8::/32', '2001:db8::1', true],
    ['all IP addresses except the specified', 'NotIpAddress', '203.0.113.0/24', '203.0.113.7', false],
    ['ArnEquals and ArnLike behave identically', 'ArnEquals', 'arn:aws:ec2:*:1:volume/*', 'arn:aws:ec2:eu-west-1:1:volume/v', true],
    ['negated matching for ARN', 'ArnNotLike', 'arn:aws:ec2:*:1:volume/*', 'arn:aws:ec2:eu-west-1:1:volume/v', false],
  ])('%s: %s %j against %s is %s', (_, operator, wanted, actual, expected) => {
    expect(holds(operator, 'k', wanted, { k: actual })).toBe(expected);
  });

  test('"condition key names are not case-sensitive"', () => {
    expect(holds('StringEquals', 'AWS:requesttag/Team', 'a', { 'aws:RequestTag/team': 'a' })).toBe(true);
  });

  test('a name that is no operator is none', () => {
    for (const name of ['StringEqual', 'stringequals', 'ForSomeValues:StringEquals', 'NullIfExists', 'toString', '']) {
      expect(operatorOf(name)).toBeUndefined();
    }
  });
});

describe('a key that is not in the request', () => {
  test('"the values do not match and the condition is false"', () => {
    expect(holds('StringEquals', 'k', 'a', {})).toBe(false);
    expect(holds('NumericLessThan', 'k', '1', {})).toBe(false);
    expect(holds('Bool', 'k', 'false', {})).toBe(false);
  });

  test('"requires that the key is not matched, such as StringNotLike or ArnNotLike … the condition is true"', () => {
    for (const operator of ['StringNotEquals', 'StringNotLike', 'ArnNotLike', 'NumericNotEquals', 'DateNotEquals', 'NotIpAddress']) {
      expect(holds(operator, 'k', operator.startsWith('Not') ? '10.0.0.0/8' : '1', {})).toBe(true);
    }
  });

  test('IfExists: "If the key is not present, evaluate the condition element as true"; else as without', () => {
    expect(holds('StringEqualsIfExists', 'k', 'a', {})).toBe(true);
    expect(holds('StringEqualsIfExists', 'k', 'a', { k: 'a' })).toBe(true);
    expect(holds('StringEqualsIfExists', 'k', 'a', { k: 'b' })).toBe(false);
    expect(holds('ForAnyValue:StringEqualsIfExists', 'k', 'a', {})).toBe(true);
  });

  test('Null: "true (the key doesn\'t exist – it is null) or false (the key exists and its value is not null)"', () => {
    expect(holds('Null', 'k', 'true', {})).toBe(true);
    expect(holds('Null', 'k', 'true', { k: 'a' })).toBe(false);
    expect(holds('Null', 'k', 'false', { k: 'a' })).toBe(true);
    expect(holds('Null', 'k', 'false', {})).toBe(false);
  });
});

describe('keys with several values', () => {
  test('ForAllValues: "returns true if every context key value in the request matches"; "returns true if there are no context keys"', () => {
    expect(holds('ForAllValues:StringEquals', 'aws:TagKeys', ['a', 'b'], { 'aws:TagKeys': ['a'] })).toBe(true);
    expect(holds('ForAllValues:StringEquals', 'aws:TagKeys', ['a', 'b'], { 'aws:TagKeys': ['a', 'c'] })).toBe(false);
    expect(holds('ForAllValues:StringEquals', 'aws:TagKeys', ['a'], {})).toBe(true);
  });

  test('ForAnyValue: "true if any one of the context key values matches"; "For no matching context key … returns false"', () => {
    expect(holds('ForAnyValue:StringLike', 'aws:TagKeys', 'a*', { 'aws:TagKeys': ['c', 'ab'] })).toBe(true);
    expect(holds('ForAnyValue:StringLike', 'aws:TagKeys', 'a*', { 'aws:TagKeys': ['c'] })).toBe(false);
    expect(holds('ForAnyValue:StringEquals', 'aws:TagKeys', 'a', {})).toBe(false);
  });

  test('ForAllValues of a negated operator: none of the values may be among the policy\'s', () => {
    expect(holds('ForAllValues:StringNotEquals', 'aws:TagKeys', ['x', 'y'], { 'aws:TagKeys': ['a', 'x'] })).toBe(false);
    expect(holds('ForAllValues:StringNotEquals', 'aws:TagKeys', ['x', 'y'], { 'aws:TagKeys': ['a', 'b'] })).toBe(true);
  });

  test('"Multivalued context keys require a condition set operator"', () => {
    expect(() => holds('StringEquals', 'aws:TagKeys', 'a', { 'aws:TagKeys': ['a'] })).toThrow('needs ForAllValues or ForAnyValue');
  });
});

describe('policy variables, by "IAM policy elements: Variables and tags"', () => {
  const context = { 'aws:PrincipalTag/team': 'red', 'aws:PrincipalTag/odd': 'r*' };

  test('are replaced by the request\'s value', () => {
    expect(holds('StringEquals', 'k', '${aws:PrincipalTag/team}-1', { ...context, k: 'red-1' })).toBe(true);
    expect(holds('StringEquals', 'k', '${AWS:principaltag/team}-1', { ...context, k: 'blue-1' })).toBe(false);
  });

  test('"To add a default value to a variable, surround the default value with single quotes"', () => {
    expect(holds('StringEquals', 'k', "${aws:PrincipalTag/none, 'all'}", { ...context, k: 'all' })).toBe(true);
    expect(holds('StringEquals', 'k', "${aws:PrincipalTag/team, 'all'}", { ...context, k: 'all' })).toBe(false);
  });

  test('without value and default match nothing', () => {
    expect(holds('StringLike', 'k', '${aws:PrincipalTag/none}*', { ...context, k: 'anything' })).toBe(false);
  });

  test('"${*} – use where you need an * (asterisk) character"; a replacement\'s star is literal, too', () => {
    expect(holds('StringLike', 'k', 'a${*}', { k: 'a*' })).toBe(true);
    expect(holds('StringLike', 'k', 'a${*}', { k: 'ab' })).toBe(false);
    expect(holds('StringLike', 'k', '${aws:PrincipalTag/odd}', { ...context, k: 'red' })).toBe(false);
  });

  test('"Policy variables are supported only in Version 2012-10-17"', () => {
    expect(meets({ operator: 'StringEquals', key: 'k', values: ['${aws:PrincipalTag/team}'] }, { ...context, k: 'red' }, false)).toBe(false);
  });
});

describe('properties', () => {
  const word = fc.constantFrom('a', 'b', 'ab', '1', '2');
  const pairs = [
    ['StringEquals', 'StringNotEquals'], ['StringLike', 'StringNotLike'], ['StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'],
  ] as const;

  test('a negated operator says the opposite, with the key and without', () => {
    fc.assert(fc.property(fc.constantFrom(...pairs), fc.array(word, { minLength: 1 }), fc.option(word), ([positive, negative], values, actual) => {
      const context: ConditionContext = actual === null ? {} : { k: actual };
      expect(holds(negative, 'k', values, context)).toBe(!holds(positive, 'k', values, context));
    }));
  });

  test('IfExists differs from its operator at most where the key is missing', () => {
    fc.assert(fc.property(fc.constantFrom(...pairs.flat()), fc.array(word, { minLength: 1 }), word, (operator, values, actual) => {
      expect(holds(`${operator}IfExists`, 'k', values, { k: actual })).toBe(holds(operator, 'k', values, { k: actual }));
      expect(holds(`${operator}IfExists`, 'k', values, {})).toBe(true);
    }));
  });

  test('ForAnyValue and ForAllValues agree on a key with one value', () => {
    fc.assert(fc.property(fc.array(word, { minLength: 1 }), word, (values, actual) => {
      expect(holds('ForAnyValue:StringEquals', 'k', values, { k: [actual] })).toBe(holds('ForAllValues:StringEquals', 'k', values, { k: [actual] }));
    }));
  });
});
