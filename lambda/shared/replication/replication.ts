import type { SyncRequest } from '../sync/request';
import type { Engine } from './engines';
import type { Layout } from './host';

/** What replication reads of an execution's input. */
export type ReplicationRequest = Pick<SyncRequest,
  'sourceInstanceId' | 'mountPoints' | 'ebsVolumes' | 'services' | 'engine' | 'copy' | 'encryption' | 'installPackages' | 'overwriteTarget' | 'metadataDirectory' | 'rateLimit'>;

/** How fast the blocks may follow. */
export type PaceRequest = Pick<SyncRequest, 'rateLimit' | 'favour' | 'finishBy'>;

/** The same, and whether blocks are copied in two loops: before the switch, and what is left after it. */
export type CopyRequest = PaceRequest & Pick<SyncRequest, 'copy'>;

/** How fast the blocks may go ahead, and until when. */
export type PreCopyRequest = CopyRequest & Pick<SyncRequest, 'switchBy'>;

/** A mount of the source, and where its blocks go. */
export interface ReplicatedVolume {
  readonly mountPoint: string;
  readonly bytes: number;
  readonly blockSize: number;
  readonly fstype: string;
  readonly layout: Layout;
  readonly options: string;
  /** What is mounted on the source. */
  readonly sourceDevice: string;
  /** The target's disks, by id. */
  readonly devices: readonly string[];
}

/** What two hosts were matched to. */
export interface Replication {
  readonly engine: Engine;
  /** Whether the blocks go before the switch. */
  readonly preCopy: boolean;
  readonly encryption: 'wireguard' | 'none';
  readonly port: number;
  readonly installPackages: boolean;
  readonly overwriteTarget: boolean;
  readonly metadataDirectory: string;
  /** KiB/s that copying never exceeds; null: whatever the engine takes. */
  readonly maxRate?: number | null;
  readonly services: readonly string[];
  readonly volumes: readonly ReplicatedVolume[];
  readonly warnings: readonly string[];
}
