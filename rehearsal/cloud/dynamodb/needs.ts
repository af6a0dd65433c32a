import type {
  AttributeValue, DeleteItemCommandInput, GetItemCommandInput, PutItemCommandInput, QueryCommandInput, TransactWriteItemsCommandInput,
  UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { resourceTags, type ConditionContext, type Need } from '../../iam/need';
import type { Account } from '../account';
import type { Needs } from '../service';
import { parseCondition } from './expressions/condition';
import { parseProjection } from './expressions/projection';
import { readKeyCondition } from './query';
import type { Table } from './state';
import { actionOf } from './transact';
import type { Item } from './values';
import { placeholdersOf, readWrite, type WriteInput, type WriteKind } from './write';

const actions: Readonly<Record<WriteKind, string>> = {
  put: 'dynamodb:PutItem', update: 'dynamodb:UpdateItem', delete: 'dynamodb:DeleteItem', check: 'dynamodb:ConditionCheckItem',
};

/**
 * Service Authorization Reference, "Actions, resources, and condition keys for Amazon DynamoDB": each action on its table,
 * Query on the index where one is asked; keys LeadingKeys (partition key values), Attributes (top level names),
 * ReturnValues, Select, and EnclosingOperation for the actions inside a transaction.
 */
export const needs: Readonly<Record<string, Needs>> = {
  GetItem: (input: GetItemCommandInput, account: Account) => {
    const table = account.dynamodb.table(input.TableName ?? '');
    const placeholders = placeholdersOf(input);
    if (input.ProjectionExpression !== undefined) parseProjection(input.ProjectionExpression, placeholders);
    const key = table.checkedKey(input.Key ?? {});
    return [need('dynamodb:GetItem', table, leading(table, key), new Set([...Object.keys(key), ...placeholders.attributes]))];
  },
  PutItem: (input: PutItemCommandInput, account: Account) => [write('put', input, account, given({ ReturnValues: input.ReturnValues }))],
  UpdateItem: (input: UpdateItemCommandInput, account: Account) => [write('update', input, account, given({ ReturnValues: input.ReturnValues }))],
  DeleteItem: (input: DeleteItemCommandInput, account: Account) => [write('delete', input, account, given({ ReturnValues: input.ReturnValues }))],
  Query: (input: QueryCommandInput, account: Account) => {
    const table = account.dynamodb.table(input.TableName ?? '');
    const placeholders = placeholdersOf(input);
    const condition = parseCondition('KeyConditionExpression', input.KeyConditionExpression ?? '', placeholders);
    const { value } = readKeyCondition(condition, table.index(input.IndexName));
    if (input.FilterExpression !== undefined) parseCondition('FilterExpression', input.FilterExpression, placeholders);
    if (input.ProjectionExpression !== undefined) parseProjection(input.ProjectionExpression, placeholders);
    const of = need('dynamodb:Query', table, text(value), placeholders.attributes, given({ Select: input.Select }));
    return [input.IndexName === undefined ? of : { ...of, resource: `${of.resource}/index/${input.IndexName}` }];
  },
  // there is no permission for the transaction itself: its actions are decided one by one
  TransactWriteItems: ({ TransactItems = [] }: TransactWriteItemsCommandInput, account: Account) => TransactItems.map(entry => {
    const { kind, input } = actionOf(entry);
    // ConditionCheckItem exists in transactions only and knows no enclosing operation
    return write(kind, input, account, kind === 'check' ? {} : { 'dynamodb:EnclosingOperation': 'TransactWriteItems' });
  }),
};

function write(kind: WriteKind, input: WriteInput, account: Account, context: ConditionContext): Need {
  const { table, key, attributes } = readWrite(account.dynamodb, kind, input);
  return need(actions[kind], table, leading(table, key), attributes, context);
}

function need(action: string, table: Table, leadingKey: string, attributes: ReadonlySet<string>, context: ConditionContext = {}): Need {
  return {
    action,
    resource: table.arn,
    context: {
      ...resourceTags(table.spec.tags ?? {}),
      'dynamodb:LeadingKeys': [leadingKey],
      'dynamodb:Attributes': [...attributes],
      ...context,
    },
  };
}

function leading({ spec: { partitionKey } }: Table, key: Item): string {
  return text(key[partitionKey.name]!);
}

function text(value: AttributeValue): string {
  return value.S ?? value.N ?? Buffer.from(value.B ?? []).toString('base64');
}

/** Condition keys of the parameters that the request gives. */
function given(parameters: Readonly<Record<string, string | undefined>>): ConditionContext {
  return Object.fromEntries(Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [[`dynamodb:${name}`, value]])));
}
