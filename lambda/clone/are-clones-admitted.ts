import { CloneNotAdmitted } from '../shared/errors';
import { describeInstances } from '../shared/instances';
import { type Lease, renewLease } from '../shared/lease';
import { groupsOf } from '../shared/plan/admission';
import type { Plan } from '../shared/plan/plan';
import { pollDelay } from '../shared/poll';
import { profileAssociations } from '../shared/profile-associations';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly instanceIds: readonly string[];
  readonly lease: Lease;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}
export interface Output {
  readonly admitted: boolean;
  readonly waitSeconds: number;
}

/** Both take seconds. */
const GIVE_UP_AFTER_MS = 600_000;

/** Looks whether every clone has its real groups and its real profile. */
export async function handler({ plan, instanceIds, lease, since, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const [instances, associations] = await Promise.all([describeInstances(instanceIds), profileAssociations(instanceIds)]);
  const planned = plan.launch.IamInstanceProfile?.Arn;
  const outside = instances.filter(instance => {
    const profiles = associations.filter(({ InstanceId }) => InstanceId === instance.InstanceId).map(({ IamInstanceProfile, State }) => `${State} ${IamInstanceProfile?.Arn}`);
    return profiles.join() !== (planned === undefined ? '' : `associated ${planned}`) || groupsOf(plan, instance).some(({ planned: groups, present }) => groups.join() !== present.join());
  });
  const admitted = outside.length === 0 && instances.length === instanceIds.length;
  if (!admitted && Date.now() - Date.parse(since) > GIVE_UP_AFTER_MS) {
    throw new CloneNotAdmitted(`${outside.map(({ InstanceId }) => InstanceId).join(', ')} did not get the planned security groups or instance profile within ten minutes`);
  }
  return { admitted, waitSeconds: pollDelay(since) };
}
