/** Both directions of every operation that the account has, through the real clients. */
import { errorSchema, operationSchemas, wireOf } from '../../../rehearsal/cloud/schemas';
import { AwsError } from '../../../rehearsal/cloud/service';
import { services } from '../../../rehearsal/cloud/services';
import { connect, type Connection, Echo } from './clients';
import { sample } from './samples';

const account = new Echo();
let connection: Connection;
beforeAll(async () => { connection = await connect({}, account); });
afterAll(() => connection.close());

// S3 keeps most members in headers, which hold no such text as the samples: s3.test.ts sends what they may hold
const operations = Object.values(services).filter(({ id }) => id !== 'S3').flatMap(({ id, operations: all }) => Object.keys(all).map(name => [id, name] as const));

test('every service has operations, and needs for each of them', () => {
  for (const { id, operations: all, needs } of Object.values(services)) {
    expect([id, Object.keys(needs).sort()]).toEqual([id, Object.keys(all).sort()]);
  }
});

test.each(operations)('%s %s: input and output pass unchanged', async (service, operation) => {
  const schemas = operationSchemas(wireOf(service), operation)!;
  const input = sample(schemas.input) as object;
  const output = sample(schemas.output) as object;
  account.reply = () => output;
  // the metadata of an answer is the client's own
  expect(await connection.send(service, operation, input)).toEqual(schemas.output.isUnitSchema() ? {} : output);
  expect(account.operation).toBe(operation);
  expect(account.input).toEqual(schemas.input.isUnitSchema() ? {} : input);
});

test.each(operations)('%s %s: an empty output and an input without optional members', async (service, operation) => {
  account.reply = () => ({});
  const members = [...operationSchemas(wireOf(service), operation)!.input.structIterator()];
  // without what stands in its path a REST request has no address
  const labels = members.filter(([, member]) => 'httpLabel' in member.getMergedTraits()).map(([name]) => name);
  expect(await connection.send(service, operation, Object.fromEntries(labels.map(name => [name, 'x'])))).toEqual({});
  // the clients fill tokens by themselves
  const tokens = [...members.filter(([, member]) => member.isIdempotencyToken()).map(([name]) => name), ...labels];
  // these the clients make of themselves, too
  const presigned = operation === 'CopySnapshot' ? ['DestinationRegion', 'PresignedUrl'] : operation === 'ChangeResourceRecordSets' ? ['ChangeBatch'] : [];
  expect(Object.keys(account.input).filter(name => !presigned.includes(name)).sort()).toEqual(tokens.sort());
});

test.each([
  ['EC2', 'DescribeInstances', { Reservations: [] }],
  ['EC2', 'DescribeInstances', { Reservations: [{ Instances: [{ Tags: [], InstanceId: '' }] }] }],
  ['EC2', 'DescribeInstances', { Reservations: [{ Instances: [{ AmiLaunchIndex: 0, EbsOptimized: false, ClientToken: '  blanks\n\ttabs\r ' }] }] }],
  ['IAM', 'GetInstanceProfile', { InstanceProfile: { Roles: [], Path: '/' } }],
  ['DYNAMODB', 'GetItem', { Item: { n: { N: '1' }, b: { B: new Uint8Array([7]) }, nothing: { NULL: true }, l: { L: [{ M: { x: { BOOL: false } } }] } } }],
  ['CLOUDWATCH', 'GetMetricData', { MetricDataResults: [{ Id: 'a', Timestamps: [new Date(1767603600123)], Values: [0.1, -2e30] }] }],
  ['SFN', 'GetExecutionHistory', { events: [] }],
] as const)('%s %s: empty lists, blanks, zeros, fractions, nested unions (%#)', async (service, operation, output) => {
  account.reply = () => output;
  expect(await connection.send(service, operation)).toEqual(output);
});

describe('refusals', () => {
  test.each([
    ['EC2', 'DescribeInstances', 'InvalidInstanceID.NotFound', 400],
    ['EC2', 'RunInstances', 'InsufficientInstanceCapacity', 500],
    ['IAM', 'GetRole', 'NoSuchEntity', 404],
    ['STS', 'GetCallerIdentity', 'AccessDenied', 403],
    ['SNS', 'Publish', 'NotFound', 404],
    ['SSM', 'SendCommand', 'InvalidInstanceId', 400],
    ['DYNAMODB', 'GetItem', 'ResourceNotFoundException', 400],
    ['ELASTIC_LOAD_BALANCING_V2', 'RegisterTargets', 'TargetGroupNotFound', 400],
    ['ELASTIC_LOAD_BALANCING_V2', 'DescribeTargetGroups', 'AccessDenied', 403],
    ['SFN', 'SendTaskSuccess', 'TaskTimedOut', 400],
    ['SERVICE_QUOTAS', 'GetServiceQuota', 'NoSuchResourceException', 400],
    ['SCHEDULER', 'ListSchedules', 'ConflictException', 409],
    ['SCHEDULER', 'ListSchedules', 'AccessDeniedException', 403],
    ['CLOUDWATCH', 'GetMetricData', 'InvalidNextToken', 400],
    ['CLOUDWATCH', 'GetMetricData', 'SomethingUnmodelled', 418],
  ] as const)('%s %s: %s keeps code, message and status', async (service, operation, code, status) => {
    const message = 'What\'s <wrong> & "why"';
    account.reply = () => { throw new AwsError(code, message, status); };
    const error: unknown = await connection.send(service, operation).catch((caught: unknown) => caught);
    // the clients name modelled errors by their classes, of which the query protocol's code may be short
    const modelled = errorSchema(wireOf(service), code)?.getName();
    expect(error).toMatchObject({ name: modelled ?? code, message, $metadata: { httpStatusCode: status } });
    expect((error as { $metadata: { requestId?: string } }).$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('a REST service in XML keeps them, too', async () => {
    account.reply = () => { throw new AwsError('InvalidChangeBatch', '[no & <none>]'); };
    await expect(connection.send('ROUTE_53', 'ListResourceRecordSets', { HostedZoneId: 'Z1' })).rejects.toMatchObject({
      name: 'InvalidChangeBatch', message: '[no & <none>]', $metadata: { httpStatusCode: 400, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
  });

  test('further members of a modelled error arrive', async () => {
    const reasons = [{ Code: 'None' }, { Code: 'ConditionalCheckFailed', Message: 'no', Item: { pk: { B: new Uint8Array([1]) } } }];
    account.reply = () => { throw new AwsError('TransactionCanceledException', 'cancelled', 400, { CancellationReasons: reasons }); };
    await expect(connection.send('DYNAMODB', 'TransactWriteItems')).rejects.toMatchObject({ CancellationReasons: reasons });
  });

  test('a mistake of the rehearsal is told as such, with its stack, and not retried', async () => {
    account.reply = () => { throw new TypeError('x is not a function'); };
    await expect(connection.send('EC2', 'DescribeInstances')).rejects.toMatchObject({
      name: 'RehearsalFailure', message: expect.stringContaining('x is not a function'), $metadata: { httpStatusCode: 501 },
    });
  });
});
