/** The order in which a call is judged: known, throttled, authorized, dry run, fault, idempotency, operation. */
import { Account } from '../../../rehearsal/cloud/account';
import type { Need } from '../../../rehearsal/iam/need';
import { connect, person, role } from './clients';

const table = { name: 'ledger', partitionKey: { name: 'pk', type: 'S' } } as const;

function accountWithTable(): Account {
  const account = new Account();
  account.dynamodb.addTable(table);
  return account;
}

const put = (pk: string) => ({ TableName: 'ledger', Item: { pk: { S: pk } } });
const transact = (pk: string, token: string) => ({ TransactItems: [{ Put: put(pk) }], ClientRequestToken: token });
const call = (account: Account, service: string, operation: string, input: object = {}) => account.call(service, operation, input, role);

test.each([
  ['us-east-1', 'arn:aws:sns:us-east-1:111122223333:t'],
  ['us-gov-west-1', 'arn:aws-us-gov:sns:us-gov-west-1:111122223333:t'],
  ['cn-north-1', 'arn:aws-cn:sns:cn-north-1:111122223333:t'],
])('ARNs of %s', (region, arn) => {
  expect(new Account({ region }).arn('sns', 't')).toBe(arn);
});

test('one seed gives one account', async () => {
  const ids = async (seed: number) => {
    const account = new Account({ seed });
    const topic = account.sns.addTopic('t');
    return [account.iam.addRole({ name: 'R' }).RoleId, await call(account, 'SNS', 'Publish', { TopicArn: topic, Message: 'm' })];
  };
  expect(await ids(7)).toEqual(await ids(7));
  expect(await ids(7)).not.toEqual(await ids(8));
});

test('callers hold copies, not the account itself', async () => {
  const account = new Account();
  account.iam.addRole({ name: 'R', tags: { team: 'a' } });
  const attributes = { plan: { DataType: 'String', StringValue: 'x' } };
  await call(account, 'SNS', 'Publish', { TopicArn: account.sns.addTopic('t'), Message: 'm', MessageAttributes: attributes });
  attributes.plan.StringValue = 'changed';
  expect(account.sns.published[0]!.attributes).toEqual({ plan: { DataType: 'String', StringValue: 'x' } });
  const { Role } = await call(account, 'IAM', 'GetRole', { RoleName: 'R' }) as { Role: { Tags: { Value: string }[] } };
  Role.Tags[0]!.Value = 'changed';
  expect(account.iam.role('R').Tags).toEqual([{ Key: 'team', Value: 'a' }]);
});

describe('throttling', () => {
  /** How many calls have been throttled by now. What else becomes of them does not matter here. */
  const throttled = async (account: Account, times: number, operation: string, input: object = {}) => {
    await Promise.allSettled(Array.from({ length: times }, () => call(account, 'EC2', operation, input)));
    return account.calls.filter(({ error }) => error?.code === 'RequestLimitExceeded').length;
  };

  // EC2 developer guide, "Request throttling": capacity and refill per second
  test.each([
    ['RunInstances', { MinCount: 1, MaxCount: 1, DryRun: true }, 5, 2],
    ['DescribeVolumes', { MaxResults: 5 }, 100, 20],
    ['DescribeVolumes', {}, 50, 10],
    ['DescribeInstances', { DryRun: true }, 50, 10],
    ['TerminateInstances', { InstanceIds: ['i-0123456789abcdef0'], DryRun: true }, 100, 5],
    ['CreateTags', { Resources: ['i-0123456789abcdef0'], Tags: [], DryRun: true }, 100, 10],
    ['StopInstances', { InstanceIds: ['i-0123456789abcdef0'], DryRun: true }, 50, 5],
  ] as const)('%s %j: %d at once, %d more each second', async (operation, input, capacity, perSecond) => {
    const account = new Account();
    expect(await throttled(account, capacity + 3, operation, input)).toBe(3);
    await account.clock.advance(1000);
    expect(await throttled(account, perSecond + 1, operation, input)).toBe(4);
    // the bucket never holds more than its capacity
    await account.clock.advance(3600_000);
    expect(await throttled(account, capacity + 1, operation, input)).toBe(5);
  });

  test('instances are paid for one by one', async () => {
    const account = new Account();
    expect(await throttled(account, 1, 'RunInstances', { MinCount: 1, MaxCount: 900, DryRun: true })).toBe(0);
    expect(await throttled(account, 1, 'RunInstances', { MinCount: 1, MaxCount: 200, DryRun: true })).toBe(1);
    expect(await throttled(account, 1, 'StopInstances', { InstanceIds: Array(1001).fill('i-0123456789abcdef0'), DryRun: true })).toBe(2);
  });

  test('each operation has its own bucket, and a scenario may make one smaller', async () => {
    const account = new Account();
    account.throttle.limit('DescribeVolumes', { capacity: 1, perSecond: 1 });
    expect(await throttled(account, 2, 'DescribeVolumes')).toBe(1);
    expect(await throttled(account, 2, 'DescribeInstances')).toBe(1);
  });

  test('the refusal is the one EC2 gives', async () => {
    const account = new Account();
    account.throttle.limit('DescribeVolumes', { capacity: 0, perSecond: 1 });
    await expect(call(account, 'EC2', 'DescribeVolumes')).rejects.toMatchObject({ code: 'RequestLimitExceeded', status: 503 });
  });

  test('the client waits and tries again', async () => {
    const connection = await connect({ maxAttempts: 3 });
    connection.account.throttle.limit('DescribeVolumes', { capacity: 1, perSecond: 0 });
    await connection.send('EC2', 'DescribeVolumes');
    await expect(connection.send('EC2', 'DescribeVolumes')).rejects.toMatchObject({ name: 'RequestLimitExceeded', $metadata: { attempts: 3 } });
    await connection.close();
  });
});

describe('authorization', () => {
  test('every need is asked, with the caller; the first denial is the answer', async () => {
    const account = accountWithTable();
    const asked: [string | undefined, Need][] = [];
    account.gate = { decide: (principal, need) => { asked.push([principal.roleArn, need]); return { allowed: need.action !== 'dynamodb:DeleteItem' }; } };
    const input = { TransactItems: [{ Put: put('a') }, { Delete: { TableName: 'ledger', Key: { pk: { S: 'b' } } } }, { Put: put('c') }] };
    await expect(call(account, 'DYNAMODB', 'TransactWriteItems', input)).rejects.toMatchObject({
      code: 'AccessDeniedException',
      message: 'User: arn:aws:sts::111122223333:assumed-role/Step/step-function is not authorized to perform: dynamodb:DeleteItem on resource: '
        + 'arn:aws:dynamodb:us-east-1:111122223333:table/ledger because no identity-based policy allows the dynamodb:DeleteItem action',
    });
    expect(asked.map(([roleArn, { action }]) => [roleArn, action])).toEqual([
      [role.roleArn, 'dynamodb:PutItem'], [role.roleArn, 'dynamodb:DeleteItem'],
    ]);
    expect(account.dynamodb.table('ledger').all()).toEqual([]);
  });

  test.each([
    ['EC2', 'CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 1 }, 'UnauthorizedOperation', 403],
    ['IAM', 'GetRole', { RoleName: 'R' }, 'AccessDenied', 403],
    ['SNS', 'Publish', { TopicArn: 'arn:aws:sns:us-east-1:111122223333:t', Message: 'm' }, 'AuthorizationError', 403],
    ['SFN', 'SendTaskHeartbeat', { taskToken: 't' }, 'AccessDeniedException', 400],
    ['CLOUDWATCH', 'ListMetrics', {}, 'AccessDenied', 403],
  ] as const)('a denial of %s is spelled as %s does', async (service, operation, input, code, status) => {
    const account = new Account();
    account.gate = { decide: () => ({ allowed: false, reason: 'with an explicit deny in a service control policy' }) };
    await expect(call(account, service, operation, input)).rejects.toMatchObject({
      code, status, message: expect.stringMatching(/perform: \w+:\w+( on resource: \S+)? with an explicit deny in a service control policy\.?$/),
    });
  });

  test('who may not is told so by a dry run, too', async () => {
    const account = new Account();
    account.gate = { decide: () => ({ allowed: false }) };
    const input = { AvailabilityZone: 'us-east-1a', Size: 1, DryRun: true };
    await expect(call(account, 'EC2', 'CreateVolume', input)).rejects.toMatchObject({ code: 'UnauthorizedOperation' });
    account.gate = { decide: () => ({ allowed: true }) };
    await expect(call(account, 'EC2', 'CreateVolume', input)).rejects.toMatchObject({ code: 'DryRunOperation', status: 412 });
  });
});

describe('faults', () => {
  test('as many calls fail as were ordered, those alone that fit', async () => {
    const account = accountWithTable();
    account.fail('PutItem', 'ProvisionedThroughputExceededException', { times: 2, where: (input: { Item: { pk: { S: string } } }) => input.Item.pk.S === 'a' });
    account.fail('PutItem', 'InternalServerError', { by: ({ roleArn }) => roleArn === undefined, message: 'not you' });
    await expect(call(account, 'DYNAMODB', 'PutItem', put('a'))).rejects.toMatchObject({ code: 'ProvisionedThroughputExceededException', status: 400 });
    await expect(call(account, 'DYNAMODB', 'PutItem', put('b'))).resolves.toEqual({});
    await expect(call(account, 'DYNAMODB', 'PutItem', put('a'))).rejects.toThrow();
    await expect(call(account, 'DYNAMODB', 'PutItem', put('a'))).resolves.toEqual({});
    await expect(account.call('DYNAMODB', 'PutItem', put('c'), person)).rejects.toMatchObject({ code: 'InternalServerError', status: 500, message: 'not you' });
  });

  test('for ever', async () => {
    const account = accountWithTable();
    account.fail('PutItem', 'InternalServerError', { times: Infinity });
    for (let times = 0; times < 20; times++) await expect(call(account, 'DYNAMODB', 'PutItem', put('a'))).rejects.toThrow();
  });

  test.each([
    ['InsufficientInstanceCapacity', 500], ['InsufficientVolumeCapacity', 500], ['InternalError', 500], ['Unavailable', 503],
    ['RequestLimitExceeded', 503], ['UnauthorizedOperation', 403], ['InvalidParameterValue', 400], ['InsufficientFreeAddressesInSubnet', 400],
  ])('%s comes with status %d', async (code, status) => {
    const account = accountWithTable();
    account.fail('PutItem', code);
    await expect(call(account, 'DYNAMODB', 'PutItem', put('a'))).rejects.toMatchObject({ code, status });
  });

  test('a dry run meets no fault', async () => {
    const account = new Account();
    account.fail('CreateVolume', 'InsufficientVolumeCapacity');
    await expect(call(account, 'EC2', 'CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 1, DryRun: true })).rejects.toMatchObject({ code: 'DryRunOperation' });
  });

  test('an answer may be lost after the operation acted, and the client\'s own retry finds it done', async () => {
    const connection = await connect({ maxAttempts: 2 });
    const { account } = connection;
    const topic = account.sns.addTopic('t');
    account.dynamodb.addTable(table);

    // no token: it happens twice
    account.fail('Publish', 'InternalError', { afterwards: true });
    await connection.send('SNS', 'Publish', { TopicArn: topic, Message: 'm' });
    expect(account.sns.published).toHaveLength(2);
    expect(account.calls[0]).toMatchObject({ output: { MessageId: account.sns.published[0]!.messageId }, error: { code: 'InternalError' } });

    // a token, which the client fills itself: it happens once, though its condition would not hold a second time
    const once = { TransactItems: [{ Put: { ...put('a'), ConditionExpression: 'attribute_not_exists(pk)' } }] };
    account.fail('TransactWriteItems', 'InternalServerError', { afterwards: true });
    expect(await connection.send('DYNAMODB', 'TransactWriteItems', once)).toEqual({});
    await expect(connection.send('DYNAMODB', 'TransactWriteItems', once)).rejects.toMatchObject({ name: 'TransactionCanceledException' });
    await connection.close();
  });
});

describe('idempotency', () => {
  test('the same token and parameters act once; others are a mismatch', async () => {
    const account = accountWithTable();
    await call(account, 'DYNAMODB', 'TransactWriteItems', transact('a', 'token'));
    account.dynamodb.table('ledger').delete({ pk: { S: 'a' } });
    await call(account, 'DYNAMODB', 'TransactWriteItems', transact('a', 'token'));
    expect(account.dynamodb.table('ledger').all()).toEqual([]);
    await expect(call(account, 'DYNAMODB', 'TransactWriteItems', transact('b', 'token'))).rejects.toMatchObject({ code: 'IdempotentParameterMismatchException' });
    await call(account, 'DYNAMODB', 'TransactWriteItems', transact('b', 'another'));
    expect(account.dynamodb.table('ledger').all()).toEqual([{ pk: { S: 'b' } }]);
  });

  test('a token of DynamoDB counts for ten minutes', async () => {
    const account = accountWithTable();
    await call(account, 'DYNAMODB', 'TransactWriteItems', transact('a', 'token'));
    await account.clock.advance(599_999);
    await expect(call(account, 'DYNAMODB', 'TransactWriteItems', transact('b', 'token'))).rejects.toThrow();
    await account.clock.advance(1);
    await expect(call(account, 'DYNAMODB', 'TransactWriteItems', transact('b', 'token'))).resolves.toEqual({});
  });

  test('a refused call does not use its token up', async () => {
    const account = accountWithTable();
    const conditional = { TransactItems: [{ Put: { ...put('a'), ConditionExpression: 'attribute_exists(pk)' } }], ClientRequestToken: 'token' };
    await expect(call(account, 'DYNAMODB', 'TransactWriteItems', conditional)).rejects.toMatchObject({ code: 'TransactionCanceledException' });
    account.dynamodb.table('ledger').put({ pk: { S: 'a' } });
    await expect(call(account, 'DYNAMODB', 'TransactWriteItems', conditional)).resolves.toEqual({});
  });

  test('EC2: volumes are made once per token, in words of EC2 otherwise', async () => {
    const account = new Account();
    const input = { AvailabilityZone: 'us-east-1a', Size: 8, ClientToken: 'token' };
    const first = await call(account, 'EC2', 'CreateVolume', input);
    await account.clock.advance(30 * 24 * 3600_000);
    expect(await call(account, 'EC2', 'CreateVolume', { Size: 8, ClientToken: 'token', AvailabilityZone: 'us-east-1a' })).toEqual(first);
    await expect(call(account, 'EC2', 'CreateVolume', { ...input, Size: 9 })).rejects.toMatchObject({ code: 'IdempotentParameterMismatch', status: 400 });
  });
});

test('what is new becomes visible when the lag is over', async () => {
  const account = new Account();
  const createdAt = account.clock.now();
  expect(account.visible(createdAt)).toBe(true);
  account.consistency.describeLag = 30;
  expect(account.visible(new Date(createdAt))).toBe(false);
  await account.clock.advance(29_999);
  expect(account.visible(createdAt)).toBe(false);
  await account.clock.advance(1);
  expect(account.visible(createdAt)).toBe(true);
});
