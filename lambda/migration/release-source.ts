import { TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { errorMessage, errorName } from '../shared/error-name';
import { NotVerified } from '../shared/errors';
import type { Hosts } from '../shared/hosts';
import { findInstances } from '../shared/instances';
import type { Step } from '../shared/step';
import { type Phase, unmark } from '../shared/sync/marks';
import { PEER, PHASE, RATE_LIMIT, SESSION, tagMap, VERIFIED } from '../shared/tags';

export interface Input extends Step {
  readonly hosts: Hosts;
  /** The execution that replicated, compared every block, and took its marks off; null: this one verified the target. */
  readonly replicating?: string | null;
}
export interface Released {
  readonly how: 'kept' | 'terminated';
  /** Why it is kept though it was to be released. */
  readonly why: string | null;
}
export interface Output { readonly released: Released }

/** Terminates the source, if this execution verified the target, and the target still runs. */
export async function handler({ hosts: { source, target }, replicating = null, execution }: Input): Promise<Output> {
  const instances = await findInstances([source.instanceId, target.instanceId]);
  const described = instances.find(({ InstanceId }) => InstanceId === source.instanceId);
  const state = described?.State?.Name ?? 'terminated';
  // an earlier call whose answer was lost
  if (state === 'terminated' || state === 'shutting-down') return { released: { how: 'terminated', why: null } };
  const { [VERIFIED]: verifiedBy, [PHASE]: phase, [PEER]: peer } = tagMap(described?.Tags);
  const verified: Phase = 'verified';
  const isVerified = replicating === null ? verifiedBy === execution && phase === verified && peer === target.instanceId
    : verifiedBy === replicating && phase === undefined;
  if (!isVerified) {
    throw new NotVerified(`${source.instanceId} is in phase "${phase ?? 'none'}" with ${peer ?? 'no peer'}, verified by ${verifiedBy ?? 'nobody'}, not by ${replicating ?? execution}: it is not terminated`);
  }
  const serving = instances.find(({ InstanceId }) => InstanceId === target.instanceId)?.State?.Name;
  if (serving !== 'running') throw new NotVerified(`${target.instanceId} is ${serving ?? 'gone'}, so the source is the last that has the data: it is not terminated`);
  const released = await terminate(source.instanceId);
  if (released.how === 'kept') await unmark([source.instanceId], [PHASE, SESSION, PEER, RATE_LIMIT]);
  return { released };
}

/** A protection stays: whoever set it meant it. */
async function terminate(instanceId: string): Promise<Released> {
  try {
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [instanceId] }));
    return { how: 'terminated', why: null };
  } catch (error) {
    if (errorName(error) !== 'OperationNotPermitted') throw error;
    return { how: 'kept', why: errorMessage(error) };
  }
}
