import type { Config } from '@jest/types';
import { usageOfRun } from './permissions';
import { assemblies, permissionUsage } from './run-folder';

/**
 * What Step Functions itself needs of a machine's role when it sets up logging and tracing; no call of an execution shows it.
 * Sources: Step Functions Developer Guide, "Using CloudWatch Logs to log execution history" and "AWS X-Ray and Step Functions".
 */
const FOR_THE_SERVICE = /^(logs:(CreateLogDelivery|GetLogDelivery|UpdateLogDelivery|DeleteLogDelivery|ListLogDeliveries|PutResourcePolicy|DescribeResourcePolicies|DescribeLogGroups)|xray:(PutTraceSegments|PutTelemetryRecords|GetSamplingRules|GetSamplingTargets))$/;

/**
 * After all test files: over all rehearsals together, no permission was granted and never used. A part of the tests does not tell.
 * It sets the exit status and does not throw: jest would then write no report of the tests.
 */
export default function teardown({ testPathPatterns, testNamePattern, onlyChanged }: Config.GlobalConfig): void {
  const partial = testPathPatterns.patterns.length > 0 || testNamePattern !== undefined || onlyChanged;
  const usage = usageOfRun();
  assemblies.end();
  permissionUsage.end();
  if (partial && !process.env.CHECK_PERMISSIONS) return;
  if (usage.toJSON().length === 0) return fail('no rehearsal recorded which permissions it used');
  const unused = usage.unused().filter(finding => !FOR_THE_SERVICE.test(finding.action));
  const unusedResources = usage.unusedResources().filter(finding => !/"(logs|xray):/.test(finding.statement));
  const findings = [
    ...unused.map(({ role, action, statement }) => `${role}: ${action} in ${statement}`),
    ...unusedResources.map(({ role, resource, statement }) => `${role}: ${resource} in ${statement}`),
  ];
  if (findings.length > 0) fail(`granted and never used:\n  ${findings.join('\n  ')}`);
}

function fail(why: string): void {
  process.stderr.write(`${why}\n`);
  process.exitCode = 1;
}
