import type { Instance } from '@aws-sdk/client-ec2';
import type { CostLine } from '../plan/plan';
import { CREATED_BY, EXPIRES, SOURCE, tagMap } from '../tags';
import { GP3_BASELINE } from '../volume-limits';

/** A volume that a clone has or had. */
export interface ReportedVolume {
  readonly volumeId: string;
  readonly type: string;
  /** GiB. */
  readonly size: number;
  readonly iops: number;
  /** MiB/s. */
  readonly throughput: number;
  readonly attachedTo: readonly string[];
}

export type Units = Readonly<Record<string, number>>;

export interface ReportedClone {
  readonly instanceId: string;
  readonly sourceInstanceId: string | null;
  /** The execution that made it. */
  readonly createdBy: string;
  readonly state: string;
  /** ISO 8601. */
  readonly launchedAt: string | null;
  /** ISO 8601; null: never. */
  readonly expiresAt: string | null;
  /** What it costs, by unit: hours are per hour, months per month. */
  readonly units: Units;
}

export function reportedClone(instance: Instance, volumes: readonly ReportedVolume[]): ReportedClone {
  const tags = tagMap(instance.Tags);
  const id = instance.InstanceId ?? '';
  const onHost = instance.Placement?.Tenancy === 'host';
  return {
    instanceId: id,
    sourceInstanceId: tags[SOURCE] ?? null,
    createdBy: tags[CREATED_BY] ?? '',
    state: instance.State?.Name ?? '',
    launchedAt: instance.LaunchTime?.toISOString() ?? null,
    expiresAt: tags[EXPIRES] ?? null,
    units: sum([
      instance.State?.Name === 'running' && !onHost ? { [`instance-hour:${instance.InstanceType ?? 'unknown'}`]: 1 } : {},
      { 'public-ipv4-hour': instance.PublicIpAddress ? 1 : 0 },
      ...volumes.filter(({ attachedTo }) => attachedTo.includes(id)).map(volumeUnits),
    ]),
  };
}

/** As plans count them. */
export function volumeUnits({ type, size, iops, throughput }: ReportedVolume): Units {
  const free = type === 'gp3' ? GP3_BASELINE : { iops: 0, throughput: 0 };
  // the IOPS of gp2 and magnetic volumes follow from their size, and are not charged
  const provisioned = ['gp3', 'io1', 'io2'].includes(type) ? Math.max(0, iops - free.iops) : 0;
  return {
    [`volume-gib-month:${type}`]: size,
    [`volume-iops-month:${type}`]: provisioned,
    [`volume-mibps-month:${type}`]: type === 'gp3' ? Math.max(0, throughput - free.throughput) : 0,
  };
}

export function sum(all: readonly Units[]): Units {
  const total: Record<string, number> = {};
  for (const [unit, quantity] of all.flatMap(units => Object.entries(units))) if (quantity > 0) total[unit] = (total[unit] ?? 0) + quantity;
  return total;
}

/** Units with their prices, where the construct was given any. */
export function priced(units: Units, prices: Readonly<Record<string, number>>): CostLine[] {
  return Object.entries(units).sort(([a], [b]) => (a < b ? -1 : 1)).map(([unit, quantity]) => {
    const price = Object.hasOwn(prices, unit) ? prices[unit] ?? null : null;
    return {
      item: /-hour(:|$)/.test(unit) ? 'per hour' : 'per month, at most', quantity, unit, price,
      amount: price === null ? null : Math.round(price * quantity * 10000) / 10000,
    };
  });
}
