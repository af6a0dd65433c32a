import type { Json, JsonObject } from '../json';
import { operatorOf } from './conditions';

/** One statement of a policy, its elements made lists. */
export interface Statement {
  readonly sid?: string;
  readonly effect: 'Allow' | 'Deny';
  readonly actions?: readonly string[];
  readonly notActions?: readonly string[];
  readonly resources?: readonly string[];
  readonly notResources?: readonly string[];
  readonly principals?: readonly string[];
  readonly conditions: readonly Condition[];
  /** Whether `${…}` is a variable: "Policy variables are supported only in Version 2012-10-17". */
  readonly variables: boolean;
}

export interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** A policy document that AWS would refuse, or that the rehearsal can not judge. */
export class InvalidPolicy extends Error {
  constructor(where: string, problem: string) {
    super(`${where}: ${problem}`);
    this.name = 'InvalidPolicy';
  }
}

export type PolicyKind = 'identity' | 'resource';

const STATEMENT_ELEMENTS = new Set([
  'Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition', 'Principal', 'NotPrincipal',
]);

/** Reads a policy document; whatever is not understood whole is refused. */
export function readPolicy(where: string, document: unknown, kind: PolicyKind = 'identity'): Statement[] {
  if (!isObject(document)) throw new InvalidPolicy(where, 'a policy document must be an object');
  refuseOthers(where, document, new Set(['Version', 'Id', 'Statement']));
  const version = document.Version ?? '2008-10-17';
  if (version !== '2012-10-17' && version !== '2008-10-17') throw new InvalidPolicy(where, `unknown Version ${JSON.stringify(version)}`);
  const statements = Array.isArray(document.Statement) ? document.Statement : [document.Statement];
  return statements.map((statement, index) => readStatement(`${where} statement ${index + 1}`, statement, kind, version === '2012-10-17'));
}

function readStatement(where: string, statement: Json | undefined, kind: PolicyKind, variables: boolean): Statement {
  if (!isObject(statement)) throw new InvalidPolicy(where, 'a statement must be an object');
  refuseOthers(where, statement, STATEMENT_ELEMENTS);
  const { Sid: sid, Effect: effect } = statement;
  if (effect !== 'Allow' && effect !== 'Deny') throw new InvalidPolicy(where, `Effect must be Allow or Deny, not ${JSON.stringify(effect)}`);
  if (sid !== undefined && typeof sid !== 'string') throw new InvalidPolicy(where, 'Sid must be a string');
  const read = {
    ...(sid !== undefined && { sid }),
    effect,
    actions: strings(where, statement, 'Action'),
    notActions: strings(where, statement, 'NotAction'),
    resources: strings(where, statement, 'Resource'),
    notResources: strings(where, statement, 'NotResource'),
    conditions: readConditions(where, statement.Condition),
    variables,
  } satisfies Statement;
  exactlyOne(where, 'Action', read.actions, read.notActions);
  for (const action of [...read.actions ?? [], ...read.notActions ?? []]) {
    if (action !== '*' && !/^[A-Za-z0-9-]+:[A-Za-z0-9*?]+$/.test(action)) throw new InvalidPolicy(where, `${action} is no action`);
  }
  if (kind === 'identity') {
    exactlyOne(where, 'Resource', read.resources, read.notResources);
    if ('Principal' in statement || 'NotPrincipal' in statement) {
      throw new InvalidPolicy(where, 'a policy of a role must not name principals');
    }
    return read;
  }
  if ('NotPrincipal' in statement) throw new InvalidPolicy(where, 'NotPrincipal is not supported by the rehearsal');
  return { ...read, principals: readPrincipals(where, statement.Principal) };
}

/** Principals as `AWS:<arn>`, `Service:<host>` …; `*` for everyone. */
function readPrincipals(where: string, principal: Json | undefined): string[] {
  if (principal === '*') return ['*'];
  if (!isObject(principal)) throw new InvalidPolicy(where, 'a policy of a resource must name its principals');
  return Object.keys(principal).flatMap(type => strings(where, principal, type)!.map(value => `${type}:${value}`));
}

function readConditions(where: string, condition: Json | undefined): Condition[] {
  if (condition === undefined) return [];
  if (!isObject(condition)) throw new InvalidPolicy(where, 'Condition must be an object');
  return Object.entries(condition).flatMap(([operator, keys]) => {
    if (!operatorOf(operator)) throw new InvalidPolicy(where, `unknown condition operator ${operator}`);
    if (!isObject(keys)) throw new InvalidPolicy(where, `${operator} must be an object`);
    return Object.entries(keys).map(([key, value]) => {
      const values = (Array.isArray(value) ? value : [value]).map(one => {
        if (typeof one === 'string') return one;
        if (typeof one === 'number' || typeof one === 'boolean') return String(one);
        throw new InvalidPolicy(where, `${operator} ${key} must have strings as its values`);
      });
      if (values.length === 0) throw new InvalidPolicy(where, `${operator} ${key} has no value`);
      return { operator, key, values };
    });
  });
}

function strings(where: string, statement: JsonObject, element: string): string[] | undefined {
  const value = statement[element];
  if (value === undefined) return undefined;
  const list = Array.isArray(value) ? value : [value];
  if (list.length === 0 || !list.every(one => typeof one === 'string')) {
    throw new InvalidPolicy(where, `${element} must be a string or a list of strings`);
  }
  return list as string[];
}

function exactlyOne(where: string, element: string, one: unknown, other: unknown): void {
  if ((one === undefined) === (other === undefined)) throw new InvalidPolicy(where, `needs either ${element} or Not${element}`);
}

function refuseOthers(where: string, object: JsonObject, known: ReadonlySet<string>): void {
  for (const key of Object.keys(object)) if (!known.has(key)) throw new InvalidPolicy(where, `unknown element ${key}`);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
