/** What every handler is given besides its own input. */
export interface Step {
  /** The ARN of the execution that all began with: what a step makes is tagged with it. */
  readonly execution: string;
  /** The stack and construct path of the machine: permissions rest on this tag. */
  readonly owner: string;
}

/** One snapshot of the set that a clone is made from. */
/** In the place of a snapshot's id: the volume begins empty. */
export const NO_SNAPSHOT = 'none';

export interface VolumeSnapshot {
  readonly snapshotId: string;
  readonly volumeId: string;
  /** The device name under which the source has the volume. */
  readonly device: string;
  /** ISO 8601. */
  readonly startTime: string;
}

/** How the clone's image comes about. */
export type Route = 'register-image' | 'create-image';
