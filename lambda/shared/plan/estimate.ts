import type { Request } from '../request/request';
import { GP3_BASELINE } from '../volume-limits';
import type { Launch } from './launch-input';
import type { CostLine, Plan } from './plan';
import type { PlannedVolume } from './planned-volume';
import { writtenTo } from './shares';

/** Engineering assumption: EBS stores a volume's snapshot at about so many MiB/s; it says so itself nowhere. */
const SNAPSHOT_MIB_PER_SECOND = 100;
/** Both status checks of a new instance pass within some minutes. */
const BOOT_SECONDS = 240;
/** Engineering assumption: the freeze itself takes ten seconds at most, AWS's scripts around it longer. */
const VSS_SECONDS = 60;
/** Resetting an identity includes a reboot. */
const RESET_SECONDS = 120;

/** Seconds of the steps that make a placeholder the clone; engineering assumptions, like the others. */
const PLACEHOLDER_STEPS: Plan['steps'] = [
  { step: 'Launch placeholder', seconds: 10 },
  { step: 'Is placeholder running', seconds: 40 },
  { step: 'Attach copies', seconds: 5 },
  { step: 'Are copies attached', seconds: 10 },
  { step: 'Replace root', seconds: 5 },
  { step: 'Is root replaced', seconds: 180 },
];

/** How long each step may take; of the snapshots only an upper bound is known, for only changed blocks are stored. */
export function expectedSteps(
  { freeze, vss, route, approve, identity, copying, snapshotting, shared, warmUp }:
    Pick<Plan, 'freeze' | 'vss' | 'route' | 'approve' | 'identity' | 'copying' | 'snapshotting' | 'shared' | 'warmUp'>,
  { isolation, expireAfter }: Pick<Request, 'isolation' | 'expireAfter'>, volumes: readonly PlannedVolume[],
): Plan['steps'] {
  const snapshots = Math.max(30, largest(volumes.filter(({ strategy }) => strategy === 'snapshot'), SNAPSHOT_MIB_PER_SECOND));
  return [
    ...approve ? [{ step: 'Await approval', seconds: 0 }] : [],
    ...freeze ? [{ step: 'Freeze filesystems', seconds: 15 }] : [],
    ...copying ? [{ step: 'Copy volumes', seconds: 5 }] : [],
    ...vss ? [{ step: 'Take VSS snapshots', seconds: VSS_SECONDS }] : snapshotting ? [{ step: 'Snapshot volumes', seconds: 5 }] : [],
    ...freeze ? [{ step: 'Thaw filesystems', seconds: 15 }] : [],
    ...snapshotting ? [{ step: 'Are snapshots ready', seconds: snapshots }] : [],
    ...copying ? [{ step: 'Are copies ready', seconds: 15 }] : [
      { step: 'Make image', seconds: 5 },
      { step: 'Is image ready', seconds: route === 'create-image' ? 60 : 30 },
    ],
    ...isolation ? [{ step: 'Make isolation group', seconds: 5 }] : [],
    ...copying ? PLACEHOLDER_STEPS : [{ step: 'Launch instances', seconds: 10 }],
    { step: 'Are instances running', seconds: BOOT_SECONDS },
    { step: 'Finish instances', seconds: 5 },
    ...identity ? [{ step: 'Are clones managed', seconds: 30 }] : [],
    ...identity?.mode === 'reset' ? [{ step: 'Are identities reset', seconds: RESET_SECONDS }] : [],
    ...identity ? [{ step: 'Verify identity', seconds: 15 }] : [],
    ...warmUp?.how === 'read' ? [{ step: 'Read volumes', seconds: 5 }] : [],
    ...warmUp ? [{ step: 'Are volumes warm', seconds: warmUp.seconds }] : [],
    ...writtenTo(shared) ? [{ step: 'Hold cluster services', seconds: 15 }] : [],
    ...isolation ? [{ step: 'Admit clones', seconds: 20 }] : [],
    { step: 'Verify clones', seconds: 5 },
    ...shared.length > 0 ? [{ step: 'Fence clones', seconds: 15 }, { step: 'Attach shared volumes', seconds: 15 }, { step: 'Mount shared volumes', seconds: 15 }] : [],
    ...writtenTo(shared) ? [{ step: 'Join clusters', seconds: 30 }] : [],
    ...expireAfter === null ? [] : [{ step: 'Schedule expiry', seconds: 5 }],
    { step: 'Tidy up', seconds: 5 },
  ];
}

/** Volumes are worked on side by side, so that the largest decides. */
export function largest(volumes: readonly PlannedVolume[], mibPerSecond: number): number {
  return Math.max(0, ...volumes.map(({ size }) => Math.round(size * 1024 / mibPerSecond)));
}

/** What the clones cost, in units; in money where the user gave a price for the unit. */
export function costLines(
  volumes: readonly PlannedVolume[], launch: Launch, request: Request, tenancyIsHost: boolean, prices: Readonly<Record<string, number>>,
): CostLine[] {
  const { count } = request;
  const line = (item: string, quantity: number, unit: string): CostLine[] => {
    const price = Object.hasOwn(prices, unit) ? prices[unit] ?? null : null;
    return quantity === 0 ? [] : [{ item, quantity, unit, price, amount: price === null ? null : Math.round(price * quantity * 10000) / 10000 }];
  };
  const sum = (of: readonly PlannedVolume[], value: (volume: PlannedVolume) => number) => of.reduce((total, volume) => total + value(volume), 0);
  const types = [...new Set(volumes.map(({ type }) => type))].sort();
  const gib = sum(volumes, ({ size }) => size);
  return [
    ...tenancyIsHost ? [] : line('instances, per hour of running', count, `instance-hour:${launch.InstanceType ?? 'unknown'}`),
    ...types.flatMap(type => {
      const own = volumes.filter(volume => volume.type === type);
      const free = type === 'gp3' ? GP3_BASELINE.iops : 0;
      return [
        ...line(`${type} volumes, per month`, count * sum(own, ({ size }) => size), `volume-gib-month:${type}`),
        ...line(`provisioned IOPS of ${type} volumes, per month`, count * sum(own, ({ iops }) => Math.max(0, (iops ?? 0) - free)), `volume-iops-month:${type}`),
        ...line(`provisioned MiB/s of ${type} volumes, per month`, count * sum(own, ({ throughput }) => Math.max(0, (throughput ?? 0) - GP3_BASELINE.throughput)),
          `volume-mibps-month:${type}`),
      ];
    }),
    ...request.keepSnapshots === 'none' ? [] : line('snapshots that are kept, per month, at most (only changed blocks are stored)', gib, 'snapshot-gib-month'),
    ...line('copies of volumes, once, at most (only written blocks are charged)', sum(volumes.filter(({ strategy }) => strategy === 'volume-copy'), ({ size }) => size),
      'copied-gib'),
    ...request.volumeInitializationRate === null ? [] : line('volume initialization, once, at most (only written blocks are read)', count * gib, 'initialized-gib'),
    ...line('public IPv4 addresses, per hour', launch.NetworkInterfaces?.some(one => one.AssociatePublicIpAddress) ? count : 0, 'public-ipv4-hour'),
  ];
}
