/** STS, IAM, SNS and Service Quotas through the real clients. */
import { connect, type Connection, role } from './clients';

let connection: Connection;
const start = async (options = {}) => { connection = await connect(options); };
beforeEach(() => start());
afterEach(() => connection.close());

describe('STS', () => {
  test('a role is who it is in its session', async () => {
    await connection.close();
    await start({ as: 'AKIDROLE' });
    const { RoleId } = connection.account.iam.addRole({ name: 'Step' });
    expect(await connection.send('STS', 'GetCallerIdentity')).toEqual({ Account: '111122223333', Arn: role.callerArn, UserId: `${RoleId}:step-function` });
  });
});

describe('IAM', () => {
  test('a role with its trust policy, URL encoded as IAM does', async () => {
    const { iam } = connection.account;
    const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }] };
    iam.addRole({ name: 'R', path: '/apps/', trust, permissionsBoundary: 'arn:aws:iam::111122223333:policy/B', tags: { team: 'a' } });
    const { Role } = await connection.send('IAM', 'GetRole', { RoleName: 'R' }) as { Role: { AssumeRolePolicyDocument: string } };
    expect(Role).toMatchObject({
      RoleName: 'R', Path: '/apps/', Arn: 'arn:aws:iam::111122223333:role/apps/R', RoleId: expect.stringMatching(/^AROA[0-9A-Z]{17}$/),
      CreateDate: new Date('2026-01-05T09:00:00Z'), Tags: [{ Key: 'team', Value: 'a' }],
      PermissionsBoundary: { PermissionsBoundaryType: 'PermissionsBoundaryPolicy', PermissionsBoundaryArn: 'arn:aws:iam::111122223333:policy/B' },
    });
    expect(Role.AssumeRolePolicyDocument).not.toContain('{');
    expect(JSON.parse(decodeURIComponent(Role.AssumeRolePolicyDocument))).toEqual(trust);
  });

  test('an instance profile with its role', async () => {
    connection.account.iam.addRole({ name: 'R', tags: { team: 'a' } });
    connection.account.iam.addInstanceProfile('P', 'R');
    connection.account.iam.addInstanceProfile('Empty');
    const { InstanceProfile } = await connection.send('IAM', 'GetInstanceProfile', { InstanceProfileName: 'P' });
    expect(InstanceProfile).toMatchObject({
      InstanceProfileName: 'P', Arn: 'arn:aws:iam::111122223333:instance-profile/P', Roles: [{ RoleName: 'R', Arn: 'arn:aws:iam::111122223333:role/R' }],
    });
    expect(await connection.send('IAM', 'GetInstanceProfile', { InstanceProfileName: 'Empty' })).toMatchObject({ InstanceProfile: { Roles: [] } });
  });

  test.each([
    ['GetRole', { RoleName: 'N' }, 'The role with name N cannot be found.'],
    ['GetInstanceProfile', { InstanceProfileName: 'N' }, 'Instance Profile N cannot be found.'],
  ])('%s of what is not there', async (operation, input, message) => {
    await expect(connection.send('IAM', operation, input)).rejects.toMatchObject({ name: 'NoSuchEntityException', message, $metadata: { httpStatusCode: 404 } });
  });
});

describe('SNS', () => {
  test('what is published is kept', async () => {
    const topicArn = connection.account.sns.addTopic('approvals');
    await connection.account.clock.advance(5000);
    const attributes = { plan: { DataType: 'String', StringValue: 'x' }, raw: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2]) } };
    const { MessageId } = await connection.send('SNS', 'Publish', { TopicArn: topicArn, Message: 'line\r\n<two>', Subject: 'Approve?', MessageAttributes: attributes });
    expect(connection.account.sns.published).toEqual([{
      time: Date.parse('2026-01-05T09:00:05Z'), topicArn, messageId: MessageId, message: 'line\r\n<two>', subject: 'Approve?', attributes,
    }]);
  });

  test.each([
    ['a topic that is not there', { TopicArn: 'arn:aws:sns:us-east-1:111122223333:none', Message: 'm' }, 'NotFoundException'],
    ['no topic', { Message: 'm' }, 'InvalidParameterException'],
    ['an empty message', { Message: '' }, 'InvalidParameterException'],
    ['too long a message', { Message: 'ü'.repeat(131_073) }, 'InvalidParameterException'],
    ['too long a subject', { Message: 'm', Subject: 'x'.repeat(100) }, 'InvalidParameterException'],
    ['a subject of two lines', { Message: 'm', Subject: 'a\nb' }, 'InvalidParameterException'],
    ['JSON that is none', { Message: 'm', MessageStructure: 'json' }, 'InvalidParameterException'],
    ['JSON without a default', { Message: '{"email":"m"}', MessageStructure: 'json' }, 'InvalidParameterException'],
    ['a telephone', { Message: 'm', PhoneNumber: '+15550100' }, 'NotEmulated'],
  ])('%s is refused', async (name, input, error) => {
    const topic = connection.account.sns.addTopic('t');
    const where = name === 'no topic' || 'PhoneNumber' in input ? {} : { TopicArn: topic };
    await expect(connection.send('SNS', 'Publish', { ...where, ...input })).rejects.toMatchObject({ name: error });
    expect(connection.account.sns.published).toEqual([]);
  });

  test('the longest message passes', async () => {
    const topic = connection.account.sns.addTopic('t');
    await connection.send('SNS', 'Publish', { TopicArn: topic, Message: 'ü'.repeat(131_072) });
    expect(connection.account.sns.published).toHaveLength(1);
  });
});

describe('Service Quotas', () => {
  const quota = (operation: string, ServiceCode: string, QuotaCode: string) =>
    connection.send('SERVICE_QUOTAS', operation, { ServiceCode, QuotaCode }).then(({ Quota }) => Quota);

  test('the applied value is the account\'s, the default AWS\'s', async () => {
    connection.account.quotas.set('L-1216C47A', 640);
    expect(await quota('GetServiceQuota', 'ec2', 'L-1216C47A')).toMatchObject({
      Value: 640, QuotaName: 'Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances', Adjustable: true,
      QuotaArn: 'arn:aws:servicequotas:us-east-1:111122223333:ec2/L-1216C47A', QuotaAppliedAtLevel: 'ACCOUNT',
    });
    expect(await quota('GetAWSDefaultServiceQuota', 'ec2', 'L-1216C47A')).toMatchObject({ Value: 5, QuotaArn: 'arn:aws:servicequotas:us-east-1::ec2/L-1216C47A' });
    expect(await quota('GetServiceQuota', 'ebs', 'L-7A658B76')).toMatchObject({ Value: 50, QuotaName: 'Storage for General Purpose SSD (gp3) volumes, in TiB' });
    expect(connection.account.quotas.value('L-1216C47A')).toBe(640);
    expect(() => connection.account.quotas.set('L-00000000', 1)).toThrow('no such quota');
  });

  test('a list in pages', async () => {
    const codes: string[] = [];
    let NextToken: unknown;
    do {
      const answer: Record<string, unknown> = await connection.send('SERVICE_QUOTAS', 'ListServiceQuotas', { ServiceCode: 'ebs', MaxResults: 3, NextToken });
      codes.push(...(answer.Quotas as { QuotaCode: string }[]).map(({ QuotaCode }) => QuotaCode));
      NextToken = answer.NextToken;
    } while (NextToken !== undefined);
    expect(codes).toEqual(connection.account.quotas.list('ebs').map(({ QuotaCode }) => QuotaCode));
    expect(new Set(codes).size).toBe(11);
  });

  test.each([['ec2', 'L-7A658B76'], ['rds', 'L-1216C47A']])('no quota %s %s', async (service, code) => {
    await expect(quota('GetServiceQuota', service, code)).rejects.toMatchObject({ name: 'NoSuchResourceException' });
  });
});

describe('Auto Scaling', () => {
  test('tells of members, and of nobody else', async () => {
    const { account } = connection;
    const [first, other] = [1, 2].map(() => account.ec2.addInstance({}).instanceId) as [string, string];
    account.autoScaling.addMember(first, { group: 'web' });
    account.autoScaling.enterStandby(first);
    expect(() => account.autoScaling.enterStandby(other)).toThrow('is no member');
    const { AutoScalingInstances } = await connection.send('AUTO_SCALING', 'DescribeAutoScalingInstances', { InstanceIds: [first, other] });
    expect(AutoScalingInstances).toMatchObject([{ InstanceId: first, AutoScalingGroupName: 'web', LifecycleState: 'Standby', HealthStatus: 'HEALTHY' }]);
    expect(account.ec2.instances.get(first)!.Tags).toContainEqual({ Key: 'aws:autoscaling:groupName', Value: 'web' });
    expect(await connection.send('AUTO_SCALING', 'DescribeAutoScalingInstances', {})).toMatchObject({ AutoScalingInstances: [{ InstanceId: first }] });
    await expect(connection.send('AUTO_SCALING', 'DescribeAutoScalingInstances', { InstanceIds: Array<string>(51).fill(first) })).rejects.toMatchObject({ name: 'ValidationError' });
  });
});
