import { checkStatements, unlimited } from '../../../rehearsal/iam/check';
import { readPolicy } from '../../../rehearsal/iam/policy';
import type { JsonObject } from '../../../rehearsal/json';

async function problems(statement: JsonObject): Promise<string[]> {
  const found = await checkStatements(readPolicy('test', { Version: '2012-10-17', Statement: { Effect: 'Allow', Resource: '*', ...statement } }));
  return found.map(({ problem }) => problem);
}

const volumes = 'arn:aws:ec2:eu-west-1:111122223333:volume/*';
const snapshots = 'arn:aws:ec2:eu-west-1::snapshot/*';

describe('policies against the Service Authorization Reference', () => {
  test.each<[string, JsonObject]>([
    ['an action on its resources with their keys', {
      Action: 'ec2:CreateSnapshots', Resource: [volumes, snapshots],
    }],
    ['tags on creation', {
      Action: 'ec2:CreateTags', Resource: [volumes], Condition: { StringEquals: { 'ec2:CreateAction': 'RunInstances', 'aws:RequestTag/owner': 'x' } },
    }],
    ['a list action on everything', { Action: 'ec2:DescribeInstances' }],
    ['a family of actions', { Action: 'ec2:Describe*' }],
    ['a role to pass', { Action: 'iam:PassRole', Resource: 'arn:aws:iam::111122223333:role/x', Condition: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } } }],
    ['a version of a function', { Action: 'lambda:InvokeFunction', Resource: 'arn:aws:lambda:eu-west-1:111122223333:function:f:3' }],
    ['a log group', { Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: 'arn:aws:logs:eu-west-1:111122223333:log-group:g:*' }],
    ['a global key', { Action: 'ec2:DeleteVolume', Resource: volumes, Condition: { StringEquals: { 'aws:PrincipalTag/team': 'red' } } }],
    ['a tag of the resource', { Action: 'ec2:DeleteVolume', Resource: volumes, Condition: { StringEquals: { 'aws:ResourceTag/owner': 'x' } } }],
    ['a table by its ARN', { Action: 'dynamodb:PutItem', Resource: 'arn:aws:dynamodb:eu-west-1:111122223333:table/leases', Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': 'lease#*' } } }],
  ])('%s is fine', async (_, statement) => {
    expect(await problems(statement)).toEqual([]);
  });

  test.each<[string, JsonObject, string]>([
    ['an action with a typo', { Action: 'ec2:CreateSnapshotz' }, 'no action is called ec2:CreateSnapshotz'],
    ['an unknown service', { Action: 'ec3:CreateSnapshot' }, 'no action is called ec3:CreateSnapshot'],
    ['a pattern without actions', { Action: 'ec2:Descrybe*' }, 'no action is called ec2:Descrybe*'],
    ['a list action on a resource', { Action: 'ec2:DescribeVolumes', Resource: volumes }, 'knows no resources'],
    ['a resource of another type', { Action: 'ec2:DeleteVolume', Resource: snapshots }, 'can not be used on'],
    ['a resource of another service', { Action: 'ec2:DeleteVolume', Resource: 'arn:aws:s3:::bucket' }, 'can not be used on'],
    ['a key with a typo', { Action: 'ec2:DeleteVolume', Resource: volumes, Condition: { StringEquals: { 'aws:ResourceTags/owner': 'x' } } }, 'has no condition key aws:ResourceTags/owner'],
    ['a tag of the request where nothing is tagged', { Action: 'ec2:DeleteVolume', Resource: volumes, Condition: { StringEquals: { 'aws:RequestTag/owner': 'x' } } }, 'has no condition key aws:RequestTag/owner'],
    ['the source\'s tags for CopyVolumes', { Action: 'ec2:CopyVolumes', Resource: volumes, Condition: { StringEquals: { 'aws:ResourceTag/owner': 'x' } } }, 'has no condition key'],
  ])('%s is found', async (_, statement, problem) => {
    expect(await problems(statement)).toEqual([expect.stringContaining(problem)]);
  });
});

describe('what a policy allows on everything', () => {
  const of = (...statements: JsonObject[]) => unlimited(readPolicy('test', { Version: '2012-10-17', Statement: statements.map(one => ({ Effect: 'Allow', Resource: '*', ...one })) }));

  test('is told where it could be less', async () => {
    expect(await of({ Action: ['ec2:DescribeInstances', 'ec2:DescribeInstanceAttribute'] }, { Action: 'ec2:TerminateInstances' }))
      .toEqual(['ec2:DescribeInstanceAttribute', 'ec2:TerminateInstances']);
  });

  test.each<[string, JsonObject]>([
    ['an action without resources', { Action: 'ec2:DescribeInstances' }],
    ['an action on some resources', { Action: 'ec2:DeleteVolume', Resource: volumes }],
    ['a condition', { Action: 'ec2:DeleteVolume', Condition: { StringEquals: { 'aws:ResourceTag/owner': 'x' } } }],
    ['a family of actions', { Action: 'logs:*' }],
    ['what is denied', { Action: 'ec2:DeleteVolume', Effect: 'Deny' }],
  ])('%s is fine', async (_, statement) => {
    expect(await of(statement)).toEqual([]);
  });
});
