import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { handler as acquire } from '../../lambda/lease/acquire-lease';
import { handler as release } from '../../lambda/lease/release-lease';
import { renewLease } from '../../lambda/shared/lease';
import { fakeAws } from './support/fake-aws';

type Attribute = { S?: string; N?: string };
interface Update {
  Key: { pk: Attribute };
  ConditionExpression: string;
  UpdateExpression: string;
  ExpressionAttributeNames: Record<string, string>;
  ExpressionAttributeValues: Record<string, Attribute>;
}

/** One row of DynamoDB that really evaluates the expressions, as far as leases use them. */
function table() {
  const rows = new Map<string, Record<string, Attribute>>();
  const update = ({ Key: { pk }, ConditionExpression, UpdateExpression, ExpressionAttributeNames: names, ExpressionAttributeValues: values }: Update) => {
    const row = rows.get(pk.S ?? '');
    const operand = (text = '') => (text.startsWith('#') ? row?.[names[text] ?? ''] : values[text]);
    const scalar = (attribute: Attribute | undefined) => (attribute?.N === undefined ? attribute?.S : Number(attribute.N));
    const holds = (term: string): boolean => {
      const absent = /^attribute_not_exists\((#\w+)\)$/.exec(term);
      if (absent) return operand(absent[1]) === undefined;
      const [left, operator, right] = term.split(' ');
      const [one, other] = [scalar(operand(left)), scalar(operand(right))];
      return one !== undefined && other !== undefined && (operator === '=' ? one === other : one < other);
    };
    if (!ConditionExpression.split(' OR ').some(all => all.split(' AND ').every(holds))) {
      throw new ConditionalCheckFailedException({ message: 'no', $metadata: {}, ...row ? { Item: row as never } : {} });
    }
    const next = { ...row };
    const [, assignments = '', removals = ''] = /^SET (.*?)(?: REMOVE (.*))?$/.exec(UpdateExpression) ?? [];
    for (const assignment of assignments.split(/, (?=#)/)) {
      const [target = '', value = ''] = assignment.split(' = ');
      const counted = /^if_not_exists\((#\w+), (:\w+)\) \+ (:\w+)$/.exec(value);
      next[names[target] ?? ''] = counted
        ? { N: `${Number((operand(counted[1]) ?? operand(counted[2]))?.N) + Number(operand(counted[3])?.N)}` } : values[value] ?? {};
    }
    for (const name of removals.split(', ').filter(Boolean)) delete next[names[name] ?? ''];
    rows.set(pk.S ?? '', next);
    return { Attributes: next };
  };
  fakeAws({ UpdateItem: update });
  return rows;
}

const NOW = Date.parse('2026-01-05T09:00:00Z');
beforeEach(() => jest.useFakeTimers({ now: NOW }));
afterEach(() => jest.useRealTimers());

const by = (execution: string) => ({ execution, owner: 'Stack/Clone', table: 'ledger', instanceId: 'i-1' });

test('one at a time: the second is told who holds it and until when', async () => {
  const rows = table();
  expect(await acquire(by('first'))).toEqual({ lease: { table: 'ledger', instanceId: 'i-1', token: 1 } });
  expect(rows.get('lease#i-1')).toMatchObject({ holder: { S: 'first' }, expires: { N: `${NOW + 3_600_000}` } });
  await expect(acquire(by('second'))).rejects.toMatchObject({ name: 'InstanceIsLeased', message: expect.stringMatching(/first.*2026-01-05T10:00:00/) });
});

test('a repeated call of the holder succeeds: its first answer was lost', async () => {
  table();
  await acquire(by('first'));
  expect((await acquire(by('first'))).lease.token).toBe(2);
});

test('an expired lease is taken by its expiry, and its holder can not renew it any more', async () => {
  table();
  const { lease } = await acquire(by('first'));
  jest.setSystemTime(NOW + 3_600_001);
  await renewLease(lease, 'first'); // nobody else wanted it: it goes on
  await expect(acquire(by('second'))).rejects.toMatchObject({ name: 'InstanceIsLeased' });
  jest.setSystemTime(NOW + 8_000_000);
  const taken = await acquire(by('second'));
  expect(taken.lease.token).toBeGreaterThan(lease.token);
  await expect(renewLease(lease, 'first')).rejects.toMatchObject({ name: 'LeaseLost' });
  expect(await release({ lease, execution: 'first', owner: '' })).toEqual({ released: false });
});

test('an older token of the same holder is worth nothing', async () => {
  table();
  const { lease } = await acquire(by('first'));
  await acquire(by('first'));
  await expect(renewLease(lease, 'first')).rejects.toMatchObject({ name: 'LeaseLost' });
});

test('a released lease is free at once, and tokens keep rising', async () => {
  table();
  const { lease } = await acquire(by('first'));
  expect(await release({ lease, execution: 'first', owner: '' })).toEqual({ released: true });
  expect(await release({ lease, execution: 'first', owner: '' })).toEqual({ released: false });
  expect((await acquire(by('second'))).lease.token).toBe(2);
});

test('other errors keep their names', async () => {
  fakeAws({ UpdateItem: () => { throw Object.assign(new Error('slow down'), { name: 'ProvisionedThroughputExceededException' }); } });
  await expect(acquire(by('first'))).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' });
});
