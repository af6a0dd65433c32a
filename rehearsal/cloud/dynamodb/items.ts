import type {
  DeleteItemCommandInput, GetItemCommandInput, PutItemCommandInput, ReturnValue, UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Call } from '../service';
import { get, project } from './expressions/paths';
import { parseProjection } from './expressions/projection';
import { pathsOf } from './expressions/update';
import { refuseUnsupported } from './unsupported';
import { invalid, type Item } from './values';
import { perform, placeholdersOf, readWrite } from './write';

export function getItem(input: GetItemCommandInput, { account }: Call): object {
  refuseUnsupported(input);
  const table = account.dynamodb.table(input.TableName ?? '');
  const placeholders = placeholdersOf(input);
  const paths = input.ProjectionExpression === undefined ? undefined : parseProjection(input.ProjectionExpression, placeholders);
  placeholders.checkUse();
  const item = table.get(table.checkedKey(input.Key ?? {}));
  if (!item) return {};
  return { Item: paths ? project(item, paths) : item };
}

export function putItem(input: PutItemCommandInput, { account }: Call): object {
  refuseUnsupported(input);
  checkReturnValues(input.ReturnValues, ['NONE', 'ALL_OLD']);
  const { before } = perform(readWrite(account.dynamodb, 'put', input));
  return input.ReturnValues === 'ALL_OLD' && before ? { Attributes: before } : {};
}

export function deleteItem(input: DeleteItemCommandInput, { account }: Call): object {
  refuseUnsupported(input);
  checkReturnValues(input.ReturnValues, ['NONE', 'ALL_OLD']);
  const { before } = perform(readWrite(account.dynamodb, 'delete', input));
  return input.ReturnValues === 'ALL_OLD' && before ? { Attributes: before } : {};
}

export function updateItem(input: UpdateItemCommandInput, { account }: Call): object {
  refuseUnsupported(input);
  const write = readWrite(account.dynamodb, 'update', input);
  const { before, after } = perform(write);
  const written = write.update ? pathsOf(write.update) : [];
  const answers: Record<ReturnValue, Item | undefined> = {
    NONE: undefined,
    ALL_OLD: before,
    ALL_NEW: after,
    // only what the update names; a list shows the entries that were written
    UPDATED_OLD: before && project(before, written.filter(path => get(before, path))),
    UPDATED_NEW: after && project(after, written.filter(path => get(after, path))),
  };
  const attributes = answers[input.ReturnValues ?? 'NONE'];
  return attributes && Object.keys(attributes).length > 0 ? { Attributes: attributes } : {};
}

function checkReturnValues(value: ReturnValue | undefined, allowed: readonly ReturnValue[]): void {
  if (value !== undefined && !allowed.includes(value)) throw invalid('Return values set to invalid value');
}
