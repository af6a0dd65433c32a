/** The functions' own readers find in the account what is published there. */
import { generatedBackground, generatedLoad } from '../../../rehearsal/cloud/load/generator';
import { connect, type Connection } from '../cloud/clients';

const day = 86_400;
let connection: Connection;
const environment = { ...process.env };

beforeAll(async () => {
  connection = await connect();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: connection.url, AWS_REGION: connection.account.region, AWS_ACCESS_KEY_ID: 'AKIDPERSON', AWS_SECRET_ACCESS_KEY: 'none',
  });
});
afterAll(async () => {
  process.env = environment;
  await connection.close();
});

const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

test('fourteen days of CPU and writes of an instance', async () => {
  const { account } = connection;
  const { instanceId, volumeIds } = account.ec2.addInstance({ volumes: [{}, { size: 100 }] });
  const load = generatedLoad(1, { index: 4 });
  account.loads.assign(instanceId, load);
  const now = account.clock.now() / 1000;
  const { readHistories } = jest.requireActual<typeof import('../../../lambda/shared/instance-metrics/read')>('../../../lambda/shared/instance-metrics/read');
  const { histories: [history] } = await readHistories([{ id: instanceId, volumeIds }], { from: now - 14 * day, to: now }, now);
  const { writes, cpu } = history!;
  expect(writes.values).toHaveLength(14 * 96);
  expect([...writes.values, ...cpu.values].slice(0, -1).filter(Number.isNaN)).toEqual([]);
  const exact = Array.from({ length: 14 * 288 }, (_, bin) => (now - 14 * day + bin * 300) * 1000);
  expect(mean(writes.values) / (exact.reduce((sum, time) => sum + load.writes(time), 0) / exact.length)).toBeCloseTo(1, 2);
  expect(mean(cpu.values) / (exact.reduce((sum, time) => sum + load.cpu(time), 0) / exact.length)).toBeCloseTo(1, 2);
});

test.each(['vpn', 'outpost'] as const)('what others send over a %s, and that it is broken', async kind => {
  const { account } = connection;
  const background = { 'to-edge': generatedBackground(1, { capacity: 1e9 }), 'to-region': generatedBackground(2, { capacity: 1e9 }) };
  const spec = { capacity: 1e9, background };
  const site = kind === 'vpn' ? account.links.addVpn(spec) : account.outposts.add({ link: spec });
  const link = {
    id: 'vpnConnectionId' in site ? `vpn/${site.vpnConnectionId}` : `outpost/${site.outpostId}`, capacity: { 'to-edge': 1e9, 'to-region': 1e9 }, migrationShare: 0.8, transports: ['blocks'] as const,
    ...'vpnConnectionId' in site ? { kind: 'site-to-site-vpn' as const, vpnConnectionId: site.vpnConnectionId }
      : { kind: 'outpost-service-link' as const, outpostId: site.outpostId },
  };
  const now = account.clock.now() / 1000;
  const { readLinkTraffic, isLinkUp } = jest.requireActual<typeof import('../../../lambda/shared/link-traffic/read')>('../../../lambda/shared/link-traffic/read');
  for (const direction of ['to-edge', 'to-region'] as const) {
    const { traffic } = await readLinkTraffic(link, direction, { from: now - 7 * day, to: now - 900 }, now);
    const expected = Array.from(traffic.values, (_, slot) => background[direction]((traffic.start + slot * 900 + 300) * 1000) / 8);
    expect(mean(traffic.values) / mean(Float64Array.from(expected))).toBeCloseTo(1, 1);
  }
  expect(await isLinkUp(link, now)).toBe(true);
  account.links.get(link.id).down(account.clock.now(), account.clock.now() + 7_200_000);
  await account.clock.advance(3_600_000);
  expect(await isLinkUp(link, account.clock.now() / 1000)).toBe(false);
});
