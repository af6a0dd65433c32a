import { copyOnce } from '../shared/copy-snapshots';
import { sourceEc2 } from '../shared/ec2';
import { shareableSet } from '../shared/plan/sharing';
import type { Plan } from '../shared/plan/plan';
import type { Step, VolumeSnapshot } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly attempt: number;
  readonly snapshots: readonly VolumeSnapshot[];
  /** Of the source's account, which admits this one. */
  readonly sharingKey: string;
}
export interface Output {
  /** In the places of those that can not be shared their copies. */
  readonly snapshots: readonly VolumeSnapshot[];
}

/** Copies in the source's own account what can not be shared, under a key that can be. */
export async function handler({ plan, attempt, snapshots, sharingKey, execution, owner }: Input): Promise<Output> {
  const copies = await copyOnce(snapshots.filter(({ device }) => plan.sharing?.reEncrypt.includes(device)), {
    client: sourceEc2, plan, set: shareableSet(attempt), step: { execution, owner }, keyOf: () => sharingKey,
  });
  return { snapshots: snapshots.map(original => copies.find(({ device }) => device === original.device) ?? original) };
}
