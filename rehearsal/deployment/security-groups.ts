import type { Account } from '../cloud/account';
import { makeSecurityGroup } from '../cloud/ec2/default-network';
import type { JsonObject } from '../json';
import { onlyKnown, tagsOf } from './properties';

/** A security group that interfaces can join; its rules are not followed, for the rehearsal has no packets. */
export function putSecurityGroup({ ec2 }: Account, id: string, where: string, properties: JsonObject): void {
  onlyKnown(where, properties, 'GroupDescription', 'GroupName', 'VpcId', 'SecurityGroupEgress', 'SecurityGroupIngress', 'Tags');
  if (!ec2.securityGroups.has(id)) {
    makeSecurityGroup(ec2, { id, vpcId: String(properties.VpcId), name: String(properties.GroupName ?? id), description: String(properties.GroupDescription) });
  }
  const tags = Object.entries(tagsOf(properties.Tags)).map(([Key, Value]) => ({ Key, Value }));
  if (tags.length > 0) ec2.securityGroups.get(id)!.Tags = tags;
}
