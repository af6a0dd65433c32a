import type { Address, AssociateAddressRequest, AssociateAddressResult, DisassociateAddressRequest, Tag } from '@aws-sdk/client-ec2';
import { AwsError, type Call } from '../service';
import { unbind } from './address-binding';
import { publicAddress } from './addresses';
import { existing, invalidCombination, invalidValue, required } from './errors';
import { interfacesOf, showInterfaces } from './network';
import type { Ec2, InterfaceRecord } from './state';
import { refuseUnmodelled } from './volumes';

interface Allocation { readonly instanceId?: string; readonly networkInterfaceId?: string; readonly tags?: Tag[] }

/** Allocates an Elastic IP address, as somebody did before the rehearsal begins; with an instance or interface, it is associated with it. */
export function addElasticAddress(ec2: Ec2, { instanceId, networkInterfaceId, tags = [] }: Allocation = {}): Address {
  const id = ec2.id('eipalloc');
  const { PublicIp } = publicAddress(ec2);
  const address: Address = {
    AllocationId: id, PublicIp, Domain: 'vpc', PublicIpv4Pool: 'amazon', NetworkBorderGroup: ec2.account.region, ...tags.length > 0 && { Tags: tags },
  };
  ec2.addresses.set(id, address);
  if (instanceId !== undefined) bind(ec2, address, onlyInterface(ec2, instanceId));
  if (networkInterfaceId !== undefined) bind(ec2, address, ec2.get(ec2.networkInterfaces, networkInterfaceId));
  return address;
}

/**
 * "If the Elastic IP address is already associated with a different instance, it is disassociated from that instance and associated with the
 * specified instance. If you associate an Elastic IP address with an instance that has an existing Elastic IP address, the existing address
 * is disassociated from the instance, but remains allocated to your account" (API reference).
 */
export function associateAddress(input: AssociateAddressRequest, { account }: Call): AssociateAddressResult {
  const { ec2 } = account;
  refuseUnmodelled(input.PublicIp, 'PublicIp');
  const address = existing(ec2.addresses, 'address', required(input.AllocationId, 'AllocationId'));
  if (input.InstanceId !== undefined && input.NetworkInterfaceId !== undefined) {
    throw invalidCombination('You may specify either InstanceId or NetworkInterfaceId, but not both.');
  }
  if (input.InstanceId === undefined && input.NetworkInterfaceId === undefined) {
    throw new AwsError('MissingParameter', 'Either \'InstanceId\' or \'NetworkInterfaceId\' must be provided.');
  }
  const record = input.InstanceId === undefined ? existing(ec2.networkInterfaces, 'networkInterface', input.NetworkInterfaceId)
    : onlyInterface(ec2, input.InstanceId);
  const wanted = input.PrivateIpAddress ?? record.PrivateIpAddress;
  if (!record.PrivateIpAddresses.some(each => each.PrivateIpAddress === wanted)) {
    // the code is unverified against AWS
    throw invalidValue(`Private IP address '${wanted}' is not assigned to interface '${record.NetworkInterfaceId}'.`);
  }
  if (address.NetworkBorderGroup !== account.region) {
    // "You cannot associate an Elastic IP address with an interface in a different network border group"; the code is unverified against AWS
    throw new AwsError('InvalidParameter', `Address ${address.PublicIp} belongs to the network border group ${address.NetworkBorderGroup}.`);
  }
  const unchanged = address.NetworkInterfaceId === record.NetworkInterfaceId && address.PrivateIpAddress === wanted;
  if (address.AssociationId !== undefined && !unchanged) {
    if (input.AllowReassociation === false) {
      throw new AwsError('Resource.AlreadyAssociated',
        `resource ${address.AllocationId} is already associated with associate-id ${address.AssociationId}`);
    }
    release(ec2, address);
  }
  if (!unchanged) bind(ec2, address, record, wanted);
  return { AssociationId: address.AssociationId };
}

/** "This is an idempotent operation. If you perform the operation more than once, Amazon EC2 doesn't return an error" (API reference). */
export function disassociateAddress(input: DisassociateAddressRequest, { account }: Call): object {
  const { ec2 } = account;
  refuseUnmodelled(input.PublicIp, 'PublicIp');
  const id = required(input.AssociationId, 'AssociationId');
  if (!/^eipassoc-[0-9a-f]{8,17}$/.test(id)) throw new AwsError('InvalidAssociationID.NotFound', `The association ID '${id}' does not exist`);
  const address = addressOf(ec2, id);
  if (address) release(ec2, address);
  return {};
}

/** The address that an association is about. */
export function addressOf(ec2: Ec2, associationId: string | undefined): Address | undefined {
  return [...ec2.addresses.values()].find(each => associationId !== undefined && each.AssociationId === associationId);
}

/** "If the instance has more than one network interface, you must specify a network interface ID" (SDK, AssociateAddressRequest). */
export function onlyInterface(ec2: Ec2, instanceId: string): InterfaceRecord {
  const instance = existing(ec2.instances, 'instance', instanceId);
  const [first, ...others] = interfacesOf(ec2, instanceId);
  // EC2 developer guide, "Error codes", InvalidInstanceID: "when trying to associate an IP address with an instance that is not in the
  // running state", or "on an instance that has multiple network interfaces". That a stopped one is accepted is unverified against AWS.
  if (!first || !['running', 'stopping', 'stopped'].includes(instance.State.Name!)) {
    throw new AwsError('InvalidInstanceID', `The ${instance.State.Name} instance '${instanceId}' is not in a valid state for this operation.`);
  }
  if (others.length > 0) {
    throw new AwsError('InvalidInstanceID',
      `There are multiple interfaces attached to instance '${instanceId}'. Please specify an interface ID for the operation instead.`);
  }
  return first;
}

function bind(ec2: Ec2, address: Address, record: InterfaceRecord, privateIp = record.PrivateIpAddress): void {
  const place = record.PrivateIpAddresses.find(each => each.PrivateIpAddress === privateIp)!;
  const former = addressOf(ec2, place.Association?.AssociationId);
  if (former) release(ec2, former);
  address.AssociationId = ec2.id('eipassoc');
  address.NetworkInterfaceId = record.NetworkInterfaceId;
  address.NetworkInterfaceOwnerId = ec2.account.accountId;
  address.PrivateIpAddress = privateIp;
  if (record.Attachment?.InstanceId !== undefined) address.InstanceId = record.Attachment.InstanceId;
  // an address of Amazon's pool is released when an elastic one takes its place (EC2 user guide, "EC2 instance IP addressing")
  place.Association = {
    AllocationId: address.AllocationId, AssociationId: address.AssociationId, IpOwnerId: ec2.account.accountId,
    PublicDnsName: publicName(ec2, address.PublicIp!), PublicIp: address.PublicIp,
  };
  show(ec2, record);
}

/** The interface has no public address afterwards; whether AWS gives one of its pool again is unverified against AWS. */
function release(ec2: Ec2, address: Address): void {
  const record = ec2.networkInterfaces.get(address.NetworkInterfaceId ?? '');
  for (const place of record?.PrivateIpAddresses ?? []) if (place.Association?.AssociationId === address.AssociationId) delete place.Association;
  unbind(address);
  if (record) show(ec2, record);
}

/** The interface tells the association of its primary address, and its instance tells what the interface tells. */
function show(ec2: Ec2, record: InterfaceRecord): void {
  const primary = record.PrivateIpAddresses.find(each => each.Primary)?.Association;
  if (primary) record.Association = primary;
  else delete record.Association;
  const instance = ec2.instances.get(record.Attachment?.InstanceId ?? '');
  if (instance) showInterfaces(ec2, instance);
}

function publicName(ec2: Ec2, ip: string): string {
  const { region } = ec2.account;
  return `ec2-${ip.replaceAll('.', '-')}.${region === 'us-east-1' ? 'compute-1.amazonaws.com' : `${region}.compute.amazonaws.com`}`;
}
