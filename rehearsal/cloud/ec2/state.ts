import type {
  Address, IamInstanceProfileAssociation, Image, Instance, InstanceStatusEvent, KeyPairInfo, NetworkInterface, PlacementGroup, ReplaceRootVolumeTask,
  SecurityGroup, Snapshot, Subnet, Volume, Vpc, VpcEndpoint,
} from '@aws-sdk/client-ec2';
import type { Account } from '../account';
import { addInstance, type Added, type InstanceSpec } from './builder';
import type { Blocks, Content, FrozenBlocks } from './content';
import { importAnswers, type Answers } from './import';
import type { Transfer } from '../links/lane';
import { InstanceStores } from './instance-store';
import { Keys } from './keys';
import { Meters } from './meters';
import { addLocalZone, type LocalZone, type LocalZoneSpec } from './edge/local-zones';
import { defaultLimits, type Limits } from './limits';
import { executionTag, tagsOf } from './tags';
import type { DataFile } from './first-reads';
import { defaultTiming, type Timing } from './timing';
import { addVpcEndpoint, type EndpointSpec } from './vpc-endpoints';
import { Writers, type WriterOptions } from './writers';

/** A record of the SDK whose named members are always there. */
type Known<T, K extends keyof T> = T & { [P in K]-?: NonNullable<T[P]> };

export type InstanceRecord = Known<Instance,
  'InstanceId' | 'State' | 'InstanceType' | 'Placement' | 'BlockDeviceMappings' | 'NetworkInterfaces' | 'LaunchTime' | 'ImageId'>;
export type VolumeRecord = Known<Volume,
  'VolumeId' | 'State' | 'Size' | 'VolumeType' | 'AvailabilityZone' | 'CreateTime' | 'Attachments' | 'Encrypted'>;
export type SnapshotRecord = Known<Snapshot, 'SnapshotId' | 'VolumeId' | 'State' | 'StartTime' | 'VolumeSize' | 'Encrypted' | 'Progress'>;
export type ImageRecord = Known<Image, 'ImageId' | 'Name' | 'State' | 'CreationDate' | 'BlockDeviceMappings' | 'OwnerId'>;
export type InterfaceRecord = Known<NetworkInterface, 'NetworkInterfaceId' | 'Status' | 'SubnetId' | 'PrivateIpAddresses'>;
export type SubnetRecord = Known<Subnet, 'SubnetId' | 'VpcId' | 'CidrBlock' | 'AvailabilityZone' | 'AvailableIpAddressCount'>;
export type SecurityGroupRecord = Known<SecurityGroup, 'GroupId' | 'GroupName'>;

/** What an instance has beyond what DescribeInstances tells. */
export interface InstanceModel {
  readonly reservation: { readonly ReservationId: string; readonly OwnerId: string; readonly RequesterId?: string };
  /** Base64, as DescribeInstanceAttribute gives it. */
  userData?: string;
  disableApiTermination: boolean;
  disableApiStop: boolean;
  shutdownBehavior: 'stop' | 'terminate';
  /** Of burstable types only. */
  cpuCredits?: 'standard' | 'unlimited';
  uefiData?: string;
  /** When the instance last began to run; status checks count from it. */
  runningSince?: number;
  /** When it came to be, for readers that do not see it yet. */
  readonly createdAt: number;
  /** How often the guest was rebooted; 0 is what a source must keep. */
  reboots: number;
  /** Status checks of this instance never pass, for scenarios in which a clone does not come up. */
  impaired?: boolean;
}

/** The loading of a volume's blocks: until a time, or for as long as a link takes. */
export interface Initialization {
  readonly type: 'default' | 'provisioned-rate' | 'volume-copy';
  readonly from: number;
  /** Infinity while it is on its way over a link. */
  until: number;
  transfer?: Transfer;
  /** How many milliseconds it had taken if nobody read; the share that nobody has read yet. */
  duration?: number;
  unread?: number;
}

export interface VolumeModel {
  readonly blocks: Blocks;
  /** MiB that were ever written, which a first snapshot copies. */
  writtenMiB: number;
  /** MiB written since the last snapshot, which the next one copies; everything while there is none. */
  changedMiB: number;
  /** The blocks that are counted there already: one that is written again is copied once. */
  readonly dirty?: Set<number>;
  lastSnapshotAt?: number;
  /** The loading of blocks from a snapshot, or from the volume that it is a copy of. */
  initialization?: Initialization;
  readonly createdAt: number;
  /** The volume at the beginning of its line: a volume of a snapshot goes on with that snapshot's. */
  readonly lineage?: string;
  /** Where all its snapshots must be stored from now on: `region`, or the id of an edge site. */
  snapshotsAt?: string;
  /** What the guest's system keeps of itself there, by path; made when it is first looked for. */
  files?: Map<string, string>;
  /** Files that are large enough to matter to whoever reads the volume. */
  data?: readonly DataFile[];
  /** What a guest finds on it; xfs unless told otherwise. */
  filesystem?: string;
  /** Of a filesystem of a cluster: the volume that it was made on, its name since, whether it is for one node, whether its journals are clean. */
  cluster?: { readonly of?: string; readonly name?: string; readonly local?: boolean; readonly clean?: boolean };
  /** Its NVMe reservation: type (0 for none), the instance that holds it, and the keys of all that are registered, by instance. */
  reservation?: { type: number; holder: string | null; readonly keys: Map<string, bigint> };
  /** Platform and billing data that snapshots of this volume carry (SDK, RegisterImage): those of the image it came from. */
  platform?: PlatformData;
}

/** The API says `windows` (recorded), the SDK's type `Windows`. */
export const windows = 'windows' as unknown as NonNullable<Instance['Platform']>;

/** What EBS snapshots remember of the operating system's licence, and images derive from it. */
export interface PlatformData {
  readonly PlatformDetails: string;
  readonly UsageOperation: string;
}

export interface SnapshotModel {
  readonly blocks: FrozenBlocks;
  /** MiB of all written blocks. */
  readonly writtenMiB: number;
  /** MiB that had to be moved for it. */
  readonly movedMiB?: number;
  /** The snapshot that CopySnapshot made it of. */
  readonly copyOf?: string;
  /** When the copy to S3 is through. */
  completesAt: number;
  /** On its way over a link. */
  transfer?: Transfer;
  /** What waits for its end. */
  waiting?: (() => void)[];
  readonly createdAt: number;
  readonly files?: ReadonlyMap<string, string>;
  readonly data?: readonly DataFile[];
  readonly platform?: PlatformData;
  /** The volume at the beginning of its line. */
  readonly lineage?: string;
  /** Members of one CreateSnapshots call. */
  readonly set?: string;
  /** The accounts that may make volumes and copies of it. */
  sharedWith?: readonly string[];
}

/** A task that gives an instance another root volume. */
export type ReplaceRootTask = Known<ReplaceRootVolumeTask, 'ReplaceRootVolumeTaskId' | 'InstanceId' | 'TaskState'>;

export interface ImageModel {
  readonly createdAt: number;
  uefiData?: string;
}

/** The EC2 and EBS of one account: what it holds, and how a scenario or test reaches into it. */
export class Ec2 {
  readonly instances = new Map<string, InstanceRecord>();
  readonly instanceModels = new Map<string, InstanceModel>();
  readonly volumes = new Map<string, VolumeRecord>();
  readonly volumeModels = new Map<string, VolumeModel>();
  readonly snapshots = new Map<string, SnapshotRecord>();
  readonly snapshotModels = new Map<string, SnapshotModel>();
  readonly images = new Map<string, ImageRecord>();
  readonly imageModels = new Map<string, ImageModel>();
  /** Names of images deregistered a moment ago, and when they are free again. */
  readonly imageNames = new Map<string, number>();
  readonly networkInterfaces = new Map<string, InterfaceRecord>();
  readonly subnets = new Map<string, SubnetRecord>();
  readonly vpcs = new Map<string, Vpc>();
  readonly securityGroups = new Map<string, SecurityGroupRecord>();
  /** When the groups were made that calls made; others were there before. */
  readonly groupsMadeAt = new Map<string, number>();
  readonly vpcEndpoints = new Map<string, VpcEndpoint>();
  readonly profileAssociations = new Map<string, IamInstanceProfileAssociation>();
  readonly keyPairs = new Map<string, KeyPairInfo>();
  readonly placementGroups = new Map<string, PlacementGroup>();
  readonly addresses = new Map<string, Address>();
  /** The Local Zones that the account has opted into. */
  readonly localZones = new Map<string, LocalZone>();
  /** What DescribeInstanceStatus tells of an instance's future. */
  readonly scheduledEvents = new Map<string, InstanceStatusEvent[]>();
  readonly instanceStores = new InstanceStores(this);
  /** What ran and was attached when. */
  readonly meters = new Meters(this);
  readonly replaceRootTasks = new Map<string, ReplaceRootTask>();

  readonly timing: Timing = defaultTiming();
  readonly limits: Limits = defaultLimits();
  readonly keys: Keys;
  /** Instance types that a place does not offer: `m5.large us-east-1a`. */
  readonly notOffered = new Set<string>();
  /** EBS encryption by default, and the key it takes. */
  encryptionByDefault = false;
  defaultKeyArn?: string;
  /** What RegisterImage finds in the metadata of a snapshot; a scenario may let it find nothing, as happens on AWS. */
  platformFromSnapshot: (snapshotId: string) => PlatformData | undefined = id => this.snapshotModels.get(id)?.platform;
  /** How replacements of root volumes end that EC2 has accepted, where a scenario does not let them succeed. */
  rootReplacementFails?: 'failed' | 'failed-detached';
  /** Whether the guest holds writes to a volume back, because its filesystem is frozen; set by who plays the guest. */
  writesHeld: (volumeId: string) => boolean = () => false;

  private readonly writers: Writers;
  private deletions: { readonly volumeId: string; readonly until: number }[] = [];

  constructor(readonly account: Account) {
    this.keys = new Keys(account);
    this.writers = new Writers(this);
  }

  /** Puts an instance with its volumes, interfaces, image and network into the account, running unless told otherwise. */
  addInstance(spec: InstanceSpec = {}): Added {
    return addInstance(this, spec);
  }

  /** Opts the account into a Local Zone, with a subnet there. Outposts are the business of `account.outposts`. */
  addLocalZone(spec: LocalZoneSpec): LocalZone {
    return addLocalZone(this, spec);
  }

  /** Puts an interface endpoint into a subnet. */
  addVpcEndpoint(spec: EndpointSpec): VpcEndpoint {
    return addVpcEndpoint(this, spec);
  }

  /** Takes in real resources, from what the AWS CLI's describing commands print. Returns what had to be assumed. */
  import(answers: Answers): string[] {
    return importAnswers(this, answers);
  }

  /** Writes one block, as a program in the guest does. */
  write(volumeId: string, block: number, value: string): void {
    this.writers.write(volumeId, block, value);
  }

  /** Every written block of a volume or snapshot. */
  content(id: string): Content {
    this.account.loads.catchUp(id);
    const model = this.volumeModels.get(id) ?? this.snapshotModels.get(id);
    if (!model) throw new Error(`no volume or snapshot ${id}`);
    return model.blocks.all();
  }

  /** Lets a program write to a volume from now on, until the returned function is called or its instance goes. */
  keepWriting(volumeId: string, options: WriterOptions = {}): () => void {
    return this.writers.start(volumeId, options);
  }

  /** The picture of a volume at this instant, as a snapshot takes it. */
  freeze(volumeId: string): FrozenBlocks {
    this.account.loads.catchUp(volumeId);
    return this.writers.freeze(volumeId);
  }

  /** Lets the guest's filesystem write out what is open, as freezing it does. */
  flush(volumeId: string): void {
    this.writers.flush(volumeId);
  }

  /** Ids of everything that carries the tag of an execution and still exists. */
  ownedBy(executionArn: string): string[] {
    const gone = new Set([...this.instances.values()].filter(each => each.State.Name === 'terminated').map(each => each.InstanceId));
    return tagsOf(this).filter(({ tags }) => tags.some(tag => tag.Key === executionTag && tag.Value === executionArn))
      .map(({ id }) => id).filter(id => !gone.has(id));
  }

  /** A snapshot was deleted before it was complete: it still counts to its volume's limit until then. */
  rememberDeletion(volumeId: string, until: number): void {
    this.deletions.push({ volumeId, until });
  }

  deletedWhilePending(volumeId: string): number {
    const now = this.account.clock.now();
    this.deletions = this.deletions.filter(each => each.until > now);
    return this.deletions.filter(each => each.volumeId === volumeId).length;
  }

  /** A new id, as AWS writes them since 2016. */
  id(prefix: string): string {
    return `${prefix}-0${this.account.random.hex(16)}`;
  }

  /** The virtual time as a record holds it. */
  date(): Date {
    return new Date(this.account.clock.now());
  }

  get<T>(map: ReadonlyMap<string, T>, id: string): T {
    const found = map.get(id);
    if (!found) throw new Error(`no ${id} in the rehearsal's EC2`);
    return found;
  }
}
