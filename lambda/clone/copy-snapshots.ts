import { copyOnce } from '../shared/copy-snapshots';
import { ec2 } from '../shared/ec2';
import type { Plan } from '../shared/plan/plan';
import type { Step, VolumeSnapshot } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly attempt: number;
  /** Where the source is. */
  readonly snapshots: readonly VolumeSnapshot[];
}
export interface Output {
  /** Their copies in this Region. */
  readonly snapshots: readonly VolumeSnapshot[];
}

/** Copies the snapshots into this account and Region. */
export async function handler({ plan, attempt, snapshots, execution, owner }: Input): Promise<Output> {
  return {
    snapshots: await copyOnce(snapshots, {
      client: ec2, plan, set: `${attempt}`, step: { execution, owner },
      // without a key an encrypted snapshot's copy gets this Region's default one
      keyOf: device => plan.volumes.find(volume => volume.device === device)?.kmsKeyId ?? null,
    }),
  };
}
