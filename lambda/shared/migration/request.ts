import type { TrafficRequest } from '../sync/request';
import type { Group } from './gate';

/** How the blocks of a volume travel: AWS moves snapshots (`ebs`), or one instance sends them to the other (`blocks`). */
export type Transport = 'ebs' | 'blocks';

/** What of a link is held for a move. */
export interface LinkShare {
  /** The link's id. */
  readonly link: string;
  readonly direction: 'to-edge' | 'to-region';
  readonly bitsPerSecond: number;
  /** ISO 8601. */
  readonly from: string;
  readonly until: string;
}

/** The input of an execution that moves one instance, checked, with every optional field said. */
export interface MigrationRequest {
  readonly instanceId: string;
  /** The name of a location of the construct. */
  readonly destination: string;
  readonly transport: Transport | 'auto';
  /** By device name; what is not named is as the plan finds best. */
  readonly volumes: Readonly<Record<string, { readonly transport?: Transport; readonly copy?: 'pre-copy' | 'post-copy' }>>;
  /** systemd units, in the order in which they are stopped. */
  readonly services: readonly string[];
  readonly consistency: 'crash' | 'filesystem';
  /** Seconds. */
  readonly maxDowntime: number;
  /** ISO 8601: the target serves by then, or the source goes on. */
  readonly deadline: string | null;
  readonly traffic: TrafficRequest;
  /** Seconds for which the source is kept after the switch; null: for ever. */
  readonly keepSource: number | null;
  /** Whether the source is stopped for the last snapshots. */
  readonly stopSource: boolean;
  /** Consent to that its room at an Outpost may be gone when it is started again. */
  readonly acceptCapacityLoss: boolean;
  /** Whether the package manager of the instances may install what sends blocks. */
  readonly installPackages: boolean;
  /** The name of the document that judges the target before clients are led to it. */
  readonly verifyDocument: string | null;
  readonly approve: readonly ('cut-over' | 'release')[];
  readonly planOnly: boolean;
  /** Made by a fleet; null: the execution reserves for itself. */
  readonly reservation: LinkShare | null;
  /** The fleet's execution, whose reservation it is. */
  readonly root: string | null;
  /** Those with which it switches together; null: it switches when it is ready. */
  readonly gate: Group | null;
}
