import { groupOf, noteOfGroup, refuseMember } from '../shared/auto-scaling';
import type { Candidates, Host } from '../shared/hosts';
import { findInstances } from '../shared/instances';
import { readSource } from '../shared/source/describe';
import { readInstance } from '../shared/source/read';
import { refuseInstance } from '../shared/source/refuse';
import type { Source } from '../shared/source/source';
import { launchRequest } from '../shared/sync/check';
import { readEvents } from '../shared/sync/events';
import { readManagement, refuseUnmanaged } from '../shared/sync/management';
import { refuseBusy, refuseStopped, refuseTarget, refuseTargetMember } from '../shared/sync/refuse';
import type { SyncRequest } from '../shared/sync/request';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly request: SyncRequest;
  readonly passableRoleArns: readonly string[];
}
export interface Output {
  readonly source: Source;
  /** The target's id and address are null until it is launched. */
  readonly hosts: Candidates;
}

/** Reads the instance that serves, and an existing one that shall, and refuses early what can not be moved. */
export async function handler({ request, passableRoleArns }: Input): Promise<Output> {
  const instance = await readInstance(request.sourceInstanceId);
  refuseBusy(instance);
  await refuseMember(instance);
  if (request.target.instanceId === null) refuseInstance(instance);
  const described = await readSource(instance, launchRequest(request), passableRoleArns);
  const { terminationProtection: termination, stopProtection: stop } = described.attributes;
  const group = groupOf(instance);
  refuseStopped(instance, request, { termination, stop });
  refuseUnmanaged(request.sourceInstanceId, await readManagement(request.sourceInstanceId));
  const notes = [...await readEvents(request.sourceInstanceId), ...group === undefined ? [] : [noteOfGroup(instance, group)]];
  return {
    source: { ...described, managedBySsm: true, warnings: [...notes, ...described.warnings] },
    hosts: {
      source: { instanceId: request.sourceInstanceId, address: instance.PrivateIpAddress ?? null, launched: false, protections: null },
      target: request.target.instanceId === null ? { instanceId: null, address: null, launched: true, protections: { termination, stop } }
        : await existingTarget(request.target.instanceId),
    },
  };
}

/** It is as its owner set it up: nothing of it is changed but what replication needs. */
async function existingTarget(instanceId: string): Promise<Host> {
  const target = (await findInstances([instanceId])).at(0);
  refuseTarget(target, instanceId);
  refuseBusy(target);
  await refuseTargetMember(target);
  refuseUnmanaged(instanceId, await readManagement(instanceId));
  return { instanceId, address: target.PrivateIpAddress ?? null, launched: false, protections: null };
}
