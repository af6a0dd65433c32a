import type { InstanceSpec } from '../../rehearsal/cloud/ec2/builder';
import { factory, type MigrationBench, rehearseMigration, synthesizedMigration } from '../support/migration';
import { expectSuccess, KEY_ARN } from '../support/rehearse';

jest.setTimeout(120_000);

const full = synthesizedMigration();
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs are JSON that faults look into */
type Any = any;

/** What a source can have that a launch takes over, or a roll back has to remove by itself. */
const RICH: InstanceSpec = {
  keyName: 'ops', bootMode: 'uefi', uefiData: 'QU1aTlVFRkk=', placement: { GroupName: 'together' },
  volumes: [{ size: 20, written: 1 }, { size: 50, written: 1, encrypted: true, kmsKeyId: KEY_ARN, deleteOnTermination: false, tags: { purpose: 'data' } }],
  interfaces: [{ sourceDestCheck: false, deleteOnTermination: false, tags: { nic: 'one' } }, { tags: { nic: 'two' } }],
};

test('a source that has everything is followed by a target that has it, too', () => rehearseMigration(full, async bench => {
  const run = await bench.run({ destination: 'away' });
  expectSuccess(run);
  const target = bench.target()!;
  await bench.expectServed(target);
  expect(bench.account.ec2.instances.get(target)).toMatchObject({ KeyName: 'ops', Placement: expect.objectContaining({ GroupName: 'together' }), SourceDestCheck: false });
  bench.expectNothingLeft(run);
}, RICH));

test('licences, on hosts of a host resource group, in an account that encrypts by default', () => rehearseMigration(full, async bench => {
  Object.assign(bench.account.ec2, { encryptionByDefault: true, defaultKeyArn: KEY_ARN });
  const run = await bench.run({ destination: 'away' });
  expectSuccess(run);
  await bench.expectServed(bench.target()!);
  expect(bench.account.ec2.instances.get(bench.target()!)!.Placement).toMatchObject({ HostResourceGroupArn: expect.stringContaining('group/hosts') });
}, {
  licenses: ['arn:aws:license-manager:us-east-1:111122223333:license-configuration:lic-0123456789abcdef0123456789abcdef'],
  placement: { Tenancy: 'host', HostResourceGroupArn: 'arn:aws:resource-groups:us-east-1:111122223333:group/hosts' },
}));

test('a quota that the account has only by default counts', () => rehearseMigration(full, async bench => {
  bench.account.fail('GetServiceQuota', 'NoSuchResourceException', { times: Infinity });
  const run = await bench.run({ destination: 'away' });
  expect(run).toMatchObject({ status: 'FAILED', error: 'QuotaExceeded' });
  await bench.expectNothingHappened(run);
}, { type: 'm5.2xlarge' }));

test('sets of snapshots that earlier calls made, whose answers were lost, are removed but for one', () => rehearseMigration(full, async bench => {
  const step = 'Snapshot volumes';
  const { consistency, clock } = bench.account;
  bench.once(step, () => { consistency.describeLag = 40; });
  let last = 0;
  bench.account.fail('CreateSnapshots', 'InternalError', { times: Infinity, afterwards: true, ...bench.by(step), where: (input: Any) => {
    // sooner than 15 s after the one before EC2 refuses it, and nothing is made
    if (input.DryRun || clock.now() - last < 15_000) return !input.DryRun;
    // the second can be seen, and the first, too
    if (last > 0) consistency.describeLag = 0;
    last = clock.now();
    return true;
  } });
  const run = await bench.run({ maxDowntime: 'PT1H' });
  expectSuccess(run);
  expect(bench.account.calls.filter(({ operation, principal }) => operation === 'DeleteSnapshot' && principal.callerArn.includes(`${step.replaceAll(' ', '')}handler`)).length)
    .toBeGreaterThan(0);
  await bench.expectServed(bench.target()!);
  bench.expectNothingLeft(run);
}));

test('one that was launched at the Outpost comes home', () => rehearseMigration(full, async bench => {
  const run = await bench.run({ destination: 'home' });
  expectSuccess(run);
  expect(bench.account.ec2.instances.get(bench.target()!)!.OutpostArn).toBeUndefined();
  await bench.expectServed(bench.target()!);
  bench.expectNothingLeft(run);
}, { subnetId: factory }));

describe('a target whose parts outlive it, and that somebody protected', () => {
  const protect = (bench: MigrationBench): void => {
    bench.account.ec2.instanceModels.get(bench.target()!)!.disableApiTermination = true;
  };

  test.each([['goes with them when its switch failed', false], ['goes later where it could not be ended at once', true]])('%s', (_, stays) => rehearseMigration(full, async bench => {
    bench.once('Start services', () => protect(bench));
    bench.account.fail('CreateTags', 'OrderedFailure', { times: Infinity, ...bench.by('Mark serving') });
    if (stays) bench.account.fail('TerminateInstances', 'OrderedFailure', { times: Infinity, ...bench.by('Discard target') });
    const run = await bench.run();
    expect(run).toMatchObject({ status: 'FAILED', error: 'OrderedFailure' });
    await bench.expectNothingHappened(run);
  }, RICH));

  test('is swept with them after an abort', () => rehearseMigration(full, async bench => {
    bench.once('Is target managed', execution => {
      protect(bench);
      bench.account.fail('TerminateInstances', 'OrderedFailure', { times: Infinity, ...bench.by('Discard target') });
      execution.stop('Test', 'aborted by the test');
    });
    const run = await bench.run();
    expect(run.status).toBe('ABORTED');
    await bench.expectServed(bench.sourceInstanceId);
    expect(bench.others()).toEqual([]);
    expect(bench.account.ec2.ownedBy(run.arn)).toEqual([]);
  }, RICH));
});
