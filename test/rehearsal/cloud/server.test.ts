/** What the server refuses, and how it treats the clock. */
import { AwsError } from '../../../rehearsal/cloud/service';
import { connect, type Connection, person, role } from './clients';

let connection: Connection;
beforeEach(async () => { connection = await connect(); });
afterEach(() => connection.close());

/** A request as no client would send it. */
async function post(service: string, body: string, headers: Record<string, string> = {}, region = 'us-east-1', key = 'AKIDPERSON') {
  const answer = await fetch(connection.url, {
    method: 'POST', body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `AWS4-HMAC-SHA256 Credential=${key}/20260105/${region}/${service}/aws4_request, SignedHeaders=host, Signature=00`,
      ...headers,
    },
  });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

const json = (target: string) => ({ 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target });

test.each([
  ['an operation that EC2 does not have', 'ec2', 'Action=DescribeDreams&Version=2016-11-15', {}, 501, 'NotEmulated'],
  ['an operation that the rehearsal does not have', 'ec2', 'Action=ResetFpgaImageAttribute&FpgaImageId=afi-1', {}, 501, 'NotEmulated'],
  ['no operation', 'iam', 'Version=2010-05-08', {}, 501, 'NotEmulated'],
  ['an operation that DynamoDB does not have', 'dynamodb', '{}', json('DynamoDB_20120810.DeleteUniverse'), 501, 'NotEmulated'],
  ['a service that the rehearsal does not have', 's3', 'Action=ListBuckets', {}, 501, 'NotEmulated'],
  ['a service of JSON that the rehearsal does not have', 'kinesis', '{}', json('Kinesis_20131202.ListStreams'), 501, 'NotEmulated'],
  ['an unknown parameter', 'ec2', 'Action=DescribeInstances&Filter.1.Nmae=x', {}, 400, 'UnknownParameter'],
  ['an unknown parameter inside a scalar', 'ec2', 'Action=DescribeInstances&MaxResults.1=5', {}, 400, 'UnknownParameter'],
  ['an unknown parameter of IAM', 'iam', 'Action=GetRole&RoleNmae=x', {}, 400, 'ValidationError'],
  ['an unknown member of JSON', 'dynamodb', '{"TableName":"t","Key":{"pk":{"S":"1"}},"Consistent":true}', json('DynamoDB_20120810.GetItem'), 400, 'ValidationException'],
  ['a wrong type in JSON', 'states', '{"executionArn":7}', json('AWSStepFunctions.DescribeExecution'), 400, 'SerializationException'],
  ['a body that is not JSON', 'states', '{', json('AWSStepFunctions.DescribeExecution'), 400, 'SerializationException'],
  ['a number that is none', 'ec2', 'Action=DescribeInstances&MaxResults=many', {}, 400, 'InvalidParameterValue'],
  ['a boolean that is none', 'ec2', 'Action=DescribeInstances&DryRun=maybe', {}, 400, 'InvalidParameterValue'],
  ['a list without numbers', 'ec2', 'Action=DescribeInstances&InstanceId.first=i-1', {}, 400, 'MalformedQueryString'],
  ['a required parameter left out', 'ec2', 'Action=TerminateInstances', {}, 400, 'MissingParameter'],
  ['a required parameter of IAM left out', 'iam', 'Action=GetRole', {}, 400, 'ValidationError'],
  ['a required member left out', 'dynamodb', '{"TableName":"t"}', json('DynamoDB_20120810.GetItem'), 400, 'ValidationException'],
] as const)('%s is refused', async (_, service, body, headers, status, code) => {
  const answer = await post(service, body, headers);
  expect(answer.status).toBe(status);
  expect(answer.text).toContain(code);
});

test('who does not sign, or is nobody, is refused', async () => {
  expect(await post('ec2', 'Action=DescribeInstances', { authorization: '' })).toMatchObject({ status: 403, text: expect.stringContaining('MissingAuthenticationToken') });
  expect(await post('ec2', 'Action=DescribeInstances', {}, 'us-east-1', 'AKIDNOBODY')).toMatchObject({ status: 401, text: expect.stringContaining('AuthFailure') });
  expect(await post('sts', 'Action=GetCallerIdentity', {}, 'us-east-1', 'AKIDNOBODY')).toMatchObject({ status: 403, text: expect.stringContaining('InvalidClientTokenId') });
});

test('a Region in which there is nothing is refused, IAM being global', async () => {
  expect(await post('ec2', 'Action=DescribeInstances', {}, 'eu-west-1')).toMatchObject({ status: 501, text: expect.stringContaining('eu-west-1') });
  const { instanceId } = connection.account.inRegion('eu-west-1').ec2.addInstance({ name: 'there', type: 't3.micro' });
  expect(await post('ec2', 'Action=DescribeInstances', {}, 'eu-west-1')).toMatchObject({ status: 200, text: expect.stringContaining(instanceId) });
  expect((await post('ec2', 'Action=DescribeInstances')).text).not.toContain(instanceId);
  connection.account.iam.addRole({ name: 'R' });
  expect((await post('iam', 'Action=GetRole&RoleName=R', {}, 'aws-global')).status).toBe(200);
});

test('the access key names the caller, and every call is on record', async () => {
  await connection.send('STS', 'GetCallerIdentity');
  await post('sts', 'Action=GetCallerIdentity', {}, 'us-east-1', 'AKIDROLE');
  await connection.send('IAM', 'GetRole', { RoleName: 'nobody' }).catch(() => undefined);
  expect(connection.account.calls).toMatchObject([
    { service: 'STS', operation: 'GetCallerIdentity', principal: person, output: { Arn: person.callerArn } },
    { service: 'STS', operation: 'GetCallerIdentity', principal: role, output: { Arn: role.callerArn } },
    { service: 'IAM', operation: 'GetRole', input: { RoleName: 'nobody' }, error: { code: 'NoSuchEntity' } },
  ]);
});

test('virtual time stands still while a request is answered, and answers carry it', async () => {
  const { account } = connection;
  const began = account.clock.now();
  const arrived = new Promise<void>(resolve => {
    jest.spyOn(account, 'call').mockImplementation(async () => {
      resolve();
      await new Promise(later => setTimeout(later, 50));
      return { Account: String(account.clock.now() - began) };
    });
  });
  const sent = post('sts', 'Action=GetCallerIdentity');
  await arrived;
  const advanced = account.clock.advance(5000);
  const answer = await sent;
  // no virtual time had passed when the answer was given
  expect(answer.text).toContain('<Account>0</Account>');
  expect(answer.headers.get('date')).toBe('Mon, 05 Jan 2026 09:00:00 GMT');
  await advanced;
  expect(account.clock.now()).toBe(began + 5000);
});

test('a lost connection is one the client feels, and retries', async () => {
  await connection.close();
  connection = await connect({ maxAttempts: 2 });
  connection.account.fail('GetCallerIdentity', 'Lost', { connectionLost: true });
  expect(await connection.send('STS', 'GetCallerIdentity')).toMatchObject({ Account: '111122223333' });
  expect(connection.account.calls.map(({ error }) => error?.code)).toEqual(['Lost', undefined]);

  connection.account.fail('GetCallerIdentity', 'Lost', { connectionLost: true, times: 2 });
  await expect(connection.send('STS', 'GetCallerIdentity')).rejects.toThrow('socket hang up');
});

test('a large body comes compressed and is understood', async () => {
  const MetricData = Array.from({ length: 300 }, (_, index) => ({ MetricName: `metric-${index}-${'x'.repeat(50)}`, Value: index }));
  await connection.send('CLOUDWATCH', 'PutMetricData', { Namespace: 'Ours', MetricData });
  expect(connection.account.cloudwatch.all()).toHaveLength(300);
});

test('a service that does not exist is refused inside, too', async () => {
  await expect(connection.account.call('NOWHERE', 'Nothing', {}, person)).rejects.toBeInstanceOf(AwsError);
});
