/**
 * How long things take. AWS promises none of these numbers: they are plausible, and unverified against AWS.
 * Scenarios and tests change them; all are virtual.
 */
export interface Timing {
  /** pending → running, in seconds. */
  instanceStart: number;
  /** running → both status checks passed. */
  statusChecks: number;
  /** stopping → stopped. */
  instanceStop: number;
  /** shutting-down → terminated. */
  instanceTermination: number;
  /** How long a terminated instance is still described; AWS says "a short while (usually less than an hour)". */
  terminatedVisible: number;
  /** A reboot, as RebootInstances and CreateImage without NoReboot make it. */
  instanceReboot: number;
  /** associating → associated of an instance profile, and likewise away. */
  profileAssociation: number;
  /** A snapshot takes at least this long. */
  snapshotLeast: number;
  /** How fast changed blocks are copied to the snapshot, in MiB/s. */
  snapshotRate: number;
  /** creating → available. */
  volumeCreation: number;
  /** deleting → gone. */
  volumeDeletion: number;
  attachment: number;
  /** Of a replacement of a root volume: until the old one is off, and until the instance has rebooted from the new one. */
  rootDetachment: number;
  rootReplacement: number;
  detachment: number;
  /** Background loading of a volume made from a snapshot, in MiB/s, where no rate is provisioned. */
  initializationRate: number;
  /** Likewise to somebody who reads blocks for the first time, with many requests at once. */
  firstReadRate: number;
  /** An image is available so long after the last of its snapshots. */
  imageRegistration: number;
  /** The name of a deregistered image is free after this; AWS only says "some time". */
  imageNameRelease: number;
  /** After which an asynchronous KMS failure shows. */
  kmsFailure: number;
  /** The share of a volume that its builder calls written, where nothing else is said. */
  writtenShare: number;
}

export function defaultTiming(): Timing {
  return {
    instanceStart: 30,
    statusChecks: 180,
    instanceStop: 40,
    instanceTermination: 45,
    terminatedVisible: 3600,
    instanceReboot: 60,
    profileAssociation: 5,
    snapshotLeast: 20,
    snapshotRate: 100,
    volumeCreation: 5,
    volumeDeletion: 2,
    attachment: 3,
    rootDetachment: 20,
    rootReplacement: 60,
    detachment: 5,
    initializationRate: 40,
    firstReadRate: 120,
    imageRegistration: 10,
    imageNameRelease: 30,
    kmsFailure: 5,
    writtenShare: 0.4,
  };
}
