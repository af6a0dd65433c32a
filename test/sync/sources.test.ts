import type { InstanceSpec } from '../../rehearsal/cloud/ec2/builder';
import { expectSuccess, KEY_ARN } from '../support/rehearse';
import { rehearseSync, synthesizedSync } from '../support/sync';

jest.setTimeout(60_000);

const full = synthesizedSync();
const failing = { status: 6, error: 'EngineFailed', message: 'ordered', times: Infinity };

/** What a source can have that a launch takes over, or a roll back has to remove by itself. */
const RICH: InstanceSpec = {
  keyName: 'ops', bootMode: 'uefi', uefiData: 'QU1aTlVFRkk=', placement: { GroupName: 'together' },
  volumes: [{ size: 20, written: 4 }, { size: 50, encrypted: true, kmsKeyId: KEY_ARN, deleteOnTermination: false, tags: { purpose: 'data' } }],
  interfaces: [{ sourceDestCheck: false, deleteOnTermination: false, tags: { nic: 'one' } }, { tags: { nic: 'two' } }],
};

test('a source that has everything is followed by a target that has it, too', () => rehearseSync(full, async bench => {
  const run = await bench.run();
  expectSuccess(run);
  await bench.expectServed('target');
  const instance = bench.account.ec2.instances.get(bench.target()!)!;
  expect(instance).toMatchObject({ KeyName: 'ops', Placement: expect.objectContaining({ GroupName: 'together' }), SourceDestCheck: false });
  const volumes = instance.BlockDeviceMappings.map(({ Ebs }) => bench.account.ec2.volumes.get(Ebs!.VolumeId!)!);
  expect(volumes).toEqual(expect.arrayContaining([expect.objectContaining({ KmsKeyId: KEY_ARN, Encrypted: true })]));
}, RICH));

test('licences, on hosts of a host resource group, in an account that encrypts by default', () => rehearseSync(full, async bench => {
  Object.assign(bench.account.ec2, { encryptionByDefault: true, defaultKeyArn: KEY_ARN });
  const run = await bench.run();
  expectSuccess(run);
  expect(bench.account.ec2.instances.get(bench.target()!)!.Placement).toMatchObject({ HostResourceGroupArn: expect.stringContaining('group/hosts') });
}, {
  licenses: ['arn:aws:license-manager:us-east-1:111122223333:license-configuration:lic-0123456789abcdef0123456789abcdef'],
  placement: { Tenancy: 'host', HostResourceGroupArn: 'arn:aws:resource-groups:us-east-1:111122223333:group/hosts' },
}));

test('a quota that the account has only by default counts', () => rehearseSync(full, async bench => {
  bench.account.fail('GetServiceQuota', 'NoSuchResourceException', { times: Infinity });
  const run = await bench.run();
  expect(run).toMatchObject({ status: 'FAILED', error: 'QuotaExceeded' });
  await bench.expectNothingHappened(run);
}));

test('a burstable source has no instance store that could be moved', () => rehearseSync(full, async bench => {
  bench.pair.fail('source', 'inspect', { status: 7, error: 'NotSupported', message: 'nothing lies on instance store', times: Infinity });
  const run = await bench.run();
  expect(run).toMatchObject({ status: 'FAILED', error: 'NotSupportedOnHost' });
  bench.expectSourceUntouched();
  bench.expectNothingLeft(run);
}, { type: 't3.large', credits: 'standard' }));

describe('a target whose parts outlive it, and that somebody protected', () => {
  const protect = (instanceId: string, bench: { account: { ec2: { instanceModels: Map<string, { disableApiTermination: boolean }> } } }) => {
    bench.account.ec2.instanceModels.get(instanceId)!.disableApiTermination = true;
  };

  test('is rolled back with them before the switch', () => rehearseSync(full, async bench => {
    bench.once('Prepare source', () => protect(bench.target()!, bench));
    bench.pair.fail('source', 'prepare-source', failing);
    const run = await bench.run();
    expect(run).toMatchObject({ status: 'FAILED', error: 'EngineFailed' });
    expect(bench.others()).toEqual([]);
    await bench.expectNothingHappened(run);
  }, RICH));

  test('is rolled back with them after a switch that failed', () => rehearseSync(full, async bench => {
    bench.pair.fail('target', 'switch-target', failing);
    const run = await bench.run();
    expect(run).toMatchObject({ status: 'FAILED', error: 'EngineFailed' });
    expect(bench.others()).toEqual([]);
    await bench.expectNothingHappened(run);
  }, RICH));

  test('is swept with them after an abort', () => rehearseSync(full, async bench => {
    bench.once('Prepare source', execution => {
      protect(bench.target()!, bench);
      execution.stop('Test', 'aborted by the test');
    });
    const run = await bench.run();
    expect(run.status).toBe('ABORTED');
    expect(bench.others()).toEqual([]);
    bench.expectNothingLeft(run);
    await bench.expectServed('source');
  }, RICH));
});
