import { CloudWatchClient, DeleteAlarmsCommand, paginateDescribeAlarms, PutMetricAlarmCommand, type StateValue } from '@aws-sdk/client-cloudwatch';
import type { PlannedShare } from './plan/shares';
import type { ShareLimits } from './request/request';

const cloudwatch = new CloudWatchClient({});

/** Engineering assumptions: io2 answers in about a millisecond, so ten are a sign of waiting. */
const DEFAULT_LATENCY_MILLIS = 10;
/** "An average queue depth of 1 for every 1,000 provisioned IOPS" keeps latency steady (EBS user guide, "ebs-io-characteristics"). */
const IOPS_PER_QUEUE_PLACE = 1000;
/** Ten bad minutes of fifteen: a burst ends no share, and one good minute saves none. */
const MINUTES = 15;
const BAD_MINUTES = 10;

/** Alarms have their meaning in their names: whose share, of what. */
export function alarmName(prefix: string, cloneInstanceId: string, volumeId: string): string {
  return `${prefix}-${cloneInstanceId}-${volumeId}`;
}

/** The share that an alarm of that name watches. */
export function shareOf(name: string): { readonly cloneInstanceId: string; readonly volumeId: string } | undefined {
  const [, cloneInstanceId, volumeId] = /-(i-[0-9a-f]{8,17})-(vol-[0-9a-f]{8,17})$/.exec(name) ?? [];
  return cloneInstanceId !== undefined && volumeId !== undefined ? { cloneInstanceId, volumeId } : undefined;
}

/**
 * Watches a share by metrics that Multi-Attach volumes have: how long reads take, and how many wait. Both are of the whole volume, as the
 * source sees it, too: that is whom the share burdens. A repeated call replaces the alarm.
 */
export async function putAlarm(prefix: string, cloneInstanceId: string, { volumeId, iops }: PlannedShare, limits: ShareLimits): Promise<string> {
  const AlarmName = alarmName(prefix, cloneInstanceId, volumeId);
  const latency = limits.latencyMillis ?? DEFAULT_LATENCY_MILLIS;
  const queue = limits.queueDepth ?? Math.max(1, Math.round(iops / IOPS_PER_QUEUE_PLACE));
  const metric = (Id: string, MetricName: string, Stat: string) => ({
    Id, ReturnData: false, MetricStat: { Metric: { Namespace: 'AWS/EBS', MetricName, Dimensions: [{ Name: 'VolumeId', Value: volumeId }] }, Period: 60, Stat },
  });
  await cloudwatch.send(new PutMetricAlarmCommand({
    AlarmName,
    AlarmDescription: `${cloneInstanceId} is given a volume of its own when reads of ${volumeId} take longer than ${latency} ms, or more than ${queue} requests wait, `
      + `in ${BAD_MINUTES} of ${MINUTES} minutes`,
    // how many times its limit the worse of both is
    Metrics: [
      metric('latency', 'VolumeAvgReadLatency', 'Maximum'), metric('queue', 'VolumeQueueLength', 'Average'),
      { Id: 'load', Expression: `MAX([latency / ${latency}, queue / ${queue}])`, Label: 'share of the limit', ReturnData: true },
    ],
    ComparisonOperator: 'GreaterThanThreshold', Threshold: 1, EvaluationPeriods: MINUTES, DatapointsToAlarm: BAD_MINUTES, TreatMissingData: 'notBreaching',
  }));
  return AlarmName;
}

/** The alarms whose names begin so, with their states. */
export async function findAlarms(prefix: string): Promise<{ readonly name: string; readonly state: StateValue | undefined }[]> {
  const found: { name: string; state: StateValue | undefined }[] = [];
  for await (const { MetricAlarms } of paginateDescribeAlarms({ client: cloudwatch, pageSize: 100 }, { AlarmNamePrefix: prefix, AlarmTypes: ['MetricAlarm'] })) {
    found.push(...(MetricAlarms ?? []).map(({ AlarmName = '', StateValue }) => ({ name: AlarmName, state: StateValue })));
  }
  return found;
}

/** Deletes alarms; one that is gone already is none to CloudWatch, which then says nothing. */
export async function deleteAlarms(names: readonly string[]): Promise<void> {
  if (names.length > 0) await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [...names] }));
}
