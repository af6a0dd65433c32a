import { StopInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { errorMessage, errorName } from '../shared/error-name';
import { NotVerified } from '../shared/errors';
import type { Hosts } from '../shared/hosts';
import { findInstances } from '../shared/instances';
import { type Lease, renewLease } from '../shared/lease';
import type { Step } from '../shared/step';
import type { Phase } from '../shared/sync/marks';
import type { SyncRequest } from '../shared/sync/request';
import { PEER, PHASE, tagMap, VERIFIED } from '../shared/tags';

export interface Input extends Step {
  readonly hosts: Hosts;
  readonly release: SyncRequest['releaseSource'];
  /** ISO 8601: until then clients may have the source's address in their caches; null: none has. */
  readonly cachedUntil: string | null;
  /** Seconds: for longer than that an execution does not wait for caches. */
  readonly longestWait: number;
  readonly leases: readonly Lease[];
}
export interface Output {
  /** Null: not yet. */
  readonly released: Released | null;
  readonly waitSeconds: number;
}
export interface Released {
  readonly how: 'kept' | 'stopped' | 'terminated';
  /** Why it is kept though something else was asked for. */
  readonly why: string | null;
}

/** The lease outlasts the wait by so much. */
const HOUR = 3600;
/** One wait; then the lease is renewed. */
const LONGEST_WAIT = 6 * HOUR;

/** Lets the source go, as the request says, once no client has its address in a cache: somebody else may be given that. */
export async function handler(input: Input): Promise<Output> {
  const { release, cachedUntil, longestWait, leases, execution } = input;
  const left = release === 'keep' || cachedUntil === null ? 0 : Math.ceil((Date.parse(cachedUntil) - Date.now()) / 1000);
  if (left <= 0) return { released: await released(input), waitSeconds: 0 };
  if (left > longestWait) return { released: { how: 'kept', why: `clients may have its address in their caches until ${cachedUntil}` }, waitSeconds: 0 };
  const waitSeconds = Math.min(left, LONGEST_WAIT);
  for (const lease of leases) await renewLease(lease, execution, waitSeconds + HOUR);
  return { released: null, waitSeconds };
}

/** It is the last of its data that stopping erases, so this execution must have verified them. */
async function released({ hosts: { source, target }, release, execution }: Input): Promise<Released> {
  if (release === 'keep') return { how: 'kept', why: null };
  const how = release === 'stop' ? 'stopped' as const : 'terminated' as const;
  const instances = await findInstances([source.instanceId, target.instanceId]);
  const described = instances.find(({ InstanceId }) => InstanceId === source.instanceId);
  const state = described?.State?.Name ?? 'terminated';
  // an earlier call whose answer was lost
  if (state === 'terminated' || state === 'shutting-down' || (release === 'stop' && (state === 'stopped' || state === 'stopping'))) return { how, why: null };

  const { [VERIFIED]: verifiedBy, [PHASE]: phase, [PEER]: peer } = tagMap(described?.Tags);
  const verified: Phase = 'verified';
  if (verifiedBy !== execution || phase !== verified || peer !== target.instanceId) {
    throw new NotVerified(`${source.instanceId} is in phase "${phase ?? 'none'}" with ${peer ?? 'no peer'}, verified by ${verifiedBy ?? 'nobody'},`
      + ` not by ${execution}: it is neither stopped nor terminated`);
  }
  const serving = instances.find(({ InstanceId }) => InstanceId === target.instanceId)?.State?.Name;
  if (serving !== 'running') throw new NotVerified(`${target.instanceId} is ${serving ?? 'gone'}, so the source is the last that has the data: it is neither stopped nor terminated`);
  return letGo(source.instanceId, how);
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
