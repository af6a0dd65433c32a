/** Own verdicts. What AWS refuses is not among them: the SDK's errors keep their names, and workflows retry by them. */
function verdict<N extends string>(name: N) {
  return class extends Error {
    /** Said outright, for a bundler renames classes. */
    override readonly name: N = name;
  };
}

/** The execution's input is not as documented: the message lists every problem. Correct the input. */
export class InvalidRequest extends verdict('InvalidRequest') {}

/** No such instance in this account and Region. */
export class SourceNotFound extends verdict('SourceNotFound') {}
/** The construct may clone only what its prop `source` admits: give the instance that tag, or deploy a construct that admits it. */
export class SourceNotAdmitted extends verdict('SourceNotAdmitted') {}
/** Only running and stopped instances can be cloned: wait until it is one of them. */
export class SourceNotRunning extends verdict('SourceNotRunning') {}
/** An AWS service manages the instance or a part of it: clone it by the means of that service. */
export class SourceIsOperatorManaged extends verdict('SourceIsOperatorManaged') {}
/** The seller's terms decide over copies: launch from the product's own image and move the data. */
export class SourceIsMarketplace extends verdict('SourceIsMarketplace') {}
/** A volume or interface is just being attached or detached: start again when that is over. */
export class SourceIsChanging extends verdict('SourceIsChanging') {}
/** The root is an instance store: no snapshot can be taken of it. */
export class RootIsInstanceStore extends verdict('RootIsInstanceStore') {}
/** An interface is of a kind that a launch can not make: detach it, or clone another instance. */
export class UnsupportedInterfaceType extends verdict('UnsupportedInterfaceType') {}
/** The clone's role is not among those that the construct may pass: name it in `passableRoles`, or ask for `instanceProfile: "none"`. */
export class RoleNotPassable extends verdict('RoleNotPassable') {}
/** The instance profile does not exist: correct `instanceProfile`. */
export class InstanceProfileNotFound extends verdict('InstanceProfileNotFound') {}
/** Filesystems are frozen through Systems Manager, which does not see the instance: make it managed, or ask for `consistency: "crash"`. */
export class SourceNotManagedBySsm extends verdict('SourceNotManagedBySsm') {}
/** Filesystems are frozen on Linux only: ask for `consistency: "crash"`. */
export class FreezeNeedsLinux extends verdict('FreezeNeedsLinux') {}
/** EC2 does not know the instance type in this Region: correct `instanceType`. */
export class InstanceTypeNotFound extends verdict('InstanceTypeNotFound') {}
/** The description does not fit into a state of Step Functions (many volumes with many tags). */
export class SourceTooLarge extends verdict('SourceTooLarge') {}

/** What `volumes` asks for can not be had: the message lists every problem. */
export class VolumeOverrideRefused extends verdict('VolumeOverrideRefused') {}
/** A volume can not be cloned as `strategy` asks: the message lists every reason. Ask for another strategy, or remove the cause. */
export class VolumeStrategyRefused extends verdict('VolumeStrategyRefused') {}
/** The clone can not go into that subnet: choose another `subnetId`, or allow it in the construct. */
export class SubnetNotPossible extends verdict('SubnetNotPossible') {}
/** The source's security groups do not exist in the VPC of the subnet: give `securityGroupIds`. */
export class SecurityGroupsElsewhere extends verdict('SecurityGroupsElsewhere') {}
/** The instance type can not run this image or hold these volumes and interfaces: choose another `instanceType`. */
export class InstanceTypeNotPossible extends verdict('InstanceTypeNotPossible') {}
/** A tag's key is not allowed on this instance: change `tags`. */
export class TagKeyNotAllowed extends verdict('TagKeyNotAllowed') {}
/** `volumeInitializationRate` does not exist in Local Zones, Wavelength Zones and on Outposts: leave it out. */
export class InitializationRateNotPossible extends verdict('InitializationRateNotPossible') {}
/** The subnet has too few free addresses: free some, or choose another `subnetId`. */
export class InsufficientAddresses extends verdict('InsufficientAddresses') {}
/** A quota of the account would be exceeded: have it raised, or clone fewer. */
export class QuotaExceeded extends verdict('QuotaExceeded') {}
/** A call that the clone needs is denied, by the role, a boundary or an SCP: the message is EC2's own. */
export class DryRunDenied extends verdict('DryRunDenied') {}
/** The plan does not fit into a state of Step Functions (many volumes with many tags). */
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
/** A clone could not be kept from writing to what it shares, or could not get at it: the message has what it said. Nothing is shared. */
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
/** The image does not carry the source's platform and billing details, so the clone would be billed wrongly. */
export class PlatformLost extends verdict('PlatformLost') {}
/** The clones that an earlier try launched were terminated in the meantime. Start again. */
export class LaunchedAndGone extends verdict('LaunchedAndGone') {}
/** A clone did not come up: the message has EC2's reason. */
export class InstanceFailedToStart extends verdict('InstanceFailedToStart') {}
/** A clone is not as planned: the message lists every difference. */
export class CloneDiffersFromPlan extends verdict('CloneDiffersFromPlan') {}
