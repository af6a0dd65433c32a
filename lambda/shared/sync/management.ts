import { DescribeInstanceInformationCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AgentTooOld, InstanceNotManaged } from '../errors';

const ssm = new SSMClient({});

/** Agents before it put parameters into the script's text instead of its environment. */
const OLDEST_AGENT = [3, 3, 2746, 0];

/** What Systems Manager knows of an instance. */
export interface Management {
  readonly online: boolean;
  readonly platform: string | null;
  readonly agentVersion: string | null;
}

export async function readManagement(instanceId: string): Promise<Management> {
  const { InstanceInformationList } = await ssm.send(new DescribeInstanceInformationCommand({ Filters: [{ Key: 'InstanceIds', Values: [instanceId] }] }));
  const information = InstanceInformationList?.find(({ InstanceId }) => InstanceId === instanceId);
  return { online: information?.PingStatus === 'Online', platform: information?.PlatformType ?? null, agentVersion: information?.AgentVersion ?? null };
}

/** Replication is commanded through Systems Manager, in scripts for Linux. */
export function refuseUnmanaged(instanceId: string, { online, platform, agentVersion }: Management): void {
  if (platform !== null && platform !== 'Linux') {
    throw new InstanceNotManaged(`${instanceId} runs ${platform}, but the scripts that replicate are for Linux: no other system can be moved`);
  }
  if (!online) {
    throw new InstanceNotManaged(`${instanceId} is not online in Systems Manager, through which it is commanded: give it the agent, the permissions of`
      + ' AmazonSSMManagedInstanceCore, and a way to the endpoints ssm and ssmmessages');
  }
  if (agentVersion === null || isTooOld(agentVersion)) {
    throw new AgentTooOld(`the SSM agent of ${instanceId} has version ${agentVersion ?? 'unknown'}, but ${OLDEST_AGENT.join('.')} is needed, the first that gives parameters`
      + ' to scripts as environment variables: update it by the document AWS-UpdateSSMAgent');
  }
}

/** Compares part by part: 3.10 is newer than 3.9. */
export function isTooOld(version: string): boolean {
  const parts = version.split('.').map(Number);
  const different = OLDEST_AGENT.findIndex((part, index) => part !== (parts[index] ?? 0));
  // what is no version at all can not be trusted either
  return different >= 0 && !((parts[different] ?? 0) > (OLDEST_AGENT[different] ?? 0));
}
