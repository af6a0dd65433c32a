/** DynamoDB's conditions and updates, through the real client. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { connect, type Connection } from './clients';

type Item = Record<string, AttributeValue>;

let connection: Connection;
beforeAll(async () => { connection = await connect(); });
afterAll(() => connection.close());
beforeEach(() => { connection.account.dynamodb.addTable({ name: 't', partitionKey: { name: 'pk', type: 'S' } }); });

const send = (operation: string, input: object) => connection.send('DYNAMODB', operation, { TableName: 't', ...input });
const key = { pk: { S: 'a' } };
const stored = (item: Item) => connection.account.dynamodb.table('t').put({ ...key, ...item });
const now = async () => (await send('GetItem', { Key: key, ConsistentRead: true })).Item as Item | undefined;

describe('conditions', () => {
  const item: Item = {
    n: { N: '5' }, s: { S: 'apple' }, b: { B: new Uint8Array([1, 2, 3]) }, tags: { SS: ['x', 'y'] }, numbers: { NS: ['1', '2'] },
    l: { L: [{ S: 'x' }, { M: { deep: { N: '1' } } }] }, m: { M: { 'a.b': { BOOL: true } } }, nothing: { NULL: true },
  };
  const values: Item = {
    ':5': { N: '5.0' }, ':6': { N: '6' }, ':apple': { S: 'apple' }, ':app': { S: 'app' }, ':x': { S: 'x' }, ':1': { N: '1' }, ':0': { N: '0' },
    ':true': { BOOL: true }, ':N': { S: 'N' }, ':bytes': { B: new Uint8Array([1, 2]) }, ':list': { L: [{ S: 'x' }, { M: { deep: { N: '1' } } }] },
    ':sets': { SS: ['y', 'x'] }, ':z': { S: 'z' },
  };
  const names: Record<string, string> = { '#n': 'n', '#ab': 'a.b', '#size': 'size' };

  /** Whether a condition holds, asked by a write that changes nothing. */
  async function holds(condition: string): Promise<boolean> {
    stored(item);
    const used = (all: object) => Object.fromEntries(Object.entries(all).filter(([name]) => new RegExp(`${name}(?!\\w)`).test(condition)));
    const [usedValues, usedNames] = [used(values), used(names)];
    try {
      await send('PutItem', {
        Item: { ...key, ...item }, ConditionExpression: condition,
        ...(Object.keys(usedValues).length > 0 && { ExpressionAttributeValues: usedValues }),
        ...(Object.keys(usedNames).length > 0 && { ExpressionAttributeNames: usedNames }),
      });
      return true;
    } catch (error) {
      if ((error as Error).name === 'ConditionalCheckFailedException') return false;
      throw error;
    }
  }

  test.each([
    ['n = :5', true], ['n <> :5', false], ['n < :6', true], ['n <= :5', true], ['n > :5', false], ['n >= :6', false], ['#n = :5', true],
    // values of different types, and values that are not there
    ['n = :apple', false], ['n <> :apple', true], ['n < :apple', false], ['absent = :5', false], ['absent <> :5', true], ['absent < :5', false],
    ['NOT absent = :5', true], ['tags = :sets', true], ['l = :list', true], ['b > :bytes', true], ['s > :app', true],
    ['n BETWEEN :0 AND :5', true], ['n BETWEEN :6 AND :5', false], ['n BETWEEN :5 AND :6 AND s = :apple', true],
    ['n IN (:6, :5)', true], ['s IN (:x)', false], ['absent IN (:5)', false],
    ['attribute_exists(n)', true], ['attribute_exists(l[1].deep)', true], ['attribute_exists(l[2])', false], ['attribute_not_exists(absent)', true],
    ['attribute_not_exists(pk)', false], ['attribute_type(n, :N)', true], ['attribute_type(s, :N)', false], ['attribute_exists(nothing)', true],
    ['begins_with(s, :app)', true], ['begins_with(s, :x)', false], ['begins_with(b, :bytes)', true], ['begins_with(absent, :app)', false],
    ['contains(s, :app)', true], ['contains(tags, :x)', true], ['contains(tags, :z)', false], ['contains(numbers, :1)', true],
    ['contains(l, :x)', true], ['contains(b, :bytes)', true], ['contains(numbers, :apple)', false],
    ['size(s) = :5', true], ['size(tags) < :5', true], ['size(absent) < :5', false], ['size(n) >= :0', false], ['size(m) = :1', true],
    ['m.#ab = :true', true], ['l[1].deep = :1', true],
    // precedence: NOT before AND before OR
    ['n = :6 AND n = :6 OR n = :5', true], ['n = :6 AND (n = :6 OR n = :5)', false], ['NOT n = :6 AND n = :5', true], ['not (n = :5 or n = :6)', false],
    ['NOT NOT n = :5', true], ['n = :5 and s = :apple AND NOT attribute_exists(absent)', true],
  ])('%s: %p', async (condition, expected) => {
    expect(await holds(condition)).toBe(expected);
  });

  test.each([
    ['', 'The expression can not be empty'],
    ['n = ', 'Syntax error; token: "<EOF>"'],
    ['n == :5', 'Syntax error; token: "="'],
    ['n = :5 n', 'Syntax error; token: "n"'],
    ['(n = :5', 'Syntax error; token: "<EOF>"'],
    ['n ! :5', 'Syntax error; token: "!"'],
    ['l[x] = :5', 'Syntax error'],
    ['token = :5', 'Attribute name is a reserved keyword; reserved keyword: token'],
    ['Status = :5', 'reserved keyword: Status'],
    ['length(s) = :5', 'Invalid function name; function: length'], ['n = contains(s, :app)', 'The function is not allowed to be used this way'],
    ['starts_with(s, :app)', 'Invalid function name; function: starts_with'],
    ['n = :missing', 'attribute value: :missing'],
    ['#missing = :5', 'attribute name: #missing'],
  ])('%s is refused: %s', async (condition, message) => {
    await expect(holds(condition)).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining(message) });
  });

  test('a value or name that no expression uses is refused', async () => {
    await expect(send('PutItem', { Item: key, ConditionExpression: 'n = :a', ExpressionAttributeValues: { ':a': { S: '' }, ':b': { S: '' } } }))
      .rejects.toMatchObject({ message: 'Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}' });
    await expect(send('PutItem', { Item: key, ConditionExpression: 'attribute_exists(n)', ExpressionAttributeNames: { '#n': 'n' } }))
      .rejects.toMatchObject({ message: 'Value provided in ExpressionAttributeNames unused in expressions: keys: {#n}' });
  });

  test('a failed condition leaves everything as it was, and shows the item when asked to', async () => {
    stored({ n: { N: '1' } });
    const refused = { Key: key, ConditionExpression: 'n = :two', ExpressionAttributeValues: { ':two': { N: '2' } } };
    const error = await send('DeleteItem', refused).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'ConditionalCheckFailedException', message: 'The conditional request failed' });
    expect((error as { Item?: unknown }).Item).toBeUndefined();
    await expect(send('DeleteItem', { ...refused, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })).rejects.toMatchObject({ Item: { ...key, n: { N: '1' } } });
    expect(await now()).toEqual({ ...key, n: { N: '1' } });
  });
});

describe('updates', () => {
  const before: Item = { n: { N: '1' }, l: { L: [{ S: 'a' }, { S: 'b' }, { S: 'c' }] }, m: { M: { x: { N: '1' } } }, s: { SS: ['x', 'y'] }, ns: { NS: ['1'] } };

  async function update(expression: string, values: Item = {}, item: Item = before): Promise<Item> {
    stored(item);
    await send('UpdateItem', {
      Key: key, UpdateExpression: expression, ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
    });
    const { pk, ...rest } = (await now())!;
    expect(pk).toEqual(key.pk);
    return rest;
  }

  test.each([
    ['SET n = :v', { ':v': { S: 'x' } }, { n: { S: 'x' } }],
    ['SET n = n + :v', { ':v': { N: '0.2' } }, { n: { N: '1.2' } }],
    ['SET n = :v - n', { ':v': { N: '10' } }, { n: { N: '9' } }],
    ['SET n = m.x, m.x = :v', { ':v': { N: '9' } }, { n: { N: '1' }, m: { M: { x: { N: '9' } } } }],
    // right hand sides see the item as it was
    ['SET n = :v, extra = n', { ':v': { N: '2' } }, { n: { N: '2' }, extra: { N: '1' } }],
    ['SET extra = if_not_exists(extra, :v)', { ':v': { N: '7' } }, { extra: { N: '7' } }],
    ['SET n = if_not_exists(n, :v)', { ':v': { N: '7' } }, {}],
    ['SET n = if_not_exists(extra, :v) + :v', { ':v': { N: '7' } }, { n: { N: '14' } }],
    ['SET l = list_append(l, :v)', { ':v': { L: [{ S: 'd' }] } }, { l: { L: [{ S: 'a' }, { S: 'b' }, { S: 'c' }, { S: 'd' }] } }],
    ['SET l = list_append(:v, l)', { ':v': { L: [{ S: 'z' }] } }, { l: { L: [{ S: 'z' }, { S: 'a' }, { S: 'b' }, { S: 'c' }] } }],
    ['SET l[1] = :v', { ':v': { S: 'B' } }, { l: { L: [{ S: 'a' }, { S: 'B' }, { S: 'c' }] } }],
    ['SET l[17] = :v', { ':v': { S: 'd' } }, { l: { L: [{ S: 'a' }, { S: 'b' }, { S: 'c' }, { S: 'd' }] } }],
    ['SET m.y = :v', { ':v': { S: 'new' } }, { m: { M: { x: { N: '1' }, y: { S: 'new' } } } }],
    ['REMOVE n', {}, { n: undefined }],
    ['REMOVE absent', {}, {}],
    ['REMOVE l[0], l[2]', {}, { l: { L: [{ S: 'b' }] } }],
    ['REMOVE m.x', {}, { m: { M: {} } }],
    ['ADD n :v', { ':v': { N: '-3' } }, { n: { N: '-2' } }],
    ['ADD extra :v', { ':v': { N: '5' } }, { extra: { N: '5' } }],
    ['ADD s :v', { ':v': { SS: ['y', 'z'] } }, { s: { SS: ['x', 'y', 'z'] } }],
    ['DELETE s :v', { ':v': { SS: ['y', 'absent'] } }, { s: { SS: ['x'] } }],
    ['DELETE ns :v', { ':v': { NS: ['1.0'] } }, { ns: undefined }],
    ['DELETE absent :v', { ':v': { NS: ['1'] } }, {}],
    ['set n = :v remove l add ns :ns delete s :s', { ':v': { N: '2' }, ':ns': { NS: ['2'] }, ':s': { SS: ['x'] } },
      { n: { N: '2' }, l: undefined, ns: { NS: ['1', '2'] }, s: { SS: ['y'] } }],
  ] as const)('%s %j', async (expression, values, change) => {
    const after: Record<string, unknown> = { ...before, ...change };
    expect(await update(expression, values as unknown as Item)).toEqual(Object.fromEntries(Object.entries(after).filter(([, value]) => value !== undefined)));
  });

  test('numbers are exact', async () => {
    expect(await update('SET n = n + :v', { ':v': { N: '0.1' } }, { n: { N: '12345678901234567890123456789.2' } })).toEqual({ n: { N: '12345678901234567890123456789.3' } });
  });

  test.each([
    ['SET pk = :v', { ':v': { S: 'b' } }, 'Cannot update attribute pk. This attribute is part of the key'],
    ['SET n = absent', {}, 'refers to an attribute that does not exist in the item'],
    ['SET n = s + :v', { ':v': { N: '1' } }, 'An operand in the update expression has an incorrect data type'],
    ['SET l = list_append(l, :v)', { ':v': { S: 'd' } }, 'incorrect data type'],
    ['SET absent.x = :v', { ':v': { S: 'd' } }, 'The document path provided in the update expression is invalid for update'],
    ['REMOVE absent.x', {}, 'The document path provided in the update expression is invalid for update'],
    ['SET n = :v, n = :v', { ':v': { S: 'd' } }, 'Two document paths overlap'],
    ['SET m = :v REMOVE m.x', { ':v': { S: 'd' } }, 'path one: [m], path two: [m, x]'],
    ['SET n = :v SET m = :v', { ':v': { S: 'd' } }, 'The "SET" section can only be used once'],
    ['ADD n :v', { ':v': { S: 'd' } }, 'Incorrect operand type for operator or function; operator: ADD, operand type: S'],
    ['ADD s :v', { ':v': { NS: ['1'] } }, 'incorrect data type'],
    ['SET n = n + :v + :v', { ':v': { N: '1' } }, 'Syntax error; token: "+"'],
    ['INCREASE n', {}, 'Syntax error'],
    ['SET n = plus(n, :v)', { ':v': { N: '1' } }, 'Invalid function name; function: plus'],
  ] as const)('%s is refused', async (expression, values, message) => {
    await expect(update(expression, values as unknown as Item)).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining(message) });
    expect(await now()).toEqual({ ...key, ...before });
  });

  test('an item that is not there comes to be', async () => {
    expect(await send('UpdateItem', { Key: key, UpdateExpression: 'SET n = :v', ExpressionAttributeValues: { ':v': { N: '1' } }, ReturnValues: 'ALL_NEW' }))
      .toEqual({ Attributes: { ...key, n: { N: '1' } } });
    expect(await now()).toEqual({ ...key, n: { N: '1' } });
  });

  test.each([
    ['NONE', {}],
    ['ALL_OLD', { Attributes: { ...key, n: { N: '1' }, l: { L: [{ S: 'a' }, { S: 'b' }] } } }],
    ['ALL_NEW', { Attributes: { ...key, n: { N: '2' }, l: { L: [{ S: 'a' }, { S: 'B' }] }, new: { S: 'B' } } }],
    ['UPDATED_OLD', { Attributes: { n: { N: '1' }, l: { L: [{ S: 'b' }] } } }],
    ['UPDATED_NEW', { Attributes: { n: { N: '2' }, l: { L: [{ S: 'B' }] }, new: { S: 'B' } } }],
  ])('ReturnValues %s', async (ReturnValues, answer) => {
    stored({ n: { N: '1' }, l: { L: [{ S: 'a' }, { S: 'b' }] } });
    expect(await send('UpdateItem', {
      Key: key, ReturnValues, UpdateExpression: 'SET n = :n, l[1] = :s, #new = :s', ExpressionAttributeNames: { '#new': 'new' },
      ExpressionAttributeValues: { ':n': { N: '2' }, ':s': { S: 'B' } },
    })).toEqual(answer);
  });
});
