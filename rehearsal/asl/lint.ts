import type { Machine, Scope, State } from './definition';
import { expressionsOf, type Template } from './expression';
import { addedFunctions } from './functions';
import { referencesOf } from './references';
import { assignments, innerScopes, isDistributed, transitions } from './variables-of';

/** JSONata 2.0.6's own functions; Step Functions has no `$eval`. */
const jsonataFunctions = [
  'abs', 'append', 'assert', 'average', 'base64decode', 'base64encode', 'boolean', 'ceil', 'clone', 'contains', 'count', 'decodeUrl',
  'decodeUrlComponent', 'distinct', 'each', 'encodeUrl', 'encodeUrlComponent', 'error', 'exists', 'filter', 'floor', 'formatBase',
  'formatInteger', 'formatNumber', 'fromMillis', 'join', 'keys', 'length', 'lookup', 'lowercase', 'map', 'match', 'max', 'merge', 'millis',
  'min', 'not', 'now', 'number', 'pad', 'parseInteger', 'power', 'random', 'reduce', 'replace', 'reverse', 'round', 'shuffle', 'sift', 'single',
  'sort', 'split', 'spread', 'sqrt', 'string', 'substring', 'substringAfter', 'substringBefore', 'sum', 'toMillis', 'trim', 'type', 'uppercase',
  'zip',
];

/** A variable or function that an expression reads and nothing defines. */
export interface UndefinedReference {
  readonly path: string;
  readonly name: string;
}

/**
 * What AWS finds only when the state runs: variables that no state of the scope or of a scope around it assigns, and
 * functions that do not exist.
 */
export function undefinedReferences(machine: Machine): UndefinedReference[] {
  return inScope(machine, new Set(['states', ...jsonataFunctions, ...addedFunctions]), '');
}

function inScope(scope: Scope, outer: ReadonlySet<string>, path: string): UndefinedReference[] {
  const known = new Set([...outer, ...assignments(scope).flatMap(({ names }) => names)]);
  const own = [...scope.states].flatMap(([name, state]) => templates(state).flatMap(({ field, template }) =>
    expressionsOf(template).flatMap(expression => referencesOf(expression).variables
      .filter(variable => !known.has(variable))
      .map(variable => ({ path: `${path}/States/${name}/${field}`, name: variable })))));
  const always = new Set(['states', ...jsonataFunctions, ...addedFunctions]);
  const inner = innerScopes(scope).flatMap(each => inScope(each.scope, isDistributed(each.state) ? always : known, path + each.path));
  return [...own, ...inner];
}

function templates(state: State): { readonly field: string; readonly template: Template }[] {
  const fields: [string, Template | undefined][] = transitions(state).flatMap(({ path, transition }): [string, Template | undefined][] => [
    [`${path}/Output`.replace(/^\//, ''), transition.output], [`${path}/Assign`.replace(/^\//, ''), transition.assign],
  ]);
  switch (state.type) {
    case 'Task':
      fields.push(['Arguments', state.arguments], ['TimeoutSeconds', state.timeoutSeconds], ['HeartbeatSeconds', state.heartbeatSeconds],
        ['Credentials/RoleArn', state.roleArn]);
      break;
    case 'Choice': fields.push(...state.choices.map(({ condition }, index): [string, Template] => [`Choices[${index}]/Condition`, condition])); break;
    case 'Wait': fields.push(['Seconds', state.seconds], ['Timestamp', state.timestamp]); break;
    case 'Fail': fields.push(['Error', state.error], ['Cause', state.cause]); break;
    case 'Parallel': fields.push(['Arguments', state.arguments]); break;
    case 'Map':
      fields.push(['Items', state.items], ['ItemSelector', state.itemSelector], ['MaxConcurrency', state.maxConcurrency],
        ['ToleratedFailureCount', state.toleratedFailureCount], ['ToleratedFailurePercentage', state.toleratedFailurePercentage],
        ['ItemBatcher/MaxItemsPerBatch', state.distributed?.batcher?.maxItems],
        ['ItemBatcher/MaxInputBytesPerBatch', state.distributed?.batcher?.maxBytes], ['ItemBatcher/BatchInput', state.distributed?.batcher?.batchInput]);
      break;
    default: break;
  }
  return fields.flatMap(([field, template]) => template ? [{ field, template }] : []);
}
