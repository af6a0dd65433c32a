import { VolumeStrategyRefused } from '../errors';
import type { Request, VolumeStrategy } from '../request/request';
import type { Source } from '../source/source';
import type { Plan } from './plan';
import type { PlannedVolume } from './planned-volume';
import type { SubnetFacts } from './subnets';

/** What the account's other copies leave room for. */
export interface CopyFacts {
  /** Volumes that are being copied or are themselves copies which are not whole yet. */
  readonly busy: readonly string[];
  readonly inProgress: number;
  readonly limit: number;
}

/** EBS user guide, "ebs-copying-volume": five at once in a Region. */
export const NO_COPIES: CopyFacts = { busy: [], inProgress: 0, limit: 5 };

export interface Situation {
  readonly source: Source;
  readonly request: Request;
  readonly freeze: boolean;
  readonly vss?: boolean;
  readonly copies: CopyFacts;
  /** Where the clone goes. */
  readonly subnets: readonly SubnetFacts[];
}

export interface Strategies {
  readonly volumes: readonly PlannedVolume[];
  readonly copying: boolean;
  readonly placeholder: Plan['placeholder'];
}

/**
 * How each volume of the clone comes about. The root decides: a copied volume can be neither in a launch nor in an image, so where anything is
 * copied a placeholder is launched, the copies are attached to it, and the root's copy takes the place of its root. The rest follows from that.
 */
export function chooseStrategies(volumes: readonly PlannedVolume[], situation: Situation): Strategies {
  const wanted = (device: string): VolumeStrategy => situation.request.volumes[device]?.strategy ?? situation.request.strategy;
  const asked = volumes.filter(({ device }) => wanted(device) === 'volume-copy');
  const free = volumes.filter(({ device }) => wanted(device) !== 'snapshot');
  // `auto` copies all or nothing: one volume that comes from a snapshot makes the clone wait for it anyway
  const candidates = asked.length > 0 ? free.filter(volume => asked.includes(volume) || ownReasons(volume, situation).length === 0) : free;
  const rootProblem = candidates.some(({ root }) => root) || candidates.length === 0 ? []
    : ['the root is to come from a snapshot, and then the clone boots before a copied volume can be attached'];
  const common = [...rootProblem, ...commonReasons(situation), ...togetherReasons(volumes, candidates, situation)];
  refuse(asked, common, situation);
  const own = (volume: PlannedVolume): string[] => ownReasons(volume, situation);
  const allCan = free.length === volumes.length && free.every(volume => own(volume).length === 0);
  const copying = candidates.length > 0 && common.length === 0 && (asked.length > 0 || allCan);
  if (copying) {
    return { copying, placeholder: placeholderOf(situation), volumes: volumes.map(volume => (candidates.includes(volume) ? copied(volume, situation)
      : fromSnapshot(volume, wanted(volume.device) === 'snapshot' ? ['the request asks for it'] : own(volume)))) };
  }
  const others = free.length < volumes.length ? ['another volume comes from a snapshot, for which the clone waits anyway'] : [];
  const hindered = volumes.filter(volume => own(volume).length > 0);
  return {
    copying, placeholder: null,
    volumes: volumes.map(volume => fromSnapshot(volume, wanted(volume.device) === 'snapshot' ? ['the request asks for it']
      : [...own(volume), ...common, ...others, ...hindered.filter(one => one !== volume).map(({ device }) => `${device} can not be copied`)])),
  };
}

function refuse(asked: readonly PlannedVolume[], common: readonly string[], situation: Situation): void {
  const problems = asked.flatMap(volume => [...common, ...ownReasons(volume, situation)].map(reason => `${volume.device}: ${reason}`));
  if (problems.length === 0) return;
  throw new VolumeStrategyRefused(`these volumes can not be cloned by "volume-copy":\n${problems.join('\n')}\nAsk for "snapshot" or "auto", or remove the cause`);
}

function copied(volume: PlannedVolume, { source, freeze }: Situation): PlannedVolume {
  const still = freeze ? ', taken while filesystems are frozen' : source.state === 'stopped' ? ', taken while nothing writes' : '';
  return {
    ...volume, strategy: 'volume-copy',
    why: `a copy within ${source.availabilityZone} can be used seconds later, whatever its size${still}; it has its full performance after ${hours(volume.size)} h at most`,
  };
}

function fromSnapshot(volume: PlannedVolume, reasons: readonly string[]): PlannedVolume {
  return { ...volume, strategy: 'snapshot', why: `${reasons.join('; ')}; its changed blocks go to the snapshot first, and are loaded from it when they are read` };
}

/** EBS user guide, "ebs-copying-volume": 6 hours for the first TiB of data, 1.2 more for each to 16 TiB, 24 above. */
export function hours(gib: number): number {
  const tib = gib / 1024;
  return tib > 16 ? 24 : Math.ceil((6 + 1.2 * Math.max(0, tib - 1)) * 10) / 10;
}

/** Why this very volume can not be copied now. */
function ownReasons({ device, volumeId }: PlannedVolume, { source, copies }: Situation): string[] {
  const known = source.volumes.find(volume => volume.device === device);
  return [
    ...copies.busy.includes(volumeId) ? ['a copy of it (or it itself, as a copy) is still being initialized, and EBS makes one copy of a volume at a time'] : [],
    ...known && known.attachments > 1 ? ['several instances write to it, and AWS does not say what a copy of such a volume holds'] : [],
  ];
}

/** Why no volume of this clone can be copied. */
function commonReasons({ source, request, subnets, vss }: Situation): string[] {
  const zone = subnets.find(({ availabilityZone }) => availabilityZone !== source.availabilityZone)?.availabilityZone;
  const lines: readonly (string | false)[] = [
    vss === true && 'VSS freezes only for the snapshots that it takes itself: ask for consistency "crash" to copy',
    request.count > 1 && `${request.count} clones need as many copies of each volume, and EBS makes one copy of a volume at a time (the next after hours)`,
    source.elsewhere !== undefined && `the source is in ${source.elsewhere}, and a copy of a volume stays in its account and Region`,
    zone !== undefined && `the clone goes to ${zone}, and a copy stays in ${source.availabilityZone}`,
    subnets.some(({ edge }) => edge) && 'on Outposts and in Wavelength Zones there are no copies, in Local Zones only in some',
    request.volumeInitializationRate !== null && 'copies have no initialization rate',
    request.keepSnapshots !== 'none' && `keepSnapshots "${request.keepSnapshots}" needs snapshots`,
    request.userData !== 'none' && 'the placeholder, which is no clone yet, would run the user data',
    source.instance.HibernationOptions?.Configured === true && 'a placeholder that can hibernate is not known to take another root',
    source.cloneType?.bareMetal === true && 'bare metal takes no other root while it runs',
    imageProblem(source),
  ];
  return lines.filter(line => line !== false);
}

/** The placeholder is launched from the source's own image, so that it boots, and is billed, as the copied root has to be. */
function imageProblem({ image, instance }: Source): string | false {
  if (!image || image.state !== 'available') return 'the image that the source was launched from is gone, and the placeholder needs it';
  const wrong = image.platformDetails !== (instance.PlatformDetails ?? null) || image.usageOperation !== (instance.UsageOperation ?? null)
    || image.architecture !== (instance.Architecture ?? null) || image.virtualizationType !== (instance.VirtualizationType ?? null)
    || image.rootDeviceName !== (instance.RootDeviceName ?? null);
  return wrong && 'the image that the source was launched from has other billing details, architecture or root device than the source by now';
}

/** Why these volumes can not be copied together. */
function togetherReasons(volumes: readonly PlannedVolume[], candidates: readonly PlannedVolume[], { source, freeze, copies }: Situation): string[] {
  const instants = candidates.length + (candidates.length < volumes.length ? 1 : 0);
  return [
    ...instants > 1 && source.state === 'running' && !freeze
      ? ['each copy is of an instant of its own, so that several volumes are consistent only while nothing writes: ask for consistency "filesystem", or stop the source'] : [],
    ...copies.inProgress + candidates.length > copies.limit
      ? [`${candidates.length} copies are needed and ${copies.inProgress} are in progress, but the Region allows ${copies.limit} at a time`] : [],
  ];
}

function placeholderOf({ source: { image } }: Situation): Plan['placeholder'] {
  return image && { imageId: image.imageId, devices: image.devices };
}

/** The plan as far as snapshots go: what is copied is none of their business. */
export function bySnapshot<P extends Pick<Plan, 'volumes'>>(plan: P): P {
  return { ...plan, volumes: plan.volumes.filter(({ strategy }) => strategy === 'snapshot') };
}

/** The volumes that are copied. */
export function byCopy({ volumes }: Pick<Plan, 'volumes'>): PlannedVolume[] {
  return volumes.filter(({ strategy }) => strategy === 'volume-copy');
}

/** The plan without copies, after one that did not come to be. */
export function withoutCopies(plan: Plan, error: string, message: string): Plan {
  const told = `volumes are cloned by snapshots instead of copies, because ${error}: ${message}`;
  return {
    ...plan, copying: false, snapshotting: true, placeholder: null, fellBack: { error, message },
    volumes: plan.volumes.map(volume => (volume.strategy === 'volume-copy' ? fromSnapshot(volume, [`its copy did not come to be (${error})`]) : volume)),
    warmUp: plan.warmUp && { ...plan.warmUp, why: `${plan.warmUp.why}; decided before snapshots took the place of copies` },
    warnings: [...plan.warnings, told],
  };
}
