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
import { readAssembly } from '../rehearsal/template';
import { everything, synthesize } from './support/rehearse';

jest.setTimeout(60_000);

const folder = synthesize(everything);
const account = new Account();
const deployment = new Deployment(account, () => 0);
deployment.deploy(readAssembly(folder));
const machines = deployment.machines.all();

/** The findings of the synth's own validation. */
function findings(directory: string): string[] {
  const report = JSON.parse(readFileSync(join(directory, 'validation-report.json'), 'utf8')) as { pluginReports: { violations?: { ruleName?: string; severity?: string }[] }[] };
  return report.pluginReports.flatMap(({ violations = [] }) => violations.map(violation => JSON.stringify(violation)));
}

describe('the template', () => {
  test('has no finding in the synth report', () => expect(findings(folder)).toEqual([]));

  test('which does find a timeout that Lambda refuses', () => {
    const broken = synthesize((stack: Stack) => {
      const fn = new lambda.Function(stack, 'Broken', { code: lambda.Code.fromInline('x'), handler: 'index.handler', runtime: lambda.Runtime.NODEJS_22_X });
      (fn.node.defaultChild as CfnResource).addPropertyOverride('Timeout', 1000);
      return {};
    });
    expect(findings(broken)).not.toEqual([]);
  });
});

describe.each(machines.map(machine => [machine.path, machine.definition] as const))('the machine %s', (_, definition) => {
  test('has no finding of asl-validator', () => {
    // the package takes a literal string as Output for a mistake, which it is not; no state of ours has one
    expect(aslValidator(definition as JsonObject)).toMatchObject({ isValid: true, errors: [] });
  });

  test('loads, and no expression names a variable or function that nothing defines', () => {
    expect(undefinedReferences(loadMachine(definition))).toEqual([]);
  });
});

describe('the policies', () => {
  const all = [...deployment.resources.values()];
  const policies = [
    ...all.filter(({ resource }) => resource.type === 'AWS::IAM::Policy').map(({ resource, properties }) => [resource.path, properties.PolicyDocument as JsonObject] as const),
    ...all.filter(({ resource }) => resource.type === 'AWS::IAM::Role').flatMap(({ resource, properties }) =>
      ((properties.Policies ?? []) as JsonObject[]).map(({ PolicyDocument }) => [resource.path, PolicyDocument as JsonObject] as const)),
  ];

  test('are many', () => expect(policies.length).toBeGreaterThan(20));

  test.each(policies)('%s: every action exists and knows its resources and keys', async (path, document) => {
    expect(await checkStatements(readPolicy(path, document))).toEqual([]);
  });

  /** What is looked for by its prefix, or has no id before it is made. */
  const LISTS = ['cloudwatch:DescribeAlarms', 'route53:GetChange'];

  test.each(policies)('%s: what can be limited to some resources is', async (path, document) => {
    expect((await unlimited(readPolicy(path, document))).filter(action => !LISTS.includes(action))).toEqual([]);
  });
});
