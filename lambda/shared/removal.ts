import {
  DeleteNetworkInterfaceCommand, DeleteSecurityGroupCommand, DeleteSnapshotCommand, DeleteVolumeCommand, DeregisterImageCommand,
  ModifyInstanceAttributeCommand, TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { ec2 } from './ec2';
import { errorMessage, errorName } from './error-name';
import type { Litter, LitterType } from './litter';

export interface Removed { readonly type: LitterType | 'schedule' | 'alarm' | 'reservation'; readonly id: string }
export interface LeftOver { readonly type: Removed['type'] | 'execution'; readonly id: string; readonly reason: string }

/** What one pass over the litter came to. */
export interface Pass {
  readonly removed: readonly Removed[];
  /** What could not be removed, and what goes only when something else has gone. */
  readonly leftOver: readonly LeftOver[];
  /** Whether another pass may do more. */
  readonly promising: boolean;
}

/** Volumes and interfaces go with their instance, snapshots after their image, groups after the last interface that has them. */
const ORDER: readonly LitterType[] = ['instance', 'image', 'snapshot', 'volume', 'network-interface', 'security-group'];

/** They tell that the work is done already. */
const GONE = /\.(NotFound|Unavailable)$/;
/** They tell that all calls fare badly at this moment: the step is retried as a whole. */
const PASSING = /^(RequestLimitExceeded|Throttling|ThrottlingException|InternalError|InternalFailure|ServiceUnavailable|Unavailable|TimeoutError)$/;

/** Whether a step should be tried again for it, rather than tell of it. */
export const isPassing = (error: unknown): boolean => PASSING.test(errorName(error));

/** It tells that an Outpost does not reach the Region, which may last hours (the code is unverified against AWS): others can be removed meanwhile. */
const AWAY = 'ServiceUnavailable';

/** No further pass changes them. */
const HOPELESS = /^(UnauthorizedOperation|AccessDenied)/;
/** A denial carries thousands of encoded characters, and the cause of a failed execution holds 32,768 in all. */
const LONGEST_REASON = 300;
const SPARED = 'it is the source, which is never removed';

/**
 * Removes what can be removed by now; never a source, whatever tags it carries. Being throttled fails the pass, so that the step is tried
 * again; where `again` says that another pass follows anyhow, only if it came in the way of the very first removal, and not for what is away.
 */
export async function removeLitter(litter: readonly Litter[], sourceInstanceId: string | undefined, { again = false } = {}): Promise<Pass> {
  const spared = [sourceInstanceId, ...litter.map(({ source }) => source)];
  const doomed = litter.filter(({ id }) => !spared.includes(id));
  const instances = doomed.filter(({ type }) => type === 'instance');
  const removed: Removed[] = [];
  const leftOver: LeftOver[] = [];
  const together = await terminateTogether(instances);
  for (const one of [...doomed].sort((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type))) {
    const reason = together.has(one.id) ? undefined : waitsFor(one, instances.length > 0) ?? await remove(one, { again, gotOn: again && removed.length > 0 });
    if (reason === undefined) removed.push({ type: one.type, id: one.id });
    else leftOver.push({ type: one.type, id: one.id, reason });
  }
  return {
    removed,
    leftOver: [...leftOver, ...litter.filter(({ id }) => spared.includes(id)).map(({ type, id }) => ({ type, id, reason: SPARED }))],
    promising: removed.length > 0 || leftOver.some(({ reason }) => !HOPELESS.test(reason)),
  };
}

/** Why it is too early; undefined when it can go now. */
function waitsFor({ type, state }: Litter, instancesRemain: boolean): string | undefined {
  if (type === 'instance') return state === 'shutting-down' ? 'it is shutting down' : undefined;
  return instancesRemain ? 'an instance that may use it is not terminated yet' : undefined;
}

/** Why it could not be removed; undefined when it is gone, or going. */
async function remove({ type, id, state }: Litter, { again, gotOn }: { again: boolean; gotOn: boolean }): Promise<string | undefined> {
  try {
    switch (type) {
      case 'instance': return await terminate(id);
      case 'image': await ec2.send(new DeregisterImageCommand({ ImageId: id })); break;
      case 'snapshot': await ec2.send(new DeleteSnapshotCommand({ SnapshotId: id })); break;
      case 'volume':
        if (state === 'deleting') break;
        await ec2.send(new DeleteVolumeCommand({ VolumeId: id }));
        break;
      case 'network-interface': await ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id })); break;
      case 'security-group': await ec2.send(new DeleteSecurityGroupCommand({ GroupId: id }));
    }
    return undefined;
  } catch (error) {
    if (GONE.test(errorName(error))) return undefined;
    if (PASSING.test(errorName(error)) && !gotOn && !(again && errorName(error) === AWAY)) throw error;
    return reasonOf(error);
  }
}

export function reasonOf(error: unknown): string {
  return `${errorName(error)}: ${errorMessage(error)}`.slice(0, LONGEST_REASON);
}

/** From here on single calls would take EC2's token bucket longer than a step may work. */
const MANY = 20;
/** TerminateInstances takes a thousand. */
const TERMINATED_PER_CALL = 200;

/** A fleet in few calls. What a call refuses, for a protection or a denial, is terminated one by one. */
async function terminateTogether(instances: readonly Litter[]): Promise<Set<string>> {
  const ids = instances.filter(({ state }) => state !== 'shutting-down').map(({ id }) => id);
  const gone = new Set<string>();
  for (let from = 0; ids.length > MANY && from < ids.length; from += TERMINATED_PER_CALL) {
    const InstanceIds = ids.slice(from, from + TERMINATED_PER_CALL);
    try {
      await ec2.send(new TerminateInstancesCommand({ InstanceIds }));
      for (const id of InstanceIds) gone.add(id);
    } catch (error) {
      if (PASSING.test(errorName(error)) && gone.size === 0) throw error;
    }
  }
  return gone;
}

/** Protections that tidy-up has set already must not save a clone that is rolled back. */
async function terminate(InstanceId: string): Promise<undefined> {
  try {
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
  } catch (error) {
    if (errorName(error) !== 'OperationNotPermitted') throw error;
    await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, DisableApiTermination: { Value: false } }));
    await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, DisableApiStop: { Value: false } }));
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
  }
}
