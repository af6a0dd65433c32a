import fc from 'fast-check';
import { evaluate } from '../../../rehearsal/iam/evaluate';
import type { ConditionContext, Need } from '../../../rehearsal/iam/need';
import { InvalidPolicy, readPolicy, type Statement } from '../../../rehearsal/iam/policy';
import type { JsonObject } from '../../../rehearsal/json';

const policy = (...statements: JsonObject[]) => readPolicy('test', { Version: '2012-10-17', Statement: statements });
const allow = (more: JsonObject = {}) => ({ Effect: 'Allow', Action: '*', Resource: '*', ...more });
const deny = (more: JsonObject = {}) => ({ ...allow(more), Effect: 'Deny' });
const VOLUME = 'arn:aws:ec2:eu-west-1:111122223333:volume/vol-1';
const need: Need = { action: 'ec2:CreateSnapshot', resource: VOLUME, context: { 'aws:ResourceTag/team': 'red' } };
const allowed = (identity: readonly Statement[], wanted: Need = need) => evaluate({ identity }, wanted).allowed;

describe('by "Policy evaluation logic"', () => {
  test('"By default, all requests are implicitly denied"', () => {
    expect(evaluate({ identity: [] }, need)).toEqual({ allowed: false, reason: 'because no identity-based policy allows the ec2:CreateSnapshot action' });
  });

  test('"An explicit allow … overrides this default"', () => {
    expect(allowed(policy(allow()))).toBe(true);
  });

  test('"An explicit deny in any policy overrides any allows"', () => {
    const denial = policy(deny({ Resource: 'arn:aws:ec2:*:*:volume/*' }));
    expect(evaluate({ identity: [...policy(allow()), ...denial] }, need)).toMatchObject({ reason: 'with an explicit deny in an identity-based policy' });
    expect(evaluate({ identity: policy(allow()), account: denial }, need)).toMatchObject({ reason: 'with an explicit deny in a service control policy' });
    expect(evaluate({ identity: policy(allow()), boundary: [...policy(allow()), ...denial] }, need))
      .toMatchObject({ reason: 'with an explicit deny in a permissions boundary' });
  });

  test('a boundary: "the effective permissions are the intersection of both policy types"', () => {
    const boundary = policy(allow({ Action: 'ec2:Describe*' }));
    expect(evaluate({ identity: policy(allow()), boundary }, need)).toEqual({
      allowed: false, reason: 'because no permissions boundary allows the ec2:CreateSnapshot action',
    });
    expect(evaluate({ identity: policy(allow()), boundary }, { action: 'ec2:DescribeVolumes', resource: '*' }).allowed).toBe(true);
    expect(evaluate({ identity: [], boundary: policy(allow()) }, need).allowed).toBe(false);
  });
});

describe('elements', () => {
  test('Action: "The prefix and the action name are case insensitive"; wildcards', () => {
    expect(allowed(policy(allow({ Action: 'EC2:createsnapshot' })))).toBe(true);
    expect(allowed(policy(allow({ Action: 'ec2:Create*' })))).toBe(true);
    expect(allowed(policy(allow({ Action: ['ec2:CreateSnapshots', 'ec2:CreateVolume'] })))).toBe(false);
  });

  test('NotAction: "matches everything except the specified list of actions"', () => {
    expect(allowed(policy({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }))).toBe(true);
    expect(allowed(policy({ Effect: 'Allow', NotAction: ['iam:*', 'ec2:Create*'], Resource: '*' }))).toBe(false);
    expect(allowed(policy(allow(), { Effect: 'Deny', NotAction: 'ec2:*', Resource: '*' }))).toBe(true);
  });

  test('NotResource: "every resource except those specified"', () => {
    expect(allowed(policy({ Effect: 'Allow', Action: '*', NotResource: 'arn:aws:ec2:*:*:snapshot/*' }))).toBe(true);
    expect(allowed(policy({ Effect: 'Allow', Action: '*', NotResource: [VOLUME] }))).toBe(false);
  });

  test('several operators and keys: "evaluated using a logical AND"', () => {
    const both = { StringEquals: { 'aws:ResourceTag/team': 'red', 'ec2:Region': 'eu-west-1' } };
    expect(allowed(policy(allow({ Condition: both })))).toBe(false);
    expect(allowed(policy(allow({ Condition: both })), { ...need, context: { ...need.context, 'ec2:Region': 'eu-west-1' } })).toBe(true);
    expect(allowed(policy(allow({ Condition: { StringEquals: { 'aws:ResourceTag/team': 'red' }, Null: { 'ec2:Region': 'false' } } })))).toBe(false);
  });

  test('variables in Resource', () => {
    const own = policy(allow({ Resource: 'arn:aws:ec2:*:*:volume/${aws:ResourceTag/team}-*' }));
    expect(allowed(own, { ...need, resource: 'arn:aws:ec2:eu-west-1:1:volume/red-1' })).toBe(true);
    expect(allowed(own, { ...need, resource: 'arn:aws:ec2:eu-west-1:1:volume/blue-1' })).toBe(false);
    expect(allowed(own, { ...need, context: {}, resource: 'arn:aws:ec2:eu-west-1:1:volume/-1' })).toBe(false);
  });

  test('the grant tells by which patterns it fitted', () => {
    const verdict = evaluate({ identity: policy(allow({ Action: ['ec2:Describe*', 'ec2:Create*'], Resource: ['arn:aws:s3:::*', '*'] })) }, need);
    expect(verdict).toMatchObject({ grants: [{ action: 'ec2:Create*', resource: '*' }] });
  });

  test.each<[string, unknown, string]>([
    ['no document', 'x', 'must be an object'],
    ['an unknown version', { Version: '2020-01-01', Statement: [] }, 'unknown Version'],
    ['an unknown element of a statement', { Statement: allow({ Resources: '*' }) }, 'unknown element Resources'],
    ['an unknown element of a document', { Statements: [] }, 'unknown element Statements'],
    ['an unknown operator', { Statement: allow({ Condition: { StringEqual: { k: 'v' } } }) }, 'unknown condition operator StringEqual'],
    ['an effect in lower case', { Statement: allow({ Effect: 'allow' }) }, 'Effect must be Allow or Deny'],
    ['an action without service', { Statement: allow({ Action: 'CreateTags' }) }, 'CreateTags is no action'],
    ['both Action and NotAction', { Statement: allow({ NotAction: 'ec2:*' }) }, 'needs either Action or NotAction'],
    ['no resource', { Statement: { Effect: 'Allow', Action: '*' } }, 'needs either Resource or NotResource'],
    ['a principal', { Statement: allow({ Principal: '*' }) }, 'must not name principals'],
    ['a condition without value', { Statement: allow({ Condition: { StringEquals: { k: [] } } }) }, 'has no value'],
  ])('%s is refused', (_, document, problem) => {
    expect(() => readPolicy('test', document)).toThrow(InvalidPolicy);
    expect(() => readPolicy('test', document)).toThrow(problem);
  });
});

describe('properties', () => {
  const action = fc.constantFrom('*', 'ec2:*', 'ec2:Create*', 'ec2:CreateSnapshot', 'ec2:DeleteVolume', 'iam:PassRole');
  const resource = fc.constantFrom('*', 'arn:aws:ec2:*:*:volume/*', VOLUME, 'arn:aws:ec2:*:*:snapshot/*');
  const statement = fc.record({
    Effect: fc.constantFrom('Allow', 'Deny'), Action: action, Resource: resource,
    Condition: fc.constantFrom<JsonObject[]>({}, { StringEquals: { 'aws:ResourceTag/team': 'red' } }, { StringEquals: { 'aws:ResourceTag/team': 'blue' } }),
  });
  const statements = fc.array(statement, { maxLength: 6 }).map(list => policy(...list));
  const needs = fc.record({
    action: fc.constantFrom('ec2:CreateSnapshot', 'ec2:DeleteVolume', 'iam:PassRole'), resource: fc.constantFrom(VOLUME, 'arn:aws:ec2:r:1:snapshot/s'),
    context: fc.constantFrom<ConditionContext[]>({}, { 'aws:ResourceTag/team': 'red' }),
  });

  test('a deny more never allows more, an allow more never allows less', () => {
    fc.assert(fc.property(statements, statement, needs, (before, added, wanted) => {
      const [now, then] = [allowed([...before, ...policy(added)], wanted), allowed(before, wanted)];
      if (added.Effect === 'Deny') expect(now && !then).toBe(false);
      else expect(!now && then).toBe(false);
    }), { numRuns: 1000 });
  });

  test('the order of statements is nothing', () => {
    fc.assert(fc.property(statements, needs, (list, wanted) => {
      expect(allowed([...list].reverse(), wanted)).toBe(allowed(list, wanted));
    }));
  });

  test('a boundary is an intersection', () => {
    fc.assert(fc.property(statements, statements, needs, (identity, boundary, wanted) => {
      expect(evaluate({ identity, boundary }, wanted).allowed).toBe(allowed(identity, wanted) && allowed(boundary, wanted));
    }), { numRuns: 1000 });
  });

  test('a policy denies what NotAction of the same list allows', () => {
    fc.assert(fc.property(fc.array(action, { minLength: 1 }), needs, (actions, wanted) => {
      const [listed] = policy(allow({ Action: actions }));
      const [others] = policy({ Effect: 'Allow', NotAction: actions, Resource: '*' });
      expect(allowed([listed!], wanted)).toBe(!allowed([others!], wanted));
    }));
  });
});
