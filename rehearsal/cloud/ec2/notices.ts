import type { JsonObject } from '../../json';
import type { Ec2, SnapshotRecord, VolumeRecord } from './state';

/** Events that EC2 and EBS put on the default bus (EBS user guide, "EventBridge for Amazon EBS"); all of them are best effort on AWS. */
export function tellInstanceState(ec2: Ec2, instanceId: string, state: string): void {
  put(ec2, 'aws.ec2', 'EC2 Instance State-change Notification', [ec2.account.arn('ec2', `instance/${instanceId}`)],
    { 'instance-id': instanceId, state });
}

export function tellVolume(ec2: Ec2, volume: VolumeRecord, event: string, result: string, cause = ''): void {
  put(ec2, 'aws.ec2', 'EBS Volume Notification', [ec2.account.arn('ec2', `volume/${volume.VolumeId}`)],
    { result, cause, event, 'request-id': ec2.account.random.uuid() });
}

/** The account field of snapshot ARNs in events is empty (EBS user guide, "EventBridge for Amazon EBS"). */
function snapshotArn(ec2: Ec2, snapshotId: string): string {
  return `arn:${ec2.account.partition}:ec2::${ec2.account.region}:snapshot/${snapshotId}`;
}

export function tellSnapshot(ec2: Ec2, snapshot: SnapshotRecord, result: 'succeeded' | 'failed', cause = ''): void {
  const copyOf = ec2.snapshotModels.get(snapshot.SnapshotId)?.copyOf;
  put(ec2, 'aws.ec2', 'EBS Snapshot Notification', [snapshotArn(ec2, snapshot.SnapshotId)], {
    'event': copyOf !== undefined ? 'copySnapshot' : 'createSnapshot', result, cause, 'request-id': '',
    'snapshot_id': snapshotArn(ec2, snapshot.SnapshotId),
    'source': copyOf !== undefined ? snapshotArn(ec2, copyOf) : ec2.account.arn('ec2', `volume/${snapshot.VolumeId}`),
    'startTime': snapshot.StartTime.toISOString(), 'endTime': ec2.account.clock.timestamp(),
  });
}

export function tellSnapshotSet(ec2: Ec2, set: string, snapshots: readonly SnapshotRecord[], result: 'succeeded' | 'failed', cause = ''): void {
  put(ec2, 'aws.ec2', 'EBS Multi-Volume Snapshots Completion Status', snapshots.map(each => snapshotArn(ec2, each.SnapshotId)), {
    'event': 'createSnapshots', result, cause, 'request-id': set,
    'startTime': snapshots[0]?.StartTime.toISOString() ?? '', 'endTime': ec2.account.clock.timestamp(),
    'snapshots': snapshots.map(each => ({
      snapshot_id: snapshotArn(ec2, each.SnapshotId), source: ec2.account.arn('ec2', `volume/${each.VolumeId}`),
      status: each.State === 'completed' ? 'completed' : 'error',
    })),
  });
}

export function tellImage(ec2: Ec2, imageId: string, state: 'available' | 'failed', message: string): void {
  put(ec2, 'aws.ec2', 'EC2 AMI State Change', [`arn:${ec2.account.partition}:ec2:${ec2.account.region}::image/${imageId}`],
    { RequestId: ec2.account.random.uuid(), ImageId: imageId, State: state, ErrorMessage: message });
}

function put(ec2: Ec2, source: string, detailType: string, resources: string[], detail: JsonObject): void {
  ec2.account.events.put({ source, 'detail-type': detailType, resources, detail });
}
