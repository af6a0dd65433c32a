import { refuseMember } from '../shared/auto-scaling';
import type { Candidates } from '../shared/hosts';
import { launchRequest } from '../shared/migration/launch-request';
import { refuseAtSource, refuseParts } from '../shared/migration/refuse';
import type { MigrationRequest } from '../shared/migration/request';
import { readSource } from '../shared/source/describe';
import { readInstance } from '../shared/source/read';
import { refuseInstance } from '../shared/source/refuse';
import type { Source } from '../shared/source/source';
import type { Step } from '../shared/step';
import { readManagement, refuseUnmanaged } from '../shared/sync/management';
import { refuseBusy } from '../shared/sync/refuse';

export interface Input extends Step {
  readonly request: MigrationRequest;
  readonly passableRoleArns: readonly string[];
}
export interface Output {
  readonly source: Source;
  /** The target's id and address are null until it is launched. */
  readonly hosts: Candidates;
}

/** Reads the instance that serves, and refuses early what can not be moved. */
export async function handler({ request, passableRoleArns }: Input): Promise<Output> {
  const { instanceId } = request;
  const instance = await readInstance(instanceId);
  refuseBusy(instance);
  refuseInstance(instance);
  refuseAtSource(instance, request);
  await refuseMember(instance);
  const management = await readManagement(instanceId);
  if (request.services.length > 0 || request.consistency === 'filesystem') refuseUnmanaged(instanceId, management);
  const source = await readSource(instance, launchRequest(instanceId), passableRoleArns, management.online);
  refuseParts(source, request);
  const { terminationProtection: termination, stopProtection: stop } = source.attributes;
  return {
    source,
    hosts: {
      source: { instanceId, address: instance.PrivateIpAddress ?? null, launched: false, protections: null },
      target: { instanceId: null, address: null, launched: true, protections: { termination, stop } },
    },
  };
}
