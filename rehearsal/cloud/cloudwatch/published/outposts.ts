import type { VolumeType } from '@aws-sdk/client-ec2';
import type { Account } from '../../account';
import { placeOfVolume, samePlace } from '../../ec2/edge/site';
import type { Outpost } from '../../outposts/state';
import type { Dimensions, Metric } from '../state';
import { arrived } from './late';
import { type Published, single, type Source } from './source';

const step = 300_000;

/**
 * AWS/Outposts (Outposts user guide, "CloudWatch metrics"): traffic of the service link, by its interfaces and seen from the rack; whether it is
 * connected; free room, which counts what is reserved for others, too. Traffic has the older series besides, whose dimension is spelled OutpostsId,
 * and the local gateway's, which does not come from the Region.
 */
export function outpostMetrics(account: Account): Source {
  const list = () => [...account.outposts.racks.values()].flatMap(rack => [...trafficOf(account, rack), statusOf(account, rack), ...roomOf(account, rack)]);
  return {
    list,
    find: ({ namespace, metricName, dimensions }: Metric) => namespace === 'AWS/Outposts'
      ? list().find(({ metric }) => metric.metricName === metricName && alike(metric.dimensions, dimensions)) : undefined,
  };
}

function alike(one: Dimensions, other: Dimensions): boolean {
  return Object.keys(one).length === Object.keys(other).length && Object.entries(one).every(([name, value]) => other[name] === value);
}

function trafficOf(account: Account, rack: Outpost): Published[] {
  const link = account.links.of(rack);
  const digits = rack.outpostId.slice('op-'.length, -1);
  const interfaces = ['a', 'b'].map(last => ({ LagId: `op-lag-${digits}${last}`, VirtualInterfaceId: `sl-vif-${digits}${last}` }));
  const gateway = { LagId: interfaces[0]!.LagId, VirtualInterfaceGroupId: `lgw-vif-grp-${digits}0`, VirtualInterfaceId: `lgw-vif-${digits}0` };
  return ['IfTrafficIn', 'IfTrafficOut'].flatMap(metricName => {
    const direction = metricName === 'IfTrafficIn' ? 'to-edge' : 'to-region';
    // both interfaces take the same
    const bits = (time: number) => link.bytesBetween(direction, time, time + step) * 8 / (step / 1000) / interfaces.length;
    const newer = interfaces.map(each => metricOf(account, rack, metricName, { OutpostId: rack.outpostId, VirtualInterfaceGroupId: '-', ...each }, bits));
    const older = interfaces.map(({ VirtualInterfaceId }) =>
      metricOf(account, rack, metricName, { OutpostsId: rack.outpostId, VirtualInterfaceGroupId: '-', VirtualInterfaceId }, bits));
    return [...newer, ...older, metricOf(account, rack, metricName, { OutpostId: rack.outpostId, ...gateway }, () => link.capacity(direction) * 8 / 2)];
  });
}

function metricOf(account: Account, rack: Outpost, metricName: string, dimensions: Dimensions, value: (time: number) => number): Published {
  return {
    metric: { namespace: 'AWS/Outposts', metricName, dimensions, unit: unitOf(metricName) },
    resolution: 300, delay: 60, from: rack.since, until: Infinity,
    point: time => arrived(account, rack.outpostArn, time) ? single(time, value(time)) : undefined,
  };
}

function unitOf(metricName: string): 'Bits/Second' | 'Gigabytes' | 'Count' {
  if (metricName.startsWith('IfTraffic')) return 'Bits/Second';
  return metricName.endsWith('GB') ? 'Gigabytes' : 'Count';
}

/** Each minute; "during loss of connectivity there are gaps, not zeros", and they stay. */
function statusOf(account: Account, rack: Outpost): Published {
  const { outages } = account.links.of(rack);
  return {
    metric: { namespace: 'AWS/Outposts', metricName: 'ConnectedStatus', dimensions: { OutpostId: rack.outpostId }, unit: 'Count' },
    resolution: 60, delay: 60, from: rack.since, until: Infinity,
    point: (time, span) => outages.at(time) ? undefined : single(time, 1 - outages.within(time, time + span) / span, span / 60_000),
  };
}

function roomOf(account: Account, rack: Outpost): Published[] {
  const { ec2 } = account;
  const runs = () => ec2.meters.instances().flatMap(id => ec2.meters.runsOf(id)).filter(each => each.outpostArn === rack.outpostArn);
  const there = () => [...ec2.volumes.values()].filter(each => samePlace(placeOfVolume(each), rack));
  const used = (type: VolumeType, time: number) => there().filter(each => each.VolumeType === type && Number(each.CreateTime) <= time)
    .reduce((sum, { Size }) => sum + Size, 0);
  return [
    ...[...rack.slots].map(([type, slots]) => metricOf(account, rack, 'AvailableInstanceType_Count', { InstanceType: type, OutpostId: rack.outpostId },
      time => slots - runs().filter(each => each.type === type && each.from <= time && time < each.until).length)),
    ...[...rack.reserved].map(([type, kept]) => metricOf(account, rack, 'AvailableReservedInstances', { InstanceType: type, OutpostId: rack.outpostId }, () => kept)),
    // volumes that are gone by now are told as never been: only the newest value is the real one
    ...[...rack.storage].map(([type, size]) => metricOf(account, rack, 'EBSVolumeTypeCapacityAvailabilityGB', { VolumeType: type, OutpostId: rack.outpostId },
      time => size - used(type, time))),
  ];
}
