/** Own verdicts. What AWS refuses is not among them: the SDK's errors keep their names, and workflows retry by them. */
function verdict<N extends string>(name: N) {
  return class extends Error {
    /** Said outright, for a bundler renames classes. */
    override readonly name: N = name;
  };
}

/** The execution's input is not as documented: the message lists every problem. Correct the input. */
export class InvalidRequest extends verdict('InvalidRequest') {}

/** No such instance in this account and Region: correct the id, or start the machine of the right ones. */
export class SourceNotFound extends verdict('SourceNotFound') {}
/** The construct may clone only what its prop `source` admits, and move only what `instances` does: give the instance that tag, or deploy another construct. */
export class SourceNotAdmitted extends verdict('SourceNotAdmitted') {}
/** Only running and stopped instances can be cloned, and only running ones moved: wait until it is one of them. */
export class SourceNotRunning extends verdict('SourceNotRunning') {}
/** An AWS service manages the instance or a part of it: copy or move it by the means of that service. */
export class SourceIsOperatorManaged extends verdict('SourceIsOperatorManaged') {}
/** The seller's terms decide over copies: launch from the product's own image and move the data. */
export class SourceIsMarketplace extends verdict('SourceIsMarketplace') {}
/** A volume or interface is just being attached or detached: start again when that is over. */
export class SourceIsChanging extends verdict('SourceIsChanging') {}
/** The root is an instance store: no snapshot can be taken of it. */
export class RootIsInstanceStore extends verdict('RootIsInstanceStore') {}
/** An interface is of a kind that a launch can not make: detach it, or take another instance. */
export class UnsupportedInterfaceType extends verdict('UnsupportedInterfaceType') {}
/** The role of the instance profile is not among those that the construct may pass: name it in `passableRoles`, or ask for `instanceProfile: "none"`. */
export class RoleNotPassable extends verdict('RoleNotPassable') {}
/** The instance profile does not exist: correct `instanceProfile`. */
export class InstanceProfileNotFound extends verdict('InstanceProfileNotFound') {}
/** Filesystems are frozen through Systems Manager, which does not see the instance: make it managed, or ask for `consistency: "crash"`. */
export class SourceNotManagedBySsm extends verdict('SourceNotManagedBySsm') {}
/** Filesystems are frozen on Linux and, by VSS, on Windows only: ask for `consistency: "crash"`. */
export class FreezeNeedsLinux extends verdict('FreezeNeedsLinux') {}
/** VSS can not freeze this Windows: the message says what it lacks. Give it that, or ask for `consistency: "crash"`. */
export class VssNotPossible extends verdict('VssNotPossible') {}
/** The source is in another Region, from where this can not be had: the message says what, and what to ask for instead. */
export class NotFromOtherRegion extends verdict('NotFromOtherRegion') {}
/** The source is in another account, from where this can not be had: the message says what, and what to ask for instead. */
export class NotFromOtherAccount extends verdict('NotFromOtherAccount') {}
/** The role in the source's account does not let this account take it on: deploy `CloneSourceAccess` there, for this account and construct. */
export class SourceRoleNotAssumable extends verdict('SourceRoleNotAssumable') {}
/** Volumes of a source in another account are under keys whose snapshots can not be shared: give keys, or a `sharingKey`, as the message says. */
export class SnapshotsNotShareable extends verdict('SnapshotsNotShareable') {}
/** EC2 does not know the instance type in this Region: correct `instanceType`. */
export class InstanceTypeNotFound extends verdict('InstanceTypeNotFound') {}
/** The description does not fit into a state of Step Functions (many volumes with many tags): remove tags of volumes. */
export class SourceTooLarge extends verdict('SourceTooLarge') {}

/** What `volumes` asks for can not be had: the message lists every problem. */
export class VolumeOverrideRefused extends verdict('VolumeOverrideRefused') {}
/** A volume can not be cloned as `strategy` asks: the message lists every reason. Ask for another strategy, or remove the cause. */
export class VolumeStrategyRefused extends verdict('VolumeStrategyRefused') {}
/** What is launched can not go into that subnet: choose another `subnetId`, or allow it in the construct. */
export class SubnetNotPossible extends verdict('SubnetNotPossible') {}
/** The source's security groups do not exist in the VPC of the subnet: give `securityGroupIds`. */
export class SecurityGroupsElsewhere extends verdict('SecurityGroupsElsewhere') {}
/** The instance type can not run this image or hold these volumes and interfaces: choose another `instanceType`. */
export class InstanceTypeNotPossible extends verdict('InstanceTypeNotPossible') {}
/** A tag's key is not allowed on this instance: change `tags`. */
export class TagKeyNotAllowed extends verdict('TagKeyNotAllowed') {}
/** `volumeInitializationRate` does not exist in Local Zones, Wavelength Zones and on Outposts: leave it out. */
export class InitializationRateNotPossible extends verdict('InitializationRateNotPossible') {}
/** Clones can not be warmed by reading: the message says why. Leave `warmUp` out, and the plan waits for EBS to load their volumes. */
export class WarmUpNotPossible extends verdict('WarmUpNotPossible') {}
/** Nobody can run the identity documents on the clone: make the source managed, or say `identity: "keep"` and `isolation: false`. */
export class IdentityNotVerifiable extends verdict('IdentityNotVerifiable') {}
/** One security group can not isolate interfaces in several VPCs: choose another `subnetId`, or say `isolation: false`. */
export class IsolationNotPossible extends verdict('IsolationNotPossible') {}
/** The subnet has too few free addresses: free some, or choose another `subnetId`. */
export class InsufficientAddresses extends verdict('InsufficientAddresses') {}
/** A quota of the account would be exceeded: have it raised, or ask for less. */
export class QuotaExceeded extends verdict('QuotaExceeded') {}
/** A call that is needed is denied, by the role, a boundary or an SCP: the message is EC2's own. */
export class DryRunDenied extends verdict('DryRunDenied') {}
/** The clones would cost more than `maxCost`, the input's or the construct's: ask for fewer or smaller ones, or let them expire sooner. */
export class CostLimitExceeded extends verdict('CostLimitExceeded') {}
/** A cost limit can not be kept without the prices that the message names: give them to the construct's `prices`. */
export class PriceMissing extends verdict('PriceMissing') {}
/** The plan does not fit into a state of Step Functions (many volumes with many tags): remove tags of volumes, or ask for fewer clones. */
export class PlanTooLarge extends verdict('PlanTooLarge') {}

/** Another execution works on the instance: start again when it has ended, or when its lease has run out. */
export class InstanceIsLeased extends verdict('InstanceIsLeased') {}
/** The lease ran out and another execution took it: nothing further is done to the instance. Start again. */
export class LeaseLost extends verdict('LeaseLost') {}

/** The filesystems could not be frozen: the message has what the instance said. */
export class FreezeFailed extends verdict('FreezeFailed') {}
/** The filesystems could not be thawed by command; the timer on the instance thaws them. */
export class ThawFailed extends verdict('ThawFailed') {}
/** A snapshot was not taken while the filesystems were frozen: it is not consistent. Start again. */
export class NotFrozenAtSnapshot extends verdict('NotFrozenAtSnapshot') {}
/** Windows did not take application-consistent snapshots of all its volumes by VSS: the message has what it said, and what may help. */
export class VssFailed extends verdict('VssFailed') {}
/** The snapshots of a new image can not be seen yet: ask again in a moment. */
export class SnapshotsNotVisible extends verdict('SnapshotsNotVisible') {}
/** A snapshot failed: the message has EC2's reason (a KMS key that can not be used shows only here). */
export class SnapshotFailed extends verdict('SnapshotFailed') {}
/** A volume of the source has no filesystem that could be frozen, so that copies would not fit together. The execution goes on with snapshots. */
export class WritesNotHeld extends verdict('WritesNotHeld') {}
/** A copy of a volume did not come to be (a KMS key that can not be used shows so). The execution goes on with snapshots. */
export class CopyFailed extends verdict('CopyFailed') {}
/** The instance that was to take the copies did not come up. The execution goes on with snapshots. */
export class PlaceholderFailed extends verdict('PlaceholderFailed') {}
/** EC2 did not give the clone its copied root. The execution goes on with snapshots. */
export class RootNotReplaced extends verdict('RootNotReplaced') {}
/** A clone could not be kept from writing to what it shares, could not get at it, or not join its cluster: the message has what it said. Nothing is shared. */
export class ShareFailed extends verdict('ShareFailed') {}
/** There is no such share that could be given up: the message says what is wrong. */
export class ShareNotFound extends verdict('ShareNotFound') {}
/** The clone could not change from the shared volume to its own: the message has what it said. The share is as it was. */
export class OwnVolumeFailed extends verdict('OwnVolumeFailed') {}
/** The clone's own volume is not as it should be; both volumes are kept. Look at the clone. */
export class OwnVolumeDiffers extends verdict('OwnVolumeDiffers') {}
/** An image of that name exists and is not this execution's: deregister or rename it. */
export class ImageNameTaken extends verdict('ImageNameTaken') {}
/** EC2 could not make the image: the message has its reason. */
export class ImageFailed extends verdict('ImageFailed') {}
/** The image does not carry the source's platform and billing details, so that what boots from it would be billed wrongly. */
export class PlatformLost extends verdict('PlatformLost') {}
/** What an earlier try launched was terminated in the meantime. Start again. */
export class LaunchedAndGone extends verdict('LaunchedAndGone') {}
/** What was launched did not come up: the message has EC2's reason. */
export class InstanceFailedToStart extends verdict('InstanceFailedToStart') {}
/** The rules of the isolation group are not what they were set to yet: ask again in a moment. */
export class IsolationGroupUnsettled extends verdict('IsolationGroupUnsettled') {}
/** A clone does not come online in Systems Manager: the message says what may be in its way. */
export class CloneNotManagedBySsm extends verdict('CloneNotManagedBySsm') {}
/** The identity of a clone could not be reset or read: the message has what the clone said. */
export class IdentityNotReset extends verdict('IdentityNotReset') {}
/** A clone is still its source, or another clone, by machine id, host key or registration: the message lists them. Nothing was let out of isolation. */
export class IdentityNotVerified extends verdict('IdentityNotVerified') {}
/** The real security groups or instance profile do not show on a clone. Start again. */
export class CloneNotAdmitted extends verdict('CloneNotAdmitted') {}
/** A clone is not as planned: the message lists every difference. */
export class CloneDiffersFromPlan extends verdict('CloneDiffersFromPlan') {}

/** A launched instance does not serve, or an existing one can not: Systems Manager does not reach it, or it does not run Linux. The message says which. */
export class InstanceNotManaged extends verdict('InstanceNotManaged') {}
/** The SSM agent does not know parameters as environment variables, without which nothing may be sent to it: update it to 3.3.2746.0 or later. */
export class AgentTooOld extends verdict('AgentTooOld') {}
/** An earlier move of the instance has not ended: continue its session, or fall back. */
export class MoveUnfinished extends verdict('MoveUnfinished') {}
/** `releaseSource` or `stopSource` asks for what the source is protected from: take its protection off, or leave that out. */
export class SourceIsProtected extends verdict('SourceIsProtected') {}
/** An instance has no room for the tags of a move: remove some of its own. */
export class TooManyTags extends verdict('TooManyTags') {}
/** The target does not exist, does not run, is the source itself, or a group may terminate it: correct `target`, or put it in standby there. */
export class TargetNotPossible extends verdict('TargetNotPossible') {}
/** The target can not hold the source's data: choose another `target`. The message says what is missing. */
export class TargetUnfit extends verdict('TargetUnfit') {}
/** The source has nothing to replicate: name its mounts in `mountPoints`. */
export class NothingToMove extends verdict('NothingToMove') {}
/** The target was stopped or terminated before it could serve: start again. */
export class TargetGone extends verdict('TargetGone') {}
/** The instances do not carry the tags of that session: look at `instance-mobility:session`, `-:peer` and `-:phase` on both. */
export class SessionNotFound extends verdict('SessionNotFound') {}
/** What `traffic` names can not follow the workload: the message says why, and what can be named instead. */
export class TrafficNotMovable extends verdict('TrafficNotMovable') {}
/** The source does not carry the tag by which this execution verified it, so it is neither stopped nor terminated. Continue the session. */
export class NotVerified extends verdict('NotVerified') {}

/** The two instances can not replicate: the message lists every problem, with the field of the input that is the way out. */
export class HostsDoNotMatch extends verdict('HostsDoNotMatch') {}
/** There is no engine that both instances have: ask for another `engine`, let packages be installed, or take another target. */
export class NoCommonEngine extends verdict('NoCommonEngine') {}
/** Software is missing on an instance: install what the message names, or start again with `installPackages: true`. */
export class PackagesMissing extends verdict('PackagesMissing') {}
/** An instance can not do what was asked: the message says why. */
export class NotSupportedOnHost extends verdict('NotSupportedOnHost') {}
/** A mount point can not be replicated as it is: correct `mountPoints`. */
export class MountNotPossible extends verdict('MountNotPossible') {}
/** systemd does not know one of `services` on an instance: correct `services`, or install it there. */
export class ServiceNotFound extends verdict('ServiceNotFound') {}
/** A disk of the target holds data or is in use: free it, or give the consent to erase it, `overwriteTarget: true`. */
export class TargetInUse extends verdict('TargetInUse') {}
/** The Nitro cards of the two instances do not encrypt what goes between them: ask for `encryption: "wireguard"`. */
export class NitroDoesNotEncrypt extends verdict('NitroDoesNotEncrypt') {}
/** Systems Manager does not reach the instance: look at its agent, its role and its way to the endpoints. */
export class HostUnreachable extends verdict('HostUnreachable') {}
/** An instance answered what no document of this library says: find out who changed the document or the instance. */
export class StrangeAnswer extends verdict('StrangeAnswer') {}
/** A document ended without an answer of its own: the message has what Systems Manager and the instance said. */
export class HostCommandFailed extends verdict('HostCommandFailed') {}
/** A document refused a parameter: the construct and its documents are not of one version. Deploy again. */
export class ParameterRefused extends verdict('ParameterRefused') {}
/** Another session holds the mount or device: continue that session, or fall back from it. */
export class HeldByAnother extends verdict('HeldByAnother') {}
/** A mount, device, service or session does not exist on the instance: the message names it. */
export class NotFoundOnHost extends verdict('NotFoundOnHost') {}
/** Processes hold the mount, the message names them: end them, or add their units to `services`. What served serves on. */
export class MountBusy extends verdict('MountBusy') {}
/** What replicates the blocks failed: the message has its own words. */
export class EngineFailed extends verdict('EngineFailed') {}
/** The replication on the instance is not where the step needs it: look at both instances, then continue the session or fall back. */
export class ReplicationInWrongState extends verdict('ReplicationInWrongState') {}
/** The instances do not reach each other: open TCP 7788 to 7795 and UDP 7788 between them, or give the construct their `vpc`. */
export class PeerUnreachable extends verdict('PeerUnreachable') {}
/** A service did not start: the message names it; its journal on the instance tells why. */
export class ServiceFailed extends verdict('ServiceFailed') {}
/** The user's own document did not accept the target, the message has its words: the source serves again. Mend the target's image or the document. */
export class TargetNotAccepted extends verdict('TargetNotAccepted') {}
/** For 15 minutes the target did not see its source: bring the source or the link back and continue the session, or decide to go on without it. */
export class SourceUnreachable extends verdict('SourceUnreachable') {}
/** For an hour nothing was copied, though both instances see each other: look at the line and at the engine, then continue the session, or fall back. */
export class ReplicationStandsStill extends verdict('ReplicationStandsStill') {}
/** For 15 minutes the target did not answer: bring it back and continue the session, or fall back to the source. */
export class TargetUnreachable extends verdict('TargetUnreachable') {}
/** Both instances took writes on their own: decide which one's count. Nothing is resolved silently. */
export class SplitBrain extends verdict('SplitBrain') {}
/** Blocks of the two instances differ, though they were synchronised again: do not release the source. */
export class BlocksDiffer extends verdict('BlocksDiffer') {}
/** The interface has as many security groups as its quota allows: take one away, or have the quota raised. */
export class InterfaceGroupsFull extends verdict('InterfaceGroupsFull') {}
/** The instance can not join the construct's security group, which is in its `vpc`: move instances of that VPC only. */
export class PortsNotPossible extends verdict('PortsNotPossible') {}
/** The instance is no finished clone of this construct, or is gone, or its tags were changed: nothing is done to it. Correct the id, or its tags. */
export class NotAClone extends verdict('NotAClone') {}
/** The link has no room for the copy at that time: plan again, or wait. The message says when there is too little, and how much there is. */
export class LinkIsFull extends verdict('LinkIsFull') {}
/** Others changed the reservations of the link time and again while this one was made: start again. Steps retry it by themselves. */
export class LinkIsContended extends verdict('LinkIsContended') {}
/** The reservation ran out and is gone: reserve anew before anything more is sent. */
export class ReservationLost extends verdict('ReservationLost') {}

/** A fleet has more instances than can be planned at once: move them in several fleets, or give a nearer deadline. */
export class FleetTooLarge extends verdict('FleetTooLarge') {}

/** The instance can not get there: it is there already, the construct knows no way, or the subnet is not where the location says. The message says which. */
export class DestinationNotPossible extends verdict('DestinationNotPossible') {}
/** The destination does not offer the instance type: have it installed there, or change the type of the source first. */
export class TypeNotAtDestination extends verdict('TypeNotAtDestination') {}
/** Snapshots of a volume lie at the edge and may not leave it: move its data by other means. */
export class SnapshotsAreLocal extends verdict('SnapshotsAreLocal') {}
/** A disk of the instance's host would stay behind: move its data by InstanceStoreSync first. */
export class InstanceStoreStaysBehind extends verdict('InstanceStoreStaysBehind') {}
/** An Auto Scaling group would replace the instance as soon as it is gone: put it in standby there, or detach it. */
export class SourceInAutoScalingGroup extends verdict('SourceInAutoScalingGroup') {}
/** A volume is attached to other instances as well, which would go on with the old one: detach it there first. */
export class VolumeIsShared extends verdict('VolumeIsShared') {}
/** What `transport` or `volumes` asks for is not possible: the message says which volume, and why. */
export class TransportNotPossible extends verdict('TransportNotPossible') {}
/** What replicates the blocks ended after its switch, or without a word: look which instance serves, then continue its session or fall back. */
export class ReplicationUnfinished extends verdict('ReplicationUnfinished') {}
/** Stopped at an Outpost, the source may find no room to start again: say `acceptCapacityLoss: true`, or leave `stopSource` out. */
export class CapacityLossNotAccepted extends verdict('CapacityLossNotAccepted') {}
/** No move by snapshots has so short a pause: the message says how long it takes at least. */
export class DowntimeTooShort extends verdict('DowntimeTooShort') {}
/** The instance writes faster than it can be copied within the tolerated pause: the link was given back. The message says what would help. */
export class WillNotConverge extends verdict('WillNotConverge') {}
/** A member of the group was not ready in time, or does not switch: nothing was switched, the link was given back. The message says who. */
export class GroupNotReady extends verdict('GroupNotReady') {}
/** The pause took longer than `maxDowntime`: the source serves again. */
export class DowntimeExceeded extends verdict('DowntimeExceeded') {}
/** The target did not serve by `deadline`: the source serves, or serves again. */
export class DeadlineMissed extends verdict('DeadlineMissed') {}
/** The source did not stop, or does not run when it has to serve again: the message has EC2's reason. */
export class SourceNotStopped extends verdict('SourceNotStopped') {}
/** The target is not what was planned: the message lists every difference. The source serves again. */
export class TargetDiffersFromPlan extends verdict('TargetDiffersFromPlan') {}
