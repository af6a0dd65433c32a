/** What a fleet may be asked for, and what one look at its instances refuses. */
import type { Instance, Volume } from '@aws-sdk/client-ec2';
import { checkFleetRequest } from '../../lambda/shared/fleet/check';
import { whyNotSo } from '../../lambda/shared/fleet/travel';
import { instanceFacts, loadOf, notesOn, whyNot } from '../../lambda/shared/fleet/facts';
import { problemsOfReferences, spread } from '../../lambda/shared/fleet/refusals';
import { restored, stored } from '../../lambda/shared/instance-metrics/history';
import { durationSeconds } from '../../lambda/shared/iso-duration';
import type { EdgeLink } from '../../lambda/shared/links';
import { type Location, wayTo } from '../../lambda/shared/locations';

const capacity = { 'to-edge': 1e8, 'to-region': 1e8 };
const vpn: EdgeLink = { id: 'vpn/vpn-1', kind: 'site-to-site-vpn', capacity, migrationShare: 0.8, transports: ['blocks'] };
const service: EdgeLink = { id: 'outpost/op-1', kind: 'outpost-service-link', capacity, migrationShare: 0.8, transports: ['ebs', 'blocks'] };
const outpostArn = 'arn:aws:outposts:us-east-1:111122223333:outpost/op-0123456789abcdef0';
const factory: Location = { name: 'factory', kind: 'outpost', subnetId: 'subnet-1', availabilityZone: 'us-east-1a', outpostArn, links: [vpn, service] };
const branch: Location = { name: 'branch', kind: 'local-zone', subnetId: 'subnet-2', availabilityZone: 'us-east-1-atl-1a', links: [{ ...service, id: 'local-zone/us-east-1-atl-1a', kind: 'local-zone' }] };
const home: Location = { name: 'home', kind: 'region', subnetId: 'subnet-3', availabilityZone: 'us-east-1a', links: [] };
const locations = [factory, branch, home];

const now = Date.parse('2026-03-01T12:00:00Z');
const ids = ['i-00000001', 'i-00000002'];
const check = (more: object = {}, approvable = true) => checkFleetRequest({ instances: { ids }, destination: 'factory', ...more }, { locations, approvable }, now);
const problems = (more: object, approvable = true): string => {
  try {
    check(more, approvable);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it was admitted');
};

describe('the request', () => {
  test('needs instances and a destination; everything else has a default', () => {
    expect(check()).toMatchObject({
      instances: { ids, tag: null }, destination: 'factory', strategy: 'adaptive', timeZone: 'UTC', windows: [], maxDowntime: 'PT15M', transport: 'auto',
      keepSource: 'PT24H', approve: [], planOnly: false, overrides: {},
    });
    expect(check({ instances: { tag: { key: 'site', value: 'factory' } } }).instances).toEqual({ ids: null, tag: { key: 'site', value: 'factory' } });
  });

  test('windows get the zone of the fleet, spans become times', () => {
    const { windows, blackouts, overrides } = check({
      timeZone: 'Europe/Berlin', strategy: 'window', windows: [{ from: '22:00', to: '04:00' }, { from: '00:00', to: '24:00', timeZone: 'Asia/Tokyo', days: ['Sun'] }],
      blackouts: [{ from: '2026-03-02T00:00:00Z', to: '2026-03-02T06:00:00Z' }, { from: '08:00', to: '10:00' }],
      overrides: { 'i-00000001': { windows: [{ from: '01:00', to: '02:00' }], services: ['db.service'], deadline: null } },
    });
    expect(windows).toEqual([{ from: '22:00', to: '04:00', timeZone: 'Europe/Berlin' }, { from: '00:00', to: '24:00', timeZone: 'Asia/Tokyo', days: ['Sun'] }]);
    expect(blackouts).toEqual([{ from: 1772409600, to: 1772431200 }, { from: '08:00', to: '10:00', timeZone: 'Europe/Berlin' }]);
    expect(overrides).toEqual({ 'i-00000001': { windows: [{ from: '01:00', to: '02:00', timeZone: 'Europe/Berlin' }], services: ['db.service'] } });
  });

  test.each<[string, object]>([
    ['instances: got', { instances: { ids, tag: { key: 'a', value: 'b' } } }],
    ['instances: got', { instances: {} }],
    ['instances: got', { instances: { ids: ['web-1'] } }],
    ['destination: got "moon", allowed is "factory" or "branch" or "home"', { destination: 'moon' }],
    ['speed: unknown', { speed: 5 }],
    ['timeZone: got "Mars/Olympus"', { timeZone: 'Mars/Olympus' }],
    ['windows: got', { windows: [{ from: '25:00', to: '04:00' }] }],
    ['at least one window, for "strategy" is "window"', { strategy: 'window' }],
    ['blackouts: got', { blackouts: [{ from: '2026-03-02T06:00:00Z', to: '2026-03-02T00:00:00Z' }] }],
    ['deadline: got "2026-03-01T11:00:00Z", allowed is a time in the future: it is 2026-03-01T12:00:00.000Z', { deadline: '2026-03-01T11:00:00Z' }],
    ['a time after "earliest"', { earliest: '2026-03-03T00:00:00Z', deadline: '2026-03-02T00:00:00Z' }],
    ['maxDowntime: got "5 minutes"', { maxDowntime: '5 minutes' }],
    ['keepSource: got "never", allowed is "forever", or a duration', { keepSource: 'never' }],
    ['after: got', { after: { 'i-00000001': [] } }],
    ['priority: got', { priority: { 'i-00000001': 1.5 } }],
    ['overrides.i-00000001.destination: unknown', { overrides: { 'i-00000001': { destination: 'home' } } }],
    ['overrides.web: got "web"', { overrides: { web: {} } }],
    ['rates: got [0]', { rates: [0] }],
    ['overrides.i-00000001.windows: got nothing, allowed is at least one window', { overrides: { 'i-00000001': { strategy: 'window' } } }],
    // what the planner could make nothing of, after all metrics were read
    ['groups: got "i-00000001", allowed is an id in one group', { groups: [['i-00000001', 'i-00000002'], ['i-00000003', 'i-00000001']] }],
    ['overrides.i-00000001.deadline: got "2026-03-02T00:00:00Z", allowed is a time after "earliest"', { deadline: '2026-03-02T00:00:00Z', overrides: { 'i-00000001': { earliest: '2026-03-03T00:00:00Z' } } }],
    ['overrides.i-00000001.deadline: got "2026-03-01T11:00:00Z", allowed is a time in the future', { overrides: { 'i-00000001': { deadline: '2026-03-01T11:00:00Z' } } }],
    ['maxConcurrent: got 1, allowed is at least 2, for so many switch together', { groups: [ids], maxConcurrent: 1 }],
    ['after: i-00000001, i-00000002 wait for each other', { after: { 'i-00000001': ['i-00000002'], 'i-00000002': ['i-00000001'] } }],
    ['after: i-00000001 wait for each other or for a member of their own group', { after: { 'i-00000001': ['i-00000002'] }, groups: [ids] }],
    ['overrides.i-00000001.windows: got [], allowed is at least one window', {
      strategy: 'window', windows: [{ from: '22:00', to: '04:00' }], overrides: { 'i-00000001': { windows: [] } },
    }],
  ])('is refused with %s', (message, more) => expect(problems(more)).toContain(message));

  test('asks for no approval where nobody can be asked', () => {
    expect(problems({ approve: ['plan'] }, false)).toContain('notificationTopic');
    expect(check({ approve: ['plan'], planOnly: true }, false).approve).toEqual(['plan']);
  });

  test('durations have days to seconds', () => {
    expect(['PT5M', 'P1DT2H3M4S', 'PT90S'].map(durationSeconds)).toEqual([300, 93_784, 90]);
    expect(['', 'P', 'PT', '5M', 'P1Y'].map(durationSeconds)).toEqual(Array(5).fill(undefined));
  });

  test('names no instance that is not in the fleet', () => {
    const { after, groups, priority, overrides } = check({ after: { 'i-00000001': ['i-00000009'] }, groups: [ids], priority: { 'i-00000008': 1 }, overrides: {} });
    expect(problemsOfReferences({ after, groups, priority, overrides }, new Set(ids)).join('\n')).toMatch(/after: got "i-00000009".*\npriority: got "i-00000008"/);
  });
});

describe('one look at an instance', () => {
  const instance: Instance = {
    InstanceId: 'i-00000001', InstanceType: 'm5.large', State: { Name: 'running' }, Placement: { AvailabilityZone: 'us-east-1b' }, RootDeviceName: '/dev/xvda',
    Tags: [{ Key: 'movable', Value: 'yes' }, { Key: 'Name', Value: 'db-1' }],
    BlockDeviceMappings: ['/dev/xvda', '/dev/sdf'].map((DeviceName, i) => ({ DeviceName, Ebs: { VolumeId: `vol-${i}` } })),
  };
  const volumes = new Map<string, Volume>([['vol-0', { Size: 8, Attachments: [{}] }], ['vol-1', { Size: 100, Attachments: [{}] }]]);
  const surroundings = { destination: factory, locations, tag: { key: 'movable', value: 'yes' }, typesWithInstanceStore: new Set(['m5d.large']), lifecycles: new Map<string, string>() };
  const reason = (more: Partial<Instance>, destination = factory, of = volumes) => whyNot({ ...instance, ...more }, of, { ...surroundings, destination });

  test('admits what can be moved', () => {
    expect(reason({})).toBeUndefined();
    expect(instanceFacts(instance, volumes)).toEqual({
      id: 'i-00000001', name: 'db-1', type: 'm5.large', place: { availabilityZone: 'us-east-1b', outpostArn: null },
      volumes: [{ device: '/dev/xvda', volumeId: 'vol-0', bytes: 8 * 2 ** 30, root: true }, { device: '/dev/sdf', volumeId: 'vol-1', bytes: 100 * 2 ** 30, root: false }],
    });
  });

  test.each<[string, Partial<Instance>, Location]>([
    ['does not carry the tag movable=yes', { Tags: [] }, factory],
    ['is stopped', { State: { Name: 'stopped' } }, factory],
    ['is in phase \'serving\' of another move', { Tags: [...instance.Tags!, { Key: 'instance-mobility:phase', Value: 'serving' }] }, factory],
    ['is at factory already', { OutpostArn: outpostArn }, factory],
    ['is at us-east-1-atl-1a, from where the construct knows no way to factory', { Placement: { AvailabilityZone: 'us-east-1-atl-1a' } }, factory],
    ['is at us-east-1b, from where the construct knows no way to home', {}, home],
    ['has no EBS volume', { BlockDeviceMappings: [] }, factory],
    ['is of type m5d.large, whose instance store would stay behind', { InstanceType: 'm5d.large' }, factory],
  ])('refuses one that %s', (message, more, destination) => expect(reason(more, destination)).toContain(message));

  test('refuses one that shares a volume, and names the volume', () => {
    expect(reason({}, factory, new Map([...volumes, ['vol-1', { Attachments: [{}, {}] }]]))).toContain('shares vol-1 (/dev/sdf)');
  });

  test('refuses members of Auto Scaling groups but for those in standby, of which it says what to do', () => {
    const member = { ...instance, Tags: [...instance.Tags!, { Key: 'aws:autoscaling:groupName', Value: 'web' }] };
    const lifecycles = (state: string) => new Map([[member.InstanceId!, state]]);
    const why = (known: ReadonlyMap<string, string> | null): string | undefined => whyNot(member, volumes, { ...surroundings, lifecycles: known });
    expect(why(lifecycles('InService'))).toMatch(/is InService in the Auto Scaling group web.*standby there, or detach it/);
    expect(why(new Map())).toMatch(/is in no known state in the Auto Scaling group web/);
    expect(why(lifecycles('Standby'))).toBeUndefined();
    expect(notesOn(member, lifecycles('Standby'))[0]).toMatch(/Detach i-00000001 before it is released/);
    // a replay moves nobody
    expect(why(null)).toBeUndefined();
    expect(notesOn(member, null)[0]).toMatch(/refused unless it is in standby/);
    expect(notesOn(instance, null)).toEqual([]);
  });

  test('the way back is that of the place where it is', () => {
    expect(wayTo(home, { availabilityZone: 'us-east-1a', outpostArn }, locations)).toEqual({ direction: 'to-region', links: factory.links });
    expect(wayTo(home, { availabilityZone: 'us-east-1-atl-1a', outpostArn: null }, locations)?.links).toEqual(branch.links);
    expect(wayTo(branch, { availabilityZone: 'us-east-1a', outpostArn: null }, locations)).toEqual({ direction: 'to-edge', links: branch.links });
  });

  test('what goes over which link follows from the transport', () => {
    const facts = instanceFacts(instance, volumes);
    const load = (transport: 'auto' | 'ebs' | 'blocks', links: EdgeLink[], chosen = {}, maxDowntime = 'PT15M') =>
      loadOf(facts, { transport, volumes: chosen, maxDowntime }, { direction: 'to-edge', links });
    const [root, data] = facts.volumes.map(({ bytes }) => bytes) as [number, number];
    expect(load('blocks', [vpn, service])).toEqual({ links: [vpn], bytes: data, elsewhere: root, unpaced: false });
    expect(load('blocks', [service])).toEqual({ links: [service], bytes: root + data, elsewhere: 0, unpaced: false });
    expect(load('auto', [vpn, service])).toEqual({ links: [service], bytes: root + data, elsewhere: 0, unpaced: true });
    expect(load('auto', [vpn, service], { '/dev/sdf': { transport: 'blocks' } })).toMatchObject({ links: [vpn], unpaced: false });
    // as the move chooses by itself where snapshots would mean too long a pause
    expect(load('auto', [vpn, service], {}, 'PT4M')).toEqual(load('blocks', [vpn, service]));
    expect(load('auto', [vpn, service], { '/dev/sdf': { transport: 'ebs' } }, 'PT4M')).toEqual(load('ebs', [vpn, service]));
    // nothing tells what AWS has room for: it is placed as if it took the VPN
    expect(load('ebs', [vpn])).toEqual({ links: [vpn], bytes: root + data, elsewhere: root + data, unpaced: true });
  });

  test('who can not travel as asked for stays, and is told what would do', () => {
    const facts = instanceFacts(instance, volumes);
    const why = (transport: 'auto' | 'ebs' | 'blocks', maxDowntime: string, links = [vpn, service], replicates = true) =>
      whyNotSo(facts, { transport, volumes: {}, maxDowntime }, { direction: 'to-edge', links }, replicates);
    expect([why('auto', 'PT15M'), why('auto', 'PT4M'), why('blocks', 'PT30S'), why('ebs', 'PT4M20S')]).toEqual([undefined, undefined, undefined, undefined]);
    expect(why('ebs', 'PT4M')).toMatch(/^i-00000001 shall be down for 240 s at most, but the last snapshots, the launch and its checks take 260 s at least; allow more, or/);
    expect(why('auto', 'PT4M', [{ ...service, transports: ['ebs'] }])).toMatch(/take 260 s at least/);
    expect(why('blocks', 'PT20S')).toMatch(/^i-00000001 shall be down for 20 s at most, but from the first service stopped to the last one started it may take 30 s; allow more$/);
    expect(why('blocks', 'PT15M', [vpn], false)).toMatch(/^i-00000001 would travel by "blocks", as is asked for, but the construct has no `blocks`/);
    expect(why('auto', 'PT4M', [vpn, service], false)).toMatch(/by "blocks", for it shall be down for 240 s at most, but the construct has no `blocks`/);
    expect(why('auto', 'PT15M', [vpn, service], false)).toBeUndefined();
    // what the move itself would refuse in the middle of the night
    expect(why('blocks', 'PT15M', [{ ...service, transports: ['ebs'] }])).toMatch(/^i-00000001 can not be moved by "blocks": no link of the location carries it \(outpost\/op-1\)/);
    const rootOnly = { ...facts, volumes: facts.volumes.filter(({ root }) => root) };
    const way = { direction: 'to-edge', links: [vpn, service] } as const;
    expect(whyNotSo(rootOnly, { transport: 'blocks', volumes: {}, maxDowntime: 'PT15M' }, way, true)).toMatch(/^i-00000001 has nothing but its root volume/);
    expect(whyNotSo(facts, { transport: 'blocks', volumes: {}, maxDowntime: 'PT15M', stopSource: true }, way, true)).toMatch(/"stopSource" ends what sends them/);
  });

  test('who waits for a refused instance, or switches with it, stays', () => {
    const refused = new Map([['a', 'a is stopped']]);
    spread({ after: { b: ['a'], d: ['c'] }, groups: [['b', 'c']] }, refused);
    expect([...refused]).toEqual([
      ['a', 'a is stopped'], ['b', 'b waits for a, which can not be moved'], ['c', 'c switches together with b, which can not be moved'], ['d', 'd waits for c, which can not be moved'],
    ]);
  });
});

test('a history is packed and comes back, gaps and all', () => {
  const series = { start: 900, step: 900, values: Float64Array.from([1.5, NaN, 3]) };
  expect(restored(stored({ id: 'i-1', writes: series, cpu: series }))).toEqual({ id: 'i-1', writes: series, cpu: series });
});
