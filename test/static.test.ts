import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import aslValidator from 'asl-validator';
import { CfnResource, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { loadMachine, undefinedReferences } from '../rehearsal/asl';
import { Account } from '../rehearsal/cloud/account';
import { Deployment } from '../rehearsal/deployment';
import { checkStatements, unlimited } from '../rehearsal/iam/check';
import { readPolicy } from '../rehearsal/iam/policy';
import type { JsonObject } from '../rehearsal/json';
import type { Assembly } from '../rehearsal/template';
import { synthesizedBlocks } from './support/migration';
import { everything, synthesized } from './support/rehearse';
import { synthesizedSync } from './support/sync';

jest.setTimeout(120_000);

/** The findings of the synth's own validation. */
function findings({ directory }: Assembly): string[] {
  const report = JSON.parse(readFileSync(join(directory, 'validation-report.json'), 'utf8')) as { pluginReports: { violations?: { ruleName?: string; severity?: string }[] }[] };
  return report.pluginReports.flatMap(({ violations = [] }) => violations.map(violation => JSON.stringify(violation)));
}

test('the synth finds a timeout that Lambda refuses', () => {
  const broken = synthesized((stack: Stack) => {
    const fn = new lambda.Function(stack, 'Broken', { code: lambda.Code.fromInline('x'), handler: 'index.handler', runtime: lambda.Runtime.NODEJS_22_X });
    (fn.node.defaultChild as CfnResource).addPropertyOverride('Timeout', 1000);
    return {};
  }, { validated: true });
  expect(findings(broken)).not.toEqual([]);
});

describe.each([
  ['InstanceClone', synthesized(everything, { validated: true })],
  ['InstanceStoreSync', synthesizedSync(undefined, { validated: true })],
  ['EdgeMigration with blocks', synthesizedBlocks({ validated: true })],
])('%s', (_, assembly) => {
  const deployment = new Deployment(new Account(), () => 0);
  deployment.deploy(assembly);

  test('the synth finds nothing', () => expect(findings(assembly)).toEqual([]));

  describe.each(deployment.machines.all().map(machine => [machine.path, machine.definition] as const))('the machine %s', (_path, definition) => {
    test('has no finding of asl-validator', () => {
      // the package takes a literal string as Output for a mistake, and an empty one anywhere; neither is one, and no state of ours has the first
      const filled = JSON.parse(JSON.stringify(definition).replaceAll(':""', ':"-"')) as JsonObject;
      expect(aslValidator(filled)).toMatchObject({ isValid: true, errors: [] });
    });

    test('loads, and no expression names a variable or function that nothing defines', () => {
      expect(undefinedReferences(loadMachine(definition))).toEqual([]);
    });
  });

  const all = [...deployment.resources.values()];
  const policies = [
    ...all.filter(({ resource }) => resource.type === 'AWS::IAM::Policy').map(({ resource, properties }) => [resource.path, properties.PolicyDocument as JsonObject] as const),
    ...all.filter(({ resource }) => resource.type === 'AWS::IAM::Role').flatMap(({ resource, properties }) =>
      ((properties.Policies ?? []) as JsonObject[]).map(({ PolicyDocument }) => [resource.path, PolicyDocument as JsonObject] as const)),
  ];

  test('policies are many', () => expect(policies.length).toBeGreaterThan(20));

  test.each(policies)('policy of %s: every action exists and knows its resources and keys', async (path, document) => {
    expect(await checkStatements(readPolicy(path, document))).toEqual([]);
  });

  /** What is looked for by its prefix, or has no id before it is made. */
  const LISTS = ['cloudwatch:DescribeAlarms', 'route53:GetChange'];

  test.each(policies)('policy of %s: what can be limited to some resources is', async (path, document) => {
    expect((await unlimited(readPolicy(path, document))).filter(action => !LISTS.includes(action))).toEqual([]);
  });
});
