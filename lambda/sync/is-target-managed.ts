import type { Instance } from '@aws-sdk/client-ec2';
import { TargetGone } from '../shared/errors';
import type { Candidates, Host } from '../shared/hosts';
import { describeInstances } from '../shared/instances';
import { type Lease, renewLease } from '../shared/lease';
import { pollDelay } from '../shared/poll';
import type { Step } from '../shared/step';
import { readManagement, refuseUnmanaged } from '../shared/sync/management';
import type { EmptyVolume } from '../shared/sync/plan';

export interface Input extends Step {
  readonly hosts: Candidates;
  /** Without `empty` where the target exists. */
  readonly plan: { readonly empty?: readonly EmptyVolume[] };
  /** The one target: launched a moment ago, or named by the request. */
  readonly instanceIds: readonly string[];
  readonly lease: Lease;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}
export interface Output {
  readonly managed: boolean;
  /** With the target's id and address, as soon as they are known. */
  readonly hosts: Candidates;
  readonly waitSeconds: number;
}

/** Looks whether Systems Manager reaches the target: its agent registers some time after the boot. */
export async function handler({ hosts, plan, instanceIds: [instanceId = ''], lease, since, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const [target] = await describeInstances([instanceId]);
  const state = target?.State?.Name;
  if (!target || state !== 'running') {
    throw new TargetGone(`${instanceId} is ${state ?? 'gone'}${target?.StateReason?.Message ? `: ${target.StateReason.Message}` : ''}. Start again`);
  }
  const management = await readManagement(instanceId);
  if (management.online) refuseUnmanaged(instanceId, management);
  return {
    managed: management.online,
    hosts: { ...hosts, target: { ...hosts.target, instanceId, address: target.PrivateIpAddress ?? null, ...emptyOf(target, plan.empty ?? []) } },
    waitSeconds: pollDelay(since),
  };
}

/** The volumes that were launched empty: nothing but these is replicated to. */
function emptyOf({ BlockDeviceMappings = [] }: Instance, empty: readonly EmptyVolume[]): Pick<Host, 'empty'> {
  const found = empty.flatMap(({ device, volumeId: sourceVolumeId }) =>
    BlockDeviceMappings.filter(({ DeviceName }) => DeviceName === device).map(({ Ebs }) => ({ volumeId: Ebs?.VolumeId ?? '', sourceVolumeId })));
  return empty.length === 0 ? {} : { empty: found };
}
