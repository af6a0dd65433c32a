import { handler as admitClones } from '../../lambda/clone/admit-clones';
import { handler as areAdmitted } from '../../lambda/clone/are-clones-admitted';
import { handler as makeIsolationGroup } from '../../lambda/clone/make-isolation-group';
import { handler as verifyIdentity } from '../../lambda/clone/verify-identity';
import type { Report } from '../../lambda/shared/identity';
import { identityProblem, planIdentity } from '../../lambda/shared/plan/identity';
import { planIsolation, publicRanges } from '../../lambda/shared/plan/isolation';
import type { Plan } from '../../lambda/shared/plan/plan';
import { fakeAws, tags } from './support/fake-aws';
import { EXECUTION, OTHER_VPC, OWNER, planFor, request, source, SOURCE_ID, STEP, SUBNET } from './support/fixtures';

const plan = (over: object = {}): Plan => ({ ...planFor(over), isolation: { vpcId: SUBNET.vpcId, egress: ['10.0.0.9/32'], via: 'endpoints' }, checks: [] });
const LEASE = { table: 't', instanceId: SOURCE_ID, token: 1 };

describe('public ranges', () => {
  const ranges = publicRanges().map(cidr => {
    const [address = '', bits = ''] = cidr.split('/');
    const from = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    return { from, to: from + 2 ** (32 - Number(bits)) - 1, aligned: from % 2 ** (32 - Number(bits)) === 0 };
  });
  const holds = (address: string): boolean => {
    const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    return ranges.some(({ from, to }) => from <= number && number <= to);
  };

  test('fit into one security group, and are ranges that EC2 takes', () => {
    expect(ranges.length).toBeLessThanOrEqual(60);
    expect(ranges.every(({ aligned }) => aligned)).toBe(true);
  });

  test.each(['0.0.0.1', '10.0.0.0', '10.255.255.255', '100.64.0.1', '127.0.0.1', '169.254.169.254', '172.16.0.0', '172.31.255.255', '192.168.0.1', '198.18.0.1', '224.0.0.1', '255.255.255.255'])('%s is none', address => {
    expect(holds(address)).toBe(false);
  });
  test.each(['1.1.1.1', '9.255.255.255', '11.0.0.0', '52.94.224.10', '100.63.255.255', '100.128.0.0', '172.15.255.255', '172.32.0.0', '192.167.255.255', '192.169.0.0', '223.255.255.255'])('%s is one', address => {
    expect(holds(address)).toBe(true);
  });
});

describe('what isolated clones may reach', () => {
  const launch = planFor().launch;
  const endpoint = (service: string, over: object = {}) => ({ ServiceName: `com.amazonaws.eu-west-1.${service}`, State: 'available', PrivateDnsEnabled: true, NetworkInterfaceIds: [`eni-${service}`], ...over });
  const world = (endpoints: object[]) => fakeAws({
    DescribeVpcEndpoints: () => ({ VpcEndpoints: endpoints }),
    DescribeNetworkInterfaces: ({ NetworkInterfaceIds }: { NetworkInterfaceIds: string[] }) =>
      ({ NetworkInterfaces: NetworkInterfaceIds.map((_, index) => ({ PrivateIpAddress: `10.0.0.${index + 1}` })) }),
  });

  test.each<[string, object[], string]>([
    ['endpoints', [endpoint('ssm'), endpoint('ssmmessages')], 'endpoints'],
    ['endpoints as they were once', [endpoint('ssm'), endpoint('ec2messages')], 'endpoints'],
    ['no channel', [endpoint('ssm')], 'internet'],
    ['a service that ends alike', [endpoint('ssm'), endpoint('notssmmessages')], 'internet'],
    ['one that is not up yet', [endpoint('ssm', { State: 'pending' }), endpoint('ssmmessages')], 'internet'],
    ['one without a private name', [endpoint('ssm', { PrivateDnsEnabled: false }), endpoint('ssmmessages')], 'internet'],
  ])('%s', async (_, endpoints, via) => {
    world(endpoints);
    const found = await planIsolation(launch, [SUBNET], []);
    expect(found).toMatchObject({ vpcId: SUBNET.vpcId, via });
    if (via === 'endpoints') expect(found.egress).toEqual(['10.0.0.1/32', '10.0.0.2/32']);
  });

  test('what the construct names, without a look at the VPC', async () => {
    const calls = world([]);
    expect(await planIsolation(launch, [SUBNET], ['10.9.0.0/24'])).toEqual({ vpcId: SUBNET.vpcId, egress: ['10.9.0.0/24'], via: 'given' });
    expect(calls).toEqual([]);
  });

  test.each([
    ['10.9.0.77/24', '10.9.0.0/24'], ['10.9.0.77/32', '10.9.0.77/32'], ['255.255.255.255/1', '128.0.0.0/1'], ['9.9.9.9/0', '0.0.0.0/0'],
    ['2001:DB8:0:0:0:0:0:1/64', '2001:db8::/64'], ['2001:db8:ffff:ffff::/33', '2001:db8:8000::/33'], ['::1/128', '::1/128'], ['fd00::a:0:0:1/0', '::/0'],
  ])('%s as EC2 will show it: %s', async (given, shown) => {
    expect((await planIsolation(launch, [SUBNET], [given, shown])).egress).toEqual([shown]);
  });

  test('interfaces in two VPCs, or without known groups, can not be isolated', async () => {
    const [one] = launch.NetworkInterfaces!;
    await expect(planIsolation({ NetworkInterfaces: [one!, { ...one, DeviceIndex: 1, SubnetId: OTHER_VPC.subnetId }] }, [SUBNET, OTHER_VPC], [])).rejects.toMatchObject({ name: 'IsolationNotPossible' });
    await expect(planIsolation({ NetworkInterfaces: [{ ...one, Groups: [] }] }, [SUBNET], [])).rejects.toMatchObject({ name: 'IsolationNotPossible' });
  });
});

describe('the group', () => {
  const MINE = tags({ 'instance-mobility:execution': EXECUTION, 'instance-mobility:owner': OWNER });
  const all = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }], Ipv6Ranges: [{ CidrIpv6: '::/0' }] };
  const https = (...cidrs: string[]) => ({ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: cidrs.map(CidrIp => ({ CidrIp })) });
  /** Groups by what each look shows of their rules. */
  const world = (looks: object[][], existing = true) => {
    let look = 0;
    return fakeAws({
      DescribeSecurityGroups: ({ GroupIds }: { GroupIds?: string[] }) => (GroupIds
        ? { SecurityGroups: [{ GroupId: 'sg-1', IpPermissionsEgress: looks[Math.min(look++, looks.length - 1)] }] } : { SecurityGroups: existing ? [{ GroupId: 'sg-1', Tags: MINE }] : [] }),
      CreateSecurityGroup: () => ({ GroupId: 'sg-1' }), RevokeSecurityGroupEgress: () => ({}), AuthorizeSecurityGroupEgress: () => ({}),
    });
  };
  const made = (calls: ReturnType<typeof fakeAws>) => calls.map(({ command }) => command).filter(command => !command.startsWith('Describe'));

  test('is made, loses what lets everything out, IPv6 as well, and gets what is planned', async () => {
    const calls = world([[all], [https('10.0.0.9/32')]], false);
    expect(await makeIsolationGroup({ ...STEP, plan: plan() })).toEqual({ groupId: 'sg-1' });
    expect(made(calls)).toEqual(['CreateSecurityGroup', 'RevokeSecurityGroupEgress', 'AuthorizeSecurityGroupEgress']);
    expect(calls.find(({ command }) => command === 'RevokeSecurityGroupEgress')!.input).toMatchObject({
      IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }, { IpProtocol: '-1', Ipv6Ranges: [{ CidrIpv6: '::/0' }] }],
    });
  });

  test('that is there and as planned is left as it is', async () => {
    const calls = world([[https('10.0.0.9/32')]]);
    await makeIsolationGroup({ ...STEP, plan: plan() });
    expect(made(calls)).toEqual([]);
  });

  test.each<[string, object]>([
    ['another range', https('10.0.0.8/32')], ['another port', { ...https('10.0.0.9/32'), FromPort: 80 }], ['another group', { IpProtocol: 'tcp', UserIdGroupPairs: [{ GroupId: 'sg-2' }] }],
    ['a list of ranges', { IpProtocol: '-1', PrefixListIds: [{ PrefixListId: 'pl-1' }] }], ['another protocol', { ...https('10.0.0.9/32'), IpProtocol: 'udp' }],
  ])('loses %s', async (_, rule) => {
    const calls = world([[https('10.0.0.9/32'), rule], [https('10.0.0.9/32')]]);
    await makeIsolationGroup({ ...STEP, plan: plan() });
    expect(made(calls)).toEqual(['RevokeSecurityGroupEgress']);
  });

  test('that still shows what it lost holds the launch up', async () => {
    world([[all], [all]]);
    await expect(makeIsolationGroup({ ...STEP, plan: plan() })).rejects.toMatchObject({ name: 'IsolationGroupUnsettled' });
  });
});

describe('verify identity', () => {
  const report = (id: string, over: Partial<Report> = {}): Report => ({ registration: id, instanceId: id, machineId: `m-${id}`, hostKeys: [`k-${id}`], hostname: `h-${id}`, cloudInit: id, ...over });
  const SOURCE = report(SOURCE_ID);
  const verify = (clones: Report[], over: object = {}, mode: 'reset' | 'report' = 'reset') => verifyIdentity({
    ...STEP, plan: { ...plan(), identity: { mode, askSource: true } }, instanceIds: ['i-a', 'i-b'], source: SOURCE, found: [], clones: clones.map((one, index) => ({ id: ['i-a', 'i-b'][index]!, report: one })), ...over,
  });

  test('two clones that are nobody but themselves', async () => {
    expect(await verify([report('i-a'), report('i-b')])).toEqual({
      instanceIds: ['i-a', 'i-b'], failures: null,
      identity: {
        mode: 'reset', comparedWith: 'source', clones: [{ instanceId: 'i-a', hostname: 'h-i-a', shared: [] }, { instanceId: 'i-b', hostname: 'h-i-b', shared: [] }],
      },
    });
  });

  test.each<[string, Partial<Report>, RegExp]>([
    ['the machine id of the source', { machineId: SOURCE.machineId }, /i-a has the machine id of its source/],
    ['one host key of it', { hostKeys: ['k-new', ...SOURCE.hostKeys] }, /i-a has the host key k-i-0123456789abcdef0 of its source/],
    ['its registration', { registration: SOURCE_ID }, /i-a is registered in Systems Manager as i-0123456789abcdef0/],
    ['no registration', { registration: null }, /as nobody/],
    ['the source as who ran the command', { instanceId: SOURCE_ID }, /i-a had its command run by i-0123456789abcdef0/],
    ['no machine id', { machineId: null }, /i-a has no machine id/],
    ['the machine id of the other clone', { machineId: 'm-i-b' }, /i-b has the machine id of i-a/],
  ])('%s fails', async (_, over, message) => {
    await expect(verify([report('i-a', over), report('i-b')])).rejects.toMatchObject({ name: 'IdentityNotVerified', message: expect.stringMatching(message) });
  });

  test('the host name of the source is told, not failed; metadata that are switched off say nothing', async () => {
    const { identity: { clones } } = await verify([report('i-a', { hostname: SOURCE.hostname, instanceId: null }), report('i-b')]);
    expect(clones[0]!.shared).toEqual(['hostname']);
  });

  test('without the source a clone is compared with what it was, and without that with nothing, which fails', async () => {
    const found = [{ instanceId: 'i-a', identity: SOURCE }, { instanceId: 'i-b', identity: SOURCE }];
    expect(await verify([report('i-a'), report('i-b')], { source: null, found })).toMatchObject({ identity: { comparedWith: 'found' } });
    await expect(verify([report('i-a', { machineId: SOURCE.machineId }), report('i-b')], { source: null, found })).rejects.toMatchObject({ name: 'IdentityNotVerified' });
    await expect(verify([report('i-a'), report('i-b')], { source: null })).rejects.toMatchObject({ message: expect.stringContaining('i-a can be compared with nothing') });
  });

  test('of a fleet only the clone that is still its source fails', async () => {
    expect(await verify([report('i-a', { machineId: SOURCE.machineId, hostKeys: SOURCE.hostKeys }), report('i-b')], { failures: [] })).toEqual({
      instanceIds: ['i-b'],
      failures: [{ clones: 1, instanceIds: ['i-a'], reason: `has the machine id of its source, has the host key k-${SOURCE_ID} of its source` }],
      identity: { mode: 'reset', comparedWith: 'source', clones: [{ instanceId: 'i-b', hostname: 'h-i-b', shared: [] }] },
    });
  });

  test('a clone that is missing fails', async () => {
    await expect(verify([report('i-a')])).rejects.toMatchObject({ message: 'i-b did not say who it is' });
  });

  test('who keeps its identity is only held to its registration', async () => {
    const { identity: { clones } } = await verify([report('i-a', { machineId: SOURCE.machineId }), report('i-b')], {}, 'report');
    expect(clones[0]!.shared).toEqual(['machine id']);
    await expect(verify([report('i-a', { registration: SOURCE_ID }), report('i-b')], {}, 'report')).rejects.toMatchObject({ name: 'IdentityNotVerified' });
  });
});

describe('what can be verified', () => {
  test.each<[string, object, Parameters<typeof source>, RegExp | undefined]>([
    ['a managed source', {}, [], undefined],
    ['one without an agent', {}, [{ managedBySsm: false }], /not online in Systems Manager.*"identity": "keep" and "isolation": false/],
    ['one that is only isolated', { identity: 'keep' }, [{ managedBySsm: false }], /not online/],
    ['one of which nothing is asked', { identity: 'keep', isolation: false }, [{ managedBySsm: false }], undefined],
    ['a stopped one, of which nobody knows', {}, [{ managedBySsm: false, state: 'stopped' }], undefined],
    ['Windows', {}, [{}, { Platform: 'windows' as never }], /Sysprep/],
    ['macOS', {}, [{}, { Architecture: 'arm64_mac' }], /macOS/],
  ])('%s', (_, over, from, problem) => {
    const found = identityProblem(request(over), source(...from));
    if (problem) expect(found).toMatch(problem);
    else expect(found).toBeUndefined();
  });

  test('a stopped source is not asked', () => {
    expect(planIdentity(request(), source({ state: 'stopped' }))).toEqual({ mode: 'reset', askSource: false });
    expect(planIdentity(request({ isolation: false, identity: 'keep' }), source())).toBeNull();
  });
});

describe('admission', () => {
  const instance = (groups: string[]) => ({ InstanceId: 'i-a', NetworkInterfaces: [
    { NetworkInterfaceId: 'eni-a', Groups: groups.map(GroupId => ({ GroupId })), Attachment: { DeviceIndex: 0, NetworkCardIndex: 0 } },
    // the clone's own software attached it
    { NetworkInterfaceId: 'eni-own', Groups: [{ GroupId: 'sg-own' }], Attachment: { DeviceIndex: 3, NetworkCardIndex: 0 } },
  ] });
  const world = (groups: string[], associations: object[]) => fakeAws({
    DescribeInstances: () => ({ Reservations: [{ Instances: [instance(groups)] }] }), UpdateItem: () => ({}),
    DescribeIamInstanceProfileAssociations: () => ({ IamInstanceProfileAssociations: associations.map(one => ({ InstanceId: 'i-a', AssociationId: 'iip-1', ...one })) }),
    ModifyNetworkInterfaceAttribute: () => ({}), ReplaceIamInstanceProfileAssociation: () => ({}), DisassociateIamInstanceProfile: () => ({}),
  });
  const arn = plan().launch.IamInstanceProfile!.Arn;
  const REAL = { State: 'associated', IamInstanceProfile: { Arn: arn } };
  const CAGE = { State: 'associated', IamInstanceProfile: { Arn: 'isolated' } };
  const changes = (calls: ReturnType<typeof fakeAws>) => calls.map(({ command }) => command).filter(command => !/^(Describe|Update)/.test(command));

  test.each<[string, string[], object[], string[]]>([
    ['profile first, then groups', ['sg-isolated'], [CAGE], ['ReplaceIamInstanceProfileAssociation', 'ModifyNetworkInterfaceAttribute']],
    ['what is done is not done again', ['sg-0000000000000000a'], [REAL], []],
    ['only what is missing', ['sg-isolated'], [REAL], ['ModifyNetworkInterfaceAttribute']],
    ['an association that is going away does not count', ['sg-0000000000000000a'], [REAL, { ...CAGE, State: 'disassociating' }], []],
  ])('%s', async (_, groups, associations, expected) => {
    const calls = world(groups, associations);
    await admitClones({ ...STEP, plan: plan(), instanceIds: ['i-a'] });
    expect(changes(calls)).toEqual(expected);
    expect(JSON.stringify(calls)).not.toContain('eni-own');
  });

  test.each<[string, string[], object[], boolean]>([
    ['all', ['sg-0000000000000000a'], [REAL], true], ['not the groups', ['sg-isolated'], [REAL], false], ['not the profile', ['sg-0000000000000000a'], [CAGE], false],
    ['not quite the profile', ['sg-0000000000000000a'], [{ ...REAL, State: 'associating' }], false], ['no profile', ['sg-0000000000000000a'], [], false],
  ])('looks whether it shows: %s', async (_, groups, associations, admitted) => {
    world(groups, associations);
    expect(await areAdmitted({ ...STEP, plan: plan(), instanceIds: ['i-a'], lease: LEASE, since: new Date().toISOString() })).toMatchObject({ admitted });
  });

  test('gives up in the end', async () => {
    world(['sg-isolated'], [CAGE]);
    await expect(areAdmitted({ ...STEP, plan: plan(), instanceIds: ['i-a'], lease: LEASE, since: new Date(Date.now() - 700_000).toISOString() })).rejects.toMatchObject({ name: 'CloneNotAdmitted' });
  });
});
