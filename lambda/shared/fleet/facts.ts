import type { Instance, Volume } from '@aws-sdk/client-ec2';
import { groupOf, noteOfGroup, whyNotOfGroup } from '../auto-scaling';
import { hasIpv6 } from '../instances';
import { durationSeconds } from '../iso-duration';
import type { EdgeLink } from '../links';
import { isThere, type Location, type Place, type Way, wayTo } from '../locations';
import { LEAST_EBS_SECONDS } from '../migration/rounds';
import { PHASE, tagMap } from '../tags';
import type { MoveInput, Wishes } from './request';

const GIB = 2 ** 30;

export interface FleetVolume {
  readonly device: string;
  readonly volumeId: string;
  /** Of the whole volume: how much of it holds data, nobody tells. */
  readonly bytes: number;
  readonly root: boolean;
  /** This, and what follows: absent as earlier versions wrote it. */
  readonly type?: string;
  readonly encrypted?: boolean;
  readonly kmsKeyId?: string;
  /** The snapshot that it was made from. */
  readonly origin?: string;
}

/** What a plan needs to know of an instance. */
export interface FleetInstance {
  readonly id: string;
  readonly name: string | null;
  readonly type: string;
  readonly place: Place;
  readonly volumes: readonly FleetVolume[];
  /** This, and the next: absent where it is not so. */
  readonly hasIpv6?: true;
  /** It runs on a Dedicated Host. */
  readonly onHost?: true;
}

/** Why an instance is not moved. */
export interface Refused {
  readonly id: string;
  readonly reason: string;
  /** Its `Name` tag, where that is told. */
  readonly name?: string | null;
}

/** `fleet.json`: what was asked for, as it was found. */
export interface Fleet {
  readonly instances: readonly FleetInstance[];
  readonly refusals: readonly Refused[];
  /** What a person should know, and nothing is refused for. */
  readonly notes: readonly string[];
}

export interface Surroundings {
  readonly destination: Location;
  readonly locations: readonly Location[];
  /** What an instance must carry to be moved; null where nothing will be. */
  readonly tag: { readonly key: string; readonly value: string } | null;
  /** Types with disks of their own. */
  readonly typesWithInstanceStore: ReadonlySet<string>;
  /** Of members of Auto Scaling groups, where they are in their life; null where nothing will be moved. */
  readonly lifecycles: ReadonlyMap<string, string> | null;
}

export function instanceFacts(instance: Instance, volumes: ReadonlyMap<string, Volume>): FleetInstance {
  const { InstanceId = '', InstanceType, Placement, OutpostArn, Tags, RootDeviceName, BlockDeviceMappings = [] } = instance;
  return {
    id: InstanceId,
    name: tagMap(Tags)['Name'] ?? null,
    type: InstanceType ?? '',
    place: { availabilityZone: Placement?.AvailabilityZone ?? '', outpostArn: OutpostArn ?? null },
    volumes: BlockDeviceMappings.flatMap(({ DeviceName = '', Ebs }) => (Ebs?.VolumeId === undefined ? [] : [{
      device: DeviceName, volumeId: Ebs.VolumeId, root: DeviceName === RootDeviceName, ...volumeFacts(volumes.get(Ebs.VolumeId)),
    }])),
    ...hasIpv6(instance) && { hasIpv6: true },
    ...Placement?.Tenancy === 'host' && { onHost: true },
  };
}

function volumeFacts({ Size = 0, VolumeType, Encrypted, KmsKeyId, SnapshotId }: Volume = {}): Omit<FleetVolume, 'device' | 'volumeId' | 'root'> {
  return {
    bytes: Size * GIB, ...VolumeType && { type: VolumeType },
    ...Encrypted !== undefined && { encrypted: Encrypted },
    ...KmsKeyId && { kmsKeyId: KmsKeyId }, ...SnapshotId && { origin: SnapshotId },
  };
}

/** What can be seen without asking the instance or its destination; the machine that moves it looks closer. */
export function whyNot(instance: Instance, volumes: ReadonlyMap<string, Volume>, surroundings: Surroundings): string | undefined {
  const { destination, locations, tag, typesWithInstanceStore, lifecycles } = surroundings;
  const { id, type, place, volumes: own } = instanceFacts(instance, volumes);
  const tags = tagMap(instance.Tags);
  const shared = own.find(({ volumeId }) => (volumes.get(volumeId)?.Attachments ?? []).length > 1);
  if (tag && tags[tag.key] !== tag.value) return `${id} does not carry the tag ${tag.key}=${tag.value}, without which nothing may be moved`;
  if (instance.State?.Name !== 'running') return `${id} is ${instance.State?.Name ?? 'in no known state'}; only running instances are moved`;
  if (tags[PHASE] !== undefined) return `${id} is in phase '${tags[PHASE]}' of another move; wait until that is over`;
  if (isThere(destination, place)) return `${id} is at ${destination.name} already`;
  if (!wayTo(destination, place, locations)) {
    return `${id} is at ${place.outpostArn ?? place.availabilityZone}, from where the construct knows no way to ${destination.name}`;
  }
  if (own.length === 0) return `${id} has no EBS volume that could be moved`;
  if (typesWithInstanceStore.has(type)) return `${id} is of type ${type}, whose instance store would stay behind; move its data by InstanceStoreSync first`;
  if (shared) return `${id} shares ${shared.volumeId} (${shared.device}) with another instance; detach it there first`;
  return lifecycles === null ? undefined : whyNotOfGroup(instance, lifecycles);
}

/** What is no reason to refuse by itself. */
export function notesOn(instance: Instance, lifecycles: Surroundings['lifecycles']): string[] {
  const group = groupOf(instance);
  if (group === undefined) return [];
  return [lifecycles === null ? `${instance.InstanceId} belongs to the Auto Scaling group ${group}; its move is refused unless it is in standby there` : noteOfGroup(instance, group)];
}

/** What decides how the volumes travel. */
export type Travel = Pick<MoveInput & Wishes, 'transport' | 'volumes' | 'maxDowntime'>;

/** Which bytes go which way: AWS moves all of them, unless data volumes shall go as blocks; the root travels as an image, whatever is asked for. */
export interface Load {
  readonly links: readonly EdgeLink[];
  /** What these links carry. */
  readonly bytes: number;
  /** What AWS moves besides, over a way that is none of these links. */
  readonly elsewhere: number;
  /** Whether nothing goes as blocks: AWS moves all of it, and nobody can pace that. */
  readonly unpaced: boolean;
}

/** Whether links carry it, or AWS by another way. */
export const isOnLink = ({ unpaced, elsewhere }: Load): boolean => !(unpaced && elsewhere > 0);

export function loadOf({ volumes }: FleetInstance, { transport, volumes: chosen, maxDowntime }: Travel, { links }: Way): Load {
  const takesBlocks = links.filter(({ transports }) => transports.includes('blocks'));
  const wishOf = ({ device }: FleetVolume): string => chosen[device]?.transport ?? transport;
  const data = volumes.filter(({ root }) => !root);
  const wishes = new Set(data.map(wishOf));
  // as the move itself chooses: data volumes travel alike, and by themselves as blocks where the pause of snapshots would be too long
  const isTooShort = wishes.has('auto') && !wishes.has('ebs') && (durationSeconds(maxDowntime) ?? Infinity) < LEAST_EBS_SECONDS;
  const asBlocks = takesBlocks.length > 0 && (wishes.has('blocks') || isTooShort) ? data.filter(volume => wishOf(volume) !== 'ebs') : [];
  const all = volumes.reduce((sum, { bytes }) => sum + bytes, 0);
  const blocks = asBlocks.reduce((sum, { bytes }) => sum + bytes, 0);
  if (blocks > 0) {
    // a VPN that the user gave for blocks keeps them off the service link
    const only = takesBlocks.filter(({ transports }) => !transports.includes('ebs'));
    return only.length > 0 ? { links: only, bytes: blocks, elsewhere: all - blocks, unpaced: false }
      : { links: takesBlocks, bytes: all, elsewhere: 0, unpaced: false };
  }
  const takesEbs = links.filter(({ transports }) => transports.includes('ebs'));
  return takesEbs.length > 0 ? { links: takesEbs, bytes: all, elsewhere: 0, unpaced: true } : { links, bytes: all, elsewhere: all, unpaced: true };
}
