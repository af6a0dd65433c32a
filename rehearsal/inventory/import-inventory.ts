import type { Account } from '../cloud/account';
import { instancesOf } from './inventory';
import type { ReadInventory } from './read-inventory';

/** Puts what was read into the account; returns what had to be assumed. */
export function importInventory(account: Account, { inventory }: ReadInventory): string[] {
  const assumed = [...importProfiles(account, inventory), ...account.ec2.import(inventory)];
  for (const { InstanceId: id, PingStatus, PlatformType, AgentVersion } of inventory.InstanceInformationList) {
    if (id === undefined || !account.ec2.instances.has(id)) continue;
    const guest = account.ssm.guest(id);
    guest.managed = true;
    guest.online = PingStatus === 'Online';
    guest.platform = PlatformType === 'Windows' ? 'Windows' : 'Linux';
    if (AgentVersion !== undefined) guest.agentVersion = AgentVersion;
  }
  if (inventory.InstanceInformationList.length === 0) return assumed;
  // the list tells of all managed instances: who is not on it is none
  for (const { InstanceId: id } of instancesOf(inventory)) {
    if (id !== undefined && !inventory.InstanceInformationList.some(each => each.InstanceId === id)) account.ssm.guest(id).managed = false;
  }
  return assumed;
}

/** The instance profiles that instances name, with their roles. */
function importProfiles({ iam }: Account, inventory: ReadInventory['inventory']): string[] {
  for (const { InstanceProfileName: name, Path: path = '/', Roles: [role] = [] } of inventory.InstanceProfiles) {
    if (name === undefined) continue;
    if (role?.RoleName !== undefined) iam.addRole({ name: role.RoleName, path: role.Path });
    iam.addInstanceProfile(name, role?.RoleName, path);
  }
  const made: string[] = [];
  for (const { IamInstanceProfile: used } of instancesOf(inventory)) {
    const [, path, name] = used?.Arn?.match(/:instance-profile(\/(?:.*\/)?)([^/]+)$/) ?? [];
    if (path === undefined || name === undefined || iam.instanceProfiles.has(name)) continue;
    iam.addRole({ name });
    iam.addInstanceProfile(name, name, path);
    made.push(name);
  }
  return made.length > 0 ? [`instance profiles whose role has the same name: ${made.join(', ')}`] : [];
}
