import type { Need } from './need';
import { matchesArn, matchesWildcard } from './match';
import { meets } from './conditions';
import type { Statement } from './policy';
import { substitute } from './variables';

/** The policies that bear on a role's requests. */
export interface Policies {
  /** What is attached to the role. */
  readonly identity: readonly Statement[];
  /** Its permissions boundary, if it has one: both must allow. */
  readonly boundary?: readonly Statement[];
  /** Service control policies: here only their denials, for an organisation allows everything else (FullAWSAccess). */
  readonly account?: readonly Statement[];
}

/** What allowed a request: the statement, and which of its patterns fitted. */
export interface Grant {
  readonly statement: Statement;
  readonly action: string;
  readonly resource: string;
}

export type Verdict =
  | { readonly allowed: true; readonly grants: readonly Grant[] }
  | { readonly allowed: false; readonly reason: string };

/**
 * Decides by AWS's policy evaluation logic: an explicit deny anywhere wins; then the boundary and the identity-based
 * policies must both allow; whatever is not allowed is denied.
 *
 * The reasons are worded as in the IAM user guide, "Troubleshoot access denied error messages".
 */
export function evaluate(policies: Policies, need: Need): Verdict {
  const { identity, boundary, account = [] } = policies;
  const denials = [
    [account, 'service control policy'], [identity, 'identity-based policy'], [boundary ?? [], 'permissions boundary'],
  ] as const;
  for (const [statements, kind] of denials) {
    if (applicable(statements, 'Deny', need).length > 0) {
      return { allowed: false, reason: `with an explicit deny in ${kind === 'identity-based policy' ? 'an' : 'a'} ${kind}` };
    }
  }
  const grants = applicable(identity, 'Allow', need);
  if (grants.length === 0) return { allowed: false, reason: `because no identity-based policy allows the ${need.action} action` };
  if (boundary && applicable(boundary, 'Allow', need).length === 0) {
    return { allowed: false, reason: `because no permissions boundary allows the ${need.action} action` };
  }
  return { allowed: true, grants };
}

/** The statements of an effect that fit a request, each with the patterns by which it does. */
export function applicable(statements: readonly Statement[], effect: Statement['effect'], need: Need): Grant[] {
  return statements.flatMap(statement => {
    if (statement.effect !== effect) return [];
    const action = actionPattern(statement, need.action);
    const resource = action === undefined ? undefined : resourcePattern(statement, need);
    if (action === undefined || resource === undefined) return [];
    // "If there are multiple condition operators, or multiple keys … they are evaluated using a logical AND"
    const { conditions, variables } = statement;
    return conditions.every(condition => meets(condition, need.context ?? {}, variables)) ? [{ statement, action, resource }] : [];
  });
}

/** "The prefix and the action name are case insensitive." */
export function matchesAction(pattern: string, action: string): boolean {
  return matchesWildcard(pattern.toLowerCase(), action.toLowerCase());
}

function actionPattern({ actions, notActions }: Statement, action: string): string | undefined {
  if (actions) return actions.find(pattern => matchesAction(pattern, action));
  return notActions!.some(pattern => matchesAction(pattern, action)) ? undefined : `not ${notActions!.join(', ')}`;
}

function resourcePattern({ resources, notResources, variables }: Statement, { resource, context = {} }: Need): string | undefined {
  const fits = (pattern: string) => {
    const replaced = substitute(pattern, context, variables);
    return replaced !== undefined && matchesArn(replaced, resource);
  };
  if (resources) return resources.find(fits);
  if (notResources) return notResources.some(fits) ? undefined : `not ${notResources.join(', ')}`;
  return '*'; // a policy of a resource may leave its resource out: it is the resource itself
}
