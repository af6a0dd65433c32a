import type { TransactWriteItem, TransactWriteItemsCommandInput } from '@aws-sdk/client-dynamodb';
import { AwsError, type Call } from '../service';
import { refuseUnsupported } from './unsupported';
import { canonical, invalid } from './values';
import { mayWrite, readWrite, store, type WriteInput, type WriteKind } from './write';

/** The one action of an entry of a transaction. */
export function actionOf(entry: TransactWriteItem): { kind: WriteKind; input: WriteInput } {
  const actions = [
    { kind: 'put', input: entry.Put }, { kind: 'update', input: entry.Update },
    { kind: 'delete', input: entry.Delete }, { kind: 'check', input: entry.ConditionCheck },
  ].flatMap(({ kind, input }) => (input ? [{ kind: kind as WriteKind, input }] : []));
  const [action] = actions;
  if (!action || actions.length > 1) {
    throw invalid('TransactItems can only contain one of Check, Put, Update or Delete');
  }
  return action;
}

/** All writes or none. Idempotency by ClientRequestToken is the account's, as for every operation with such a token. */
export function transactWriteItems(input: TransactWriteItemsCommandInput, { account }: Call): object {
  refuseUnsupported(input);
  const entries = input.TransactItems ?? [];
  if (entries.length < 1 || entries.length > 100) {
    throw invalid(`1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to 100`);
  }
  const writes = entries.map(entry => {
    const { kind, input: each } = actionOf(entry);
    return readWrite(account.dynamodb, kind, each);
  });
  const places = writes.map(({ table, key }) => `${table.arn} ${canonical({ M: key })}`);
  if (new Set(places).size < places.length) throw invalid('Transaction request cannot include multiple operations on one item');

  const befores = writes.map(({ table, key }) => table.get(key));
  const reasons = writes.map((write, index) => {
    const before = befores[index];
    if (mayWrite(write, before)) return { Code: 'None' };
    return { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed', ...(write.returnOldOnFailure && before && { Item: before }) };
  });
  if (reasons.some(({ Code }) => Code !== 'None')) {
    throw new AwsError('TransactionCanceledException', 'Transaction cancelled, please refer cancellation reasons for specific reasons '
      + `[${reasons.map(({ Code }) => Code).join(', ')}]`, 400, { CancellationReasons: reasons });
  }
  const afters = writes.map((write, index) => write.after(befores[index]));
  for (const [index, write] of writes.entries()) store(write, afters[index]);
  return {};
}
