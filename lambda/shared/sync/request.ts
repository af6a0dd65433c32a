import type { Engine } from '../replication/engines';
import type { Request } from '../request/request';

/** What a launched target shall have instead of what the source has; null: as the source. */
export type LaunchOverrides = Pick<Request, 'instanceType' | 'subnetId' | 'securityGroupIds' | 'keyName' | 'instanceProfile' | 'tags'> & {
  /** By device, as of a clone, but that none is left out. */
  readonly volumes: Readonly<Record<string, object>>;
};

/** A record whose values name the source. */
export interface TrafficRecord {
  readonly hostedZoneId: string;
  /** In lower case, with the dot at its end, as Route 53 lists it. */
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'CNAME';
}

/** What follows the workload from one instance to the other. */
export interface TrafficRequest {
  readonly targetGroupArns: readonly string[];
  readonly records: readonly TrafficRecord[];
  /** Ids of allocations. */
  readonly elasticIps: readonly string[];
  /** Waits until somebody says that whatever else leads to the instance leads to its successor. */
  readonly callback: boolean;
}

/** The input of an execution of InstanceStoreSync, checked, with every optional field said. */
export interface SyncRequest {
  readonly sourceInstanceId: string;
  /** One of both is null. */
  readonly target: { readonly launch: LaunchOverrides | null; readonly instanceId: string | null };
  /** Empty: all that lie on instance store, and with `ebsVolumes` on EBS volumes other than the root. */
  readonly mountPoints: readonly string[];
  /** Whether what lies on EBS volumes may be moved, too. */
  readonly ebsVolumes: boolean;
  /** systemd units, in the order in which they are stopped. */
  readonly services: readonly string[];
  readonly engine: 'auto' | Engine;
  readonly encryption: 'wireguard' | 'nitro' | 'none';
  readonly installPackages: boolean;
  readonly overwriteTarget: boolean;
  /** MiB/s. */
  readonly rateLimit: number | null;
  readonly favour: 'balanced' | 'application' | 'sync';
  /** ISO 8601. */
  readonly finishBy: string | null;
  /** Whether the blocks follow the switch, or go before it; `auto`: before it, where the engine can. */
  readonly copy: 'post-copy' | 'pre-copy' | 'auto';
  /** ISO 8601: the target takes over by then, whatever of a pre-copy is still to come. */
  readonly switchBy: string | null;
  readonly metadataDirectory: string;
  readonly traffic: TrafficRequest;
  readonly approve: readonly ('switch' | 'release')[];
  readonly releaseSource: 'keep' | 'stop' | 'terminate';
  readonly onFailure: 'wait' | 'fall-back';
  /** The name of the document that judges the target before it serves. */
  readonly verifyDocument: string | null;
  readonly continueSession: string | null;
  readonly planOnly: boolean;
}

/** The input of an execution that falls back. */
export interface FallBackRequest {
  readonly sourceInstanceId: string;
  readonly targetInstanceId: string;
  readonly session: string;
  /** The target is gone for good: it is not asked. */
  readonly targetLost: boolean;
  /** What the private address of a target was that does not tell it any more. */
  readonly targetAddress: string | null;
  readonly traffic: TrafficRequest;
}
