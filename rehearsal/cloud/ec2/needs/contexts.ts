import type { ConditionContext, Need } from '../../../iam/need';
import { resourceTags } from '../../../iam/need';
import type { Account } from '../../account';
import { existing } from '../errors';
import type { ImageRecord, InstanceRecord, InterfaceRecord, SecurityGroupRecord, SnapshotRecord, SubnetRecord, VolumeRecord } from '../state';
import { tagMap } from '../tags';
import { zoneId } from '../zones';

/** Types of resources as their ARNs spell them. */
export type ResourceKind = 'instance' | 'volume' | 'snapshot' | 'image' | 'network-interface' | 'subnet' | 'security-group' | 'key-pair' | 'placement-group'
  | 'vpc' | 'elastic-ip' | 'replace-root-volume-task';

/** A resource that a call is about, with the condition keys that it fills (Service Authorization Reference, "Amazon EC2"). */
export interface Subject {
  readonly kind: ResourceKind;
  readonly arn: string;
  readonly context: ConditionContext;
}

/** ARNs of snapshots and images name no account. */
export function arnOf(account: Account, kind: ResourceKind, id: string): string {
  return kind === 'snapshot' || kind === 'image'
    ? `arn:${account.partition}:ec2:${account.region}::${kind}/${id}`
    : account.arn('ec2', `${kind}/${id}`);
}

export function need(account: Account, action: string, subject: Subject, context: ConditionContext = {}): Need {
  return { action: `ec2:${action}`, resource: subject.arn, context: { 'ec2:Region': account.region, ...subject.context, ...context } };
}

/** A resource that the call will make: its id is not known yet. */
export function future(account: Account, kind: ResourceKind, context: ConditionContext = {}): Subject {
  return { kind, arn: arnOf(account, kind, '*'), context };
}

/** Leaves out what has no value. */
export function filled(context: Readonly<Record<string, string | number | boolean | undefined>>): ConditionContext {
  return Object.fromEntries(Object.entries(context).filter(([, value]) => value !== undefined).map(([key, value]) => [key, String(value)]));
}

export function instance(account: Account, id: string | undefined): Subject {
  const record = existing(account.ec2.instances, 'instance', id);
  return { kind: 'instance', arn: arnOf(account, 'instance', record.InstanceId), context: { ...instanceKeys(account, record), ...resourceTags(tagMap(record.Tags), 'ec2') } };
}

/** Keys that all actions on instances fill; those with fewer are told by the test against the reference. */
function instanceKeys(account: Account, record: InstanceRecord): ConditionContext {
  return filled({
    'ec2:InstanceID': record.InstanceId, 'ec2:InstanceType': record.InstanceType, 'ec2:AvailabilityZone': record.Placement.AvailabilityZone,
    'ec2:EbsOptimized': record.EbsOptimized, 'ec2:InstanceProfile': record.IamInstanceProfile?.Arn, 'ec2:RootDeviceType': record.RootDeviceType,
    'ec2:Tenancy': record.Placement.Tenancy,
    'ec2:PlacementGroup': record.Placement.GroupName ? account.arn('ec2', `placement-group/${record.Placement.GroupName}`) : undefined,
  });
}

export function volume(account: Account, id: string | undefined): Subject {
  const record = existing(account.ec2.volumes, 'volume', id);
  return { kind: 'volume', arn: arnOf(account, 'volume', record.VolumeId), context: { ...volumeKeys(record), ...resourceTags(tagMap(record.Tags), 'ec2') } };
}

export function volumeKeys(record: Partial<VolumeRecord>): ConditionContext {
  return filled({
    'ec2:VolumeID': record.VolumeId, 'ec2:VolumeSize': record.Size, 'ec2:VolumeType': record.VolumeType, 'ec2:VolumeIops': record.Iops,
    'ec2:VolumeThroughput': record.Throughput, 'ec2:Encrypted': record.Encrypted, 'ec2:VolumeInitializationRate': record.VolumeInitializationRate,
  });
}

export function snapshot(account: Account, id: string | undefined): Subject {
  return snapshotOf(account, existing(account.ec2.snapshots, 'snapshot', id));
}

export function snapshotOf(account: Account, record: SnapshotRecord): Subject {
  return {
    kind: 'snapshot', arn: arnOf(account, 'snapshot', record.SnapshotId), context: {
      ...filled({
        'ec2:Owner': record.OwnerId, 'ec2:ParentVolume': account.arn('ec2', `volume/${record.VolumeId}`),
        'ec2:SnapshotTime': record.StartTime.toISOString(), 'ec2:VolumeSize': record.VolumeSize,
      }),
      ...resourceTags(tagMap(record.Tags), 'ec2'),
    },
  };
}

export function image(account: Account, id: string | undefined): Subject {
  const record: ImageRecord = existing(account.ec2.images, 'image', id);
  return {
    kind: 'image', arn: arnOf(account, 'image', record.ImageId), context: {
      ...filled({
        'ec2:ImageID': record.ImageId, 'ec2:ImageType': record.ImageType, 'ec2:Owner': record.ImageOwnerAlias ?? record.OwnerId, 'ec2:Public': record.Public ?? false,
        'ec2:RootDeviceType': record.RootDeviceType,
      }),
      ...resourceTags(tagMap(record.Tags), 'ec2'),
    },
  };
}

export function networkInterface(account: Account, id: string | undefined): Subject {
  const record: InterfaceRecord = existing(account.ec2.networkInterfaces, 'networkInterface', id);
  return {
    kind: 'network-interface', arn: arnOf(account, 'network-interface', record.NetworkInterfaceId), context: {
      ...filled({
        'ec2:NetworkInterfaceID': record.NetworkInterfaceId, 'ec2:AvailabilityZone': record.AvailabilityZone,
        'ec2:Subnet': account.arn('ec2', `subnet/${record.SubnetId}`), 'ec2:Vpc': record.VpcId && account.arn('ec2', `vpc/${record.VpcId}`),
      }),
      ...resourceTags(tagMap(record.TagSet), 'ec2'),
    },
  };
}

export function subnet(account: Account, record: SubnetRecord): Subject {
  return {
    kind: 'subnet', arn: arnOf(account, 'subnet', record.SubnetId), context: {
      ...filled({
        'ec2:SubnetID': record.SubnetId, 'ec2:AvailabilityZone': record.AvailabilityZone,
        'ec2:AvailabilityZoneId': record.AvailabilityZoneId ?? zoneId(account.region, record.AvailabilityZone),
        'ec2:Vpc': account.arn('ec2', `vpc/${record.VpcId}`),
      }),
      ...resourceTags(tagMap(record.Tags), 'ec2'),
    },
  };
}

export function securityGroup(account: Account, record: SecurityGroupRecord): Subject {
  return {
    kind: 'security-group', arn: arnOf(account, 'security-group', record.GroupId), context: {
      ...filled({ 'ec2:SecurityGroupID': record.GroupId, 'ec2:Vpc': record.VpcId && account.arn('ec2', `vpc/${record.VpcId}`) }),
      ...resourceTags(tagMap(record.Tags), 'ec2'),
    },
  };
}
