import { InvalidRequest } from '../errors';
import { isRecord, problem, type Rule, unknownField } from './rules';

/** The fields of an input that are given. */
export function givenFields(input: unknown, least: string): Readonly<Record<string, unknown>> {
  if (!isRecord(input)) throw new InvalidRequest(problem('input', input, `an object with at least ${least}`));
  // null stands for "not given": an optional field can then be filled by an expression
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null && value !== undefined));
}

/** What is wrong with the fields of an input, each by its rule. */
export function fieldProblems(given: Readonly<Record<string, unknown>>, rules: Readonly<Record<string, Rule>>, required: readonly string[]): string[] {
  return [
    ...Object.keys(given).filter(field => !Object.hasOwn(rules, field)).map(field => unknownField(field, Object.keys(rules))),
    ...Object.entries(rules).flatMap(([field, rule]) => {
      if (given[field] === undefined && !required.includes(field)) return [];
      const allowed = rule(given[field]);
      return allowed === undefined ? [] : [problem(field, given[field], allowed)];
    }),
  ];
}
