import { App, Bitrate, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { EdgeLocation, EdgeMigration, EdgeTunnel, InstanceStoreSync, MobilityLedger, MovableInstances } from '../../lib';
import type { Execution } from '../../rehearsal/asl';
import { judges, judgingDocuments } from '../support/judges';
import { everything, type MigrationBench, rehearseMigration, synthesizedMigration } from '../support/migration';
import { expectSuccess } from '../support/rehearse';

jest.setTimeout(120_000);

const judged = synthesizedMigration(stack => ({ ...everything(stack), verifyDocuments: judgingDocuments(stack) }));
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- outputs are JSON that tests look into */
type Any = any;
const rehearse = (story: (bench: MigrationBench) => Promise<void>): Promise<void> =>
  rehearseMigration(judged, story, {}, { counts: /\/(Verify by document|Is verified by document) handler\// });
const causeOf = ({ cause }: Execution): Any => JSON.parse(cause!);
const sent = (bench: MigrationBench, name: string): Any[] => bench.account.calls.filter(({ operation, input }) => operation === 'SendCommand' && (input as Any).DocumentName === name).map(({ input }) => input);

describe('a document of the user\'s own', () => {
  test('judges the target once its services run, and before anything leads to it', () => rehearse(async bench => {
    let led: string | undefined;
    bench.once('Verify by document', () => { led = bench.healthy().join(); });
    const run = await bench.run({ verifyDocument: judges.accepts });
    expectSuccess(run);
    const states = run.trace.filter(state => ['Start services', 'Verify by document', 'Verify target', 'Move traffic'].includes(state));
    expect(states).toEqual(['Start services', 'Verify by document', 'Verify target', 'Move traffic']);
    expect(led).toBe(bench.sourceInstanceId);
    const output = run.output as Any;
    expect(output.verified).toEqual({ statusChecks: 'passed', managed: true, services: ['app.service'], document: judges.accepts });
    expect(output.plan.story).toContainEqual(expect.stringContaining(`the document ${judges.accepts} judges it`));
    // nothing that an execution was told reaches somebody else's script
    expect(sent(bench, judges.accepts)).toEqual([{ DocumentName: judges.accepts, InstanceIds: [bench.target()], Parameters: {}, TimeoutSeconds: 60 }]);
    await bench.expectServed(bench.target()!);
  }));

  test('is not asked for by default', () => rehearse(async bench => {
    const run = await bench.run();
    expectSuccess(run);
    expect(run.trace).not.toContain('Verify by document');
    expect((run.output as Any).verified.document).toBeNull();
  }));

  test('that does not accept the target has the source serve again, and is quoted', () => rehearse(async bench => {
    const run = await bench.run({ verifyDocument: judges.refuses });
    expect(run).toMatchObject({ status: 'FAILED', error: 'TargetNotAccepted' });
    expect(causeOf(run)).toMatchObject({ phase: 'switching', message: expect.stringMatching(/not accepted by the document refuses-target, which ended as Failed: judge: orders are not served: no table/) });
    await bench.expectNothingHappened(run);
  }));

  test('that takes longer than the pause may is not waited for', () => rehearse(async bench => {
    const run = await bench.run({ verifyDocument: judges.dawdles, maxDowntime: 'PT8M' });
    expect(run).toMatchObject({ status: 'FAILED', error: 'DowntimeExceeded' });
    expect(bench.longestPause()).toBeLessThan(12 * 60);
    await bench.expectNothingHappened(run);
  }));

  test.each([
    ['can not be sent', 'Verify by document', 'SendCommand', 'InvalidDocument'],
    ['can not be looked at', 'Is verified by document', 'ListCommandInvocations', 'InvalidCommandId'],
  ])('that %s has the source serve again', (_, state, operation, error) => rehearse(async bench => {
    bench.account.fail(operation, error, { times: Infinity, ...bench.by(state) });
    const run = await bench.run({ verifyDocument: judges.accepts });
    expect(run).toMatchObject({ status: 'FAILED', error });
    await bench.expectNothingHappened(run);
  }));

  test.each(['Verify by document', 'Is verified by document', 'Verify by document: wait'])('an execution that is stopped in "%s" leaves the source serving', state => rehearse(async bench => {
    const met = bench.once(state, execution => execution.stop('Test', 'stopped by the test'));
    const run = await bench.run({ verifyDocument: judges.dawdles });
    expect([run.status, met()]).toEqual(['ABORTED', true]);
    expect(bench.account.ec2.ownedBy(run.arn)).toEqual([]);
    bench.expectLeasesFree();
    expect(bench.others()).toEqual([]);
    await bench.expectServed(bench.sourceInstanceId);
  }));

  test('is refused unless the construct was given it', () => rehearse(async bench => {
    const run = await bench.run({ verifyDocument: 'AWS-RunShellScript' });
    expect(run).toMatchObject({ status: 'FAILED', error: 'InvalidRequest' });
    expect(causeOf(run).message).toContain('verifyDocument: got "AWS-RunShellScript", allowed is "accepts-target" or "refuses-target" or "dawdles" (the construct\'s `verifyDocuments`)');
  }));
});

test('without documents there is nothing of it', async () => {
  const plain = synthesizedMigration(() => ({}));
  expect(JSON.stringify(plain)).not.toContain('Verify by document');
  await rehearseMigration(plain, async bench => {
    const run = await bench.run({ traffic: {}, verifyDocument: judges.accepts });
    expect(causeOf(run).message).toContain('verifyDocument: got "accepts-target", allowed is nothing, for the construct was given no `verifyDocuments`');
  });
});

test('what sends blocks must have the same documents', () => {
  const stack = new Stack(new App(), 'Test');
  const ledger = new MobilityLedger(stack, 'Ledger');
  const instances = MovableInstances.tagged('movable', 'yes');
  const document = ssm.CfnDocument.fromDocumentName(stack, 'Document', 'orders-are-served');
  const blocks = new InstanceStoreSync(stack, 'Sync', { instances, ledger });
  const subnet = ec2.Subnet.fromSubnetId(stack, 'Subnet', 'subnet-0123456789abcdef0');
  const locations = [EdgeLocation.localZone('boston', { subnet, zoneName: 'us-east-1-bos-1a', tunnels: [EdgeTunnel.localZone(stack, 'Link', { zoneName: 'us-east-1-bos-1a', capacity: Bitrate.gbps(1) })] })];
  expect(() => new EdgeMigration(stack, 'Edge', { instances, ledger, locations, blocks, verifyDocuments: [document] })).toThrow('it lacks \'orders-are-served\'');
});
