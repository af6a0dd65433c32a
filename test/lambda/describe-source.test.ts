import type { Instance } from '@aws-sdk/client-ec2';
import { handler } from '../../lambda/clone/describe-source';
import { awsError, fakeAws, tags } from './support/fake-aws';
import { instance, request, SOURCE_ID, STEP } from './support/fixtures';

const ROLE = 'arn:aws:iam::111122223333:role/app';
function account(described: Partial<Instance> | undefined, more: Parameters<typeof fakeAws>[0] = {}) {
  return fakeAws({
    DescribeInstances: () => { if (!described) throw awsError('InvalidInstanceID.NotFound'); return { Reservations: [{ Instances: [instance(described)] }] }; },
    DescribeInstanceAttribute: ({ Attribute }: { Attribute: string }) => ({
      userData: { UserData: { Value: Buffer.from('#!/bin/sh\necho secret').toString('base64') } }, disableApiTermination: { DisableApiTermination: { Value: true } },
      disableApiStop: { DisableApiStop: { Value: false } }, instanceInitiatedShutdownBehavior: { InstanceInitiatedShutdownBehavior: { Value: 'terminate' } },
    })[Attribute],
    GetInstanceUefiData: () => ({ UefiData: 'c2VjcmV0LWtleXM=' }),
    DescribeVolumes: () => ({ Volumes: [
      { VolumeId: 'vol-0000000000000000a', Size: 8, VolumeType: 'gp3', Iops: 3000, Throughput: 125, Encrypted: false, Attachments: [{}] },
      { VolumeId: 'vol-0000000000000000b', Size: 100, VolumeType: 'io2', Iops: 9000, Encrypted: true, KmsKeyId: 'arn:key', Attachments: [{}], Tags: tags({ Name: 'data' }) },
    ] }),
    DescribeNetworkInterfaces: () => ({ NetworkInterfaces: [{ NetworkInterfaceId: 'eni-0000000000000000a', TagSet: tags({ Team: 'a' }) }] }),
    DescribeSecurityGroups: () => ({ SecurityGroups: [{ GroupId: 'sg-0000000000000000a', VpcId: 'vpc-0000000000000000a' }] }),
    DescribeImages: () => ({ Images: [{ ImageId: 'ami-0123456789abcdef0', ImdsSupport: 'v2.0', BlockDeviceMappings: [{ DeviceName: '/dev/sdb', VirtualName: 'ephemeral0' }] }] }),
    DescribeInstanceTypes: ({ InstanceTypes: [InstanceType] }: { InstanceTypes: string[] }) =>
      ({ InstanceTypes: [{ InstanceType, VCpuInfo: { DefaultVCpus: 2, DefaultCores: 1, DefaultThreadsPerCore: 2 } }] }),
    DescribeKeyPairs: () => ({ KeyPairs: [{ KeyName: 'operators' }] }),
    DescribeInstanceInformation: () => ({ InstanceInformationList: [{ PingStatus: 'Online', PlatformType: 'Linux' }] }),
    GetInstanceProfile: () => ({ InstanceProfile: { Arn: 'arn:aws:iam::111122223333:instance-profile/path/app', Roles: [{ Arn: ROLE }] } }),
    ...more,
  });
}
const describe_ = (over: object = {}, passableRoleArns = [ROLE]) => handler({ ...STEP, request: request(over), passableRoleArns });

test('reads what a launch needs; secrets stay behind', async () => {
  account({});
  const { source } = await describe_();
  expect(source).toMatchObject({
    instanceId: SOURCE_ID, name: 'db', state: 'running', availabilityZone: 'eu-west-1a', interfaceTags: { 'eni-0000000000000000a': { Team: 'a' } },
    attributes: { terminationProtection: true, stopProtection: false, shutdownBehavior: 'terminate', cpuCredits: null, uefiData: true, userData: { bytes: 21 } },
    image: { imdsSupport: 'v2.0', ephemeral: [{ device: '/dev/sdb', virtualName: 'ephemeral0' }] },
    profile: { name: 'app', roleArn: ROLE },
  });
  expect(source.volumes).toMatchObject([{ device: '/dev/xvda', root: true, size: 8 }, { device: '/dev/sdf', root: false, type: 'io2', iops: 9000, encrypted: true, kmsKeyId: 'arn:key', tags: { Name: 'data' } }]);
  const text = JSON.stringify(source);
  expect(text).not.toContain(Buffer.from('#!/bin/sh\necho secret').toString('base64'));
  expect(text).not.toContain('c2VjcmV0');
  expect(JSON.parse(text)).toEqual(source);
});

test.each<[string, Partial<Instance> | undefined, object, string]>([
  ['unknown', undefined, {}, 'SourceNotFound'],
  ['terminated', { State: { Name: 'terminated' } }, {}, 'SourceNotRunning'],
  ['stopping', { State: { Name: 'stopping' } }, {}, 'SourceNotRunning'],
  ['managed', { Operator: { Managed: true, Principal: 'eks' } }, {}, 'SourceIsOperatorManaged'],
  ['with a managed volume', { BlockDeviceMappings: [{ DeviceName: 'x', Ebs: { VolumeId: 'vol-1', Operator: { Managed: true } } }] }, {}, 'SourceIsOperatorManaged'],
  ['of the Marketplace', { ProductCodes: [{ ProductCodeId: 'abc', ProductCodeType: 'marketplace' }] }, {}, 'SourceIsMarketplace'],
  ['on an instance store', { RootDeviceType: 'instance-store' }, {}, 'RootIsInstanceStore'],
  ['with a volume in motion', { BlockDeviceMappings: [{ DeviceName: '/dev/sdf', Ebs: { VolumeId: 'vol-1', Status: 'detaching' } }] }, {}, 'SourceIsChanging'],
  ['with a trunk', { NetworkInterfaces: [{ NetworkInterfaceId: 'eni-1', InterfaceType: 'trunk' }] }, {}, 'UnsupportedInterfaceType'],
  ['not seen by SSM', {}, { consistency: 'filesystem' }, 'SourceNotManagedBySsm'],
])('%s is refused by name', async (_, described, over, name) => {
  account(described, { DescribeInstanceInformation: () => ({ InstanceInformationList: [] }) });
  await expect(describe_(over)).rejects.toMatchObject({ name });
});

test.each<[string, object, Partial<Instance>, object, string, RegExp]>([
  ['whose agent is away', { PingStatus: 'ConnectionLost' }, {}, {}, 'SourceNotManagedBySsm', /not online/],
  ['of 2012 R2', { PlatformName: 'Microsoft Windows Server 2012 R2', PlatformVersion: '6.3.9600' }, {}, {}, 'VssNotPossible', /2012 R2 \(6\.3\.9600\).*2016 or later/],
  ['of an early 2016', { PlatformVersion: '10.0.14392' }, {}, {}, 'VssNotPossible', /2016 or later/],
  ['of an unknown version', { PlatformVersion: undefined }, {}, {}, 'VssNotPossible', /does not say which version/],
  ['with an old agent', { AgentVersion: '2.3.1644.0' }, {}, {}, 'VssNotPossible', /2\.3\.1644\.0.*3\.0\.502\.0/],
  ['without a profile', {}, { IamInstanceProfile: undefined as never }, {}, 'VssNotPossible', /AWSEC2VssSnapshotPolicy/],
  ['with a tag that ends the parameter', {}, {}, { tags: { team: 'a;Key=b,Value=c' } }, 'VssNotPossible', /team/],
  ['with a tag that ends a string of PowerShell', {}, {}, { tags: { team: '\'; Remove-Item C:\\' } }, 'VssNotPossible', /team/],
  ['with a tag of AWS\'s own', {}, {}, { tags: { AppConsistent: 'True' } }, 'VssNotPossible', /AppConsistent/],
  ['with all of that', { PlatformVersion: '6.3.9600', AgentVersion: undefined }, {}, { tags: { é: '1' } }, 'VssNotPossible', /2016.*unknown.*é.*"crash"/],
])('a Windows %s can not be frozen, and is told all that it lacks', async (_, information, described, over, name, message) => {
  const online = { PingStatus: 'Online', PlatformType: 'Windows', PlatformVersion: '10.0.20348', AgentVersion: '3.3.40.0' };
  account({ Platform: 'windows' as never, ...described }, { DescribeInstanceInformation: () => ({ InstanceInformationList: [{ ...online, ...information }] }) });
  await expect(describe_({ consistency: 'filesystem', ...over })).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
});

test('what is neither Linux nor Windows can not be frozen', async () => {
  account({}, { DescribeInstanceInformation: () => ({ InstanceInformationList: [{ PingStatus: 'Online', PlatformType: 'MacOS' }] }) });
  await expect(describe_({ consistency: 'filesystem' })).rejects.toMatchObject({ name: 'FreezeNeedsLinux' });
});

test('an instance that the construct does not admit is told how it can be admitted, in EC2\'s words and ours', async () => {
  account({}, { DescribeInstanceAttribute: () => { throw awsError('UnauthorizedOperation', 'no identity-based policy allows it'); } });
  await expect(describe_()).rejects.toMatchObject({ name: 'SourceNotAdmitted', message: expect.stringMatching(/prop source.*tag.*no identity-based policy allows it/) });
});

test('a role that may not be passed names the ways out', async () => {
  account({});
  await expect(describe_({}, [])).rejects.toMatchObject({ name: 'RoleNotPassable', message: expect.stringMatching(/role\/app.*passableRoles.*"none"/) });
  expect((await describe_({ instanceProfile: 'none' }, [])).source.profile).toBeNull();
});

test('a profile that does not exist, a type that does not exist', async () => {
  account({}, { GetInstanceProfile: () => { throw awsError('NoSuchEntityException'); } });
  await expect(describe_({ instanceProfile: 'nobody' })).rejects.toMatchObject({ name: 'InstanceProfileNotFound' });
  account({}, { DescribeInstanceTypes: () => { throw awsError('InvalidInstanceType'); } });
  await expect(describe_({ instanceType: 'm99.large' })).rejects.toMatchObject({ name: 'InstanceTypeNotFound' });
});

test('a key pair that is gone is noted; one that the request names is EC2\'s to judge', async () => {
  const asked = (calls: ReturnType<typeof account>) => calls.filter(({ command }) => command === 'DescribeKeyPairs').map(({ input }) => input);
  const there = account({});
  expect((await describe_()).source.keyPairGone).toBe(false);
  expect(asked(there)).toEqual([{ Filters: [{ Name: 'key-name', Values: ['operators'] }] }]);
  // what a wildcard in its name brings up is not it
  const gone = account({ KeyName: 'a*\\?' }, { DescribeKeyPairs: () => ({ KeyPairs: [{ KeyName: 'ab\\c' }] }) });
  expect((await describe_()).source.keyPairGone).toBe(true);
  expect(asked(gone)).toEqual([{ Filters: [{ Name: 'key-name', Values: ['a\\*\\\\\\?'] }] }]);
  const calls = account({}, { DescribeKeyPairs: () => ({ KeyPairs: [] }) });
  expect((await describe_({ keyName: 'other' })).source.keyPairGone).toBe(false);
  const keyless = { ...instance() };
  delete keyless.KeyName;
  account({}, { DescribeInstances: () => ({ Reservations: [{ Instances: [keyless] }] }) });
  expect((await describe_()).source.keyPairGone).toBe(false);
  expect(asked(calls)).toEqual([]);
});

test('SSM is asked only when something is to be frozen, reset or verified', async () => {
  account({});
  expect((await describe_({ consistency: 'filesystem' })).source.managedBySsm).toBe(true);
  expect((await describe_()).source.managedBySsm).toBe(true);
  expect((await describe_({ identity: 'keep', isolation: false })).source.managedBySsm).toBeNull();
  account({}, { DescribeInstanceInformation: () => ({ InstanceInformationList: [] }) });
  expect((await describe_()).source.managedBySsm).toBe(false);
  account({ State: { Name: 'stopped' } });
  expect((await describe_({ consistency: 'filesystem', identity: 'keep', isolation: false })).source).toMatchObject({ managedBySsm: null, warnings: expect.arrayContaining([expect.stringContaining('nothing needs to be frozen')]) });
});

test('an image that is gone, credits and UEFI only where there are any', async () => {
  const calls = account({ InstanceType: 't3.micro', CurrentInstanceBootMode: 'legacy-bios' }, {
    DescribeImages: () => ({ Images: [] }),
    DescribeInstanceTypes: () => ({ InstanceTypes: [{ InstanceType: 't3.micro', BurstablePerformanceSupported: true }] }),
    DescribeInstanceCreditSpecifications: () => ({ InstanceCreditSpecifications: [{ CpuCredits: 'unlimited' }] }),
  });
  const { source } = await describe_();
  expect(source).toMatchObject({ image: null, attributes: { cpuCredits: 'unlimited', uefiData: false } });
  expect(calls.map(({ command }) => command)).not.toContain('GetInstanceUefiData');
});

test.each<[string, Partial<Instance>, RegExp]>([
  ['Spot', { InstanceLifecycle: 'spot' }, /on demand/], ['hibernation', { HibernationOptions: { Configured: true } }, /hibernat/], ['a host', { Placement: { Tenancy: 'host' } }, /Dedicated Host/],
  ['an Auto Scaling group', {}, /Auto Scaling/], ['a TPM', { TpmSupport: 'v2.0' }, /NitroTPM/], ['an EFA', { NetworkInterfaces: [{ InterfaceType: 'efa' }] }, /Elastic Fabric/], ['Windows', { Platform: 'Windows' }, /SID/],
])('warns of %s', async (_, described, warning) => {
  account(described);
  expect((await describe_()).source.warnings.join('\n')).toMatch(warning);
});

test('a description that no state can hold is refused', async () => {
  account({ Tags: Array.from({ length: 900 }, (_, i) => ({ Key: `k${i}`, Value: 'v'.repeat(250) })) });
  await expect(describe_()).rejects.toMatchObject({ name: 'SourceTooLarge' });
});
