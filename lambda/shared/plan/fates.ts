import type {
  CapacityReservationSpecificationResponse, CapacityReservationTargetResponse, CpuOptions, EbsInstanceBlockDevice, ElasticGpuAssociation,
  ElasticInferenceAcceleratorAssociation, EnclaveOptions, GroupIdentifier, HibernationOptions, IamInstanceProfile, Instance,
  InstanceAttachmentEnaSrdSpecification, InstanceAttachmentEnaSrdUdpSpecification, InstanceBlockDeviceMapping, InstanceIpv4Prefix, InstanceIpv6Address,
  InstanceIpv6Prefix, InstanceMaintenanceOptions, InstanceMetadataOptionsResponse, InstanceNetworkInterface, InstanceNetworkInterfaceAssociation,
  InstanceNetworkInterfaceAttachment, InstanceNetworkPerformanceOptions, InstancePrivateIpAddress, InstanceSecondaryInterface,
  InstanceSecondaryInterfaceAttachment, InstanceSecondaryInterfacePrivateIpAddress, InstanceState, LicenseConfiguration, Monitoring, OperatorResponse,
  Placement, PrivateDnsNameOptionsResponse, ProductCode, StateReason, Tag, ConnectionTrackingSpecificationResponse,
} from '@aws-sdk/client-ec2';

/** What becomes of an attribute when an instance is cloned. */
export type Fate =
  /** The plan has it; where a request asks otherwise, the plan says so itself. */
  | 'carried'
  /** Every instance has its own. */
  | { readonly nature: string }
  /** It is left behind, unless it has a value that says nothing. */
  | { readonly lost: string; readonly unless?: readonly unknown[] };

/** One line per attribute, whole structures attribute by attribute. */
export type Fates<T> = { readonly [K in keyof T]-?: FateOf<NonNullable<T[K]>> };
type FateOf<V> = V extends string | number | boolean | Date ? Fate : V extends readonly (infer E)[] ? FateOf<E> : Fates<V>;

const nature = (why: string): Fate => ({ nature: why });
const lost = (why: string, ...unless: readonly unknown[]): Fate => ({ lost: why, unless });

const OWN_ID = nature('every resource has its own id');
const OWN_ADDRESS = nature('EC2 chooses a new address, for this one is in use by the source');
const OWN_TIME = nature('it tells of the source\'s own life');
const OWN_STATE = nature('it tells of the source\'s state at this moment');
const BY_SUBNET = nature('it follows from the clone\'s subnet');
const BY_IMAGE = nature('it follows from the clone\'s image, which is made from the source\'s volumes');
const NOT_OFFERED = lost('AWS no longer offers accelerators of this kind');

const GROUP: Fates<GroupIdentifier> = { GroupId: 'carried', GroupName: nature('the groups are given by id') };
// the plan refuses whatever is managed
const OPERATOR: Fates<OperatorResponse> = {
  Managed: lost('a managed resource is not cloned', false), Principal: lost('a managed resource is not cloned'), HiddenByDefault: lost('a managed resource is not cloned', false),
};
const ASSOCIATION: Fates<InstanceNetworkInterfaceAssociation> = {
  CarrierIp: OWN_ADDRESS, CustomerOwnedIp: OWN_ADDRESS, IpOwnerId: nature('public addresses come from Amazon\'s pool; an Elastic IP address stays with the source'),
  PublicDnsName: OWN_ADDRESS, PublicIp: OWN_ADDRESS,
};
const ENA_SRD_UDP: Fates<InstanceAttachmentEnaSrdUdpSpecification> = { EnaSrdUdpEnabled: 'carried' };
const ENA_SRD: Fates<InstanceAttachmentEnaSrdSpecification> = { EnaSrdEnabled: 'carried', EnaSrdUdpSpecification: ENA_SRD_UDP };
const CONNECTION_TRACKING: Fates<ConnectionTrackingSpecificationResponse> = { TcpEstablishedTimeout: 'carried', UdpStreamTimeout: 'carried', UdpTimeout: 'carried' };
const INTERFACE_ATTACHMENT: Fates<InstanceNetworkInterfaceAttachment> = {
  AttachTime: OWN_TIME, AttachmentId: OWN_ID, DeleteOnTermination: 'carried', DeviceIndex: 'carried', Status: OWN_STATE, NetworkCardIndex: 'carried',
  EnaSrdSpecification: ENA_SRD, EnaQueueCount: 'carried',
};
const PRIVATE_ADDRESS: Fates<InstancePrivateIpAddress> = { Association: ASSOCIATION, Primary: 'carried', PrivateDnsName: OWN_ADDRESS, PrivateIpAddress: OWN_ADDRESS };
const IPV6_ADDRESS: Fates<InstanceIpv6Address> = { Ipv6Address: OWN_ADDRESS, IsPrimaryIpv6: 'carried' };
const IPV4_PREFIX: Fates<InstanceIpv4Prefix> = { Ipv4Prefix: OWN_ADDRESS };
const IPV6_PREFIX: Fates<InstanceIpv6Prefix> = { Ipv6Prefix: OWN_ADDRESS };
const INTERFACE: Fates<InstanceNetworkInterface> = {
  Association: ASSOCIATION, Attachment: INTERFACE_ATTACHMENT, Description: 'carried', Groups: GROUP, Ipv6Addresses: IPV6_ADDRESS,
  MacAddress: nature('every interface has its own: licences bound to it must be issued anew'), NetworkInterfaceId: OWN_ID, OwnerId: nature('the same account'),
  PrivateDnsName: OWN_ADDRESS, PrivateIpAddress: OWN_ADDRESS, PrivateIpAddresses: PRIVATE_ADDRESS, SourceDestCheck: 'carried', Status: OWN_STATE, SubnetId: 'carried',
  VpcId: BY_SUBNET, InterfaceType: 'carried', Ipv4Prefixes: IPV4_PREFIX, Ipv6Prefixes: IPV6_PREFIX, ConnectionTrackingConfiguration: CONNECTION_TRACKING, Operator: OPERATOR,
};
const EBS: Fates<EbsInstanceBlockDevice> = {
  AttachTime: OWN_TIME, DeleteOnTermination: 'carried', Status: OWN_STATE, VolumeId: nature('the clone has volumes of its own'),
  AssociatedResource: lost('the resource that uses the source\'s volume does not use the clone\'s'), VolumeOwnerId: nature('the clone\'s volumes belong to this account'),
  Operator: OPERATOR, EbsCardIndex: 'carried',
};
const BLOCK_DEVICE: Fates<InstanceBlockDeviceMapping> = { DeviceName: 'carried', Ebs: EBS };
const NO_SECONDARY = lost('secondary interfaces are not carried over: a launch needs rights on secondary subnets that this construct does not take');
const SECONDARY_ATTACHMENT: Fates<InstanceSecondaryInterfaceAttachment> = {
  AttachTime: OWN_TIME, AttachmentId: OWN_ID, DeleteOnTermination: NO_SECONDARY, DeviceIndex: NO_SECONDARY, Status: OWN_STATE, NetworkCardIndex: NO_SECONDARY,
};
const SECONDARY_ADDRESS: Fates<InstanceSecondaryInterfacePrivateIpAddress> = { PrivateIpAddress: NO_SECONDARY };
const SECONDARY_INTERFACE: Fates<InstanceSecondaryInterface> = {
  Attachment: SECONDARY_ATTACHMENT, MacAddress: NO_SECONDARY, SecondaryInterfaceId: NO_SECONDARY, OwnerId: nature('the same account'),
  PrivateIpAddresses: SECONDARY_ADDRESS, SourceDestCheck: NO_SECONDARY, Status: OWN_STATE, SecondarySubnetId: NO_SECONDARY, SecondaryNetworkId: NO_SECONDARY,
  InterfaceType: NO_SECONDARY,
};
const PLACEMENT: Fates<Placement> = {
  AvailabilityZoneId: BY_SUBNET, Affinity: 'carried', GroupName: 'carried', PartitionNumber: 'carried',
  HostId: nature('without host affinity EC2 chooses the host'), Tenancy: 'carried', SpreadDomain: lost('AWS reserves it'), HostResourceGroupArn: 'carried',
  GroupId: 'carried', AvailabilityZone: BY_SUBNET,
};
const CAPACITY_TARGET: Fates<CapacityReservationTargetResponse> = {
  CapacityReservationId: lost('the clone takes no reservation that was made for the source'),
  CapacityReservationResourceGroupArn: lost('the clone takes no reservation that was made for the source'),
};
const CAPACITY: Fates<CapacityReservationSpecificationResponse> = {
  CapacityReservationPreference: lost('the clone is launched with "none", so that it does not silently take a reservation meant for something else', 'none'),
  CapacityReservationTarget: CAPACITY_TARGET,
};
const METADATA: Fates<InstanceMetadataOptionsResponse> = {
  State: OWN_STATE, HttpTokens: 'carried', HttpPutResponseHopLimit: 'carried', HttpEndpoint: 'carried', HttpProtocolIpv6: 'carried', InstanceMetadataTags: 'carried',
};
const CPU: Fates<CpuOptions> = { CoreCount: 'carried', ThreadsPerCore: 'carried', AmdSevSnp: 'carried', NestedVirtualization: 'carried' };
const PRIVATE_DNS: Fates<PrivateDnsNameOptionsResponse> = { HostnameType: 'carried', EnableResourceNameDnsARecord: 'carried', EnableResourceNameDnsAAAARecord: 'carried' };
const MAINTENANCE: Fates<InstanceMaintenanceOptions> = {
  AutoRecovery: 'carried', RebootMigration: lost('a launch can not say it: use `aws ec2 modify-instance-maintenance-options` on the clone', 'default'),
};
const PERFORMANCE: Fates<InstanceNetworkPerformanceOptions> = { BandwidthWeighting: 'carried' };
const PROFILE: Fates<IamInstanceProfile> = { Arn: 'carried', Id: nature('it follows from the profile\'s ARN') };
const HIBERNATION: Fates<HibernationOptions> = { Configured: 'carried' };
const ENCLAVE: Fates<EnclaveOptions> = { Enabled: 'carried' };
const LICENSE: Fates<LicenseConfiguration> = { LicenseConfigurationArn: 'carried' };
const MONITORING: Fates<Monitoring> = { State: 'carried', MetricCategoryIds: 'carried' };
const PRODUCT: Fates<ProductCode> = { ProductCodeId: BY_IMAGE, ProductCodeType: BY_IMAGE };
const GPU: Fates<ElasticGpuAssociation> = {
  ElasticGpuId: NOT_OFFERED, ElasticGpuAssociationId: NOT_OFFERED, ElasticGpuAssociationState: NOT_OFFERED, ElasticGpuAssociationTime: NOT_OFFERED,
};
const INFERENCE: Fates<ElasticInferenceAcceleratorAssociation> = {
  ElasticInferenceAcceleratorArn: NOT_OFFERED, ElasticInferenceAcceleratorAssociationId: NOT_OFFERED, ElasticInferenceAcceleratorAssociationState: NOT_OFFERED,
  ElasticInferenceAcceleratorAssociationTime: NOT_OFFERED,
};
const TAG: Fates<Tag> = { Key: 'carried', Value: 'carried' };
const STATE: Fates<InstanceState> = { Code: OWN_STATE, Name: OWN_STATE };
const REASON: Fates<StateReason> = { Code: OWN_STATE, Message: OWN_STATE };

/** Every attribute that DescribeInstances can answer: the compiler asks for a line when the SDK learns a new one. */
export const FATES: Fates<Instance> = {
  Architecture: 'carried', BlockDeviceMappings: BLOCK_DEVICE, ClientToken: nature('each launch has its own'), EbsOptimized: 'carried', EnaSupport: 'carried',
  Hypervisor: nature('it follows from the instance type'), IamInstanceProfile: PROFILE,
  InstanceLifecycle: lost('the clone is launched on demand'), ElasticGpuAssociations: GPU, ElasticInferenceAcceleratorAssociations: INFERENCE,
  NetworkInterfaces: INTERFACE, OutpostArn: BY_SUBNET, RootDeviceName: 'carried', RootDeviceType: BY_IMAGE, SecurityGroups: GROUP, SourceDestCheck: 'carried',
  SpotInstanceRequestId: lost('the clone is launched on demand'), SriovNetSupport: 'carried', StateReason: REASON, Tags: TAG, VirtualizationType: 'carried', CpuOptions: CPU,
  CapacityBlockId: lost('the clone is launched on demand'), CapacityReservationId: lost('the clone takes no reservation that was made for the source'),
  CapacityReservationSpecification: CAPACITY, HibernationOptions: HIBERNATION, Licenses: LICENSE, MetadataOptions: METADATA, EnclaveOptions: ENCLAVE, BootMode: 'carried',
  PlatformDetails: 'carried', UsageOperation: 'carried', UsageOperationUpdateTime: OWN_TIME, PrivateDnsNameOptions: PRIVATE_DNS, Ipv6Address: OWN_ADDRESS,
  TpmSupport: 'carried', MaintenanceOptions: MAINTENANCE, CurrentInstanceBootMode: BY_IMAGE, NetworkPerformanceOptions: PERFORMANCE, Operator: OPERATOR,
  SecondaryInterfaces: SECONDARY_INTERFACE, InstanceId: OWN_ID, ImageId: nature('the clone has an image of its own, made from the source\'s volumes'), State: STATE,
  PrivateDnsName: OWN_ADDRESS, PublicDnsName: OWN_ADDRESS, StateTransitionReason: OWN_STATE, KeyName: 'carried', AmiLaunchIndex: nature('each launch counts anew'),
  ProductCodes: PRODUCT, InstanceType: 'carried', LaunchTime: OWN_TIME, Placement: PLACEMENT, KernelId: 'carried', RamdiskId: 'carried', Platform: BY_IMAGE,
  Monitoring: MONITORING, SubnetId: 'carried', VpcId: BY_SUBNET, PrivateIpAddress: OWN_ADDRESS, PublicIpAddress: OWN_ADDRESS,
};
