import type { Instance } from '@aws-sdk/client-ec2';
import { CloneNotAdmitted } from '../shared/errors';
import { findInstances, whyOver } from '../shared/instances';
import { type Lease, renewLease } from '../shared/lease';
import { groupsOf } from '../shared/plan/admission';
import { type Failure, type Sorted, sortOut } from '../shared/plan/fleet';
import type { Plan } from '../shared/plan/plan';
import { pollDelay } from '../shared/poll';
import { profileAssociations } from '../shared/profile-associations';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly instanceIds: readonly string[];
  /** Of a fleet: what failed so far, and may. Null: none may fail. */
  readonly failures?: readonly Failure[] | null;
  readonly lease: Lease;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}
export interface Output extends Sorted {
  readonly admitted: boolean;
  readonly waitSeconds: number;
}

/** Both take seconds. */
const GIVE_UP_AFTER_MS = 600_000;

/** Looks whether every clone has its real groups and its real profile. */
export async function handler({ plan, instanceIds, failures = null, lease, since, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const [instances, associations] = await Promise.all([findInstances(instanceIds), profileAssociations(instanceIds)]);
  const planned = plan.launch.IamInstanceProfile?.Arn;
  const isOutside = (instance: Instance): boolean => {
    const profiles = associations.filter(({ InstanceId }) => InstanceId === instance.InstanceId).map(({ IamInstanceProfile, State }) => `${State} ${IamInstanceProfile?.Arn}`);
    return profiles.join() !== (planned === undefined ? '' : `associated ${planned}`) || groupsOf(plan, instance).some(({ planned: groups, present }) => groups.join() !== present.join());
  };
  const over = whyOver(instanceIds, instances);
  const outside = instances.filter(instance => !over.has(instance.InstanceId ?? '') && isOutside(instance)).flatMap(({ InstanceId }) => InstanceId ?? []);
  const late = Date.now() - Date.parse(since) > GIVE_UP_AFTER_MS ? outside : [];
  const failed = new Map([...over, ...late.map(id => [id, 'did not get the planned security groups or instance profile within ten minutes'] as const)]);
  const sorted = sortOut(instanceIds, failures, failed, lines => new CloneNotAdmitted(lines.join('; ')));
  return { ...sorted, admitted: outside.every(id => failed.has(id)), waitSeconds: pollDelay(since) };
}
