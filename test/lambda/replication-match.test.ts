import { handler as matchHosts } from '../../lambda/replication/match-hosts';
import { volumeList } from '../../lambda/shared/replication/prepare';
import type { Host } from '../../lambda/shared/hosts';
import type { HostFacts } from '../../lambda/shared/replication/host';
import type { SyncRequest } from '../../lambda/shared/sync/request';
import { replicationParameters } from '../../lib/private/replication-documents';
import { fakeAws } from './support/fake-aws';
import { STEP } from './support/fixtures';
import { disk, diskId, ebsId, GB, host, hosts, LACKING, mount, NEVER, SOURCE_ID, syncRequest, TARGET_ID } from './support/replication';

const VOLUMES = new RegExp(replicationParameters('prepare-target')['Volumes']!.allowedPattern);

interface Case { request?: Partial<SyncRequest>; source?: Partial<HostFacts>; target?: Partial<HostFacts>; launched?: boolean; empty?: Host['empty'] }
async function match({ request = {}, source = {}, target = {}, launched = false, empty }: Case = {}) {
  const { replication } = await matchHosts({
    ...STEP, request: syncRequest(request), hosts: hosts({ target: { launched, ...empty && { empty } } }), sourceHost: host({ mounts: [mount('/data')], ...source }), targetHost: host(target),
  });
  // whatever is matched is what the document takes
  expect(volumeList(replication.volumes)).toMatch(VOLUMES);
  return replication;
}

test('two hosts that have everything', async () => {
  expect(await match()).toEqual({
    engine: 'drbd', preCopy: false, encryption: 'wireguard', port: 7788, installPackages: false, overwriteTarget: false, metadataDirectory: '/var/lib/instance-mobility', maxRate: null,
    services: ['postgresql.service'], warnings: [],
    volumes: [{
      mountPoint: '/data', bytes: 950 * GB, blockSize: 512, fstype: 'ext4', layout: 'disk', options: 'rw,noatime', sourceDevice: diskId('SOURCE1'), devices: [diskId('TARGET1')],
    }],
  });
});

test('a hard limit is told from the beginning, in KiB per second', async () => {
  expect((await match({ request: { rateLimit: 3 } })).maxRate).toBe(3072);
});

describe('the engine', () => {
  const engines = (drbd: object, md: object) => ({ engines: { drbd, md } }) as Partial<HostFacts>;
  const HAVE = host().engines.md;

  test.each<[string, Case, string]>([
    ['drbd before md', {}, 'drbd'],
    ['md where both have nothing else', { source: engines(NEVER, HAVE) }, 'md'],
    ['md that was asked for', { request: { engine: 'md' } }, 'md'],
    ['drbd where it may be installed', { source: engines(LACKING, HAVE), request: { installPackages: true } }, 'drbd'],
  ])('%s', async (_, given, engine) => expect(await match(given)).toMatchObject({ engine }));

  test.each<[string, Case, string, RegExp]>([
    ['nothing in common', { source: engines(NEVER, HAVE), target: engines(HAVE, NEVER) }, 'NoCommonEngine', /drbd: the source lacks drbd.*the target has it/],
    ['neither on both', { source: engines(NEVER, NEVER) }, 'NoCommonEngine', /md: /],
    ['the one that was asked for', { request: { engine: 'drbd' }, target: engines(NEVER, HAVE) }, 'NoCommonEngine', /engine "auto"/],
    ['it could be installed', { target: engines(LACKING, NEVER) }, 'PackagesMissing', /the target lacks drbd-utils, which apt could install.*installPackages true/],
    ['not to be installed even if it may', { target: engines(NEVER, NEVER), request: { installPackages: true } }, 'NoCommonEngine', /another target/],
  ])('refused: %s', async (_, given, name, message) => {
    await expect(match(given)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });
});

describe('encryption', () => {
  const aws = (over: { sourceType?: string; able?: string[]; targetVpc?: string } = {}) => fakeAws({
    DescribeInstances: () => ({ Reservations: [{ Instances: [
      { InstanceId: SOURCE_ID, InstanceType: over.sourceType ?? 'i4i.large', VpcId: 'vpc-1' }, { InstanceId: TARGET_ID, InstanceType: 'i4i.xlarge', VpcId: over.targetVpc ?? 'vpc-1' },
    ] }] }),
    DescribeInstanceTypes: ({ InstanceTypes }: { InstanceTypes: string[] }) => ({
      InstanceTypes: InstanceTypes.map(InstanceType => ({ InstanceType, NetworkInfo: { EncryptionInTransitSupported: (over.able ?? ['i4i.large', 'i4i.xlarge']).includes(InstanceType) } })),
    }),
  });

  test('nothing is asked of EC2 but for nitro', async () => {
    const calls = fakeAws({});
    expect(await match({ request: { encryption: 'none' }, target: { wireguard: NEVER } })).toMatchObject({ encryption: 'none' });
    expect(calls).toEqual([]);
  });

  test('nitro, where both types encrypt and are in one VPC', async () => {
    aws();
    expect(await match({ request: { encryption: 'nitro' }, source: { wireguard: NEVER } })).toMatchObject({ encryption: 'none' });
  });

  test.each([
    ['a type that does not', { able: ['i4i.xlarge'] }, 'i4i.large do not encrypt'], ['two VPCs', { targetVpc: 'vpc-2' }, 'not in one VPC (vpc-1 and vpc-2)'],
  ])('nitro refused: %s', async (_, over, message) => {
    aws(over);
    await expect(match({ request: { encryption: 'nitro' } })).rejects.toMatchObject({ name: 'NitroDoesNotEncrypt', message: expect.stringContaining(message) });
    await expect(match({ request: { encryption: 'nitro' } })).rejects.toThrow('encryption "wireguard"');
  });

  test('WireGuard has to be there, or be installed', async () => {
    await expect(match({ target: { wireguard: LACKING } })).rejects.toMatchObject({ name: 'PackagesMissing', message: expect.stringContaining('installPackages true') });
    await expect(match({ source: { wireguard: NEVER } })).rejects.toMatchObject({ name: 'PackagesMissing', message: expect.stringContaining('"nitro" or "none"') });
    expect(await match({ target: { wireguard: LACKING }, request: { installPackages: true } })).toMatchObject({ encryption: 'wireguard', installPackages: true });
  });
});

describe('the devices', () => {
  const devicesOf = async (given: Case) => Object.fromEntries((await match(given)).volumes.map(({ mountPoint, layout, devices }) =>
    [mountPoint, [layout, ...devices.map(id => id.slice(-2))]]));
  const raid = (count: number) => mount('/data', { layout: 'raid0', device: '/dev/md/data0', bytes: count * 900 * GB, disks: Array.from({ length: count }, (_, i) => diskId(`S${i}`)) });

  test.each<[string, Case, object]>([
    ['the smallest that is large enough', { target: { disks: [disk('T3', { bytes: 3000 * GB }), disk('T1', { bytes: 900 * GB }), disk('T2')] } }, { '/data': ['disk', 'T2'] }],
    ['a blank one before one that may be erased', { launched: true, target: { disks: [disk('T1', { inUse: 'ext4' }), disk('T2', { bytes: 3000 * GB })] } }, { '/data': ['disk', 'T2'] }],
    ['the larger volume chooses first', {
      source: { mounts: [mount('/a', { bytes: 10 * GB }), mount('/b')] }, target: { disks: [disk('T1'), disk('T2', { bytes: 20 * GB })] },
    }, { '/a': ['disk', 'T2'], '/b': ['disk', 'T1'] }],
    ['as many for a raid0 as the source has', { source: { mounts: [raid(2)] }, target: { disks: [disk('T1'), disk('T2'), disk('T3')] } }, { '/data': ['raid0', 'T1', 'T2'] }],
    ['more when they are smaller', { source: { mounts: [raid(2)] }, target: { disks: ['T1', 'T2', 'T3', 'T4'].map(name => disk(name, { bytes: 450 * GB })) } }, { '/data': ['raid0', 'T1', 'T2', 'T3', 'T4'] }],
    ['one for a raid0 when it is large', { source: { mounts: [raid(2)] }, target: { disks: [disk('T1', { bytes: 1900 * GB })] } }, { '/data': ['disk', 'T1'] }],
    ['the same for two mounts of one volume group', {
      source: { mounts: ['/a', '/b'].map(name => mount(name, { layout: 'lvm', bytes: 400 * GB, device: `/dev/mapper/vg-${name.slice(1)}` })) }, target: { disks: [disk('T1'), disk('T2')] },
    }, { '/a': ['lvm', 'T1'], '/b': ['lvm', 'T1'] }],
    ['two for two partitions of one disk', { source: { mounts: ['/a', '/b'].map(name => mount(name, { bytes: 400 * GB })) }, target: { disks: [disk('T1'), disk('T2')] } }, { '/a': ['disk', 'T1'], '/b': ['disk', 'T2'] }],
    ['for the named mounts only', { request: { mountPoints: ['/b'] }, source: { mounts: [mount('/a'), mount('/b')] } }, { '/b': ['disk', 'T1'] }],
    ['for those on instance store', { source: { mounts: [mount('/a', { onInstanceStore: false }), mount('/b')] } }, { '/b': ['disk', 'T1'] }],
    ['an outer mount before the inner one', { source: { mounts: [mount('/d/in'), mount('/d')] }, target: { disks: [disk('T1'), disk('T2')] } }, { '/d': ['disk', 'T1'], '/d/in': ['disk', 'T2'] }],
  ])('%s', async (_, given, expected) => {
    const found = await devicesOf({ ...given, target: { disks: [disk('T1')], ...given.target } });
    expect(found).toEqual(expected);
    expect(Object.keys(found)).toEqual([...Object.keys(found)].sort());
  });

  test.each<[string, Case, string, RegExp]>([
    ['nothing on instance store', { source: { mounts: [] } }, 'NothingToMove', /name its mounts in mountPoints/],
    ['a mount that there is not', { request: { mountPoints: ['/nowhere'] } }, 'MountNotPossible', /nothing is mounted on the source at \/nowhere.*mounted are \/data/],
    ['a mount on EBS', { request: { mountPoints: ['/e'] }, source: { mounts: [mount('/e', { onInstanceStore: false })] } }, 'MountNotPossible', /does not lie on instance store/],
    ['a layout that nobody knows', { source: { mounts: [mount('/data', { layout: 'bcache' })] } }, 'MountNotPossible', /bcache/],
    ['a name that the documents do not take', { source: { mounts: [mount('/da ta;$(x)')] } }, 'MountNotPossible', /characters in its name/],
    ['nine mounts', { source: { mounts: Array.from({ length: 9 }, (_, i) => mount(`/d${i}`)) } }, 'MountNotPossible', /at most 8/],
    ['a filesystem unknown to the target', { source: { mounts: [mount('/data', { fstype: 'btrfs' })] } }, 'TargetUnfit', /btrfs.*\(ext4, xfs\)/],
    ['too small', { target: { disks: [disk('T1', { bytes: 949 * GB })] } }, 'TargetUnfit', /needs 950000000000 bytes.*949000000000/],
    ['other blocks', { target: { disks: [disk('T1', { blockSize: 4096 })] } }, 'TargetUnfit', /1 of them with other block sizes/],
    ['only EBS', { target: { disks: [disk('T1', { instanceStore: false })] } }, 'TargetUnfit', /no disk left/],
    ['a disk whose id would not pass', { target: { disks: [disk('T1:x+y')] } }, 'TargetUnfit', /no disk left/],
    ['in use', { target: { disks: [disk('T1', { inUse: 'xfs, mounted at /scratch' })] } }, 'TargetInUse', /holds xfs, mounted at \/scratch.*overwriteTarget true/],
    ['in use without consent, though there are several', { source: { mounts: [mount('/a'), mount('/b')] }, target: { disks: [disk('T1'), disk('T2', { inUse: 'ext4' })] } }, 'TargetInUse', /T2 holds ext4/],
    ['an unknown service', { request: { services: ['a.service'] } }, 'ServiceNotFound', /on the source can not load a.service.*\n.*on the target/],
    ['a masked service', { target: { services: [{ name: 'postgresql.service', loadState: 'masked', activeState: 'inactive', enabled: false }] } }, 'ServiceNotFound', /^systemd on the target/],
    ['no private address', {}, 'HostsDoNotMatch', /no private IPv4 address/],
  ])('refused: %s', async (name, given, error, message) => {
    const refused = name === 'no private address'
      ? matchHosts({ ...STEP, request: syncRequest(), hosts: hosts({ target: { address: null } }), sourceHost: host({ mounts: [mount('/data')] }), targetHost: host() })
      : match(given);
    await expect(refused).rejects.toMatchObject({ name: error, message: expect.stringMatching(message) });
  });

  test('every problem in one message', async () => {
    const given = { source: { mounts: [mount('/data', { layout: 'bcache' })] }, target: { engines: { drbd: NEVER, md: NEVER }, wireguard: NEVER, services: [] } };
    const error: Error = await match(given).then(() => { throw new Error('matched'); }, (thrown: Error) => thrown);
    expect(error.name).toBe('HostsDoNotMatch');
    expect(error.message.split('\n')).toHaveLength(4);
  });

  test('consent is the input\'s, or that the target was launched for it', async () => {
    const inUse = { disks: [disk('T1', { inUse: 'ext4' })] };
    for (const given of [{ request: { overwriteTarget: true } }, { launched: true }]) {
      expect(await match({ ...given, target: inUse })).toMatchObject({ overwriteTarget: true, warnings: [expect.stringMatching(/T1 of the target is erased, which holds: ext4/)] });
    }
  });

  test('mount options that the document does not take are left out, and told', async () => {
    const { volumes, warnings } = await match({ source: { mounts: [mount('/data', { options: 'rw,journal_path=/dev/x,noatime' })] } });
    expect(volumes[0]?.options).toBe('rw,noatime');
    expect(warnings).toEqual([expect.stringContaining('journal_path=/dev/x')]);
  });

  test('a mount with an SELinux context is refused: without it, services might not be let to it', async () => {
    await expect(match({ source: { mounts: [mount('/data', { options: 'rw,context="system_u:object_r:mysqld_db_t:s0",noatime' })] } }))
      .rejects.toMatchObject({ name: 'MountNotPossible', message: expect.stringContaining('/data is mounted with context="system_u:object_r:mysqld_db_t:s0"') });
  });

  test.each<[string, Partial<HostFacts>, RegExp]>([
    ['an older kernel', { os: { ...host().os, kernel: '5.15.0' } }, /older than the source's/],
    ['another processor', { os: { ...host().os, arch: 'aarch64' } }, /x86_64, the target's aarch64/],
    ['another major version', { engines: { ...host().engines, drbd: { ...host().engines.drbd, version: '9.2.1' } } }, /drbd 8.4.11, the target 9.2.1/],
  ])('%s is warned of', async (_, target, warning) => {
    expect((await match({ target })).warnings).toEqual([expect.stringMatching(warning)]);
    const newer = await match({ target: { os: { ...host().os, kernel: '6.8.0' } } });
    expect(newer.warnings).toEqual([]);
  });
});

describe('EBS volumes', () => {
  const [OWN, CLONED, ROOT] = ['vol-0000000000000001a', 'vol-0000000000000001b', 'vol-0000000000000001c'];
  const SOURCE = 'vol-0000000000000000b';
  const ebs = (id: string, over: object = {}) => disk('', { id: ebsId(id), instanceStore: false, model: 'Amazon Elastic Block Store', bytes: 100 * GB, ...over });
  const onEbs = mount('/e', { onInstanceStore: false, bytes: 100 * GB, device: ebsId(SOURCE), disks: [ebsId(SOURCE)] });
  const given: Case = {
    request: { ebsVolumes: true }, source: { mounts: [onEbs] }, target: { disks: [ebs(CLONED), ebs(OWN), ebs(ROOT, { inUse: 'it carries /' })] },
    launched: true, empty: [{ volumeId: OWN, sourceVolumeId: SOURCE }],
  };

  test('of a launched target: the very volume that was launched in their place, never one that was cloned', async () => {
    expect((await match(given)).volumes).toMatchObject([{ mountPoint: '/e', devices: [ebsId(OWN)] }]);
    await expect(match({ ...given, empty: [] })).rejects.toMatchObject({ name: 'TargetUnfit', message: expect.stringMatching(/blank EBS volumes/) });
  });

  test('of an existing target: one that is blank, and never one in use, whatever was consented to', async () => {
    const existing = { ...given, launched: false, request: { ebsVolumes: true, overwriteTarget: true } };
    expect((await match({ ...existing, target: { disks: [ebs(CLONED, { inUse: 'it has a filesystem' }), ebs(OWN)] } })).volumes).toMatchObject([{ devices: [ebsId(OWN)] }]);
    await expect(match({ ...existing, target: { disks: [ebs(CLONED, { inUse: 'it has a filesystem' })] } })).rejects.toMatchObject({ name: 'TargetUnfit' });
  });

  test('instance store goes to instance store, beside them', async () => {
    const { volumes } = await match({ ...given, source: { mounts: [onEbs, mount('/data')] }, target: { disks: [ebs(OWN), disk('TARGET1')] } });
    expect(volumes).toMatchObject([{ mountPoint: '/data', devices: [diskId('TARGET1')] }, { mountPoint: '/e', devices: [ebsId(OWN)] }]);
  });

  test('are not asked for: refused', async () => {
    await expect(match({ ...given, request: { mountPoints: ['/e'] } })).rejects.toMatchObject({ name: 'MountNotPossible' });
  });
});
