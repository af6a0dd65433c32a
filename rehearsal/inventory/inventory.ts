import type {
  DescribeAddressesResult, DescribeImagesResult, DescribeInstanceCreditSpecificationsResult, DescribeInstancesResult,
  DescribeInstanceTypesResult, DescribeKeyPairsResult, DescribeNetworkInterfacesResult, DescribePlacementGroupsResult,
  DescribeSecurityGroupsResult, DescribeSnapshotsResult, DescribeSubnetsResult, DescribeVolumesResult, DescribeVpcsResult, Instance,
  InstanceAttribute,
} from '@aws-sdk/client-ec2';
import type { InstanceProfile } from '@aws-sdk/client-iam';
import type { InstanceInformation } from '@aws-sdk/client-ssm';
import type { Command, Recognised } from './recognise';

/** The lists of all answers of a kind, merged by id. */
type Lists<T> = { [K in keyof T as NonNullable<T[K]> extends readonly object[] ? K : never]-?: NonNullable<T[K]> };

/** What was read of an account, in the SDK's own shapes. */
export interface Inventory extends Lists<
  DescribeInstancesResult & DescribeVolumesResult & DescribeImagesResult & DescribeSnapshotsResult & DescribeSubnetsResult
  & DescribeVpcsResult & DescribeSecurityGroupsResult & DescribeNetworkInterfacesResult & DescribeAddressesResult
  & DescribeKeyPairsResult & DescribeInstanceTypesResult & DescribeInstanceCreditSpecificationsResult & DescribePlacementGroupsResult
> {
  readonly InstanceAttributes: InstanceAttribute[];
  readonly InstanceProfiles: InstanceProfile[];
  readonly InstanceInformationList: InstanceInformation[];
}

/** The member that names a record of each list; later records replace earlier ones of the same name. */
const idOf: { readonly [K in keyof Inventory]: string } = {
  Reservations: 'ReservationId',
  Volumes: 'VolumeId',
  Images: 'ImageId',
  Snapshots: 'SnapshotId',
  Subnets: 'SubnetId',
  Vpcs: 'VpcId',
  SecurityGroups: 'GroupId',
  NetworkInterfaces: 'NetworkInterfaceId',
  Addresses: 'PublicIp',
  KeyPairs: 'KeyName',
  InstanceTypes: 'InstanceType',
  InstanceCreditSpecifications: 'InstanceId',
  PlacementGroups: 'GroupName',
  InstanceAttributes: 'InstanceId',
  InstanceProfiles: 'InstanceProfileName',
  InstanceInformationList: 'InstanceId',
};

export function emptyInventory(): Inventory {
  return Object.fromEntries(Object.keys(idOf).map(list => [list, []])) as unknown as Inventory;
}

/** Adds one answer to an inventory. */
export function add(inventory: Inventory, { command, answer }: Recognised): void {
  if (command === 'ec2 describe-instances') return addReservations(inventory, answer);
  for (const [list, records] of Object.entries(listsOf(command, answer))) {
    const id = idOf[list as keyof Inventory];
    const all = inventory[list as keyof Inventory] as unknown as Record<string, unknown>[];
    for (const record of records as Record<string, unknown>[]) {
      const known = all.findIndex(each => each[id] !== undefined && each[id] === record[id]);
      if (known < 0) all.push(record);
      // each call of describe-instance-attribute tells one attribute of an instance
      else all[known] = list === 'InstanceAttributes' ? { ...all[known], ...record } : record;
    }
  }
}

/** Two answers with different filters may show different instances of one reservation: instances are merged, not reservations. */
function addReservations(inventory: Inventory, { Reservations = [] }: DescribeInstancesResult): void {
  const seenAgain = new Set(Reservations.flatMap(reservation => reservation.Instances?.map(instance => instance.InstanceId) ?? []));
  const older = inventory.Reservations.map(reservation => ({
    ...reservation, Instances: reservation.Instances?.filter(instance => !seenAgain.has(instance.InstanceId)),
  }));
  inventory.Reservations.splice(0, Infinity, ...older.filter(each => each.Instances?.length), ...Reservations);
}

function listsOf(command: Command, answer: object): Record<string, readonly object[]> {
  if (command === 'ec2 describe-instance-attribute') return { InstanceAttributes: [answer] };
  if (command === 'iam get-instance-profile') return { InstanceProfiles: Object.values(answer) as object[] };
  return Object.fromEntries(Object.entries(answer).filter(([list]) => list in idOf)) as Record<string, readonly object[]>;
}

/** Every instance of an inventory, in the order of the files. */
export function instancesOf(inventory: Inventory): Instance[] {
  return inventory.Reservations.flatMap(reservation => reservation.Instances ?? []);
}

/** The Region that the Availability Zones of the records lie in; several Regions are several accounts to rehearse. */
export function regionsOf(inventory: Inventory): string[] {
  const zones = [
    ...instancesOf(inventory).map(instance => instance.Placement?.AvailabilityZone),
    ...inventory.Volumes.map(volume => volume.AvailabilityZone),
    ...inventory.Subnets.map(subnet => subnet.AvailabilityZone),
  ];
  // a Local Zone's name goes on after the Region: us-west-2-lax-1a
  return [...new Set(zones.flatMap(zone => zone?.match(/^[a-z]+(-[a-z]+)+-\d+/)?.[0] ?? []))].sort();
}

/** The latest time that any record tells: nothing of an inventory may lie in the future. */
export function latestTime(inventory: Inventory): number {
  const times: number[] = [];
  const visit = (value: unknown): void => {
    if (value instanceof Date) times.push(value.getTime());
    else if (value !== null && typeof value === 'object') Object.values(value).forEach(visit);
  };
  visit(inventory);
  return Math.max(0, ...times);
}
