import { StopInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { errorMessage, errorName } from '../shared/error-name';
import { NotVerified } from '../shared/errors';
import type { Hosts } from '../shared/hosts';
import { findInstances } from '../shared/instances';
import type { Step } from '../shared/step';
import type { Phase } from '../shared/sync/marks';
import type { SyncRequest } from '../shared/sync/request';
import { PEER, PHASE, tagMap, VERIFIED } from '../shared/tags';

export interface Input extends Step {
  readonly hosts: Hosts;
  readonly release: SyncRequest['releaseSource'];
}
export interface Output { readonly released: Released }
export interface Released {
  readonly how: 'kept' | 'stopped' | 'terminated';
  /** Why it is kept though something else was asked for. */
  readonly why: string | null;
}

/** Lets the source go, as the request says; it is the last of its data that stopping erases, so this execution must have verified them. */
export async function handler({ hosts: { source, target }, release, execution }: Input): Promise<Output> {
  if (release === 'keep') return { released: { how: 'kept', why: null } };
  const how = release === 'stop' ? 'stopped' as const : 'terminated' as const;
  const instances = await findInstances([source.instanceId, target.instanceId]);
  const described = instances.find(({ InstanceId }) => InstanceId === source.instanceId);
  const state = described?.State?.Name ?? 'terminated';
  // an earlier call whose answer was lost
  if (state === 'terminated' || state === 'shutting-down' || (release === 'stop' && (state === 'stopped' || state === 'stopping'))) return { released: { how, why: null } };

  const { [VERIFIED]: verifiedBy, [PHASE]: phase, [PEER]: peer } = tagMap(described?.Tags);
  const verified: Phase = 'verified';
  if (verifiedBy !== execution || phase !== verified || peer !== target.instanceId) {
    throw new NotVerified(`${source.instanceId} is in phase "${phase ?? 'none'}" with ${peer ?? 'no peer'}, verified by ${verifiedBy ?? 'nobody'},`
      + ` not by ${execution}: it is neither stopped nor terminated`);
  }
  const serving = instances.find(({ InstanceId }) => InstanceId === target.instanceId)?.State?.Name;
  if (serving !== 'running') throw new NotVerified(`${target.instanceId} is ${serving ?? 'gone'}, so the source is the last that has the data: it is neither stopped nor terminated`);
  return { released: await letGo(source.instanceId, how) };
}

/** A protection that was set since stays: the target serves whether the source is kept or not. */
async function letGo(instanceId: string, how: 'stopped' | 'terminated'): Promise<Released> {
  try {
    const call = { InstanceIds: [instanceId] };
    await (how === 'stopped' ? ec2.send(new StopInstancesCommand(call)) : ec2.send(new TerminateInstancesCommand(call)));
    return { how, why: null };
  } catch (error) {
    if (errorName(error) !== 'OperationNotPermitted' && errorName(error) !== 'UnsupportedOperation') throw error;
    return { how: 'kept', why: errorMessage(error) };
  }
}
