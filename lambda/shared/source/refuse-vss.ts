import type { Instance } from '@aws-sdk/client-ec2';
import { SourceNotManagedBySsm, VssNotPossible } from '../errors';
import type { Request } from '../request/request';
import type { Step } from '../step';
import { mobilityTags } from '../tags';
import { untakable } from '../vss';
import type { Management } from './read';

/** Windows Server 2016: 10.0.14393 (EC2 user guide, "application-consistent-snapshots-prereqs", as is the agent's version). */
const LEAST_WINDOWS = '10.0.14393';
const LEAST_AGENT = '3.0.502.0';
const OTHERWISE = 'or start again with consistency "crash"';

/** Refuses what VSS can not freeze, as far as it shows from outside: whether AWS's components are there, and what the role may, shows when it is tried. */
export function refuseVss(instance: Instance, { sourceInstanceId, tags }: Request, management: Management, step: Step): void {
  if (!management.online) {
    throw new SourceNotManagedBySsm(`${sourceInstanceId} is not online in Systems Manager, through which VSS is asked for snapshots: give it the agent and the`
      + ` permissions of AmazonSSMManagedInstanceCore, ${OTHERWISE}`);
  }
  const { systemVersion, systemName, agentVersion } = management;
  const bad = untakable({ ...tags, ...mobilityTags(step, sourceInstanceId) });
  const lines: readonly (string | false)[] = [
    systemVersion === null && 'Systems Manager does not say which version of Windows Server it runs (2016 or later is needed)',
    systemVersion !== null && !atLeast(systemVersion, LEAST_WINDOWS) && `it runs ${systemName ?? 'Windows'} (${systemVersion}), and AWS's VSS solution needs Windows Server 2016 or later`,
    !atLeast(agentVersion ?? '0', LEAST_AGENT) && `its SSM agent has version ${agentVersion ?? 'unknown'}, and ${LEAST_AGENT} or later is needed`,
    !instance.IamInstanceProfile && 'it has no instance profile, and takes the snapshots with the rights of its own role: give it one whose role has AWSEC2VssSnapshotPolicy',
    bad.length > 0 && `AWS's document takes only letters, digits and ()./@_+:=- in tags, and no tag of its own: ${bad.join(', ')} must be others (the execution tag holds`
      + ' the execution\'s name)',
  ];
  const problems = lines.filter(line => line !== false);
  if (problems.length > 0) throw new VssNotPossible(`${sourceInstanceId} can not be frozen by VSS: ${problems.join('; ')}. Change that, ${OTHERWISE}`);
}

/** Whether a version is that one or later, number by number. */
function atLeast(version: string, least: string): boolean {
  const [is, wanted] = [version, least].map(each => each.split('.').map(Number));
  for (const [index, number] of (wanted ?? []).entries()) {
    const difference = (is?.[index] ?? 0) - number;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
