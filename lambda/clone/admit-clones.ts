import {
  DisassociateIamInstanceProfileCommand, type IamInstanceProfileAssociation, type Instance, ModifyNetworkInterfaceAttributeCommand,
  ReplaceIamInstanceProfileAssociationCommand,
} from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { findInstances, whyOver } from '../shared/instances';
import { groupsOf } from '../shared/plan/admission';
import type { Plan } from '../shared/plan/plan';
import { profileAssociations } from '../shared/profile-associations';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly instanceIds: readonly string[];
}
export type Output = Record<string, never>;

/** Lets verified clones out of isolation: the real profile first, then the real groups of every interface. */
export async function handler({ plan, instanceIds }: Input): Promise<Output> {
  const [instances, associations] = await Promise.all([findInstances(instanceIds), profileAssociations(instanceIds)]);
  // whoever is gone meanwhile is told by the next step
  const over = whyOver(instanceIds, instances);
  for (const id of instanceIds.filter(one => !over.has(one))) await changeProfile(plan, associations.filter(({ InstanceId }) => InstanceId === id));
  for (const instance of instances.filter(({ InstanceId = '' }) => !over.has(InstanceId))) await changeGroups(plan, instance);
  return {};
}

/** Done already where the profile is the planned one: a repeated call changes nothing. */
async function changeProfile({ launch }: Plan, associations: readonly IamInstanceProfileAssociation[]): Promise<void> {
  const Arn = launch.IamInstanceProfile?.Arn;
  for (const { AssociationId, IamInstanceProfile } of associations) {
    if (IamInstanceProfile?.Arn === Arn) continue;
    if (Arn === undefined) await ec2.send(new DisassociateIamInstanceProfileCommand({ AssociationId }));
    else await ec2.send(new ReplaceIamInstanceProfileAssociationCommand({ AssociationId, IamInstanceProfile: { Arn } }));
  }
}

async function changeGroups(plan: Plan, instance: Instance): Promise<void> {
  for (const { id, planned, present } of groupsOf(plan, instance)) {
    if (planned.join() === present.join()) continue;
    await ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: id, Groups: planned }));
  }
}
