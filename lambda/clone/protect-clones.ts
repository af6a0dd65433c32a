import { ModifyInstanceAttributeCommand } from '@aws-sdk/client-ec2';
import { patientEc2 } from '../shared/ec2';
import type { Plan } from '../shared/plan/plan';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly clones: readonly { readonly instanceId: string }[];
}
export type Output = Record<string, never>;

/** Protects a batch of clones as the source is: one call each, which Tidy up could not make for a thousand. */
export async function handler({ plan: { protections }, clones }: Input): Promise<Output> {
  for (const { instanceId: InstanceId } of clones) {
    if (protections.termination) await patientEc2.send(new ModifyInstanceAttributeCommand({ InstanceId, DisableApiTermination: { Value: true } }));
    if (protections.stop) await patientEc2.send(new ModifyInstanceAttributeCommand({ InstanceId, DisableApiStop: { Value: true } }));
  }
  return {};
}
