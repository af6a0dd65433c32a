import type { BlockDeviceMapping, VolumeType } from '@aws-sdk/client-ec2';
import { VolumeOverrideRefused } from '../errors';
import { defined } from '../json';
import type { Request, VolumeOverride } from '../request/request';
import type { Source, SourceVolume } from '../source/source';
import { GP3_BASELINE, GP3_THROUGHPUT_PER_IOPS, VOLUME_LIMITS } from '../volume-limits';
import type { Difference } from './plan';
import type { PlannedVolume } from './planned-volume';
import { isShared } from './shares';

export interface VolumePlan {
  readonly volumes: readonly PlannedVolume[];
  readonly excluded: readonly { readonly device: string; readonly volumeId: string }[];
  readonly differences: readonly Difference[];
}

/** The clone's volumes: the source's, with what the request overrides. All problems in one message. */
export function planVolumes(source: Source, request: Request): VolumePlan {
  const unknown = Object.keys(request.volumes).filter(device => !source.volumes.some(volume => volume.device === device));
  const problems = unknown.map(device => `volumes.${device}: the source has no such device, but ${source.volumes.map(volume => volume.device).join(', ')}`);
  const isExcluded = ({ device }: SourceVolume) => request.volumes[device]?.exclude === true || isShared(request, device);
  const excluded = source.volumes.filter(isExcluded);
  problems.push(...excluded.filter(({ root, device }) => root && !isShared(request, device)).map(({ device }) => `volumes.${device}: the root volume can not be excluded`));
  const volumes = source.volumes.filter(volume => !isExcluded(volume)).map(volume => {
    const override = request.volumes[volume.device];
    const planned = plannedVolume(volume, override);
    if (override) problems.push(...volumeProblems(volume, planned, override).map(problem => `volumes.${volume.device}: ${problem}`));
    return planned;
  });
  if (problems.length > 0) throw new VolumeOverrideRefused(problems.join('\n'));
  return {
    volumes,
    excluded: excluded.map(({ device, volumeId }) => ({ device, volumeId })),
    differences: [
      ...excluded.map(({ device, volumeId, size }): Difference => ({
        attribute: `volume ${device}`, source: `${volumeId}, ${size} GiB`, kind: 'chosen',
        ...isShared(request, device) ? { clone: `${volumeId}, read-only`, why: 'shared by the request' } : { clone: null, why: 'excluded by the request' },
      })),
      ...volumes.flatMap(planned => volumeDifferences(source.volumes.find(({ device }) => device === planned.device), planned)),
    ],
  };
}

function plannedVolume(volume: SourceVolume, override: VolumeOverride | undefined): PlannedVolume {
  const type = override?.type ?? volume.type;
  const limits = VOLUME_LIMITS[type];
  const kept = type === volume.type || (limits?.iopsRequired && VOLUME_LIMITS[volume.type]?.iops) ? volume.iops : null;
  return {
    device: volume.device,
    volumeId: volume.volumeId,
    root: volume.root,
    size: override?.size ?? volume.size,
    type,
    // DescribeVolumes tells a baseline for gp2 too, but a launch may not repeat it
    iops: override?.iops ?? (limits?.iops ? kept ?? (type === 'gp3' ? GP3_BASELINE.iops : null) : null),
    throughput: override?.throughput ?? (limits?.throughput ? (type === volume.type ? volume.throughput : null) ?? GP3_BASELINE.throughput : null),
    encrypted: volume.encrypted || Boolean(override?.kmsKeyId),
    kmsKeyId: override?.kmsKeyId ?? volume.kmsKeyId,
    deleteOnTermination: volume.deleteOnTermination,
    // chooseStrategies decides, when it is known where the clone goes
    strategy: 'snapshot',
    why: '',
  };
}

function volumeProblems(volume: SourceVolume, { type, size, iops, throughput, root }: PlannedVolume, override: VolumeOverride): string[] {
  const limits = VOLUME_LIMITS[type];
  if (!limits) return [];
  const between = (name: string, value: number, [from, to]: readonly [number, number]) =>
    (value < from || value > to ? [`${name} ${value} is not within ${from} to ${to} of ${type}`] : []);
  const perIops = iops === null ? Infinity : iops * GP3_THROUGHPUT_PER_IOPS;
  const mostIops = limits.iopsPerGib ? Math.max(size * limits.iopsPerGib, type === 'gp3' ? GP3_BASELINE.iops : 0) : Infinity;
  return [
    ...size < volume.size ? [`size ${size} is less than the source's ${volume.size} GiB, but a volume can only grow`] : [],
    ...root && !limits.canBoot ? [`${type} can not hold a root volume`] : [],
    ...between('size', size, limits.size),
    ...override.iops !== null && !limits.iops ? [`iops can not be chosen for ${type}`] : [],
    ...limits.iopsRequired && iops === null ? [`iops must be said for ${type}`] : [],
    ...limits.iops && iops !== null ? between('iops', iops, limits.iops) : [],
    ...iops !== null && iops > mostIops ? [`iops ${iops} is more than the ${mostIops} that ${size} GiB of ${type} can have`] : [],
    ...override.throughput !== null && !limits.throughput ? [`throughput can not be chosen for ${type}`] : [],
    ...limits.throughput && throughput !== null ? between('throughput', throughput, limits.throughput) : [],
    ...limits.throughput && throughput !== null && throughput > perIops
      ? [`throughput ${throughput} is more than the ${perIops} MiB/s that ${iops} IOPS allow`] : [],
  ];
}

function volumeDifferences(volume: SourceVolume | undefined, planned: PlannedVolume): Difference[] {
  if (!volume) return [];
  const chosen = (['type', 'size', 'iops', 'throughput', 'encrypted', 'kmsKeyId'] as const)
    .filter(name => volume[name] !== planned[name] && !(name === 'iops' && !VOLUME_LIMITS[planned.type]?.iops && volume.type === planned.type))
    .map((name): Difference => ({
      attribute: `volume ${planned.device} ${name}`, source: volume[name], clone: planned[name], kind: 'chosen', why: 'asked for by the request',
    }));
  const shared: Difference[] = volume.multiAttach
    ? [{ attribute: `volume ${planned.device} multiAttach`, source: true, clone: false, kind: 'lost', why: 'a volume of the clone\'s own is nobody else\'s' }] : [];
  return [...chosen, ...shared];
}

/** The mappings of RunInstances; launch-instances adds each volume's snapshot. */
export function blockDeviceMappings(volumes: readonly PlannedVolume[], source: Source, request: Request): BlockDeviceMapping[] {
  const ebs = volumes.map(({ device, size, type, iops, throughput, deleteOnTermination }) => {
    const card = source.volumes.find(volume => volume.device === device)?.ebsCardIndex ?? 0;
    const key = request.volumes[device]?.kmsKeyId;
    return {
      DeviceName: device,
      Ebs: defined({
        DeleteOnTermination: deleteOnTermination,
        VolumeSize: size,
        VolumeType: type as VolumeType,
        Iops: iops ?? undefined,
        Throughput: throughput ?? undefined,
        // without a key of the request the volume inherits encryption and key from its snapshot
        Encrypted: key ? true : undefined,
        KmsKeyId: key ?? undefined,
        VolumeInitializationRate: request.volumeInitializationRate ?? undefined,
        EbsCardIndex: card > 0 && request.instanceType === null ? card : undefined,
      }),
    };
  });
  const ephemeral = (source.image?.ephemeral ?? []).filter(({ device }) => !source.volumes.some(volume => volume.device === device));
  return [...ebs, ...ephemeral.map(({ device, virtualName }) => ({ DeviceName: device, VirtualName: virtualName }))];
}
