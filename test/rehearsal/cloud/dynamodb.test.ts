/** DynamoDB through the real client: items, projections, queries, transactions. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { connect, type Connection } from './clients';

type Item = Record<string, AttributeValue>;

let connection: Connection;
beforeAll(async () => { connection = await connect(); });
afterAll(() => connection.close());

const send = (operation: string, input: object) => connection.send('DYNAMODB', operation, { TableName: 't', ...input });
const key = { pk: { S: 'a' } };

beforeEach(() => {
  connection.account.dynamodb.addTable({ name: 't', partitionKey: { name: 'pk', type: 'S' } });
  connection.account.dynamodb.addTable({
    name: 'sorted', partitionKey: { name: 'pk', type: 'S' }, sortKey: { name: 'sk', type: 'N' },
    indexes: [{ name: 'byOwner', partitionKey: { name: 'holder', type: 'S' }, sortKey: { name: 'sk', type: 'N' } }],
  });
});

const stored = (item: Item) => connection.account.dynamodb.table('t').put({ ...key, ...item });
const now = async () => (await send('GetItem', { Key: key, ConsistentRead: true })).Item as Item | undefined;

describe('items', () => {
  test('what was put is got, in the form in which DynamoDB keeps it', async () => {
    await send('PutItem', { Item: { ...key, n: { N: '007.50' }, e: { N: '12e3' }, m: { M: { l: { L: [{ BOOL: true }, { NULL: true }] } } }, s: { NS: ['1', '2.0'] } } });
    expect(await now()).toEqual({ ...key, n: { N: '7.5' }, e: { N: '12000' }, m: { M: { l: { L: [{ BOOL: true }, { NULL: true }] } } }, s: { NS: ['1', '2'] } });
  });

  test('nothing is got where nothing is, and deleting it is no mistake', async () => {
    expect(await send('GetItem', { Key: key })).toEqual({});
    expect(await send('DeleteItem', { Key: key, ReturnValues: 'ALL_OLD' })).toEqual({});
  });

  test('what a stored item is does not change with what was put or got', async () => {
    const item = { ...key, l: { L: [{ S: 'x' }] } };
    await send('PutItem', { Item: item });
    ((await now())!.l!.L as AttributeValue[]).push({ S: 'y' });
    expect((await now())!.l).toEqual({ L: [{ S: 'x' }] });
  });

  test('old values come back when asked for', async () => {
    stored({ n: { N: '1' } });
    expect(await send('PutItem', { Item: { ...key, n: { N: '2' } }, ReturnValues: 'ALL_OLD' })).toEqual({ Attributes: { ...key, n: { N: '1' } } });
    expect(await send('PutItem', { Item: { ...key, n: { N: '3' } } })).toEqual({});
    expect(await send('DeleteItem', { Key: key, ReturnValues: 'ALL_OLD' })).toEqual({ Attributes: { ...key, n: { N: '3' } } });
    expect(await now()).toBeUndefined();
  });

  test.each([
    ['a missing key', 'PutItem', { Item: { n: { N: '1' } } }, 'Missing the key pk in the item'],
    ['a key of another type', 'PutItem', { Item: { pk: { N: '1' } } }, 'Type mismatch for key pk expected: S actual: N'],
    ['an empty key', 'PutItem', { Item: { pk: { S: '' } } }, 'cannot contain an empty string value. Key: pk'],
    ['a key that is not the table\'s', 'GetItem', { Key: { id: { S: 'a' } } }, 'The provided key element does not match the schema'],
    ['too much of a key', 'GetItem', { Key: { ...key, sk: { N: '1' } } }, 'The provided key element does not match the schema'],
    ['a number that is absent', 'PutItem', { Item: { ...key, n: { N: 'many' } } }, 'cannot be converted to a numeric value: many'],
    ['too long a number', 'PutItem', { Item: { ...key, n: { N: '1'.repeat(39) } } }, 'more than 38 significant digits'],
    ['an empty set', 'PutItem', { Item: { ...key, s: { SS: [] } } }, 'may not be empty'],
    ['a set with doubles', 'PutItem', { Item: { ...key, s: { NS: ['1', '1.0'] } } }, 'contains duplicates'],
    ['too large an item', 'PutItem', { Item: { ...key, s: { S: 'x'.repeat(410_000) } } }, 'Item size has exceeded the maximum allowed size'],
    ['values without an expression', 'PutItem', { Item: key, ExpressionAttributeValues: { ':x': { S: 'x' } } }, 'can only be specified when using expressions'],
    ['return values that PutItem has not', 'PutItem', { Item: key, ReturnValues: 'ALL_NEW' }, 'Return values set to invalid value'],
  ])('%s is refused', async (_, operation, input, message) => {
    await expect(send(operation, input)).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining(message) });
    expect(await now()).toBeUndefined();
  });

  test('a table that is not there', async () => {
    await expect(send('GetItem', { TableName: 'absent', Key: key })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('a table may be named by its ARN', async () => {
    await send('PutItem', { TableName: connection.account.dynamodb.arn('t'), Item: key });
    expect(await now()).toEqual(key);
  });

  test.each([['Expected', {}], ['ReturnConsumedCapacity', 'TOTAL']])('what the rehearsal does not do (%s) is refused', async (name, value) => {
    await expect(send('PutItem', { Item: key, [name]: value })).rejects.toMatchObject({ name: 'NotEmulated' });
  });
});

describe('reading', () => {
  test('a projection gives what it names; entries of lists close up', async () => {
    stored({ a: { N: '1' }, l: { L: [{ S: 'x' }, { S: 'y' }, { M: { z: { N: '1' }, u: { N: '2' } } }] }, m: { M: { p: { N: '1' }, q: { N: '2' } } } });
    expect((await send('GetItem', { Key: key, ProjectionExpression: 'a, l[2].z, l[0], m.#q, absent', ExpressionAttributeNames: { '#q': 'q' } })).Item)
      .toEqual({ a: { N: '1' }, l: { L: [{ S: 'x' }, { M: { z: { N: '1' } } }] }, m: { M: { q: { N: '2' } } } });
  });

  describe('Query', () => {
    const query = (input: object) => connection.send('DYNAMODB', 'Query', { TableName: 'sorted', ...input });
    const of = (input: object = {}) => ({ KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': { S: 'a' }, ...(input as { values?: object }).values } });
    const sorts = ({ Items }: Record<string, unknown>) => (Items as Item[]).map(({ sk }) => Number(sk!.N));

    beforeEach(() => {
      const table = connection.account.dynamodb.table('sorted');
      for (const n of [10, 9, 1, 2, -1]) table.put({ pk: { S: 'a' }, sk: { N: String(n) }, holder: { S: n > 5 ? 'big' : 'small' } });
      table.put({ pk: { S: 'b' }, sk: { N: '5' } });
    });

    test('in the order of numbers, either way', async () => {
      expect(sorts(await query(of()))).toEqual([-1, 1, 2, 9, 10]);
      expect(sorts(await query({ ...of(), ScanIndexForward: false }))).toEqual([10, 9, 2, 1, -1]);
    });

    test.each([
      ['sk = :n', [2]], ['sk < :n', [-1, 1]], ['sk >= :n', [2, 9, 10]], ['sk BETWEEN :n AND :m', [2, 9]],
    ])('%s', async (condition, expected) => {
      const values = { ':n': { N: '2' }, ...(condition.includes(':m') && { ':m': { N: '9' } }) };
      expect(sorts(await query({ KeyConditionExpression: `pk = :p AND ${condition}`, ExpressionAttributeValues: { ':p': { S: 'a' }, ...values } }))).toEqual(expected);
    });

    test('pages go on behind their last key, even if that is gone', async () => {
      const first = await query({ ...of(), Limit: 2 });
      expect(sorts(first)).toEqual([-1, 1]);
      expect(first.LastEvaluatedKey).toEqual({ pk: { S: 'a' }, sk: { N: '1' } });
      connection.account.dynamodb.table('sorted').delete(first.LastEvaluatedKey as Item);
      const second = await query({ ...of(), Limit: 3, ExclusiveStartKey: first.LastEvaluatedKey });
      expect(sorts(second)).toEqual([2, 9, 10]);
      // the limit was reached: AWS does not look whether more follows
      expect(second.LastEvaluatedKey).toBeDefined();
      expect(await query({ ...of(), ExclusiveStartKey: second.LastEvaluatedKey })).toEqual({ Count: 0, ScannedCount: 0, Items: [] });
    });

    test('one page holds 1 MB at most', async () => {
      for (const n of [100, 101, 102, 103]) connection.account.dynamodb.table('sorted').put({ pk: { S: 'c' }, sk: { N: String(n) }, x: { S: 'x'.repeat(380_000) } });
      const answer = await query({ KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': { S: 'c' } } });
      expect(sorts(answer)).toEqual([100, 101, 102]);
      expect(answer.LastEvaluatedKey).toBeDefined();
    });

    test('a filter counts what it left out', async () => {
      expect(await query({ ...of({ values: { ':big': { S: 'big' } } }), FilterExpression: 'holder = :big', ProjectionExpression: 'sk' }))
        .toEqual({ Count: 2, ScannedCount: 5, Items: [{ sk: { N: '9' } }, { sk: { N: '10' } }] });
      expect(await query({ ...of(), Select: 'COUNT' })).toEqual({ Count: 5, ScannedCount: 5 });
    });

    test('an index has keys of its own; items without them are not in it', async () => {
      const answer = await query({ IndexName: 'byOwner', KeyConditionExpression: 'holder = :h', ExpressionAttributeValues: { ':h': { S: 'small' } }, Limit: 1 });
      expect(sorts(answer)).toEqual([-1]);
      expect(answer.LastEvaluatedKey).toEqual({ pk: { S: 'a' }, sk: { N: '-1' }, holder: { S: 'small' } });
    });

    test.each([
      [{ KeyConditionExpression: 'sk = :n', ExpressionAttributeValues: { ':n': { N: '1' } } }, 'Query condition missed key schema element: pk'],
      [{ KeyConditionExpression: 'pk = :p OR sk = :p', ExpressionAttributeValues: { ':p': { S: 'a' } } }, 'Query condition missed key schema element: pk'],
      [{ KeyConditionExpression: 'pk = :p AND sk <> :n', ExpressionAttributeValues: { ':p': { S: 'a' }, ':n': { N: '1' } } }, 'Query key condition not supported'],
      [{ KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': { N: '1' } } }, 'does not match schema type'],
      [{ ...of({ values: { ':n': { N: '1' } } }), FilterExpression: 'sk = :n' }, 'non-primary key attributes: Primary key attribute: sk'],
      [{ ...of(), IndexName: 'absent' }, 'The table does not have the specified index: absent'],
      [{ IndexName: 'byOwner', ConsistentRead: true, KeyConditionExpression: 'holder = :h', ExpressionAttributeValues: { ':h': { S: 'x' } } }, 'Consistent reads are not supported'],
    ])('%j is refused', async (input, message) => {
      await expect(query(input)).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining(message) });
    });
  });
});

describe('transactions', () => {
  const put = (pk: string, more: object = {}) => ({ Put: { TableName: 't', Item: { pk: { S: pk } }, ...more } });
  const transact = (...TransactItems: object[]) => connection.send('DYNAMODB', 'TransactWriteItems', { TransactItems });
  const all = () => connection.account.dynamodb.table('t').all();

  test('all writes happen', async () => {
    stored({ n: { N: '1' } });
    connection.account.dynamodb.table('t').put({ pk: { S: 'old' } });
    await transact(
      put('b'),
      { Update: { TableName: 't', Key: key, UpdateExpression: 'ADD n :v', ExpressionAttributeValues: { ':v': { N: '1' } } } },
      { Delete: { TableName: 't', Key: { pk: { S: 'old' } } } },
      { ConditionCheck: { TableName: 't', Key: { pk: { S: 'nobody' } }, ConditionExpression: 'attribute_not_exists(pk)' } },
    );
    expect(all()).toEqual([{ ...key, n: { N: '2' } }, { pk: { S: 'b' } }]);
  });

  test('or absent, each with its reason', async () => {
    stored({ n: { N: '1' } });
    await expect(transact(
      put('b'),
      { Update: { TableName: 't', Key: key, UpdateExpression: 'SET n = :v', ConditionExpression: 'n = :v', ExpressionAttributeValues: { ':v': { N: '2' } }, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } },
    )).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      message: 'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]',
      CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed', Item: { ...key, n: { N: '1' } } }],
    });
    expect(all()).toEqual([{ ...key, n: { N: '1' } }]);
  });

  test('nor is anything written when one write turns out to be invalid', async () => {
    await expect(transact(put('b'), { Update: { TableName: 't', Key: key, UpdateExpression: 'SET n = absent' } })).rejects.toMatchObject({ name: 'ValidationException' });
    expect(all()).toEqual([]);
  });

  test.each([
    ['two writes to one item', [put('b'), { Delete: { TableName: 't', Key: { pk: { S: 'b' } } } }], 'multiple operations on one item'],
    ['two actions in one entry', [{ ...put('b'), Delete: { TableName: 't', Key: key } }], 'can only contain one of'],
    ['too many', Array.from({ length: 101 }, (_, index) => put(`b${index}`)), 'less than or equal to 100'],
  ])('%s are refused', async (_, items, message) => {
    await expect(transact(...items)).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining(message) });
    expect(all()).toEqual([]);
  });
});
