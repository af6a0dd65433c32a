/** What the machine that moves one instance refuses, and warns of, before anything is made. */
import { handler } from '../../lambda/migration/check-destination';
import { linkOf } from '../../lambda/shared/migration/build';
import type { MigrationRequest } from '../../lambda/shared/migration/request';
import type { Location } from '../../lambda/shared/locations';
import type { Source, SourceVolume } from '../../lambda/shared/source/source';
import { Account } from '../../rehearsal/cloud/account';
import { makeSubnet } from '../../rehearsal/cloud/ec2/default-network';
import { zoneId } from '../../rehearsal/cloud/ec2/zones';
import { type Server, serve } from '../../rehearsal/cloud/server';
import { STEP } from '../lambda/support/fixtures';
import { LOCATIONS, OUTPOST, OUTPOST_ID, VPN } from '../support/fleet';

const operator = { callerArn: 'arn:aws:iam::111122223333:user/operator' };
const KEY = 'arn:aws:kms:us-east-1:111122223333:key/11112222-3333-4444-5555-666677778888';
let account: Account;
let server: Server;
beforeAll(async () => {
  account = new Account();
  server = await serve(account, () => operator);
  Object.assign(process.env, { AWS_ENDPOINT_URL: server.url, AWS_REGION: account.region, AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'none' });
  account.outposts.add({ id: OUTPOST_ID, slots: { 'm5.large': 1 }, storage: { gp3: 100 }, localSnapshots: true });
  const vpcId = [...account.ec2.vpcs.keys()][0]!;
  for (const { subnetId: id, availabilityZone: zone, outpostArn } of LOCATIONS) {
    makeSubnet(account.ec2, { id, vpcId, cidr: `172.31.${outpostArn ? 240 : 250}.0/24`, zone, zoneId: zoneId(account.region, zone), ...outpostArn && { outpostArn } });
  }
});
afterAll(() => server.close());
beforeEach(() => { jest.spyOn(Date, 'now').mockImplementation(() => account.clock.now()); });
afterEach(() => jest.restoreAllMocks());

const VOLUME: SourceVolume = {
  device: '/dev/xvda', volumeId: 'vol-0123456789abcdef0', root: true, deleteOnTermination: true, ebsCardIndex: null, size: 20, type: 'gp3', iops: 3000, throughput: 125,
  encrypted: true, kmsKeyId: KEY, multiAttach: false, attachments: 1, tags: {},
};

interface Over { readonly type?: string; readonly at?: 'home' | 'factory' | 'zone'; readonly ipv6?: boolean; readonly volume?: Partial<SourceVolume>; readonly tenancy?: 'host' }

/** An instance of the account, as the step before tells of it. */
function sourceOf({ type = 'm5.large', at = 'home', ipv6 = false, volume = {}, tenancy }: Over = {}): Source {
  const { instanceId, volumeIds: [, volumeId = ''] } = account.ec2.addInstance({ type: 'm5.large', volumes: [{ size: 8 }, { size: 20 }] });
  const zone = { home: 'us-east-1c', factory: 'us-east-1a', zone: 'us-east-1-atl-1a' }[at];
  return {
    instanceId, volumes: [{ ...VOLUME, volumeId, ...volume }],
    instance: {
      InstanceId: instanceId, InstanceType: type, Placement: { AvailabilityZone: zone, ...tenancy && { Tenancy: tenancy } }, ...at === 'factory' && { OutpostArn: OUTPOST },
      NetworkInterfaces: [{ Ipv6Addresses: ipv6 ? [{ Ipv6Address: '2001:db8::1' }] : [] }],
    },
  } as unknown as Source;
}

const request = (source: Source, destination: string, elasticIps: readonly string[] = []): MigrationRequest =>
  ({ instanceId: source.instanceId, destination, traffic: { targetGroupArns: [], records: [], elasticIps, callback: false } }) as unknown as MigrationRequest;
async function check(source: Source, destination = 'factory', more: { elasticIps?: readonly string[]; locations?: readonly Location[] } = {}) {
  const { destination: found } = await handler({
    ...STEP, request: request(source, destination, more.elasticIps), source, locations: more.locations ?? LOCATIONS, volumeKeyArns: [KEY],
  });
  return found;
}

test.each<[string, string, () => Promise<unknown>]>([
  ['DestinationNotPossible', 'is at factory already', () => check(sourceOf({ at: 'factory' }))],
  ['DestinationNotPossible', 'nothing moves from one edge to another: move it to the Region first', () => check(sourceOf({ at: 'zone' }))],
  ['DestinationNotPossible', 'which is none of the construct\'s locations: add it, with the link that leads there', () => check(sourceOf({ at: 'zone' }), 'home')],
  ['DestinationNotPossible', 'of the location factory is in us-east-1b, not in', () =>
    check(sourceOf(), 'factory', { locations: [{ ...LOCATIONS[0]!, subnetId: LOCATIONS[1]!.subnetId }, LOCATIONS[1]!] })],
  ['TypeNotAtDestination', 'factory does not offer c5.large, but m5.large', () => check(sourceOf({ type: 'c5.large' }))],
  ['TrafficNotMovable', 'Elastic IP addresses do not leave their network border group', () => check(sourceOf(), 'factory', { elasticIps: ['eipalloc-1'] })],
  ['InvalidRequest', 'moon is no location of the construct any more', () => check(sourceOf(), 'moon')],
])('%s: %s', async (name, message, refused) => {
  await expect(refused()).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
});

test('volumes whose snapshots have to stay at the Outpost are refused, each with that snapshot', async () => {
  const subnetId = LOCATIONS[0]!.subnetId;
  account.outposts.site(OUTPOST).slots.set('m5.large', 2);
  const { instanceId, volumeIds: [, volumeId = ''] } = account.ec2.addInstance({ type: 'm5.large', subnetId, volumes: [{ size: 8, type: 'gp3' }, { size: 9, type: 'gp3' }] });
  const source = (): Source => ({ ...sourceOf({ at: 'factory', volume: { device: '/dev/sdf', volumeId } }), instanceId });
  await expect(check(source(), 'home')).resolves.toMatchObject({ way: { direction: 'to-region' } });
  const { SnapshotId: id } = await account.call('EC2', 'CreateSnapshot', { VolumeId: volumeId, OutpostArn: OUTPOST }, operator) as { SnapshotId?: string };
  await expect(check(source(), 'home')).rejects.toMatchObject({
    name: 'SnapshotsAreLocal', message: `snapshots of ${instanceId} have to stay where the former ones are: /dev/sdf (${volumeId}): ${id} is at ${OUTPOST}.`
      + ' Move its data by other means, or from a volume that has no local snapshots',
  });
  await account.call('EC2', 'TerminateInstances', { InstanceIds: [instanceId] }, operator);
  account.outposts.site(OUTPOST).slots.set('m5.large', 1);
  await account.clock.advance(20 * 60_000);
});

test.each<[string, RegExp, Over]>([
  ['packets', /packets of more than 1,300 bytes do not pass/, {}],
  ['IPv6', /IPv6 addresses, but IPv6 crosses neither service link nor local gateway/, { ipv6: true }],
  ['encryption', /everything on an Outpost is encrypted/, { volume: { encrypted: false, kmsKeyId: null } }],
  ['keys', /\/dev\/xvda is encrypted by a key that is not among the construct's volumeKeys/, { volume: { kmsKeyId: `${KEY}-other` } }],
  ['size', /\/dev\/xvda: volumes at an Outpost have at most 16,384 GiB/, { volume: { size: 20_000 } }],
  ['room for volumes', /factory has \d+ GiB of gp3 free, 101 are needed/, { volume: { size: 101 } }],
  ['room for volumes that become gp3', /factory has \d+ GiB of gp3 free, 101 are needed/, { volume: { size: 101, type: 'io2' } }],
  ['what nobody knows', /CloudWatch tells nothing of the room for gp2 volumes at factory/, { volume: { type: 'gp2' } }],
])('the plan warns of %s', async (what, line, over) => {
  const { warnings } = await check(sourceOf(over));
  expect(warnings.join('\n')).toMatch(line);
  if (what !== 'packets') expect((await check(sourceOf())).warnings.join('\n')).not.toMatch(line);
});

test('the plan warns where no slot is free, but not of Dedicated Hosts, which have none', async () => {
  expect((await check(sourceOf())).warnings.join('\n')).not.toMatch(/free/);
  account.ec2.addInstance({ type: 'm5.large', subnetId: LOCATIONS[0]!.subnetId, volumes: [{ size: 8, type: 'gp3' }] });
  await account.clock.advance(12 * 60_000);
  expect((await check(sourceOf())).warnings.join('\n')).toMatch(/factory has no m5.large free: if nobody makes room, the launch fails in the pause, and the source goes on/);
  expect((await check(sourceOf({ tenancy: 'host' }))).warnings.join('\n')).not.toMatch(/has no/);
});

test('what goes over a VPN of the user\'s is blocks, and what AWS moves is nothing that it carries', async () => {
  const source = sourceOf();
  const found = await check(source);
  expect(linkOf({ ...request(source, 'factory'), reservation: null }, found, 'blocks')).toMatchObject({ id: VPN.id, direction: 'to-edge' });
  expect(linkOf({ ...request(source, 'factory'), reservation: null }, found, 'ebs')).toBeNull();
});
