import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer } from '../../../rehearsal/cloud/ec2/import';
import { world } from './world';

const describedInstance = {
  Reservations: [{
    ReservationId: 'r-1', OwnerId: '444455556666', Instances: [{
      InstanceId: 'i-0aaaaaaaaaaaaaaaa', ImageId: 'ami-0aaaaaaaaaaaaaaaa', InstanceType: 't3.micro', State: { Code: 16, Name: 'running' },
      LaunchTime: '2025-03-05T15:39:17.000Z', Placement: { AvailabilityZone: 'us-east-1b', GroupName: '', Tenancy: 'default' }, Architecture: 'x86_64',
      VirtualizationType: 'hvm', RootDeviceName: '/dev/xvda', RootDeviceType: 'ebs', EnaSupport: true, KeyName: 'key', PlatformDetails: 'Linux/UNIX',
      IamInstanceProfile: { Arn: 'arn:aws:iam::444455556666:instance-profile/team/db', Id: 'AIPA1' }, SubnetId: 'subnet-0aaaaaaaaaaaaaaaa', VpcId: 'vpc-1',
      PrivateIpAddress: '10.1.2.3', SecurityGroups: [{ GroupId: 'sg-1', GroupName: 'app' }],
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { AttachTime: '2025-03-05T15:39:18.000Z', DeleteOnTermination: true, Status: 'attached', VolumeId: 'vol-0aaaaaaaaaaaaaaaa' } }],
      NetworkInterfaces: [{
        NetworkInterfaceId: 'eni-0aaaaaaaaaaaaaaaa', SubnetId: 'subnet-0aaaaaaaaaaaaaaaa', VpcId: 'vpc-1', Status: 'in-use', PrivateIpAddress: '10.1.2.3',
        PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: '10.1.2.3' }], Groups: [{ GroupId: 'sg-1', GroupName: 'app' }], SourceDestCheck: true,
        Attachment: { AttachmentId: 'eni-attach-1', DeviceIndex: 0, DeleteOnTermination: true, Status: 'attached' },
      }],
    }],
  }],
};
const describedVolume = {
  Volumes: [{
    VolumeId: 'vol-0aaaaaaaaaaaaaaaa', Size: 30, VolumeType: 'gp2', Iops: 100, State: 'in-use', Encrypted: true, KmsKeyId: 'arn:aws:kms:us-east-1:444455556666:key/1',
    AvailabilityZone: 'us-east-1b', CreateTime: '2025-03-05T15:39:17.000Z', SnapshotId: 'snap-1',
    Attachments: [{ InstanceId: 'i-0aaaaaaaaaaaaaaaa', VolumeId: 'vol-0aaaaaaaaaaaaaaaa', Device: '/dev/xvda', State: 'attached', DeleteOnTermination: true }],
  }],
};

test('what was described is there as it was described, and can be worked with', async () => {
  const { ec2, call, pass, instance, volume } = world();
  const notes = ec2.import({ 'instances.json': describedInstance, 'volumes.json': describedVolume });
  expect(await instance('i-0aaaaaaaaaaaaaaaa')).toMatchObject({ InstanceType: 't3.micro', LaunchTime: new Date('2025-03-05T15:39:17.000Z'), KeyName: 'key' });
  expect(await volume('vol-0aaaaaaaaaaaaaaaa')).toMatchObject({ Size: 30, Encrypted: true });
  expect(notes.join('\n')).not.toContain('vol-0aaaaaaaaaaaaaaaa');
  const { Snapshots } = await call('CreateSnapshots', { InstanceSpecification: { InstanceId: 'i-0aaaaaaaaaaaaaaaa' } });
  await pass(3600);
  expect((await call('DescribeSnapshots', { SnapshotIds: [Snapshots![0]!.SnapshotId!] })).Snapshots![0]!.State).toBe('completed');
  expect((await call('DescribeInstanceStatus', {})).InstanceStatuses![0]!.InstanceStatus!.Status).toBe('ok');
});

test('what nobody described is completed, and said', () => {
  const { ec2, account } = world();
  const notes = ec2.import([describedInstance]).join('\n');
  for (const assumed of ['vol-0aaaaaaaaaaaaaaaa', 'subnet-0aaaaaaaaaaaaaaaa', 'sg-1', 'ami-0aaaaaaaaaaaaaaaa', "key pair 'key'", "instance profile 'db'", 'CPU credits']) {
    expect(notes).toContain(assumed);
  }
  expect(ec2.volumes.get('vol-0aaaaaaaaaaaaaaaa')!.Attachments[0]!.InstanceId).toBe('i-0aaaaaaaaaaaaaaaa');
  expect(account.iam.instanceProfiles.get('db')!.Arn).toBe('arn:aws:iam::444455556666:instance-profile/team/db');
});

test('an inventory of another Region than the rehearsal\'s is said to be one', () => {
  expect(world({ region: 'eu-west-1' }).ec2.import([describedInstance]).join('\n')).toContain('it is in us-east-1b, not in the rehearsal\'s Region eu-west-1');
  expect(world().ec2.import([describedInstance]).join('\n')).not.toContain('Region');
});

test('attributes and credits come from their own answers', async () => {
  const { ec2, call } = world();
  const InstanceId = 'i-0aaaaaaaaaaaaaaaa';
  const notes = ec2.import([
    describedInstance, { InstanceId, UserData: { Value: 'eA==' } }, { InstanceId, DisableApiTermination: { Value: true } },
    { InstanceCreditSpecifications: [{ InstanceId, CpuCredits: 'standard' }] },
  ]);
  expect(await call('DescribeInstanceAttribute', { InstanceId, Attribute: 'userData' })).toMatchObject({ UserData: { Value: 'eA==' } });
  expect(await call('DescribeInstanceAttribute', { InstanceId, Attribute: 'disableApiTermination' })).toMatchObject({ DisableApiTermination: { Value: true } });
  expect((await call('DescribeInstanceCreditSpecifications', { InstanceIds: [InstanceId] })).InstanceCreditSpecifications![0]!.CpuCredits).toBe('standard');
  expect(notes.join('\n')).not.toContain('CPU credits');
});

test('what can not be taken in is said', () => {
  const { ec2 } = world();
  const notes = ec2.import([{ Volumes: [{ Size: 1 }], Shoes: [] } as Answer, { InstanceId: 'i-0bbbbbbbbbbbbbbbb', UserData: { Value: '' } }]);
  expect(notes).toEqual([
    'not taken in: Shoes', 'left out: a record without VolumeId', 'left out: attributes of i-0bbbbbbbbbbbbbbbb, which no answer describes',
  ]);
});

const folder = join(process.env.RECORDINGS_DIR ?? join(__dirname, '../../../../shared/recordings'), 'ec2');
const recorded = existsSync(folder) ? describe : describe.skip;

recorded('every recorded inventory', () => {
  const scenarios = existsSync(folder)
    ? readdirSync(folder).filter(name => existsSync(join(folder, name, 'ec2.describe-instances-1.json'))) : [];

  test.each(scenarios)('%s is taken in whole, and every running instance can be snapshotted', async scenario => {
    const { ec2, call, pass } = world();
    const answers = readdirSync(join(folder, scenario)).filter(file => /^ec2\.describe-(?!.*modif).*-1\.json$/.test(file))
      .map(file => (JSON.parse(readFileSync(join(folder, scenario, file), 'utf8')) as { data: Answer }).data);
    ec2.import(answers);
    const ours = (await call('DescribeInstances', {})).Reservations!.flatMap(each => each.Instances!);
    const theirs = answers.flatMap(each => (each.Reservations ?? []) as { Instances?: { InstanceId: string }[] }[]).flatMap(each => each.Instances ?? []);
    expect(new Set(ours.map(each => each.InstanceId))).toEqual(new Set(theirs.map(each => each.InstanceId)));
    for (const theirsOne of theirs) {
      const ourOne = JSON.parse(JSON.stringify(ours.find(each => each.InstanceId === theirsOne.InstanceId))) as Record<string, unknown>;
      for (const [member, value] of Object.entries(theirsOne)) {
        if (member !== 'State' && value !== null && (!Array.isArray(value) || value.length > 0)) expect([member, timeless(ourOne[member])]).toEqual([member, timeless(value)]);
      }
    }
    for (const instance of ours.filter(each => each.State!.Name === 'running' && each.BlockDeviceMappings!.length > 0)) {
      const { Snapshots } = await call('CreateSnapshots', { InstanceSpecification: { InstanceId: instance.InstanceId! } });
      expect(Snapshots).toHaveLength(instance.BlockDeviceMappings!.length);
      await pass(15); // two hand-made instances share a volume
    }
  });
});

/** Time stamps in one spelling: some recordings have `+00:00`. */
function timeless(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_key, each: unknown) =>
    typeof each === 'string' && /^\d{4}-\d\d-\d\dT/.test(each) ? new Date(each).toISOString() : each);
}

test('an instance type younger than the table is known from its description', async () => {
  const { ec2, call } = world();
  const young = 'm42.large' as 'm5.large'; // the SDK's own list does not know it either
  await expect(call('DescribeInstanceTypes', { InstanceTypes: [young] })).rejects.toMatchObject({ name: 'InvalidInstanceType' });
  const { InstanceTypes: [m5] = [] } = await call('DescribeInstanceTypes', { InstanceTypes: ['m5.large'] });
  ec2.import({ 'types.json': { InstanceTypes: [{ ...m5, InstanceType: young, VCpuInfo: { DefaultVCpus: 6, DefaultCores: 3, DefaultThreadsPerCore: 2 } }] } });
  const { InstanceTypes: [described] = [] } = await call('DescribeInstanceTypes', { InstanceTypes: [young] });
  expect(described).toMatchObject({ InstanceType: 'm42.large', VCpuInfo: { DefaultVCpus: 6 }, ProcessorInfo: { SupportedArchitectures: ['x86_64'] } });
  const { instanceId } = ec2.addInstance({ type: 'm42.large' });
  expect(ec2.instances.get(instanceId)).toMatchObject({ InstanceType: 'm42.large', CpuOptions: { CoreCount: 3, ThreadsPerCore: 2 } });
});
