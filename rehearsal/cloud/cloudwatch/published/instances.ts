import type { Account } from '../../account';
import { meanOf } from '../../load/load';
import type { Metric } from '../state';
import { arrived } from './late';
import { type Published, single, type Source } from './source';

/** Bytes of an average write; sizes of writes are not modelled. */
const bytesPerWrite = 16_384;

/** AWS/EC2 CPUUtilization and AWS/EBS VolumeWriteBytes, VolumeWriteOps, of what ran and was attached. */
export function instanceMetrics(account: Account): Source {
  const { ec2 } = account;
  return {
    list: () => [
      ...ec2.meters.instances().flatMap(id => cpuOf(account, id) ?? []),
      ...ec2.meters.volumes().flatMap(id => ['VolumeWriteBytes', 'VolumeWriteOps'].flatMap(name => writesOf(account, id, name) ?? [])),
    ],
    find: ({ namespace, metricName, dimensions }: Metric) => {
      const { InstanceId, VolumeId } = dimensions;
      if (Object.keys(dimensions).length !== 1) return undefined;
      if (namespace === 'AWS/EC2' && metricName === 'CPUUtilization' && InstanceId !== undefined) return cpuOf(account, InstanceId);
      if (namespace === 'AWS/EBS' && /^VolumeWrite(Bytes|Ops)$/.test(metricName) && VolumeId !== undefined) return writesOf(account, VolumeId, metricName);
      return undefined;
    },
  };
}

/** Each minute with detailed monitoring, otherwise each five minutes (EC2 user guide, "CloudWatch metrics that are available for your instances"). */
function cpuOf(account: Account, instanceId: string): Published | undefined {
  const runs = account.ec2.meters.runsOf(instanceId);
  const resolution = account.ec2.instances.get(instanceId)?.Monitoring?.State === 'enabled' ? 60 : 300;
  if (runs.length === 0) return undefined;
  return {
    metric: { namespace: 'AWS/EC2', metricName: 'CPUUtilization', dimensions: { InstanceId: instanceId }, unit: 'Percent' },
    resolution, delay: 120, ...bounds(runs), point: (time, span) => {
      const run = during(runs, time, time + span);
      if (!run || !arrived(account, run.outpostArn, time)) return undefined;
      return single(time, meanOf(at => account.loads.cpu(instanceId, at), time, time + span), span / resolution / 1000);
    },
  };
}

/** Each minute, while the volume is attached ("Amazon CloudWatch metrics for Amazon EBS"); its instance must run to write. */
function writesOf(account: Account, volumeId: string, metricName: string): Published | undefined {
  const { meters } = account.ec2;
  const uses = meters.usesOf(volumeId);
  if (uses.length === 0) return undefined;
  const runs = new Map(uses.map(({ instanceId }) => [instanceId, meters.runsOf(instanceId)]));
  const unit = metricName === 'VolumeWriteBytes' ? 1 : 1 / bytesPerWrite;
  return {
    metric: { namespace: 'AWS/EBS', metricName, dimensions: { VolumeId: volumeId }, unit: metricName === 'VolumeWriteBytes' ? 'Bytes' : 'Count' },
    resolution: 60, delay: 60, ...bounds(uses), point: (time, span) => {
      const use = during(uses, time, time + span);
      const run = use && during(runs.get(use.instanceId)!, time, time + span);
      if (!use || run && !arrived(account, run.outpostArn, time)) return undefined;
      return single(time, run ? 60 * unit * meanOf(at => account.loads.writesTo(use, at), time, time + span) : 0, span / 60_000);
    },
  };
}

/** The stretch that a point falls into for the most part. */
function during<T extends { readonly from: number; readonly until: number }>(spans: readonly T[], from: number, until: number): T | undefined {
  const middle = (from + until) / 2;
  return spans.findLast(each => each.from <= middle && middle < each.until);
}

function bounds(spans: readonly { readonly from: number; readonly until: number }[]): { from: number; until: number } {
  return { from: Math.min(...spans.map(each => each.from)), until: Math.max(...spans.map(each => each.until)) };
}
