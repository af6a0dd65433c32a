/** Who fits at an Outpost: by what CloudWatch says is free there, and what the ledger says is promised to others. */
import fc from 'fast-check';
import type { FleetInstance } from '../../lambda/shared/fleet/facts';
import { notesOnDestination } from '../../lambda/shared/fleet/destination';
import { promisedAt } from '../../lambda/shared/fleet/promised';
import { takesOf, whoHasNoRoom } from '../../lambda/shared/fleet/room';
import type { Location } from '../../lambda/shared/locations';
import { localSnapshots } from '../../lambda/shared/migration/destination';
import { lackingRoom, outpostRoom, type OutpostRoom, unknownRoom } from '../../lambda/shared/outpost-room';
import { extend, release, reserve } from '../../lambda/shared/reservations/reservations';
import type { Room, Takes } from '../../lambda/shared/reservations/room';
import { Account } from '../../rehearsal/cloud/account';
import { type Server, serve } from '../../rehearsal/cloud/server';
import { LOCATIONS, OUTPOST, OUTPOST_ID, VPN } from '../support/fleet';

jest.setTimeout(60_000);

const GIB = 2 ** 30;
const factory = { name: 'factory', outpostArn: OUTPOST };
const server = (id: string, { type = 'm5.large', gib = 10 } = {}): FleetInstance => ({
  id, name: id, type, place: { availabilityZone: 'us-east-1b', outpostArn: null },
  volumes: [{ device: '/dev/xvda', volumeId: `vol-${id}`, bytes: gib * GIB, root: true, type: 'gp3', encrypted: true }],
});
const room = (instances: Record<string, number>, gib: Record<string, number> = {}): OutpostRoom =>
  ({ instances: new Map(Object.entries(instances)), gib: new Map(Object.entries(gib)) });
const free = { after: {}, groups: [], priority: {} };
const who = (ids: readonly FleetInstance[], of: OutpostRoom, order: object = {}, promised: readonly Takes[] = []): Record<string, string> =>
  Object.fromEntries(whoHasNoRoom(ids, { ...free, ...order }, { ...factory, room: of, promised }).map(({ id, reason }) => [id, reason]));
const promise = (id: string, gib = 0): Takes => ({ instanceId: id, outpostArn: OUTPOST, type: 'm5.large', gib: gib === 0 ? {} : { gp3: gib } });

describe('who does not fit', () => {
  const [a, b, c] = ['a', 'b', 'c'].map(id => server(id)) as [FleetInstance, FleetInstance, FleetInstance];

  test('is the last, and is told how many are free, promised and taken', () => {
    expect(who([a, b, c], room({ 'm5.large': 3 }))).toEqual({});
    expect(who([a, b, c], room({ 'm5.large': 3 }), {}, [promise('x')])).toEqual({
      c: 'c needs room for an instance of type m5.large at factory, which has 3 free (1 promised to moves under way, 2 to others of this fleet);'
        + ' make room there (instances of type m5.large), or leave others out',
    });
    expect(who([a], room({ 'm5.large': 0 }))).toEqual({
      a: 'a needs room for an instance of type m5.large at factory, which has none free; make room there (instances of type m5.large), or leave others out',
    });
  });

  test('is the one of the lowest priority; whom an important one waits for is as important', () => {
    expect(Object.keys(who([a, b, c], room({ 'm5.large': 2 }), { priority: { a: -1 } }))).toEqual(['a']);
    expect(Object.keys(who([a, b, c], room({ 'm5.large': 2 }), { priority: { b: 1, c: 1 } }))).toEqual(['a']);
    expect(Object.keys(who([a, b, c], room({ 'm5.large': 2 }), { priority: { b: 1 }, after: { b: ['c'] } }))).toEqual(['a']);
  });

  test('takes nothing from others, nor do those who stay with it', () => {
    const big = server('big', { gib: 90 });
    const gib = room({ 'm5.large': 9 }, { gp3: 95 });
    expect(who([a, big, b], gib)).toEqual({ big: expect.stringMatching(/^big needs 90 GiB of gp3 at factory, which has 95 free \(10 to others of this fleet\);/) });
    // io2 becomes gp3 there
    const fast = { ...big, volumes: [{ ...big.volumes[0]!, type: 'io2' }] };
    expect(Object.keys(who([a, fast, b], gib))).toEqual(['big']);
    // of a group each is there or none is, and b has the room that a would have had
    expect(Object.keys(who([a, big, b], room({ 'm5.large': 1 }, { gp3: 50 }), { groups: [['a', 'big']] }))).toEqual(['big']);
    // a waits for who stays
    expect(Object.keys(who([big, a, b], room({ 'm5.large': 1 }, { gp3: 50 }), { after: { a: ['big'] } }))).toEqual(['big']);
  });

  test('is nobody of a type of which nothing is known, which is told', () => {
    const odd = server('odd', { type: 'c5.large' });
    expect(who([odd, a], room({ 'm5.large': 1 }, {}))).toEqual({});
    expect(unknownRoom(room({ 'm5.large': 1 }, {}), ['c5.large', 'm5.large'], ['gp3'], 'factory'))
      .toEqual(['CloudWatch tells nothing of the room for c5.large, gp3 volumes at factory: whether there is any shows when a target is launched; what does not fit goes on at its source']);
  });

  test('is nobody on a Dedicated Host, which no metric counts', () => {
    expect(who([{ ...a, onHost: true }], room({ 'm5.large': 0 }))).toEqual({});
  });

  test('never are more let in than fit, and nobody stays who would fit beside all others', () => {
    const units = fc.record({
      sizes: fc.array(fc.record({ type: fc.constantFrom('m5.large', 'm5.xlarge'), gib: fc.integer({ min: 1, max: 60 }) }), { minLength: 1, maxLength: 12 }),
      free: fc.record({ large: fc.nat(6), xlarge: fc.nat(4), gib: fc.nat(300) }),
      promised: fc.array(fc.nat(40), { maxLength: 3 }),
      priorities: fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 12 }),
      isGrouped: fc.boolean(), waits: fc.boolean(),
    });
    fc.assert(fc.property(units, ({ sizes, free: { large, xlarge, gib }, promised, priorities, isGrouped, waits }) => {
      const all = sizes.map((size, index) => server(`i-${index}`, size));
      const ids = all.map(({ id }) => id);
      const order = {
        priority: Object.fromEntries(priorities.slice(0, ids.length).map((value, index) => [ids[index]!, value])),
        groups: isGrouped && ids.length > 3 ? [[ids[0]!, ids[3]!]] : [], after: waits && ids.length > 2 ? { [ids[2]!]: [ids[1]!] } : {},
      };
      const others = promised.map((each, index) => promise(`x-${index}`, each));
      const refused = who(all, room({ 'm5.large': large, 'm5.xlarge': xlarge }, { gp3: gib }), order, others);
      // with those whom refusals spread to
      const stays = new Set(Object.keys(refused));
      if (stays.has(ids[1]!) && waits) stays.add(ids[2]!);
      if (isGrouped && ids.length > 3 && (stays.has(ids[0]!) || stays.has(ids[3]!))) for (const index of [0, 3]) stays.add(ids[index]!);
      const let_in = all.filter(({ id }) => !stays.has(id));
      const left = {
        'm5.large': large - others.length - let_in.filter(({ type }) => type === 'm5.large').length,
        'm5.xlarge': xlarge - let_in.filter(({ type }) => type === 'm5.xlarge').length,
        'gp3': gib - promised.reduce((sum, each) => sum + each, 0) - let_in.reduce((sum, { volumes }) => sum + volumes[0]!.bytes / GIB, 0),
      };
      for (const [kind, value] of Object.entries(left)) if (let_in.some(({ type }) => kind === 'gp3' || type === kind)) expect(value).toBeGreaterThanOrEqual(0);
      if (order.groups.length > 0 || waits) return;
      for (const { id, type, volumes } of all) {
        if (stays.has(id)) expect(left[type as 'm5.large'] >= 1 && left.gp3 >= volumes[0]!.bytes / GIB).toBe(false);
      }
    }));
  });
});

describe('what one move is told', () => {
  test('is a warning, for room may be made until it is launched', () => {
    expect(lackingRoom(room({ 'm5.large': 0 }, { gp3: 20 }), ['m5.large'], { gp3: 30, gp2: 8 }, 'factory')).toEqual([
      'factory has no m5.large free: if nobody makes room, the launch fails in the pause, and the source goes on',
      'factory has 20 GiB of gp3 free, 30 are needed: if nobody makes room, the launch fails in the pause, and the source goes on',
    ]);
    expect(lackingRoom(room({ 'm5.large': 1 }, { gp3: 30 }), ['m5.large'], { gp3: 30 }, 'factory')).toEqual([]);
  });
});

describe('what a person should know of a destination', () => {
  const notes = (instances: readonly FleetInstance[], location: Location, keys: readonly string[] = []): string => notesOnDestination(instances, location, keys).join('\n');
  const outpost = LOCATIONS[0]!;
  const volume = (more: Partial<FleetInstance['volumes'][number]>): FleetInstance => ({ ...server('x'), volumes: [{ ...server('x').volumes[0]!, ...more }] });

  test('is told once, with those of whom it is true', () => {
    const six = Array.from({ length: 6 }, (_, index) => ({ ...server(`i-${index}`), hasIpv6: true as const }));
    expect(notes(six, outpost)).toMatch(/^packets of more than 1,300 bytes.*\nIPv6 crosses neither service link nor local gateway, .*\(i-0, i-1, i-2, i-3, i-4 and 1 more\)$/);
  });

  test.each<[RegExp, Partial<FleetInstance['volumes'][number]>]>([
    [/everything on an Outpost is encrypted.*\(x\)/, { encrypted: false }],
    [/keys that are not among the construct's volumeKeys.*\(x\)/, { kmsKeyId: 'arn:aws:kms:us-east-1:111122223333:key/other' }],
    [/volumes at an Outpost have at most 16,384 GiB/, { bytes: 16_385 * GIB }],
    [/volumes of types other than gp2 and gp3 become gp3/, { type: 'io2' }],
  ])('%s', (line, more) => {
    expect(notes([volume({})], outpost)).not.toMatch(line);
    expect(notes([volume(more)], outpost)).toMatch(line);
  });

  test('of a Local Zone nothing tells the room, and of the Region nothing has to', () => {
    const zone: Location = { name: 'boston', kind: 'local-zone', subnetId: 'subnet-1', availabilityZone: 'us-east-1-bos-1a', links: [] };
    expect(notes([server('x')], zone)).toMatch(/nothing tells how much room boston has.*InsufficientInstanceCapacity/);
    expect(notes([server('x')], LOCATIONS[1]!)).toBe('');
    expect(notes([volume({ kmsKeyId: 'mine' })], LOCATIONS[1]!, ['mine'])).toBe('');
  });
});

describe('against the account', () => {
  const TABLE = 'ledger';
  let account: Account;
  let running: Server;
  beforeAll(async () => {
    account = new Account();
    running = await serve(account, () => ({ callerArn: 'arn:aws:iam::111122223333:user/somebody' }));
    Object.assign(process.env, { AWS_ENDPOINT_URL: running.url, AWS_REGION: account.region, AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'none' });
    account.dynamodb.addTable({ name: TABLE, partitionKey: { name: 'pk', type: 'S' } });
    account.outposts.add({ id: OUTPOST_ID, slots: { 'm5.large': 4 }, reserved: { 'm5.large': 1 }, storage: { gp3: 100 }, localSnapshots: true });
  });
  afterAll(() => running.close());
  const now = (): number => account.clock.now() / 1000;
  const read = (): Promise<OutpostRoom> => outpostRoom(OUTPOST, ['m5.large', 'm5.xlarge'], ['gp3', 'gp2'], now());

  test('what runs there and what is reserved for others is not free; of what is not installed nothing is known', async () => {
    expect(await read()).toEqual(room({ 'm5.large': 3 }, { gp3: 100 }));
    const { subnetId } = account.outposts.site(OUTPOST);
    account.ec2.addInstance({ type: 'm5.large', subnetId, volumes: [{ size: 30, type: 'gp3' }] });
    // CloudWatch tells it some minutes later
    await account.clock.advance(12 * 60_000);
    expect(await read()).toEqual(room({ 'm5.large': 2 }, { gp3: 70 }));
  });

  test('a move that holds its link keeps its room until its target serves, through extensions and over midnight', async () => {
    jest.spyOn(Date, 'now').mockImplementation(() => account.clock.now());
    const [{ instanceId }, { instanceId: other }] = [account.ec2.addInstance({ name: 'one' }), account.ec2.addInstance({ name: 'two' })] as const;
    const start = Math.floor(now() / 900) * 900;
    const link: Room = { start, step: 900, values: new Array<number>(500).fill(100) };
    const takes = { ...takesOf(server(instanceId), OUTPOST), instanceId };
    const book = `${VPN.id}#to-edge`;
    const held = await reserve({ table: TABLE, book, execution: 'arn:fleet', migration: instanceId, from: start, to: start + 86_400, rate: 10, takes }, link);
    // bound for another place, or for none that is known
    await reserve({ table: TABLE, book, execution: 'arn:fleet', migration: other, from: start, to: start + 900, rate: 10 }, link);
    await reserve({ table: TABLE, book, execution: 'arn:fleet', migration: 'elsewhere', from: start, to: start + 900, rate: 10, takes: { ...takes, instanceId: other, outpostArn: 'arn:other' } }, link);
    const promised = (): Promise<Takes[]> => promisedAt(TABLE, LOCATIONS[0]!, Math.floor(now()));
    expect(await promised()).toEqual([takes]);
    const longer = await extend(held, start + 90_000, link);
    expect(await promised()).toEqual([takes]);
    const tags = account.ec2.instances.get(instanceId)!.Tags!;
    tags.push({ Key: 'instance-mobility:phase', Value: 'switching' });
    expect(await promised()).toEqual([takes]);
    tags.splice(tags.findIndex(({ Key }) => Key === 'instance-mobility:phase'), 1, { Key: 'instance-mobility:phase', Value: 'serving' });
    expect(await promised()).toEqual([]);
    tags.pop();
    expect(await promised()).toEqual([takes]);
    await release(longer);
    expect(await promised()).toEqual([]);
    jest.restoreAllMocks();
  });

  test('local snapshots are found, by volumes and by what these were made of', async () => {
    const { subnetId } = account.outposts.site(OUTPOST);
    const { volumeIds: [, volumeId = ''] } = account.ec2.addInstance({ type: 'm5.large', subnetId, volumes: [{ size: 8, type: 'gp3' }, { size: 30, type: 'gp3' }] });
    expect(await localSnapshots([{ volumeId }])).toEqual(new Map());
    const { SnapshotId: id = '' } = await account.call('EC2', 'CreateSnapshot', { VolumeId: volumeId, OutpostArn: OUTPOST }, { callerArn: 'arn:aws:iam::111122223333:user/somebody' }) as { SnapshotId?: string };
    expect(await localSnapshots([{ volumeId }, { volumeId: 'vol-0123456789abcdef0', origin: id }])).toEqual(new Map([
      [volumeId, `${id} is at ${OUTPOST}`], ['vol-0123456789abcdef0', `${id} is at ${OUTPOST}`],
    ]));
  });

  test('of an Outpost that is cut off nothing is known', async () => {
    account.outposts.disconnect(OUTPOST, account.clock.now() - 2 * 3_600_000, account.clock.now() + 3_600_000);
    expect(await read()).toEqual(room({}));
  });
});
