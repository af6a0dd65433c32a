/** What CloudWatch publishes of instances, volumes, VPN connections and Outposts, read as the functions read it. */
import type { GetMetricDataCommandInput, GetMetricDataCommandOutput, ListMetricsCommandInput, ListMetricsCommandOutput } from '@aws-sdk/client-cloudwatch';
import { generatedLoad } from '../../../rehearsal/cloud/load/generator';
import { person, world } from '../ec2/world';

const minute = 60_000;
const day = 86_400_000;

interface Query {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly stat?: string;
  readonly period?: number;
}

function metered() {
  const it = world();
  const { account } = it;
  const send = <T>(operation: string, input: object) => account.call('CLOUDWATCH', operation, input, person) as Promise<T>;
  /** Points [minutes from now, value], oldest first. */
  const read = async ({ namespace, name, dimensions, stat = 'Sum', period = 300 }: Query, from: number, until = account.clock.now()) => {
    const { MetricDataResults } = await send<GetMetricDataCommandOutput>('GetMetricData', {
      StartTime: new Date(from), EndTime: new Date(until), ScanBy: 'TimestampAscending', MetricDataQueries: [{
        Id: 'a', MetricStat: { Stat: stat, Period: period, Metric: { Namespace: namespace, MetricName: name, Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })) } },
      }],
    } satisfies GetMetricDataCommandInput);
    const [{ Timestamps = [], Values = [] } = {}] = MetricDataResults ?? [];
    return Timestamps.map((time, index) => [(time.getTime() - account.clock.now()) / minute, Values[index]!] as const);
  };
  const list = async (input: ListMetricsCommandInput) => (await send<ListMetricsCommandOutput>('ListMetrics', input)).Metrics!
    .map(({ MetricName, Dimensions = [] }) => `${MetricName} ${Dimensions.map(each => each.Name).sort().join()}`);
  return { ...it, read, list, now: () => account.clock.now() };
}

const cpu = (InstanceId: string) => ({ namespace: 'AWS/EC2', name: 'CPUUtilization', dimensions: { InstanceId }, stat: 'Average' });
const writes = (VolumeId: string) => ({ namespace: 'AWS/EBS', name: 'VolumeWriteBytes', dimensions: { VolumeId } });

test('CPU each five minutes, each minute where it is paid for; writes each minute; nothing that is not over yet', async () => {
  const { account, ec2, read, now } = metered();
  const plain = ec2.addInstance({ volumes: [{}, { size: 100 }] });
  const detailed = ec2.addInstance({ monitoring: true });
  account.loads.assign(plain.instanceId, { cpu: () => 40, writes: () => 1000 });
  const from = now() - 20 * minute;
  expect(await read({ ...cpu(plain.instanceId), period: 60 }, from)).toEqual([[-20, 40], [-15, 40], [-10, 40]]);
  expect(await read({ ...cpu(detailed.instanceId), period: 60 }, from)).toHaveLength(18);
  // nine tenths go to the data volume; the newest minute has not shown yet
  expect(await read({ ...writes(plain.volumeIds[1]!), period: 60 }, now() - 4 * minute)).toEqual([[-4, 54_000], [-3, 54_000], [-2, 54_000]]);
  expect(await read(writes(plain.volumeIds[0]!), from, from + 5 * minute)).toEqual([[-20, 30_000]]);
});

test('fourteen days of twenty-four instances are computed when they are asked for', async () => {
  const { account, ec2, read, now } = metered();
  const ids = Array.from({ length: 24 }, (_, index) => {
    const { instanceId, volumeIds } = ec2.addInstance({ volumes: [{}, { size: 100 }] });
    account.loads.assign(instanceId, generatedLoad(1, { index }));
    return [instanceId, volumeIds[1]!] as const;
  });
  for (const [instanceId, volumeId] of ids) {
    expect(await read({ ...cpu(instanceId), period: 900 }, now() - 14 * day)).toHaveLength(14 * 96);
    expect(await read({ ...writes(volumeId), period: 900 }, now() - 14 * day)).toHaveLength(14 * 96);
  }
});

test('the older, the coarser: nothing at a period that is gone, no matter what is asked', async () => {
  const { ec2, read, now } = metered();
  const { instanceId } = ec2.addInstance({ age: 24 * 100 });
  const hour = (period: number, ago: number) => read({ ...cpu(instanceId), period }, now() - ago * day, now() - ago * day + 3_600_000);
  expect(await hour(300, 14)).toHaveLength(12);
  expect(await hour(60, 20)).toEqual([]);
  expect(await hour(300, 20)).toHaveLength(12);
  expect(await hour(900, 70)).toEqual([]);
  expect(await hour(3600, 70)).toHaveLength(1);
});

test('there are no points from before a launch, and none of a stopped instance; what was measured stays when it is gone', async () => {
  const { ec2, call, pass, read, now } = metered();
  const { instanceId, volumeIds: [root] } = ec2.addInstance({ age: 1, volumes: [{ deleteOnTermination: true }] });
  expect(await read(cpu(instanceId), now() - 3 * 3_600_000)).toHaveLength(11);
  await call('StopInstances', { InstanceIds: [instanceId] });
  await pass(3600);
  await call('StartInstances', { InstanceIds: [instanceId] });
  await pass(3600);
  const points = await read(cpu(instanceId), now() - 2.5 * 3_600_000);
  expect(points.filter(([at]) => at > -118 && at < -62)).toEqual([]);
  expect(points.filter(([at]) => at < -120)).not.toEqual([]);
  expect(points.filter(([at]) => at > -55)).not.toEqual([]);
  await call('TerminateInstances', { InstanceIds: [instanceId] });
  await pass(2 * 3600);
  expect(ec2.instances.has(instanceId)).toBe(false);
  expect(await read(cpu(instanceId), now() - 3 * 3_600_000)).not.toEqual([]);
  expect(await read(writes(root!), now() - 3 * 3_600_000)).not.toEqual([]);
});

test('a VPN connection: bytes of its first tunnel, in and out as the Region sees them; state while it is broken', async () => {
  const { account, read, list, now, pass } = metered();
  const { vpnConnectionId: VpnId, tunnels: [first, second], link } = account.links.addVpn({ capacity: 80e6, background: { 'to-edge': () => 8e6 } });
  expect(await list({ Namespace: 'AWS/VPN', MetricName: 'TunnelDataOut' })).toEqual([
    'TunnelDataOut VpnId', 'TunnelDataOut TunnelIpAddress,VpnId', 'TunnelDataOut TunnelIpAddress,VpnId',
  ]);
  const data = (name: string, TunnelIpAddress: string | undefined) => ({ namespace: 'AWS/VPN', name, dimensions: { VpnId, TunnelIpAddress: TunnelIpAddress! } });
  link.carry('to-region', { bytes: 600e6, most: 1e6 });
  link.down(now() + 15 * minute, now() + 20 * minute);
  await pass(30 * 60);
  const from = now() - 30 * minute;
  expect((await read(data('TunnelDataOut', first), from)).map(([, value]) => value)).toEqual([300e6, 300e6, 300e6, 0, 300e6]);
  expect((await read(data('TunnelDataIn', first), from)).map(([, value]) => Math.round(value / 1e6))).toEqual([300, 300, 0, 0, 0]);
  expect((await read(data('TunnelDataOut', second), from)).map(([, value]) => value)).toEqual([0, 0, 0, 0, 0]);
  const state = { namespace: 'AWS/VPN', name: 'TunnelState', dimensions: { VpnId }, stat: 'Average' };
  expect((await read(state, from)).map(([, value]) => value)).toEqual([1, 1, 1, 0, 1]);
});

test('a service link: bits per second of both interfaces, under old and new names, apart from the local gateway', async () => {
  const { account, read, list, pass, now } = metered();
  const rack = account.outposts.add({ link: { capacity: 80e6, background: { 'to-edge': () => 16e6 } } });
  expect(new Set(await list({ Namespace: 'AWS/Outposts', MetricName: 'IfTrafficIn' }))).toEqual(new Set([
    'IfTrafficIn LagId,OutpostId,VirtualInterfaceGroupId,VirtualInterfaceId', 'IfTrafficIn OutpostsId,VirtualInterfaceGroupId,VirtualInterfaceId',
  ]));
  expect(await list({ Namespace: 'AWS/Outposts', MetricName: 'IfTrafficIn', Dimensions: [{ Name: 'VirtualInterfaceGroupId', Value: '-' }] })).toHaveLength(4);
  await pass(600);
  const { metric: { dimensions } } = account.cloudwatch.published.list('AWS/Outposts').find(each => each.metric.metricName === 'IfTrafficIn')!;
  expect(await read({ namespace: 'AWS/Outposts', name: 'IfTrafficIn', dimensions, stat: 'Maximum' }, now() - 10 * minute)).toEqual([[-10, 8e6]]);
  expect(rack.since).toBeLessThan(now() - 15 * day);
});

test('free room of a rack follows what runs there', async () => {
  const { account, ec2, read, pass, now, call } = metered();
  const { outpostId: OutpostId, subnetId } = account.outposts.add({ slots: { 'm5.large': 3 }, storage: { gp3: 500 } });
  const { instanceId } = ec2.addInstance({ type: 'm5.large', subnetId, age: 0, volumes: [{ size: 100 }] });
  await pass(3600);
  await call('TerminateInstances', { InstanceIds: [instanceId] });
  await pass(3600);
  const free = { namespace: 'AWS/Outposts', name: 'AvailableInstanceType_Count', dimensions: { InstanceType: 'm5.large', OutpostId }, stat: 'Minimum' };
  const values = (await read(free, now() - 3 * 3_600_000)).map(([, value]) => value);
  expect([values[0], Math.min(...values), values.at(-1)]).toEqual([3, 2, 3]);
  expect(values.filter(value => value === 2)).toHaveLength(12);
  const storage = { namespace: 'AWS/Outposts', name: 'EBSVolumeTypeCapacityAvailabilityGB', dimensions: { VolumeType: 'gp3', OutpostId }, stat: 'Minimum' };
  expect((await read(storage, now() - 10 * minute)).at(-1)![1]).toBe(500);
});

test('a rack that is cut off is silent; its metrics come late, its connection leaves a gap', async () => {
  const { account, ec2, read, pass, now } = metered();
  const { outpostId: OutpostId, outpostArn, subnetId } = account.outposts.add();
  const { instanceId } = ec2.addInstance({ type: 'm5.large', subnetId });
  account.outposts.disconnect(outpostArn, now() + 15 * minute, now() + 45 * minute);
  const connected = { namespace: 'AWS/Outposts', name: 'ConnectedStatus', dimensions: { OutpostId }, stat: 'Average' };
  await pass(40 * 60);
  expect((await read(cpu(instanceId), now() - 40 * minute)).map(([at]) => at)).toEqual([-40, -35, -30]);
  expect((await read(connected, now() - 40 * minute)).map(([at]) => at)).toEqual([-40, -35, -30]);
  await pass(20 * 60);
  expect((await read(cpu(instanceId), now() - 60 * minute)).map(([at]) => at)).toEqual([-60, -55, -50, -45, -40, -35, -30, -25, -20, -15, -10]);
  expect((await read(connected, now() - 60 * minute)).map(([at]) => at)).toEqual([-60, -55, -50, -15, -10]);
});
