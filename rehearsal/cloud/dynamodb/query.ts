import type { AttributeValue, QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { Call } from '../service';
import { compare, type Condition, holds, type Operand, parseCondition } from './expressions/condition';
import { project } from './expressions/paths';
import { parseProjection } from './expressions/projection';
import type { IndexSpec, Table, TableSpec } from './state';
import { refuseUnsupported } from './unsupported';
import { bytesOf, equal, invalid, type Item } from './values';
import { placeholdersOf } from './write';

// "A single Query operation will read up to … a maximum of 1 MB of data"
const largestPage = 1024 * 1024;

export function query(input: QueryCommandInput, { account }: Call): object {
  refuseUnsupported(input);
  const table = account.dynamodb.table(input.TableName ?? '');
  const index = table.index(input.IndexName);
  if (input.IndexName !== undefined && input.ConsistentRead) {
    throw invalid('Consistent reads are not supported on global secondary indexes');
  }
  const { value, fits, filter, paths } = readExpressions(input, index);
  const found = table.partition(index, value).filter(fits);
  if (input.ScanIndexForward === false) found.reverse();

  const { page, last } = pageOf(found, input, table);
  const items = filter ? page.filter(item => holds(filter, item)) : page;
  return {
    Count: items.length,
    ScannedCount: page.length,
    ...(input.Select !== 'COUNT' && { Items: paths ? items.map(item => project(item, paths)) : items }),
    ...(last && { LastEvaluatedKey: keyIn(last, table, index) }),
  };
}

function readExpressions(input: QueryCommandInput, index: IndexSpec | TableSpec) {
  const placeholders = placeholdersOf(input);
  if (input.KeyConditionExpression === undefined) {
    throw invalid('Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.');
  }
  const key = readKeyCondition(parseCondition('KeyConditionExpression', input.KeyConditionExpression, placeholders), index);
  const filter = input.FilterExpression === undefined ? undefined : parseCondition('FilterExpression', input.FilterExpression, placeholders);
  const paths = input.ProjectionExpression === undefined ? undefined : parseProjection(input.ProjectionExpression, placeholders);
  placeholders.checkUse();
  const { partitionKey, sortKey } = index;
  const keyInFilter = filter && pathsIn(filter).find(name => name === partitionKey.name || name === sortKey?.name);
  if (keyInFilter !== undefined) {
    throw invalid(`Filter Expression can only contain non-primary key attributes: Primary key attribute: ${keyInFilter}`);
  }
  return { ...key, filter, paths };
}

/** `pk = :v`, and perhaps one condition on the sort key. */
export function readKeyCondition(condition: Condition, index: IndexSpec | TableSpec): { value: AttributeValue; fits: (item: Item) => boolean } {
  const parts = condition.kind === 'and' ? condition.parts : [condition];
  const { partitionKey, sortKey } = index;
  const hash = parts.find(part => part.kind === 'compare' && part.comparator === '=' && isAttribute(part.left, partitionKey.name));
  if (hash?.kind !== 'compare' || hash.right.kind !== 'value') {
    throw invalid(`Query condition missed key schema element: ${partitionKey.name}`);
  }
  const range = parts.find(part => part !== hash);
  if (range && !(sortKey && isSortCondition(range, sortKey.name))) throw invalid('Query key condition not supported');
  if (hash.right.value[partitionKey.type] === undefined) {
    throw invalid('One or more parameter values were invalid: Condition parameter type does not match schema type');
  }
  return { value: hash.right.value, fits: item => !range || holds(range, item) };
}

function isSortCondition(condition: Condition, name: string): boolean {
  switch (condition.kind) {
    case 'compare': return condition.comparator !== '<>' && isAttribute(condition.left, name) && condition.right.kind === 'value';
    case 'between': return isAttribute(condition.operand, name);
    case 'call': return condition.name === 'begins_with' && condition.path.length === 1 && condition.path[0] === name;
    default: return false;
  }
}

function isAttribute(operand: Operand, name: string): boolean {
  return operand.kind === 'path' && operand.path.length === 1 && operand.path[0] === name;
}

function pathsIn(condition: Condition): string[] {
  switch (condition.kind) {
    case 'and': case 'or': return condition.parts.flatMap(pathsIn);
    case 'not': return pathsIn(condition.part);
    case 'call': return [condition.path[0]];
    case 'compare': return [condition.left, condition.right].flatMap(nameIn);
    case 'between': return [condition.operand, condition.low, condition.high].flatMap(nameIn);
    case 'in': return [condition.operand, ...condition.choices].flatMap(nameIn);
  }
}

function nameIn(operand: Operand): string[] {
  return operand.kind === 'value' ? [] : [operand.path[0]];
}

/** What is read in one go: Limit items or 1 MB. A page that ends by its limit has a last key, even if nothing follows. */
function pageOf(found: readonly Item[], { Limit, ExclusiveStartKey, ScanIndexForward }: QueryCommandInput, table: Table): { page: Item[]; last?: Item } {
  if (Limit !== undefined && Limit < 1) {
    throw invalid(`1 validation error detected: Value '${Limit}' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1`);
  }
  const page: Item[] = [];
  let bytes = 0;
  for (const item of ExclusiveStartKey ? behind(found, ExclusiveStartKey, table, ScanIndexForward !== false) : found) {
    bytes += bytesOf(item);
    page.push(item);
    if (page.length === Limit || bytes >= largestPage) return { page, last: item };
  }
  return { page };
}

/** Goes on behind a key, also if its item is gone by now. */
function behind(found: readonly Item[], start: Item, table: Table, forward: boolean): Item[] {
  const at = found.findIndex(item => table.keys.every(({ name }) => start[name] && equal(item[name]!, start[name]!)));
  if (at >= 0) return found.slice(at + 1);
  const { sortKey } = table.spec;
  if (!sortKey || !start[sortKey.name]) return [];
  return found.filter(item => compare(forward ? '>' : '<', item[sortKey.name], start[sortKey.name]));
}

function keyIn(item: Item, table: Table, { partitionKey, sortKey }: IndexSpec | TableSpec): Item {
  const names = new Set([...table.keys, partitionKey, ...(sortKey ? [sortKey] : [])].map(({ name }) => name));
  return Object.fromEntries([...names].map(name => [name, item[name]!]));
}
