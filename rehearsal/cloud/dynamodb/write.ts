import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { AwsError } from '../service';
import { type Condition, holds, parseCondition } from './expressions/condition';
import { Placeholders } from './expressions/names';
import { parseUpdate, pathsOf, type Update, updated } from './expressions/update';
import type { DynamoDb, Table } from './state';
import { invalid, type Item } from './values';

/** The members that PutItem, UpdateItem, DeleteItem, and the actions of a transaction have in common. */
export interface WriteInput {
  readonly TableName?: string | undefined;
  readonly Item?: Record<string, AttributeValue> | undefined;
  readonly Key?: Record<string, AttributeValue> | undefined;
  readonly UpdateExpression?: string | undefined;
  readonly ConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Record<string, string> | undefined;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue> | undefined;
  readonly ReturnValuesOnConditionCheckFailure?: 'ALL_OLD' | 'NONE' | undefined;
}

/** One conditional write, read and checked, but not done. */
export interface Write {
  readonly table: Table;
  readonly key: Item;
  readonly condition?: Condition;
  readonly returnOldOnFailure: boolean;
  /** The attributes that the request names, by their top level names. */
  readonly attributes: ReadonlySet<string>;
  readonly update?: Update;
  /** The item after the write; undefined deletes it. */
  after(before: Item | undefined): Item | undefined;
}

export type WriteKind = 'put' | 'update' | 'delete' | 'check';

export function readWrite(db: DynamoDb, kind: WriteKind, input: WriteInput): Write {
  const table = db.table(input.TableName ?? '');
  const placeholders = placeholdersOf(input);
  const condition = input.ConditionExpression === undefined ? undefined
    : parseCondition('ConditionExpression', input.ConditionExpression, placeholders);
  const update = input.UpdateExpression === undefined ? undefined : parseUpdate(input.UpdateExpression, placeholders);
  placeholders.checkUse();

  const item = kind === 'put' ? table.checkedItem(input.Item ?? {}) : undefined;
  const key = item ? table.keyOf(item) : table.checkedKey(input.Key ?? {});
  if (update) checkKeyUntouched(table, update);
  return {
    table, key, returnOldOnFailure: input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
    attributes: new Set([...Object.keys(item ?? key), ...placeholders.attributes]),
    ...(condition && { condition }),
    ...(update && { update }),
    after: before => {
      switch (kind) {
        case 'put': return item;
        case 'delete': return undefined;
        case 'check': return before;
        // an item that is not there comes to be with its key
        case 'update': return table.checkedItem(update ? updated(update, before ?? key) : before ?? key);
      }
    },
  };
}

/** The names and values of a request; values without an expression are refused as AWS does. */
export function placeholdersOf(input: Pick<WriteInput, 'ExpressionAttributeNames' | 'ExpressionAttributeValues'>): Placeholders {
  const hasExpression = Object.entries(input).some(([name, value]) => name.endsWith('Expression') && value !== undefined);
  for (const name of ['ExpressionAttributeNames', 'ExpressionAttributeValues'] as const) {
    if (!hasExpression && input[name]) throw invalid(`${name} can only be specified when using expressions`);
    if (input[name] && Object.keys(input[name]).length === 0) throw invalid(`${name} must not be empty`);
  }
  return new Placeholders(input.ExpressionAttributeNames, input.ExpressionAttributeValues);
}

function checkKeyUntouched({ keys }: Table, update: Update): void {
  const key = keys.find(({ name }) => pathsOf(update).some(path => path[0] === name));
  if (key) {
    throw invalid(`One or more parameter values were invalid: Cannot update attribute ${key.name}. This attribute is part of the key`);
  }
}

/** Whether a write's condition holds; one without a condition always may. */
export function mayWrite({ condition }: Write, before: Item | undefined): boolean {
  return condition === undefined || holds(condition, before ?? {});
}

/** Does a write, or refuses it because of its condition. */
export function perform(write: Write): { before?: Item; after?: Item } {
  const before = write.table.get(write.key);
  if (!mayWrite(write, before)) {
    throw new AwsError('ConditionalCheckFailedException', 'The conditional request failed', 400,
      write.returnOldOnFailure && before ? { Item: before } : {});
  }
  const after = write.after(before);
  store(write, after);
  return { ...(before && { before }), ...(after && { after }) };
}

export function store({ table, key }: Write, after: Item | undefined): void {
  if (after) table.put(after); else table.delete(key);
}
