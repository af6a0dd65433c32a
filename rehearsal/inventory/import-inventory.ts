import type { Account } from '../cloud/account';
import type { Answer } from '../cloud/ec2/import';
import { instancesOf } from './inventory';
import type { ReadInventory } from './read-inventory';

const madeUpBlocks = 64;

/** Puts what was read into the account; returns what had to be assumed. */
export function importInventory(account: Account, { inventory }: ReadInventory): string[] {
  const ofEc2 = Object.entries(inventory).filter(([list]) => !['InstanceAttributes', 'InstanceProfiles', 'InstanceInformationList'].includes(list));
  const answers = asPrinted([Object.fromEntries(ofEc2), ...inventory.InstanceAttributes]);
  const assumed = [...importProfiles(account, inventory), ...together(account.ec2.import(answers))];
  importInformation(account, inventory);
  fillVolumes(account);
  const quota = 'L-1216C47A';
  return [...assumed, `quotas: ${account.quotas.value(quota)} vCPUs of standard On-Demand instances, AWS's defaults for all else`, 'what the blocks of volumes hold: clones are compared block by block with something made up'];
}

/** Nothing tells what volumes hold; without content, a comparison of a clone's would prove nothing. */
function fillVolumes({ ec2 }: Account): void {
  for (const volumeId of ec2.volumes.keys()) {
    for (let block = 0; block < madeUpBlocks; block++) ec2.write(volumeId, block, `block ${block} of ${volumeId}`);
  }
}

/** The account takes answers as the AWS CLI prints them: times as text. */
function asPrinted(answers: readonly object[]): Answer[] {
  return JSON.parse(JSON.stringify(answers)) as Answer[];
}

/** One line for what is assumed of several instances, instead of one for each. */
function together(notes: readonly string[]): string[] {
  const about = new Map<string, string[]>();
  for (const note of notes) {
    const [, id, text] = note.match(/^(i-[^:]*): (.*)$/s) ?? [undefined, undefined, note];
    const what = text!.replace(/^assumed (?!that)/, '');
    about.set(what, [...about.get(what) ?? [], ...id ? [id] : []]);
  }
  return [...about].map(([text, ids]) => (ids.length > 0 ? `${text}: ${ids.join(' ')}` : text));
}

/** Which instances are managed by Systems Manager, and whether their agents answer. */
function importInformation(account: Account, inventory: ReadInventory['inventory']): void {
  for (const { InstanceId: id, PingStatus, PlatformType, PlatformVersion, AgentVersion } of inventory.InstanceInformationList) {
    if (id === undefined || !account.ec2.instances.has(id)) continue;
    const guest = account.ssm.guest(id);
    guest.managed = true;
    guest.online = PingStatus === 'Online';
    guest.platform = PlatformType === 'Windows' ? 'Windows' : 'Linux';
    if (PlatformVersion !== undefined) guest.systemVersion = PlatformVersion;
    if (AgentVersion !== undefined) guest.agentVersion = AgentVersion;
  }
  if (inventory.InstanceInformationList.length === 0) return;
  // the list tells of all managed instances: who is not on it is none
  for (const { InstanceId: id } of instancesOf(inventory)) {
    if (id !== undefined && !inventory.InstanceInformationList.some(each => each.InstanceId === id)) account.ssm.guest(id).managed = false;
  }
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
