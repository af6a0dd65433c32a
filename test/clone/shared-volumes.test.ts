import type { InstanceSpec } from '../../rehearsal/cloud/ec2/builder';
import type { Json } from '../../rehearsal/json';
import { type Bench, everything, expectSuccess, KEY_ARN, rehearse, SERVER, synthesized } from '../support/rehearse';

jest.setTimeout(120_000);

const full = synthesized(everything);
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs and outputs are JSON that tests look into */
type Any = any;
const DATA = { type: 'io2', iops: 1000, size: 100, written: 10, multiAttach: true, deleteOnTermination: false } as const;
const server: InstanceSpec = { ...SERVER, profile: 'web', volumes: [{ size: 20, written: 4 }, DATA] };
const shared = { volumes: { '/dev/sdf': { strategy: 'shared' } } };

const dataOf = (bench: Bench): string => bench.account.ec2.instances.get(bench.sourceInstanceId)!.BlockDeviceMappings[1]!.Ebs!.VolumeId!;
const attachedTo = (bench: Bench): string[] => bench.account.ec2.volumes.get(dataOf(bench))!.Attachments.map(({ InstanceId }) => InstanceId!);

describe('clones that share a volume', () => {
  test.each(['ext4', 'xfs'])('of %s read it beside the source, and can not change a block of it', kind => rehearse(full, server, async bench => {
    const { ec2, ssm } = bench.account;
    const data = dataOf(bench);
    ssm.guest(bench.sourceInstanceId).disks.format({ mounts: ['/data'], kind, volumes: [data] });
    const written: string[] = [];
    const { blocks } = ec2.volumeModels.get(data)!;
    const write = blocks.write.bind(blocks);
    blocks.write = (block, value) => {
      written.push(value);
      write(block, value);
    };
    ec2.keepWriting(data, { blocksPerSecond: 2 });
    const run = await bench.run({ ...shared, count: 2 });
    expectSuccess(run);
    const { clones, shares, plan } = run.output as Any;
    expect(clones).toHaveLength(2);
    expect(clones.map(({ volumes }: Any) => volumes.map(({ device }: Any) => device))).toEqual([['/dev/xvda'], ['/dev/xvda']]);
    expect(attachedTo(bench).sort()).toEqual([bench.sourceInstanceId, ...clones.map(({ instanceId }: Any) => instanceId)].sort());
    expect(ec2.volumes.get(data)!.Attachments.every(({ State, DeleteOnTermination }) => State === 'attached' && DeleteOnTermination === false)).toBe(true);
    expect(shares.map(({ instanceId, device, volumeId, filesystem, reason }: Any) => [instanceId, device, volumeId, filesystem, reason]).sort())
      .toEqual(clones.map(({ instanceId }: Any) => [instanceId, '/dev/sdf', data, kind, null]).sort());
    for (const { instanceId } of clones) {
      const { disks, history } = ssm.guest(instanceId);
      expect(disks.readOnly).toEqual(new Set([data]));
      expect(history.filter(line => line.startsWith('mount '))).toEqual([expect.stringContaining(kind === 'xfs' ? 'ro,norecovery' : 'ro,noload')]);
    }
    // only programs of the source have written: a journal that is replayed is a write, too
    expect(written.length).toBeGreaterThan(0);
    expect(written.filter(value => !value.startsWith('change '))).toEqual([]);
    expect(plan.shared).toEqual([{ device: '/dev/sdf', volumeId: data, size: 100, iops: 1000, cluster: null, reservation: null }]);
    expect(plan.warnings.join('\n')).toContain('"reservation": "write-exclusive" keeps them out for certain');
    // the source's volume is nobody's to sign or to remove
    expect(JSON.stringify(ec2.volumes.get(data)!.Tags ?? [])).not.toContain('instance-mobility');
    expect(bench.account.calls.filter(({ operation, input }) => operation === 'CreateSnapshots' && JSON.stringify(input).includes(data) && !JSON.stringify(input).includes('ExcludeDataVolumeIds'))).toEqual([]);
  }));

  test('are fenced before the volume is attached, and mount it after', () => rehearse(full, server, async bench => {
    const run = await bench.run(shared);
    expectSuccess(run);
    const order = run.trace.filter(state => /^(Verify clones|Fence clones|Attach shared volumes|Mount shared volumes|Tidy up)$/.test(state));
    expect(order).toEqual(['Verify clones', 'Fence clones', 'Attach shared volumes', 'Mount shared volumes', 'Tidy up']);
    const { clones: [clone] } = run.output as Any;
    expect([...bench.account.ssm.guest(clone.instanceId).system.files.keys()]).toContain(`/etc/udev/rules.d/99-instance-mobility-${dataOf(bench)}.rules`);
  }));

  test('of an encrypted volume, with the root by a copy', () => rehearse(full, { ...server, state: 'running', volumes: [{ size: 20 }, { ...DATA, kmsKeyId: KEY_ARN }] }, async bench => {
    const run = await bench.run(shared);
    expectSuccess(run);
    // one volume is left to be cloned, and a single one is consistent with itself
    expect((run.output as Any).plan.copying).toBe(true);
    expect((run.output as Any).shares).toHaveLength(1);
  }));
});

describe('refused, with what to do', () => {
  const share = (device: string): { [key: string]: Json } => ({ volumes: { [device]: { strategy: 'shared' } } });
  test.each<[string, InstanceSpec, { [key: string]: Json }, RegExp]>([
    ['the root', server, share('/dev/xvda'), /no Multi-Attach volume boots/],
    ['gp3', { ...server, volumes: [{}, {}] }, share('/dev/sdf'), /modify-volume --volume-type io2/],
    ['io2 that is not enabled', { ...server, volumes: [{}, { ...DATA, multiAttach: false }] }, share('/dev/sdf'), /--multi-attach-enabled/],
    ['one that goes with the source', { ...server, volumes: [{}, { ...DATA, deleteOnTermination: true }] }, share('/dev/sdf'), /DeleteOnTermination=false/],
    ['too many', server, { ...share('/dev/sdf'), count: 16 }, /more than 16/],
    ['without Systems Manager', { ...server, profile: undefined }, share('/dev/sdf'), /AmazonSSMManagedInstanceCore/],
    ['without a profile', server, { ...share('/dev/sdf'), instanceProfile: 'none' }, /leave instanceProfile out/],
    ['a Xen instance', { ...server, type: 'm4.large' }, share('/dev/sdf'), /not built on Nitro/],
  ])('%s', (_, spec, input, message) => rehearse(full, spec, async bench => {
    const run = await bench.run(input);
    expect(run).toMatchObject({ status: 'FAILED', error: 'VolumeStrategyRefused', cause: expect.stringMatching(message) });
    bench.expectNothingHappened(run);
  }));

  test('another zone', () => rehearse(full, server, async bench => {
    const there = bench.account.ec2.addInstance({ zone: 'us-east-1b' });
    const run = await bench.run({ ...shared, subnetId: there.subnetId });
    expect(run).toMatchObject({ error: 'VolumeStrategyRefused', cause: expect.stringMatching(/goes to us-east-1b/) });
  }));

  test('other settings for a shared volume', () => rehearse(full, server, async bench => {
    const run = await bench.run({ volumes: { '/dev/sdf': { strategy: 'shared', size: 200 } } });
    expect(run).toMatchObject({ error: 'InvalidRequest', cause: expect.stringContaining('as the source has it') });
  }));
});

const STEPS: [step: string, operation: string][] = [
  ['Fence clones', 'SendCommand'], ['Are clones fenced', 'GetCommandInvocation'], ['Attach shared volumes', 'AttachVolume'],
  ['Are shared volumes attached', 'DescribeVolumes'], ['Mount shared volumes', 'SendCommand'], ['Are shared volumes mounted', 'GetCommandInvocation'],
];

describe('faults', () => {
  test.each(STEPS)('%s: %s fails for good: the clones go, the volume is the source\'s alone', (step, operation) => rehearse(full, server, async bench => {
    bench.account.fail(operation, 'OrderedFailure', { times: Infinity, ...bench.by(step) });
    const run = await bench.run(shared);
    expect(run).toMatchObject({ status: 'FAILED', error: 'OrderedFailure' });
    bench.expectNothingHappened(run);
    expect(attachedTo(bench)).toEqual([bench.sourceInstanceId]);
  }));

  test.each(STEPS.filter(([, operation]) => !/^(Describe|Get)/.test(operation)))('%s: the answer of %s is lost', (step, operation) => rehearse(full, server, async bench => {
    bench.account.fail(operation, 'InternalError', { times: 4, afterwards: true, ...bench.by(step) });
    const run = await bench.run(shared);
    expectSuccess(run);
    expect(attachedTo(bench)).toHaveLength(2);
  }));

  test.each<[string, Parameters<ReturnType<Bench['account']['ssm']['guest']>['breakCommand']>, RegExp]>([
    ['the rule can not be written', ['tee', { exitCode: 1, stderr: 'tee: Read-only file system' }], /could not be kept from writing.*Read-only file system/],
    ['the kernel keeps the disk writable', ['blockdev', { exitCode: 1 }], /NotReadOnly/],
    ['the mount fails', ['mount', { exitCode: 32, stderr: 'mount: bad superblock' }], /MountFailed/],
  ])('%s: nothing is shared', (_, [command, breakage], message) => rehearse(full, server, async bench => {
    bench.rehearsal.listen((_execution, event) => {
      if (event.stateEnteredEventDetails?.name !== 'Fence clones') return;
      const clone = [...bench.account.ec2.instances.values()].find(({ InstanceId }) => InstanceId !== bench.sourceInstanceId)!;
      bench.account.ssm.guest(clone.InstanceId).breakCommand(command, breakage);
    });
    const run = await bench.run(shared);
    expect(run).toMatchObject({ status: 'FAILED', error: 'ShareFailed', cause: expect.stringMatching(message) });
    bench.expectNothingHappened(run);
    expect(attachedTo(bench)).toEqual([bench.sourceInstanceId]);
  }));

  test('somebody lets the source delete the volume meanwhile', () => rehearse(full, server, async bench => {
    bench.rehearsal.listen((_, event) => {
      if (event.stateEnteredEventDetails?.name !== 'Attach shared volumes') return;
      void bench.account.call('EC2', 'ModifyInstanceAttribute', {
        InstanceId: bench.sourceInstanceId, BlockDeviceMappings: [{ DeviceName: '/dev/sdf', Ebs: { DeleteOnTermination: true } }],
      }, { callerArn: 'arn:aws:iam::111122223333:user/console' });
    });
    const run = await bench.run(shared);
    expect(run).toMatchObject({ status: 'FAILED', error: 'ShareFailed', cause: expect.stringContaining('decides for all') });
    expect(attachedTo(bench)).toEqual([bench.sourceInstanceId]);
  }));

  test.each(['Are clones fenced', 'Are shared volumes attached', 'Mount shared volumes'])('aborted in %s: the janitor sweeps, the volume stays', state => rehearse(full, server, async bench => {
    bench.rehearsal.listen((execution, event) => {
      if (event.stateEnteredEventDetails?.name === state) bench.account.clock.after(50, () => execution.stop('Test', 'aborted by the test'));
    });
    const run = await bench.run(shared);
    expect(run.status).toBe('ABORTED');
    bench.expectNothingHappened(run);
    expect(attachedTo(bench)).toEqual([bench.sourceInstanceId]);
  }));
});
