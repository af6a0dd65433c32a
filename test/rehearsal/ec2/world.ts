import type {
  AttachVolumeRequest, CopyVolumesRequest, CopyVolumesResult, CreateImageRequest, CreateImageResult, CreateReplaceRootVolumeTaskRequest,
  CreateReplaceRootVolumeTaskResult, CreateSnapshotRequest, CreateSnapshotsRequest, CreateSnapshotsResult, CreateVolumeRequest,
  DeregisterImageRequest, DeregisterImageResult, DescribeImagesRequest, DescribeImagesResult, DescribeInstanceAttributeRequest,
  DescribeInstanceCreditSpecificationsRequest, DescribeInstanceCreditSpecificationsResult, DescribeInstancesRequest, DescribeInstancesResult,
  DescribeInstanceStatusRequest, DescribeInstanceStatusResult, DescribeInstanceTypeOfferingsRequest, DescribeInstanceTypeOfferingsResult,
  DescribeInstanceTypesRequest, DescribeInstanceTypesResult, DescribeReplaceRootVolumeTasksRequest, DescribeReplaceRootVolumeTasksResult,
  DescribeNetworkInterfacesRequest, DescribeNetworkInterfacesResult, DescribeSnapshotsRequest,
  DescribeSnapshotsResult, DescribeSubnetsRequest, DescribeSubnetsResult, DescribeTagsRequest, DescribeTagsResult, DescribeVolumesRequest,
  DescribeVolumesResult, DescribeVolumeStatusRequest, DescribeVolumeStatusResult, DetachVolumeRequest, Instance, InstanceAttribute, RegisterImageRequest,
  RegisterImageResult, Reservation, RunInstancesRequest, Snapshot, StartInstancesRequest, StartInstancesResult, StopInstancesRequest, StopInstancesResult,
  TerminateInstancesRequest, TerminateInstancesResult, Volume, VolumeAttachment,
} from '@aws-sdk/client-ec2';
import { Account, type AccountOptions } from '../../../rehearsal/cloud/account';
import type { Principal } from '../../../rehearsal/cloud/service';

/** Input and output of the calls that tests look into; others take and give plain objects. */
interface Calls {
  AttachVolume: [AttachVolumeRequest, VolumeAttachment];
  CopyVolumes: [CopyVolumesRequest, Required<CopyVolumesResult>];
  CreateImage: [CreateImageRequest, CreateImageResult];
  CreateReplaceRootVolumeTask: [CreateReplaceRootVolumeTaskRequest, Required<CreateReplaceRootVolumeTaskResult>];
  CreateSnapshot: [CreateSnapshotRequest, Snapshot];
  CreateSnapshots: [CreateSnapshotsRequest, CreateSnapshotsResult];
  CreateVolume: [CreateVolumeRequest, Volume];
  DeregisterImage: [DeregisterImageRequest, DeregisterImageResult];
  DescribeImages: [DescribeImagesRequest, DescribeImagesResult];
  DescribeInstanceAttribute: [DescribeInstanceAttributeRequest, InstanceAttribute];
  DescribeInstanceCreditSpecifications: [DescribeInstanceCreditSpecificationsRequest, DescribeInstanceCreditSpecificationsResult];
  DescribeInstances: [DescribeInstancesRequest, DescribeInstancesResult];
  DescribeInstanceStatus: [DescribeInstanceStatusRequest, DescribeInstanceStatusResult];
  DescribeInstanceTypeOfferings: [DescribeInstanceTypeOfferingsRequest, DescribeInstanceTypeOfferingsResult];
  DescribeInstanceTypes: [DescribeInstanceTypesRequest, DescribeInstanceTypesResult];
  DescribeNetworkInterfaces: [DescribeNetworkInterfacesRequest, DescribeNetworkInterfacesResult];
  DescribeReplaceRootVolumeTasks: [DescribeReplaceRootVolumeTasksRequest, Required<DescribeReplaceRootVolumeTasksResult>];
  DescribeSnapshots: [DescribeSnapshotsRequest, DescribeSnapshotsResult];
  DescribeSubnets: [DescribeSubnetsRequest, DescribeSubnetsResult];
  DescribeTags: [DescribeTagsRequest, DescribeTagsResult];
  DescribeVolumes: [DescribeVolumesRequest, DescribeVolumesResult];
  DescribeVolumeStatus: [DescribeVolumeStatusRequest, DescribeVolumeStatusResult];
  DetachVolume: [DetachVolumeRequest, VolumeAttachment];
  RegisterImage: [RegisterImageRequest, RegisterImageResult];
  RunInstances: [RunInstancesRequest, Reservation];
  StartInstances: [StartInstancesRequest, StartInstancesResult];
  StopInstances: [StopInstancesRequest, StopInstancesResult];
  TerminateInstances: [TerminateInstancesRequest, TerminateInstancesResult];
}
type Input<Name> = Name extends keyof Calls ? Calls[Name][0] : object;
type Output<Name> = Name extends keyof Calls ? Calls[Name][1] : object;

export const person: Principal = { callerArn: 'arn:aws:iam::111122223333:user/console' };

export type World = ReturnType<typeof world>;

/** An account and short ways to call it. */
export function world(options: AccountOptions = {}) {
  const account = new Account(options);
  const call = async <Name extends string>(operation: Name, input: Input<Name>, principal = person): Promise<Output<Name>> =>
    await account.call('EC2', operation, input, principal) as Output<Name>;
  return {
    account,
    ec2: account.ec2,
    call,
    /** The code of the error with which a call is refused. */
    refusal: async <Name extends string>(operation: Name, input: Input<Name>): Promise<string> => call(operation, input).then(
      () => { throw new Error(`${operation} was not refused`); }, (error: Error) => error.name),
    pass: (seconds: number) => account.clock.advance(seconds * 1000),
    instance: async (id: string): Promise<Instance> => (await call('DescribeInstances', { InstanceIds: [id] })).Reservations![0]!.Instances![0]!,
    volume: async (id: string): Promise<Volume> => (await call('DescribeVolumes', { VolumeIds: [id] })).Volumes![0]!,
    snapshot: async (id: string): Promise<Snapshot> => (await call('DescribeSnapshots', { SnapshotIds: [id] })).Snapshots![0]!,
    /** An image of an instance's root volume, registered as a modern one. */
    image: async (instanceId: string, more: Partial<RegisterImageRequest> = {}): Promise<string> => {
      const root = account.ec2.get(account.ec2.instances, instanceId).BlockDeviceMappings[0]!;
      const { SnapshotId } = await call('CreateSnapshot', { VolumeId: root.Ebs!.VolumeId! });
      await account.clock.advance(3_600_000);
      const { ImageId } = await call('RegisterImage', {
        Name: `image of ${SnapshotId}`, RootDeviceName: root.DeviceName!, Architecture: 'x86_64', VirtualizationType: 'hvm', EnaSupport: true,
        BlockDeviceMappings: [{ DeviceName: root.DeviceName!, Ebs: { SnapshotId, VolumeType: 'gp3' } }], ...more,
      });
      await account.clock.advance(60_000);
      return ImageId!;
    },
  };
}
