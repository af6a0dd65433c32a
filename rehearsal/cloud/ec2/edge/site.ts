import type { VolumeType } from '@aws-sdk/client-ec2';
import { AwsError } from '../../service';
import { invalidCombination, invalidValue } from '../errors';
import type { VolumeShape } from '../limits';
import type { Ec2, InstanceRecord, VolumeRecord } from '../state';

/** Where instances and volumes are: a zone, and an Outpost where they are on one. */
export interface Place {
  readonly zone: string;
  readonly outpostArn?: string;
}

/** A place outside of the Region's own zones, with the room that it has: an Outposts rack or a Local Zone. */
export interface EdgeSite extends Place {
  readonly kind: 'outpost' | 'local-zone';
  /** The ARN of the Outpost, or the zone's name. */
  readonly id: string;
  /** How many instances of each installed type it has room for; a type that is not there is not installed. */
  readonly slots: Map<string, number>;
  /** How many of these Capacity Reservations keep for others; none unless told. */
  readonly reserved: Map<string, number>;
  /** GiB of each volume type; a type that is not there is not installed. */
  readonly storage: Map<VolumeType, number>;
  /** Whether all volumes and snapshots there are encrypted: Outposts, and the older Local Zones. */
  readonly encrypted: boolean;
  /** Whether snapshots can be stored there: S3 on Outposts, or a Local Zone with S3. */
  readonly localSnapshots: boolean;
  /** Whether volumes there can be the source of CopyVolumes: in selected Local Zones. */
  readonly volumeCopies: boolean;
  /** The line to it: its service link, or its zone's backbone. */
  readonly linkId: string;
  /** Whether the Region reaches it at this time. */
  connected(): boolean;
}

export const placeOfInstance = (instance: InstanceRecord): Place => place(instance.Placement.AvailabilityZone!, instance.OutpostArn);
export const placeOfVolume = (volume: VolumeRecord): Place => place(volume.AvailabilityZone, volume.OutpostArn);
export const placeOfSubnet = (subnet: { AvailabilityZone: string; OutpostArn?: string }): Place => place(subnet.AvailabilityZone, subnet.OutpostArn);

function place(zone: string, outpostArn: string | undefined): Place {
  return { zone, ...outpostArn !== undefined && { outpostArn } };
}

export const samePlace = (one: Place, other: Place): boolean => one.zone === other.zone && one.outpostArn === other.outpostArn;

/** The edge site at a place; none in the Region's own zones. */
export function siteAt(ec2: Ec2, { zone, outpostArn }: Place): EdgeSite | undefined {
  return outpostArn === undefined ? ec2.localZones.get(zone) : ec2.account.outposts.site(outpostArn);
}

const occupying = new Set(['pending', 'running', 'stopping', 'shutting-down']);

/** Slots of a type that are free for anybody; a stopped instance leaves its slot. */
export function freeSlots(ec2: Ec2, site: EdgeSite, type: string): number {
  const taken = [...ec2.instances.values()]
    .filter(each => each.InstanceType === type && occupying.has(each.State.Name!) && samePlace(placeOfInstance(each), site)).length;
  return (site.slots.get(type) ?? 0) - (site.reserved.get(type) ?? 0) - taken;
}

/** Refuses what a site has no room for. What AWS says of a type that is not installed is unverified against AWS. */
export function checkSlots(ec2: Ec2, site: EdgeSite | undefined, type: string, count: number): void {
  if (!site) return;
  if (!site.slots.has(type)) {
    throw new AwsError('Unsupported', `Your requested instance type (${type}) is not supported in your requested location (${site.id}).`);
  }
  if (freeSlots(ec2, site, type) < count) throw noCapacity(site, type);
}

export function noCapacity({ id }: EdgeSite, type: string): AwsError {
  // "There is not enough capacity to fulfill your request" (EC2 developer guide, "Error codes"); sent with status 500
  return new AwsError('InsufficientInstanceCapacity', `There is not enough ${type} capacity in ${id} to fulfill your request.`, 500);
}

export function freeStorage(ec2: Ec2, site: EdgeSite, type: VolumeType): number {
  const taken = [...ec2.volumes.values()].filter(each => each.VolumeType === type && samePlace(placeOfVolume(each), site))
    .reduce((sum, each) => sum + each.Size, 0);
  return (site.storage.get(type) ?? 0) - taken;
}

interface AskedVolume extends VolumeShape {
  readonly multiAttach?: boolean;
  readonly initializationRate?: number;
}

/** Refuses volumes that a site does not have, or has no room for. The codes but InsufficientVolumeCapacity are unverified against AWS. */
export function checkVolumesAt(ec2: Ec2, site: EdgeSite | undefined, volumes: readonly AskedVolume[], copies = 1): void {
  if (!site) return;
  for (const { type, size, iops = 0, throughput = 0, multiAttach, initializationRate } of volumes) {
    if (!site.storage.has(type)) throw invalidValue(`The volume type ${type} is not supported in ${site.id}.`);
    if (multiAttach) throw invalidCombination(`The parameter multiAttachEnabled is not supported in ${site.id}.`);
    if (initializationRate !== undefined) throw invalidCombination(`The parameter VolumeInitializationRate is not supported in ${site.id}.`);
    // gp3 stays at its old limits on Outposts (EBS user guide, "Amazon EBS volume types")
    if (site.kind === 'outpost' && type === 'gp3' && (size > 16_384 || iops > 16_000 || throughput > 1000)) {
      throw invalidValue('gp3 volumes on Outposts have at most 16384 GiB, 16000 IOPS and 1000 MiB/s.');
    }
  }
  for (const type of new Set(volumes.map(each => each.type))) {
    const wanted = copies * volumes.filter(each => each.type === type).reduce((sum, { size }) => sum + size, 0);
    if (freeStorage(ec2, site, type) < wanted) {
      throw new AwsError('InsufficientVolumeCapacity', 'There is not enough capacity to fulfill your EBS volume provision request.', 500);
    }
  }
}

/**
 * A site that the Region does not reach takes no orders: "run, start, stop and terminate may fail" (Outposts user guide, "Maintenance"). The
 * code is unverified against AWS.
 */
export function checkConnected(...sites: readonly (EdgeSite | undefined)[]): void {
  const away = sites.find(site => site && !site.connected());
  if (away) throw new AwsError('ServiceUnavailable', `The request to ${away.id} has failed, because it is not connected to the Region.`, 503);
}

/** Whether a volume there is encrypted, asked for or not; a request for none is refused (the code is unverified against AWS). */
export function encryptedAt(site: EdgeSite | undefined, asked: boolean | undefined): boolean | undefined {
  if (!site?.encrypted) return asked;
  if (asked === false) throw invalidValue(`Volumes and snapshots in ${site.id} are encrypted; the encrypted flag cannot be false.`);
  return true;
}
