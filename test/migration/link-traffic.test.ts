/** Traffic of links, read through the real client from the rehearsal's CloudWatch. */
import { App, Bitrate, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import fc from 'fast-check';
import { isLinkUp, readLinkTraffic } from '../../lambda/shared/link-traffic/read';
import { healthOf, searchesFor } from '../../lambda/shared/link-traffic/metrics';
import { orElse, sumOfParts, withoutOwn } from '../../lambda/shared/link-traffic/sum';
import { bookOf, bytesPerSecond, type EdgeLink } from '../../lambda/shared/links';
import { batchesOf, listMetrics, periodAt, readMetrics } from '../../lambda/shared/metric-data';
import { EdgeTunnel } from '../../lib';
import { Account } from '../../rehearsal/cloud/account';
import { CloudWatch } from '../../rehearsal/cloud/cloudwatch/state';
import { type Server, serve } from '../../rehearsal/cloud/server';
import { fakeAws } from '../lambda/support/fake-aws';

const common = { capacity: { 'to-edge': 800e6, 'to-region': 80e6 }, migrationShare: 0.8, transports: ['blocks'] } as const;
const vpn: EdgeLink = { ...common, id: 'vpn/vpn-1', kind: 'site-to-site-vpn', vpnConnectionId: 'vpn-1' };
const outpost: EdgeLink = { ...common, id: 'outpost/op-1', kind: 'outpost-service-link', outpostId: 'op-1' };
const zone: EdgeLink = { ...common, id: 'local-zone/us-west-2-lax-1a', kind: 'local-zone' };
const DAY = 86_400;

const account = new Account();
/** A full hour, in seconds; what is measured lies before it. */
const now = Math.floor(account.clock.now() / 3_600_000) * 3600;
let server: Server;
beforeAll(async () => {
  server = await serve(account, () => ({ callerArn: 'arn:aws:iam::111122223333:user/somebody' }));
  Object.assign(process.env, { AWS_ENDPOINT_URL: server.url, AWS_REGION: account.region, AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'none' });
});
afterAll(() => server.close());
beforeEach(() => { Object.assign(account, { cloudwatch: new CloudWatch(account) }); });
afterEach(() => jest.restoreAllMocks());

const put = (
  namespace: string, metricName: string, dimensions: Record<string, string>, values: readonly number[], from = now - values.length * 300, step = 300,
): void => {
  values.forEach((value, i) => account.cloudwatch.put({ namespace, metricName, dimensions }, value, (from + i * step) * 1000));
};
const tunnel = (address: string) => ({ VpnId: 'vpn-1', TunnelIpAddress: address });
const vif = (id: string, more: Record<string, string> = {}) => ({ OutpostId: 'op-1', LagId: 'lag-1', VirtualInterfaceGroupId: '-', VirtualInterfaceId: id, ...more });
const filled = (length: number, value: number): number[] => new Array<number>(length).fill(value);
const hour = () => ({ from: now - 3600, to: now });
const traffic = async (link: EdgeLink, direction: 'to-edge' | 'to-region' = 'to-edge', stretch = hour()): Promise<number[]> =>
  [...(await readLinkTraffic(link, direction, stretch, now)).traffic.values];

describe('a VPN', () => {
  test('is the bytes of its tunnels, by the period; the sum that CloudWatch has as well is not counted twice', async () => {
    put('AWS/VPN', 'TunnelDataOut', tunnel('203.0.113.1'), filled(12, 300_000));
    put('AWS/VPN', 'TunnelDataOut', tunnel('203.0.113.2'), [...filled(9, 0), 3e6, 3e6, 3e6]);
    put('AWS/VPN', 'TunnelDataOut', { VpnId: 'vpn-1' }, filled(12, 9e9));
    put('AWS/VPN', 'TunnelDataOut', { VpnId: 'vpn-2', TunnelIpAddress: '203.0.113.3' }, filled(12, 9e9));
    put('AWS/VPN', 'TunnelDataIn', tunnel('203.0.113.1'), filled(12, 600_000));
    const read = await readLinkTraffic(vpn, 'to-edge', hour(), now);
    expect(read).toEqual({ traffic: { start: now - 3600, step: 900, values: Float64Array.of(1000, 1000, 1000, 11_000) }, requested: 2 });
    expect(await traffic(vpn, 'to-region')).toEqual([2000, 2000, 2000, 2000]);
  });

  test('that has no metrics is not known', async () => expect(await traffic(vpn)).toEqual([NaN, NaN, NaN, NaN]));

  test('of which an endpoint was replaced is the old one until then, and the new one from then on', async () => {
    put('AWS/VPN', 'TunnelDataOut', tunnel('203.0.113.1'), filled(24, 300_000), now - 4 * 3600);
    put('AWS/VPN', 'TunnelDataOut', tunnel('203.0.113.9'), filled(24, 600_000), now - 2 * 3600);
    expect(await traffic(vpn, 'to-edge', { from: now - 4 * 3600, to: now })).toEqual([...filled(8, 1000), ...filled(8, 2000)]);
  });
});

describe('the service link of an Outpost', () => {
  test('is the bits of its own interfaces, seen from the Outpost', async () => {
    put('AWS/Outposts', 'IfTrafficIn', vif('vif-1'), filled(12, 8e6));
    put('AWS/Outposts', 'IfTrafficIn', vif('vif-2'), filled(12, 16e6));
    put('AWS/Outposts', 'IfTrafficIn', vif('vif-3', { VirtualInterfaceGroupId: 'lgw-vif-grp-1' }), filled(12, 8e9));
    put('AWS/Outposts', 'IfTrafficIn', vif('vif-4', { OutpostId: 'op-2' }), filled(12, 8e9));
    put('AWS/Outposts', 'IfTrafficOut', vif('vif-1'), filled(12, 80));
    expect(await traffic(outpost)).toEqual(filled(4, 3e6));
    expect(await traffic(outpost, 'to-region')).toEqual(filled(4, 10));
  });

  test('under its old dimension is the same interface, where the new one has nothing yet', async () => {
    const { OutpostId, LagId, ...rest } = vif('vif-1');
    put('AWS/Outposts', 'IfTrafficIn', { OutpostsId: OutpostId, ...rest }, filled(12, 8e6));
    put('AWS/Outposts', 'IfTrafficIn', vif('vif-1'), filled(6, 16e6));
    expect(LagId).toBeDefined();
    expect(await traffic(outpost)).toEqual([1e6, 1e6, 2e6, 2e6]);
  });

  test('that was cut off is not known for that time, nor where one of its interfaces is silent; late points fill the gap', async () => {
    put('AWS/Outposts', 'IfTrafficIn', vif('vif-1'), filled(3, 8e6), now - 3600);
    put('AWS/Outposts', 'IfTrafficIn', vif('vif-1'), filled(3, 8e6), now - 900);
    put('AWS/Outposts', 'IfTrafficIn', vif('vif-2'), filled(9, 8e6), now - 3600);
    expect(await traffic(outpost)).toEqual([2e6, NaN, NaN, NaN]);
    put('AWS/Outposts', 'IfTrafficIn', vif('vif-1'), filled(6, 8e6), now - 2700);
    expect(await traffic(outpost)).toEqual([2e6, 2e6, 2e6, NaN]);
    put('AWS/Outposts', 'IfTrafficIn', vif('vif-2'), filled(3, 24e6), now - 900);
    expect(await traffic(outpost)).toEqual([2e6, 2e6, 2e6, 4e6]);
  });
});

test('a Local Zone has no metric: others are not seen, and nothing is asked of CloudWatch', async () => {
  const calls = fakeAws({});
  expect(await readLinkTraffic(zone, 'to-edge', hour(), now)).toEqual({ traffic: { start: now - 3600, step: 900, values: new Float64Array(4) }, requested: 0 });
  expect(await isLinkUp(zone, now)).toBe(true);
  expect(calls).toEqual([]);
});

test('weeks that are older than 63 days are read by the hour', async () => {
  put('AWS/VPN', 'TunnelDataOut', tunnel('203.0.113.1'), filled(70 * 24, 3.6e6), now - 70 * DAY, 3600);
  const { traffic: series } = await readLinkTraffic(vpn, 'to-edge', { from: now - 70 * DAY, to: now }, now);
  expect(series).toMatchObject({ step: 3600, start: now - 70 * DAY });
  expect([...series.values]).toEqual(filled(70 * 24, 1000));
});

describe('health', () => {
  test.each([[0.5, true], [1, true], [0, false]])('a VPN with TunnelState %d is up: %s', async (value, isUp) => {
    put('AWS/VPN', 'TunnelState', { VpnId: 'vpn-1' }, [1 - Math.ceil(value), value], now - 600);
    expect(await isLinkUp(vpn, now)).toBe(isUp);
  });

  test.each([[1, true], [0.9, false]])('an Outpost with ConnectedStatus %d is connected: %s', async (value, isUp) => {
    put('AWS/Outposts', 'ConnectedStatus', { OutpostId: 'op-1' }, filled(5, value), now - 300, 60);
    expect(await isLinkUp(outpost, now)).toBe(isUp);
  });

  test('what says nothing is down', async () => {
    put('AWS/Outposts', 'ConnectedStatus', { OutpostId: 'op-1' }, filled(5, 1), now - 1500, 60);
    expect(await isLinkUp(outpost, now)).toBe(false);
  });
});

describe('GetMetricData', () => {
  test.each([
    [3600, 60, 60], [14 * DAY, 300, 300], [15 * DAY, 60, 60], [16 * DAY, 60, 300], [16 * DAY, 900, 900], [63 * DAY, 300, 300], [64 * DAY, 300, 3600],
    [64 * DAY, 5400, 7200],
  ])('metrics of %d seconds ago, wanted by %d seconds, are there by %d', (age, wanted, period) => expect(periodAt(age, wanted)).toBe(period));

  test.each([[1200, 1, [500, 500, 200]], [10, 16_128, [6, 4]], [2, 200_000, [1, 1]], [0, 10, []]])(
    '%d metrics of %d points are calls of %j', (count, points, sizes) => expect(batchesOf(filled(count, 0), points).map(({ length }) => length)).toEqual(sizes));

  test('is read to the last page, and what is partial is put together', async () => {
    const pages = [
      { MetricDataResults: [{ Id: 'm1', StatusCode: 'PartialData', Timestamps: [new Date((now - 600) * 1000)], Values: [1] }], NextToken: 'more' },
      { MetricDataResults: [{ Id: 'm1', Timestamps: [new Date((now - 300) * 1000)], Values: [2] }, { Id: 'm0', Timestamps: [], Values: [] }] },
    ];
    const calls = fakeAws({ GetMetricData: () => pages[calls.length - 1] });
    const metric = { Namespace: 'N', MetricName: 'M' };
    const data = await readMetrics(['a', 'b'].map(key => ({ key, metric, statistic: 'Sum' })), { from: now - 700, to: now - 10 }, 300, now);
    expect(data).toEqual({ period: 300, requested: 4, points: new Map([['a', []], ['b', [{ time: now - 600, value: 1 }, { time: now - 300, value: 2 }]]]) });
    expect(calls.map(({ input }) => input)).toEqual([undefined, 'more'].map(NextToken => ({
      MetricDataQueries: [0, 1].map(i => ({ Id: `m${i}`, MetricStat: { Metric: metric, Stat: 'Sum', Period: 300 } })),
      StartTime: new Date((now - 900) * 1000), EndTime: new Date(now * 1000), ScanBy: 'TimestampAscending', ...NextToken && { NextToken },
    })));
  });

  test('and so are lists of metrics', async () => {
    const calls = fakeAws({ ListMetrics: ({ NextToken }: { NextToken?: string }) => (NextToken ? { Metrics: [{ MetricName: 'b' }] } : { Metrics: [{ MetricName: 'a' }], NextToken: 'more' }) });
    expect(await listMetrics({ Namespace: 'N' })).toEqual([{ MetricName: 'a' }, { MetricName: 'b' }]);
    expect(calls).toHaveLength(2);
  });
});

describe('sums', () => {
  const values = fc.array(fc.oneof(fc.constant(NaN), fc.integer({ min: 0, max: 9 })), { minLength: 6, maxLength: 6 });
  const series = (list: readonly number[]) => ({ start: 0, step: 900, values: Float64Array.from(list) });

  test('are never less than any part, and known only where every part that is there is', () => {
    fc.assert(fc.property(fc.array(values, { maxLength: 3 }), parts => {
      const { values: sum } = sumOfParts(parts.map(series), series(filled(6, NaN)));
      for (const [slot, total] of sum.entries()) {
        const known = parts.map(part => part[slot]!).filter(value => !Number.isNaN(value));
        if (!Number.isNaN(total)) expect(total).toBe(known.reduce((a, b) => a + b, 0));
        if (known.length === parts.length && parts.length > 0) expect(total).not.toBeNaN();
        if (known.length === 0) expect(total).toBeNaN();
      }
    }));
  });

  test('of a part and its older self', () => expect([...orElse(series([NaN, 2, NaN]), series([1, 1, NaN])).values]).toEqual([1, 2, NaN]));

  test('without what migrations sent themselves', () => {
    const own = [{ from: 450, to: 1800, rate: 4 }, { from: 1800, to: 9000, rate: 100 }];
    expect([...withoutOwn(series([10, 10, 10, NaN]), own).values]).toEqual([8, 6, 0, NaN]);
  });
});

test('what the construct tells of a link is what the readers understand', () => {
  const stack = new Stack(new App(), 'Test');
  const capacity = Bitrate.mbps(800);
  const told = [
    EdgeTunnel.siteToSiteVpn(stack, 'Vpn', { capacity, vpnConnection: ec2.CfnVPNConnection.fromVpnConnectionId(stack, 'There', 'vpn-1') }),
    EdgeTunnel.outpostServiceLink(stack, 'Outpost', { capacity, outpostId: 'op-0123456789abcdef0' }),
    EdgeTunnel.localZone(stack, 'Zone', { capacity, zoneName: 'us-west-2-lax-1a' }),
  ].map(tunnel => JSON.parse(JSON.stringify(tunnel._link())) as EdgeLink);
  expect(told.map(link => searchesFor(link, 'to-edge').map(({ MetricName, Dimensions }) => `${MetricName} ${Dimensions![0]!.Name}=${Dimensions![0]!.Value}`))).toEqual([
    ['TunnelDataOut VpnId=vpn-1'], ['IfTrafficIn OutpostId=op-0123456789abcdef0', 'IfTrafficIn OutpostsId=op-0123456789abcdef0'], [],
  ]);
  expect(told.map(link => healthOf(link)?.wanted.metric.MetricName)).toEqual(['TunnelState', 'ConnectedStatus', undefined]);
  expect(told.map(link => bytesPerSecond(link, 'to-region'))).toEqual([100e6, 100e6, 100e6]);
  expect(told.map(link => bookOf(link, 'to-edge'))).toEqual(['vpn/vpn-1#to-edge', 'outpost/op-0123456789abcdef0#to-edge', 'local-zone/us-west-2-lax-1a#to-edge']);
});

test('a link has its name in the ledger by direction, and its capacity in bytes', () => {
  expect(bookOf(vpn, 'to-region')).toBe('vpn/vpn-1#to-region');
  expect(bytesPerSecond(vpn, 'to-edge')).toBe(100e6);
});
