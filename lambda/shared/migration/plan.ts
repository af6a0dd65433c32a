import type { Location, Place } from '../locations';
import type { Direction } from '../links';
import type { Plan } from '../plan/plan';
import type { Route } from '../step';
import type { Transport } from './request';

/** How one volume gets to the destination. */
export interface TravellingVolume {
  readonly device: string;
  readonly volumeId: string;
  readonly transport: Transport;
  readonly copy: 'pre-copy' | 'post-copy';
  /** GiB. */
  readonly size: number;
  /** Why it travels so. */
  readonly why: string;
}

/** Over what the bytes go. */
export interface PlannedLink {
  readonly id: string;
  readonly direction: Direction;
  /** Bytes per second that migrations may take. */
  readonly share: number;
  /** Bytes per second that this move is to take. */
  readonly rate: number;
}

/** Everything that is going to happen; later steps need nothing else of the source. */
export type MigrationPlan = Pick<Plan, 'sourceInstanceId' | 'count' | 'route' | 'freeze' | 'image' | 'launch' | 'userData' | 'finish' | 'protections' | 'tags'
  | 'creates' | 'differences' | 'warnings' | 'checks' | 'cost'> & {
  readonly route: Route;
  readonly volumes: readonly (Plan['volumes'][number])[];
  readonly travel: readonly TravellingVolume[];
  /** The input of the execution that replicates; null: AWS moves all of it. */
  readonly replication: Readonly<Record<string, unknown>> | null;
  readonly destination: Location;
  readonly from: Place;
  /** Null: both are in the Region, and no link lies between. */
  readonly link: PlannedLink | null;
  readonly services: readonly string[];
  readonly stopSource: boolean;
  /** Whether Systems Manager reaches the source, and then has to reach the target. */
  readonly managed: boolean;
  /** Seconds. */
  readonly maxDowntime: number;
  readonly deadline: string | null;
  /** In the order in which it happens, in words. */
  readonly story: readonly string[];
  readonly bytes: number;
  /** Seconds of the first pass at the link's rate; null: nobody knows at which rate AWS moves them. */
  readonly expectedSeconds: number | null;
};
