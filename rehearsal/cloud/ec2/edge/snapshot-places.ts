import type { SnapshotLocationEnum } from '@aws-sdk/client-ec2';
import { invalidCombination, invalidValue } from '../errors';
import type { Ec2, SnapshotRecord, VolumeRecord } from '../state';
import { checkConnected, type EdgeSite, placeOfVolume, samePlace, siteAt, type Place } from './site';

/** Where a snapshot is stored: `region`, or the id of an edge site. */
export function storedAt({ OutpostArn, AvailabilityZone }: SnapshotRecord): string {
  return OutpostArn ?? AvailabilityZone ?? 'region';
}

interface AskedLocation {
  readonly OutpostArn?: string | undefined;
  readonly Location?: SnapshotLocationEnum | undefined;
}

/**
 * The site that snapshots of volumes will be stored at, undefined in the Region: `OutpostArn` for Outposts, `Location: local` for Local Zones
 * (SDK, CreateSnapshotRequest). The codes of refusals here are unverified against AWS.
 */
export function snapshotSite(ec2: Ec2, volumes: readonly VolumeRecord[], { OutpostArn, Location }: AskedLocation): EdgeSite | undefined {
  const sites = volumes.map(volume => siteAt(ec2, placeOfVolume(volume)));
  checkConnected(...sites);
  if (OutpostArn !== undefined && Location !== undefined) throw invalidCombination('Only one of OutpostArn and Location can be specified.');
  const local = OutpostArn !== undefined || Location === 'local';
  if (!local) {
    for (const volume of volumes) checkLineage(ec2, volume, undefined);
    return undefined;
  }
  for (const [index, volume] of volumes.entries()) {
    const site = sites[index];
    if (OutpostArn !== undefined ? site?.outpostArn !== OutpostArn : site?.kind !== 'local-zone') {
      throw invalidValue(`The snapshot of volume '${volume.VolumeId}' can not be stored in ${OutpostArn ?? 'a Local Zone'}: the volume is not there.`);
    }
    if (!site!.localSnapshots) throw invalidValue(`Snapshots can not be stored in ${site!.id}.`);
    checkLineage(ec2, volume, site);
  }
  return sites[0];
}

/**
 * "If the most recent snapshot of a volume is stored on an Outpost, all subsequent snapshots of that volume must be stored on it, too", and the
 * same for the Region, and for Local Zones (EBS user guide, "snapshots-outposts", "snapshots-localzones").
 */
function checkLineage(ec2: Ec2, volume: VolumeRecord, site: EdgeSite | undefined): void {
  const locked = ec2.get(ec2.volumeModels, volume.VolumeId).snapshotsAt;
  const wanted = site?.id ?? 'region';
  if (locked !== undefined && locked !== wanted) {
    throw invalidValue(`Snapshots of volume '${volume.VolumeId}' must be stored in ${locked === 'region' ? 'the Region' : locked}, as those before.`);
  }
}

/** Refuses a volume of a snapshot that is stored at another place: a local snapshot serves volumes on its Outpost, in its zone, only. */
export function checkUsable(snapshot: SnapshotRecord | undefined, place: Place): void {
  if (!snapshot || storedAt(snapshot) === 'region') return;
  const { OutpostArn: outpostArn, AvailabilityZone: zone = '' } = snapshot;
  const there = outpostArn === undefined ? samePlace({ zone }, place) : place.outpostArn === outpostArn;
  if (!there) throw invalidValue(`The snapshot '${snapshot.SnapshotId}' is stored in ${storedAt(snapshot)} and can be used there only.`);
}

/** "A volume from a local snapshot uses the snapshot's key" (EBS user guide, "snapshots-outposts"). */
export function checkKey(snapshot: SnapshotRecord | undefined, keyArn: string | undefined): void {
  if (snapshot && storedAt(snapshot) !== 'region' && keyArn !== undefined && keyArn !== snapshot.KmsKeyId) {
    throw invalidValue(`The snapshot '${snapshot.SnapshotId}' is stored in ${storedAt(snapshot)}: its KMS key can not be changed.`);
  }
}
