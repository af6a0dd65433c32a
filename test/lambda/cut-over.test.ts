import type { Instance } from '@aws-sdk/client-ec2';
import fc from 'fast-check';
import { handler as drain } from '../../lambda/cut-over/drain-former';
import { handler as isMoved } from '../../lambda/cut-over/is-traffic-moved';
import { handler as move } from '../../lambda/cut-over/move-traffic';
import { trafficChecks } from '../../lambda/shared/cut-over/check';
import { endpointOf } from '../../lambda/shared/cut-over/places';
import type { TrafficRequest } from '../../lambda/shared/sync/request';
import { fakeAws } from './support/fake-aws';
import { STEP } from './support/fixtures';

const FROM = 'i-0123456789abcdef0';
const TO = 'i-0fedcba9876543210';
const GROUP = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/db/0123456789abcdef';
const IP_GROUP = `${GROUP}-ip`;
const ZONE = 'Z0123456789ABCDEFGHIJ';
const EIP = 'eipalloc-0123456789abcdef0';
const host = (instanceId: string, address: string | null) => ({ instanceId, address, launched: false, protections: null });
const from = host(FROM, '10.0.0.10');
const to = host(TO, '10.0.1.20');
const A = { hostedZoneId: ZONE, name: 'db.example.com.', type: 'A' as const };
const EVERYTHING: TrafficRequest = { targetGroupArns: [GROUP, IP_GROUP], records: [A], elasticIps: [EIP], callback: false };
const NOTHING: TrafficRequest = { targetGroupArns: [], records: [], elasticIps: [], callback: false };

type Registration = { Id: string; Port?: number; AvailabilityZone?: string; state?: string; reason?: string };
interface RecordSet {
  Name: string; Type: string; TTL?: number; SetIdentifier?: string; Weight?: number; AliasTarget?: object; ResourceRecords?: { Value: string }[];
}
interface World {
  types: Record<string, string>;
  registered: Record<string, Registration[]>;
  sets: RecordSet[];
  /** Whom an address belongs to, as instance, interface and private address. */
  elastic: { PublicIp: string; at: { instanceId: string; interfaceId: string; privateIp: string } | undefined } | undefined;
  places: Record<string, { interfaceId: string; addresses: { privateIp: string; publicIp?: string }[] }[]>;
}

function world(over: Partial<World> = {}): World {
  return {
    types: { [GROUP]: 'instance', [IP_GROUP]: 'ip' },
    registered: { [GROUP]: [{ Id: FROM, Port: 5432 }, { Id: FROM, Port: 6432 }, { Id: 'i-other', Port: 5432 }], [IP_GROUP]: [{ Id: '10.0.0.11', Port: 80, AvailabilityZone: 'all' }] },
    sets: [
      { Name: 'db.example.com.', Type: 'A', TTL: 60, SetIdentifier: 'blue', Weight: 3, ResourceRecords: [{ Value: '10.0.0.10' }, { Value: '10.9.9.9' }] },
      { Name: 'db.example.com.', Type: 'A', TTL: 60, SetIdentifier: 'green', Weight: 1, ResourceRecords: [{ Value: '10.9.9.9' }] },
      { Name: 'other.example.com.', Type: 'A', TTL: 60, ResourceRecords: [{ Value: '10.0.0.10' }] },
    ],
    elastic: { PublicIp: '198.51.100.7', at: { instanceId: FROM, interfaceId: 'eni-from', privateIp: '10.0.0.11' } },
    places: {
      [FROM]: [{ interfaceId: 'eni-from', addresses: [{ privateIp: '10.0.0.10', publicIp: '203.0.113.1' }, { privateIp: '10.0.0.11' }] }],
      [TO]: [{ interfaceId: 'eni-to', addresses: [{ privateIp: '10.0.1.20', publicIp: '203.0.113.2' }, { privateIp: '10.0.1.21' }] }],
    },
    ...over,
  };
}

function described(w: World, id: string): Instance {
  return {
    InstanceId: id,
    NetworkInterfaces: (w.places[id] ?? []).map(({ interfaceId, addresses }, index) => ({
      NetworkInterfaceId: interfaceId, Attachment: { DeviceIndex: index, NetworkCardIndex: 0 },
      // EC2 promises no order
      PrivateIpAddresses: addresses.map(({ privateIp, publicIp }, place) => {
        const elastic = w.elastic?.at?.privateIp === privateIp ? w.elastic.PublicIp : undefined;
        const PublicIp = elastic ?? publicIp;
        return { PrivateIpAddress: privateIp, PrivateDnsName: `ip-${privateIp.replaceAll('.', '-')}.ec2.internal`, Primary: place === 0, ...PublicIp ? { Association: { PublicIp, PublicDnsName: `ec2-${PublicIp}` } } : {} };
      }).reverse(),
    })),
  };
}

function account(w: World) {
  const same = (one: Registration, other: Registration) => one.Id === other.Id && one.Port === other.Port;
  return fakeAws({
    DescribeInstances: ({ Filters: [{ Values }] }) =>
      ({ Reservations: [{ Instances: (Values as string[]).filter(id => w.places[id]).map(id => described(w, id)) }] }),
    DescribeTargetGroups: ({ TargetGroupArns: [arn] }) => ({ TargetGroups: [{ TargetType: w.types[arn] }] }),
    DescribeTargetHealth: ({ TargetGroupArn, Targets }) => ({
      TargetHealthDescriptions: (w.registered[TargetGroupArn] ?? []).filter(one => !Targets || (Targets as Registration[]).some(other => same(one, other)))
        .map(({ state = 'healthy', reason, ...Target }) => ({ Target, TargetHealth: { State: state, ...reason ? { Reason: reason } : {} } })),
    }),
    RegisterTargets: ({ TargetGroupArn, Targets }) => {
      for (const target of Targets as Registration[]) {
        if (!w.registered[TargetGroupArn]!.some(one => same(one, target))) w.registered[TargetGroupArn]!.push({ ...target, state: 'initial' });
      }
    },
    DeregisterTargets: ({ TargetGroupArn, Targets }) => {
      w.registered[TargetGroupArn] = w.registered[TargetGroupArn]!.filter(one => !(Targets as Registration[]).some(target => same(one, target)));
    },
    ListResourceRecordSets: ({ StartRecordName }) => ({ ResourceRecordSets: w.sets.filter(({ Name }) => Name >= StartRecordName), IsTruncated: false }),
    ChangeResourceRecordSets: ({ ChangeBatch: { Changes } }) => {
      for (const { ResourceRecordSet: set } of Changes as { ResourceRecordSet: RecordSet }[]) {
        w.sets = w.sets.map(one => (one.Name === set.Name && one.Type === set.Type && one.SetIdentifier === set.SetIdentifier ? set : one));
      }
      return { ChangeInfo: { Id: '/change/C1', Status: 'PENDING' } };
    },
    GetChange: () => ({ ChangeInfo: { Status: 'INSYNC' } }),
    DescribeAddresses: () => ({
      Addresses: w.elastic ? [{
        AllocationId: EIP, PublicIp: w.elastic.PublicIp,
        ...w.elastic.at ? { AssociationId: 'eipassoc-1', InstanceId: w.elastic.at.instanceId, NetworkInterfaceId: w.elastic.at.interfaceId, PrivateIpAddress: w.elastic.at.privateIp } : {},
      }] : [],
    }),
    AssociateAddress: ({ NetworkInterfaceId, PrivateIpAddress }) => {
      const [instanceId] = Object.entries(w.places).find(([, interfaces]) => interfaces.some(one => one.interfaceId === NetworkInterfaceId))!;
      w.elastic!.at = { instanceId, interfaceId: NetworkInterfaceId, privateIp: PrivateIpAddress };
    },
  });
}
const input = (request: TrafficRequest, one = from, other = to) => ({ ...STEP, request, from: one, to: other });
const changing = (calls: ReturnType<typeof fakeAws>) => calls.filter(({ command }) => !/^(Describe|List|Get)/.test(command)).map(({ command }) => command);

describe('move traffic', () => {
  test('the successor takes the former\'s place everywhere that is named, and nowhere else', async () => {
    const w = world();
    const calls = account(w);
    const { traffic } = await move(input(EVERYTHING));
    expect(w.registered[GROUP]).toEqual([{ Id: FROM, Port: 5432 }, { Id: FROM, Port: 6432 }, { Id: 'i-other', Port: 5432 }, { Id: TO, Port: 5432, state: 'initial' }, { Id: TO, Port: 6432, state: 'initial' }]);
    expect(w.registered[IP_GROUP]).toContainEqual({ Id: '10.0.1.21', Port: 80, AvailabilityZone: 'all', state: 'initial' });
    expect(w.sets).toEqual([
      { Name: 'db.example.com.', Type: 'A', TTL: 60, SetIdentifier: 'blue', Weight: 3, ResourceRecords: [{ Value: '10.0.1.20' }, { Value: '10.9.9.9' }] },
      { Name: 'db.example.com.', Type: 'A', TTL: 60, SetIdentifier: 'green', Weight: 1, ResourceRecords: [{ Value: '10.9.9.9' }] },
      { Name: 'other.example.com.', Type: 'A', TTL: 60, ResourceRecords: [{ Value: '10.0.0.10' }] },
    ]);
    expect(w.elastic?.at).toEqual({ instanceId: TO, interfaceId: 'eni-to', privateIp: '10.0.1.21' });
    expect(calls.find(({ command }) => command === 'AssociateAddress')?.input).toMatchObject({ AllowReassociation: true });
    expect(traffic).toMatchObject({ changes: ['/change/C1'], records: ['A db.example.com.'], ttl: 60, elasticIps: [EIP], skipped: [] });
    expect(traffic.groups[0]?.former).toEqual([{ Id: FROM, Port: 5432 }, { Id: FROM, Port: 6432 }]);
  });

  test('a call that is repeated changes nothing more and answers alike', async () => {
    const w = world();
    account(w);
    const first = await move(input(EVERYTHING));
    const after = structuredClone(w);
    const second = await move(input(EVERYTHING));
    expect(w).toEqual(after);
    expect(second).toEqual(first);
  });

  test('there and back again all is as it was', async () => {
    const w = world();
    const before = structuredClone(w);
    account(w);
    await drain({ ...STEP, from, ...await move(input(EVERYTHING)) });
    expect(w.registered[GROUP]!.map(({ Id }) => Id)).toEqual(['i-other', TO, TO]);
    for (const target of Object.values(w.registered).flat()) delete target.state;
    await drain({ ...STEP, from: to, ...await move(input(EVERYTHING, to, from)) });
    for (const target of Object.values(w.registered).flat()) delete target.state;
    const sorted = (one: World) => ({
      ...one,
      registered: Object.fromEntries(Object.entries(one.registered).map(([arn, targets]) => [arn, targets.map(target => JSON.stringify(target)).sort()])),
    });
    expect(sorted(w)).toEqual(sorted(before));
  });

  test('nothing named, nothing asked', async () => {
    const calls = account(world());
    expect(await move(input(NOTHING))).toEqual({ traffic: { groups: [], changes: [], records: [], ttl: 0, elasticIps: [], skipped: [] } });
    expect(calls.map(({ command }) => command)).toEqual(['DescribeInstances']);
  });

  test('an address that moves itself stays in its record, one of Amazon\'s pool does not', async () => {
    const w = world({ sets: [{ Name: A.name, Type: 'A', TTL: 60, ResourceRecords: [{ Value: '198.51.100.7' }, { Value: '203.0.113.1' }] }] });
    account(w);
    const { traffic } = await move(input(EVERYTHING));
    expect(w.sets[0]?.ResourceRecords).toEqual([{ Value: '198.51.100.7' }, { Value: '203.0.113.2' }]);
    expect(traffic.skipped).toEqual([]);
    const only = world({ sets: [{ Name: A.name, Type: 'A', TTL: 60, ResourceRecords: [{ Value: '198.51.100.7' }] }] });
    const calls = account(only);
    expect((await move(input(EVERYTHING))).traffic.skipped).toEqual([]);
    expect(changing(calls)).not.toContain('ChangeResourceRecordSets');
  });

  test('two values that become one stand in the record once', async () => {
    const w = world({ sets: [{ Name: A.name, Type: 'A', TTL: 60, ResourceRecords: [{ Value: '10.0.0.10' }, { Value: '10.0.1.20' }] }] });
    account(w);
    await move(input({ ...NOTHING, records: [A] }));
    expect(w.sets[0]?.ResourceRecords).toEqual([{ Value: '10.0.1.20' }]);
  });

  test('a name stands for its instance like an address, with or without a dot, in whatever case', async () => {
    const cname = { ...A, type: 'CNAME' as const };
    const w = world({ sets: [{ Name: A.name, Type: 'CNAME', TTL: 5, ResourceRecords: [{ Value: 'IP-10-0-0-10.ec2.internal.' }] }] });
    account(w);
    await move(input({ ...NOTHING, records: [cname] }));
    expect(w.sets[0]?.ResourceRecords).toEqual([{ Value: 'ip-10-0-1-20.ec2.internal' }]);
  });

  test('all sets of a name are read, page by page', async () => {
    const w = world({ sets: Array.from({ length: 5 }, (_, i) => ({ Name: A.name, Type: 'A', TTL: 1, SetIdentifier: `s${i}`, Weight: 1, ResourceRecords: [{ Value: '10.0.0.10' }] })) });
    const calls = account(w);
    const answers = { start: 0 };
    fakeAwsPages(w, calls, answers);
    await move(input({ ...NOTHING, records: [A] }));
    expect(w.sets.every(({ ResourceRecords }) => ResourceRecords?.[0]?.Value === '10.0.1.20')).toBe(true);
  });

  test('what leads elsewhere by now is told and left alone', async () => {
    const w = world({ registered: { [GROUP]: [{ Id: FROM, Port: 1, state: 'draining' }], [IP_GROUP]: [] }, sets: [{ Name: A.name, Type: 'A', ResourceRecords: [{ Value: '10.9.9.9' }] }] });
    const calls = account(w);
    const { traffic } = await move(input({ ...EVERYTHING, elasticIps: [] }));
    expect(traffic.skipped).toEqual([expect.stringContaining(GROUP), expect.stringContaining(IP_GROUP), expect.stringContaining('db.example.com')]);
    expect(changing(calls)).toEqual([]);
  });

  test('an address of somebody else is never taken, and told after all else was done', async () => {
    const w = world({ elastic: { PublicIp: '198.51.100.7', at: { instanceId: 'i-third', interfaceId: 'eni-third', privateIp: '10.0.0.99' } } });
    const calls = account(w);
    await expect(move(input(EVERYTHING))).rejects.toMatchObject({ name: 'TrafficNotMovable', message: expect.stringContaining('belongs to i-third') });
    expect(changing(calls)).toEqual(['RegisterTargets', 'RegisterTargets', 'ChangeResourceRecordSets']);
  });

  test('a free address is taken only while it is free: its former instance is gone', async () => {
    const calls = account(world({ elastic: { PublicIp: '198.51.100.7', at: undefined } }));
    await move(input({ ...NOTHING, elasticIps: [EIP] }));
    expect(calls.find(({ command }) => command === 'AssociateAddress')?.input).toEqual({ AllocationId: EIP, NetworkInterfaceId: 'eni-to', PrivateIpAddress: '10.0.1.20', AllowReassociation: false });
  });

  test.each<[string, Partial<World>, string]>([
    ['a group of functions', { types: { [GROUP]: 'lambda', [IP_GROUP]: 'ip' } }, 'type lambda'],
    ['an address of which the successor has none', { places: { ...world().places, [TO]: [{ interfaceId: 'eni-to', addresses: [{ privateIp: '10.0.1.20' }] }] } }, 'no address in the place of 10.0.0.11'],
    ['an address that was released', { elastic: undefined }, 'no Elastic IP address'],
  ])('%s is told', async (_, over, words) => {
    account(world(over));
    await expect(move(input(EVERYTHING))).rejects.toMatchObject({ name: 'TrafficNotMovable', message: expect.stringContaining(words) });
  });

  test('of a target that is gone, what is known of it still counts', async () => {
    const w = world({ registered: { [GROUP]: [{ Id: TO, Port: 5432, state: 'unused', reason: 'Target.InvalidState' }], [IP_GROUP]: [{ Id: '10.0.1.20', Port: 80 }] }, sets: [{ Name: A.name, Type: 'A', ResourceRecords: [{ Value: '10.0.1.20' }] }], elastic: { PublicIp: '198.51.100.7', at: undefined } });
    delete w.places[TO];
    account(w);
    await drain({ ...STEP, from: to, ...await move(input(EVERYTHING, to, from)) });
    expect(w.registered).toMatchObject({ [GROUP]: [{ Id: FROM, Port: 5432 }], [IP_GROUP]: [{ Id: '10.0.0.10', Port: 80 }] });
    expect(w.sets[0]?.ResourceRecords).toEqual([{ Value: '10.0.0.10' }]);
    expect(w.elastic?.at?.instanceId).toBe(FROM);
  });

  test('whatever stands in a record beside the former\'s names stays, in its order', () => fc.assert(fc.asyncProperty(
    fc.uniqueArray(fc.constantFrom('10.0.0.10', '10.0.0.11', '192.0.2.1', '192.0.2.2', '192.0.2.3'), { minLength: 1 }), async values => {
      const w = world({ sets: [{ Name: A.name, Type: 'A', ResourceRecords: values.map(Value => ({ Value })) }] });
      account(w);
      await move(input({ ...NOTHING, records: [A] }));
      const swap: Record<string, string> = { '10.0.0.10': '10.0.1.20', '10.0.0.11': '10.0.1.21' };
      expect(w.sets[0]?.ResourceRecords?.map(({ Value }) => Value)).toEqual(values.map(value => swap[value] ?? value));
    }), { numRuns: 50 }));
});

/** Two sets to a page. */
function fakeAwsPages(w: World, _: unknown, counter: { start: number }) {
  const sets = [...w.sets];
  fakeAws({
    DescribeInstances: ({ Filters: [{ Values }] }) => ({ Reservations: [{ Instances: (Values as string[]).map(id => described(w, id)) }] }),
    DescribeAddresses: () => ({ Addresses: [] }),
    ListResourceRecordSets: ({ StartRecordIdentifier }) => {
      counter.start = StartRecordIdentifier ? sets.findIndex(({ SetIdentifier }) => SetIdentifier === StartRecordIdentifier) : 0;
      const next = sets[counter.start + 2];
      return { ResourceRecordSets: sets.slice(counter.start, counter.start + 2), IsTruncated: next !== undefined, ...next ? { NextRecordName: next.Name, NextRecordType: 'A', NextRecordIdentifier: next.SetIdentifier } : {} };
    },
    ChangeResourceRecordSets: ({ ChangeBatch: { Changes } }) => {
      w.sets = (Changes as { ResourceRecordSet: RecordSet }[]).map(change => change.ResourceRecordSet);
      expect(w.sets).toHaveLength(sets.length);
      return { ChangeInfo: { Id: '/change/C1' } };
    },
  });
}

describe('is traffic moved', () => {
  const traffic = { groups: [{ targetGroupArn: GROUP, targets: [{ Id: TO, Port: 5432 }, { Id: TO, Port: 6432 }], former: [], inUse: true }], changes: ['/change/C1'], records: [], ttl: 300, elasticIps: [], skipped: [] };
  const look = (state: string, reason: string | undefined, inUse: boolean, status: string) => {
    fakeAws({
      DescribeTargetHealth: ({ Targets }) => ({ TargetHealthDescriptions: (Targets as Registration[]).map(Target => ({
        Target, TargetHealth: Target.Port === 6432 ? { State: 'healthy' } : { State: state, ...reason ? { Reason: reason } : {} },
      })) }),
      GetChange: () => ({ ChangeInfo: { Status: status } }),
    });
    return isMoved({ ...STEP, traffic: { ...traffic, groups: [{ ...traffic.groups[0]!, inUse }] }, since: new Date().toISOString() });
  };
  test.each<[string, string, string | undefined, boolean, string, boolean]>([
    ['healthy and in sync', 'healthy', undefined, true, 'INSYNC', true],
    ['still asked after', 'initial', 'Elb.InitialHealthChecking', true, 'INSYNC', false],
    ['sick', 'unhealthy', 'Target.Timeout', true, 'INSYNC', false],
    ['not in sync', 'healthy', undefined, true, 'PENDING', false],
    ['in a group that nobody uses', 'unused', 'Target.NotInUse', false, 'INSYNC', true],
    ['in a zone that the load balancer does not serve, other than the former', 'unused', 'Target.NotInUse', true, 'INSYNC', false],
    ['stopped', 'unused', 'Target.InvalidState', false, 'INSYNC', false],
  ])('%s', async (_, state, reason, inUse, status, moved) => {
    const answer = await look(state, reason, inUse, status);
    expect(answer.moved).toBe(moved);
    expect(answer.waiting).toHaveLength(moved ? 0 : 1);
    // from then on caches forget the former answer
    expect(answer.cachedUntil === null ? null : Math.round((Date.parse(answer.cachedUntil) - Date.now()) / 10_000)).toBe(moved ? 30 : null);
    expect(answer.waitSeconds).toBeGreaterThan(0);
  });
});

describe('before the switch', () => {
  const source = (w: World) => endpointOf(described(w, FROM), from);
  test('all that leads to the source passes', async () => {
    const w = world();
    const calls = account(w);
    expect(await trafficChecks(EVERYTHING, source(w))).toHaveLength(4);
    expect(changing(calls)).toEqual([]);
  });
  test('what does not is refused, all of it in one message', async () => {
    const w = world({ registered: { [GROUP]: [], [IP_GROUP]: [] }, sets: [{ Name: A.name, Type: 'A', AliasTarget: {} }], elastic: { PublicIp: '198.51.100.7', at: undefined } });
    account(w);
    await expect(trafficChecks({ ...EVERYTHING, records: [A, { ...A, type: 'AAAA' }] }, source(w))).rejects.toMatchObject({
      name: 'TrafficNotMovable', message: expect.stringMatching(/not registered.*not registered.*is an alias.*there is no record AAAA.*is not associated/),
    });
  });
});
