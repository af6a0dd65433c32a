import type { Json } from '../json';
import type { Request, ShareLimits } from '../request/request';
import type { Route } from '../step';
import type { Tags } from '../tags';
import type { Fleet } from './fleet';
import type { Launch } from './launch-input';
import type { PlannedVolume } from './planned-volume';
import type { PlannedShare } from './shares';
import type { Sharing } from './sharing';

/** What RegisterImage has to be told, for its defaults are those of 2006. */
export interface PlannedImage {
  readonly architecture: string | null;
  readonly virtualizationType: string;
  readonly enaSupport: boolean;
  readonly sriovNetSupport: string | null;
  readonly rootDeviceName: string;
  readonly bootMode: string | null;
  readonly tpmSupport: string | null;
  readonly imdsSupport: string | null;
  readonly kernelId: string | null;
  readonly ramdiskId: string | null;
  /** Whether the handler that registers the image has to fetch UEFI variables. */
  readonly uefiData: boolean;
  readonly platformDetails: string | null;
  readonly usageOperation: string | null;
}

/** The place of an interface at its instance. */
export interface InterfacePlace { readonly networkCardIndex: number; readonly deviceIndex: number }

/** What RunInstances can not do. */
export interface Finish {
  /** Interfaces whose source/destination check is switched off. */
  readonly sourceDestCheck: readonly InterfacePlace[];
  /** Tags that not all volumes have in common. */
  readonly volumeTags: readonly { readonly device: string; readonly tags: Tags }[];
  readonly interfaceTags: readonly (InterfacePlace & { readonly tags: Tags })[];
}

/** How clones are kept apart until their identity is verified. */
export interface IsolationPlan {
  readonly vpcId: string;
  /** Address ranges that they may speak HTTPS to, and nothing else. */
  readonly egress: readonly string[];
  /** `endpoints` of the VPC, what the construct was `given`, or, without either, the `internet`. */
  readonly via: 'endpoints' | 'given' | 'internet';
}

/** What is asked of the clones by Systems Manager. */
export interface IdentityPlan {
  readonly mode: 'reset' | 'report';
  /** Whether the source can be asked what it is; a stopped one can not. */
  readonly askSource: boolean;
}

/** How clones become warm, why so, and how long the largest volume may take. */
export interface WarmUpPlan {
  /** For EBS to load the volumes, or, besides, for the clones to read them: what is in use first. */
  readonly how: 'wait' | 'read';
  readonly why: string;
  readonly seconds: number;
}

/** One attribute in which the clone differs: by choice, by nature, or because it can not be carried over. */
export interface Difference {
  readonly attribute: string;
  readonly source: Json;
  readonly clone: Json;
  readonly kind: 'chosen' | 'nature' | 'lost';
  readonly why: string;
}

export interface Check { readonly check: string; readonly result: 'passed' | 'not possible'; readonly detail: string }

export interface CostLine {
  readonly item: string;
  readonly quantity: number;
  readonly unit: string;
  /** Per unit, from the price table that the user gave. */
  readonly price: number | null;
  readonly amount: number | null;
}

/** What the clones cost until they expire, or in a month; in the money of the prices that the user gave. */
export interface ExpectedCost {
  readonly amount: number;
  /** Of how many hours that is. */
  readonly hours: number;
  /** Units without a price, which the amount lacks. */
  readonly unpriced: readonly string[];
}

/** Everything that is going to happen; later steps need nothing else of the source. */
export interface Plan {
  readonly sourceInstanceId: string;
  /** Null: the clones' own. */
  readonly sourceRegion: string | null;
  /** Null: the source is in the clones' account. */
  readonly sharing: Sharing | null;
  readonly count: number;
  /** Null: one launch makes all clones or none. */
  readonly fleet: Fleet | null;
  readonly route: Route;
  /** Whether filesystems are frozen by command, and thawed after the snapshots. */
  readonly freeze: boolean;
  /** Whether Windows freezes by VSS, and takes the snapshots itself. */
  readonly vss: boolean;
  readonly volumes: readonly PlannedVolume[];
  /** Whether the root is a copy, which a placeholder instance takes for its own; some of the other volumes may come from snapshots then. */
  readonly copying: boolean;
  /** Whether any volume comes from a snapshot. */
  readonly snapshotting: boolean;
  /** What the placeholder is launched from: the source's own image. */
  readonly placeholder: { readonly imageId: string; readonly devices: readonly string[] } | null;
  /** Why snapshots took the place of copies; null while they did not. */
  readonly fellBack: { readonly error: string; readonly message: string } | null;
  /** Volumes of the source that the clones use with it. */
  readonly shared: readonly PlannedShare[];
  /** What is neither copied nor in a snapshot: left out, or shared. */
  readonly excluded: readonly { readonly device: string; readonly volumeId: string }[];
  readonly image: PlannedImage;
  readonly launch: Launch;
  readonly userData: Request['userData'];
  /** Null: clones are launched as they shall stay. */
  readonly isolation: IsolationPlan | null;
  /** Null: nothing is asked, changed or verified inside of the clones. */
  readonly identity: IdentityPlan | null;
  readonly ready: Request['ready'];
  /** Null: nobody waits for warm volumes. */
  readonly warmUp: WarmUpPlan | null;
  readonly finish: Finish;
  readonly protections: { readonly termination: boolean; readonly stop: boolean };
  /** The request's own: snapshots and image carry them too. */
  readonly tags: Tags;
  readonly keepSnapshots: Request['keepSnapshots'];
  /** Seconds that each clone lives; null: until somebody removes it. */
  readonly expireAfter: number | null;
  /** Beyond which a share ends by itself; null: when somebody asks for it. */
  readonly ownVolumeAbove: ShareLimits | null;
  readonly approve: boolean;
  readonly creates: readonly { readonly resource: string; readonly quantity: number; readonly detail: string }[];
  readonly differences: readonly Difference[];
  readonly warnings: readonly string[];
  readonly checks: readonly Check[];
  readonly steps: readonly { readonly step: string; readonly seconds: number }[];
  readonly expectedSeconds: number;
  readonly cost: readonly CostLine[];
  readonly expectedCost: ExpectedCost;
}
