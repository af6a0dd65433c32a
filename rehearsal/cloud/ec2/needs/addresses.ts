import type { Address, AssociateAddressRequest, DisassociateAddressRequest } from '@aws-sdk/client-ec2';
import { type Need, resourceTags } from '../../../iam/need';
import type { Account } from '../../account';
import { existing } from '../errors';
import { addressOf } from '../elastic-addresses';
import { interfacesOf } from '../network';
import { tagMap } from '../tags';
import { arnOf, filled, instance, need, networkInterface, type Subject } from './contexts';

function elasticIp(account: Account, record: Address): Subject {
  return {
    kind: 'elastic-ip', arn: arnOf(account, 'elastic-ip', record.AllocationId!), context: {
      ...filled({ 'ec2:AllocationId': record.AllocationId, 'ec2:Domain': record.Domain, 'ec2:PublicIpAddress': record.PublicIp }),
      ...resourceTags(tagMap(record.Tags), 'ec2'),
    },
  };
}

/**
 * Resource types `elastic-ip`, `instance` and `network-interface`, none of them marked as required. Which parameter asks for which is
 * unverified against AWS: here every resource that takes part is decided on, the worse case for a policy.
 */
export function associateAddressNeeds(input: AssociateAddressRequest, account: Account): Need[] {
  const { ec2 } = account;
  const instanceId = input.InstanceId ?? ec2.networkInterfaces.get(input.NetworkInterfaceId ?? '')?.Attachment?.InstanceId;
  const interfaceId = input.NetworkInterfaceId ?? interfacesOf(ec2, input.InstanceId ?? '')[0]?.NetworkInterfaceId;
  return [
    need(account, 'AssociateAddress', elasticIp(account, existing(ec2.addresses, 'address', input.AllocationId))),
    ...instanceId === undefined ? [] : [need(account, 'AssociateAddress', instance(account, instanceId))],
    ...interfaceId === undefined ? [] : [need(account, 'AssociateAddress', networkInterface(account, interfaceId))],
  ];
}

/** Resource types `elastic-ip` and `network-interface`, as above; an association that is gone already asks for nothing. */
export function disassociateAddressNeeds(input: DisassociateAddressRequest, account: Account): Need[] {
  const address = addressOf(account.ec2, input.AssociationId);
  return address === undefined ? [] : [
    need(account, 'DisassociateAddress', elasticIp(account, address)),
    need(account, 'DisassociateAddress', networkInterface(account, address.NetworkInterfaceId)),
  ];
}
