import { Clock } from '../../../rehearsal/clock';
import { denied, deniedMessage } from '../../../rehearsal/cloud/gate';
import { PolicyGate, type RoleRecord } from '../../../rehearsal/iam/gate';
import { readPolicy } from '../../../rehearsal/iam/policy';
import { mayAssume } from '../../../rehearsal/iam/resource-policy';
import { Usage } from '../../../rehearsal/iam/usage';
import type { JsonObject } from '../../../rehearsal/json';

const ROLE = 'arn:aws:iam::111122223333:role/app/R';
const caller = { roleArn: ROLE, callerArn: 'arn:aws:sts::111122223333:assumed-role/R/f' };
const volume = 'arn:aws:ec2:eu-west-1:111122223333:volume/vol-1';

function role(...statements: JsonObject[]): RoleRecord {
  return {
    arn: ROLE, roleId: 'AROA1', label: 'Clone/Role', tags: { team: 'red' },
    statements: readPolicy('test', { Version: '2012-10-17', Statement: statements }).map(statement => ({ statement, label: statement.sid! })),
  };
}

function gateWith(...statements: JsonObject[]): PolicyGate {
  const gate = new PolicyGate(new Clock(), '111122223333', 'eu-west-1');
  gate.put(role(...statements));
  return gate;
}

describe('the gate', () => {
  test('decides by the caller\'s role; the person at the console may do anything', () => {
    const gate = gateWith({ Sid: 'A', Effect: 'Allow', Action: 'ec2:CreateSnapshot', Resource: 'arn:aws:ec2:*:*:volume/*' });
    expect(gate.decide(caller, { action: 'ec2:CreateSnapshot', resource: volume })).toEqual({ allowed: true });
    expect(gate.decide(caller, { action: 'ec2:DeleteVolume', resource: volume }).allowed).toBe(false);
    expect(gate.decide({ callerArn: 'arn:aws:iam::111122223333:user/console' }, { action: 'ec2:DeleteVolume', resource: volume })).toEqual({ allowed: true });
    expect(() => gate.decide({ ...caller, roleArn: `${ROLE}2` }, { action: 'ec2:DeleteVolume', resource: volume })).toThrow('no policies are known');
  });

  test('words a denial as AWS does', () => {
    const gate = gateWith();
    const need = { action: 'ec2:DeleteVolume', resource: volume };
    expect(deniedMessage(caller, need, gate.decide(caller, need))).toBe('User: arn:aws:sts::111122223333:assumed-role/R/f is not authorized to perform: '
      + `ec2:DeleteVolume on resource: ${volume} because no identity-based policy allows the ec2:DeleteVolume action`);
    expect(denied('EC2', caller, need, gate.decide(caller, need)).message)
      .toBe(`You are not authorized to perform this operation. ${deniedMessage(caller, need, gate.decide(caller, need))}.`);
    gate.deny([{ Effect: 'Deny', Action: 'ec2:RunInstances', Resource: '*' }]);
    const run = { action: 'ec2:RunInstances', resource: '*' };
    expect(deniedMessage(caller, run, gate.decide(caller, run))).toMatch(/perform: ec2:RunInstances with an explicit deny in a service control policy$/);
  });

  test.each([
    ['aws:PrincipalArn', 'ArnLike', 'arn:aws:iam::*:role/app/*'],
    ['aws:PrincipalAccount', 'StringEquals', '111122223333'],
    ['aws:PrincipalTag/team', 'StringEquals', 'red'],
    ['aws:RequestedRegion', 'StringEquals', 'eu-west-1'],
    ['aws:ResourceAccount', 'StringEquals', '${aws:PrincipalAccount}'],
    ['aws:SecureTransport', 'Bool', 'true'],
    ['aws:userid', 'StringLike', 'AROA1:f'],
    ['aws:CurrentTime', 'DateLessThan', '2026-01-05T09:00:01Z'],
  ])('fills the global key %s', (key, operator, value) => {
    const gate = gateWith({ Sid: 'A', Effect: 'Allow', Action: '*', Resource: '*', Condition: { [operator]: { [key]: value } } });
    expect(gate.decide(caller, { action: 'ec2:DeleteVolume', resource: volume }).allowed).toBe(true);
  });
});

describe('usage', () => {
  const statements: JsonObject[] = [
    { Sid: 'Snapshots', Effect: 'Allow', Action: ['ec2:CreateSnapshot', 'ec2:DeleteSnapshot'], Resource: ['arn:aws:ec2:*:*:volume/*', 'arn:aws:ec2:*:*:snapshot/*'] },
    { Sid: 'Never', Effect: 'Allow', Action: 'iam:PassRole', Resource: '*', Condition: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } } },
    { Sid: 'Denial', Effect: 'Deny', Action: 'ec2:TerminateInstances', Resource: '*' },
  ];

  test('tells statement and action of what was granted and never needed; what only failed counts as not needed', () => {
    const gate = gateWith(...statements);
    gate.decide(caller, { action: 'ec2:CreateSnapshot', resource: volume });
    gate.decide(caller, { action: 'iam:PassRole', resource: 'arn:aws:iam::111122223333:role/x', context: { 'iam:PassedToService': 'lambda.amazonaws.com' } });
    expect(gate.usage.unused()).toEqual([
      { role: 'Clone/Role', statement: 'Never', action: 'iam:PassRole' },
      { role: 'Clone/Role', statement: 'Snapshots', action: 'ec2:DeleteSnapshot' },
    ]);
    expect(gate.usage.unusedResources()).toEqual([
      { role: 'Clone/Role', statement: 'Never', resource: '*' },
      { role: 'Clone/Role', statement: 'Snapshots', resource: 'arn:<partition>:ec2:*:*:snapshot/*' },
    ]);
  });

  test('is merged from many processes, each with its own account and Region', () => {
    const first = gateWith(...statements);
    first.decide(caller, { action: 'ec2:CreateSnapshot', resource: volume });
    const second = new PolicyGate(new Clock(), '444455556666', 'us-gov-west-1');
    second.put(role(...statements));
    second.decide(caller, { action: 'ec2:DeleteSnapshot', resource: 'arn:aws:ec2:eu-west-1:1:snapshot/s' });
    const merged = Usage.of(JSON.parse(JSON.stringify(first.usage)), JSON.parse(JSON.stringify(second.usage)));
    expect(merged.unused()).toEqual([{ role: 'Clone/Role', statement: 'Never', action: 'iam:PassRole' }]);
    expect(merged.unusedResources()).toEqual([{ role: 'Clone/Role', statement: 'Never', resource: '*' }]);
    expect(merged.toJSON().reduce((sum, { used }) => sum + used, 0)).toBe(2);
  });
});

describe('trust: which service may assume a role', () => {
  const trust = (Principal: JsonObject, Condition: JsonObject = {}) =>
    ({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', Condition }] });
  const source = { arn: 'arn:aws:lambda:eu-west-1:111122223333:function:f', account: '111122223333' };

  test.each<[string, JsonObject, string, boolean]>([
    ['its service', trust({ Service: 'lambda.amazonaws.com' }), 'lambda', true],
    ['its service among others', trust({ Service: ['ec2.amazonaws.com', 'lambda.amazonaws.com'] }), 'lambda', true],
    ['its service in a Region', trust({ Service: 'states.eu-west-1.amazonaws.com' }), 'states', true],
    ['another service', trust({ Service: 'ec2.amazonaws.com' }), 'lambda', false],
    ['an account', trust({ AWS: 'arn:aws:iam::111122223333:root' }), 'lambda', false],
    ['its source account', trust({ Service: 'lambda.amazonaws.com' }, { StringEquals: { 'aws:SourceAccount': '111122223333' } }), 'lambda', true],
    ['another source', trust({ Service: 'lambda.amazonaws.com' }, { ArnLike: { 'aws:SourceArn': 'arn:aws:lambda:*:*:function:g' } }), 'lambda', false],
  ])('%s', (_, policy, service, expected) => {
    expect(mayAssume('R', policy, service, source)).toBe(expected);
  });
});
