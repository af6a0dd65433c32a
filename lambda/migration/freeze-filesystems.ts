import { freezeOwner } from '../shared/command';
import { volumeList } from '../shared/freeze';
import type { MigrationPlan } from '../shared/migration/plan';
import { sendStep, type SentCommand } from '../shared/replication/command';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: MigrationPlan;
  readonly documentName: string;
  readonly round: number;
  /** After so long the instance thaws itself (10 to 300). */
  readonly seconds: number;
}
export type Output = SentCommand;

/** Tells the source to freeze the filesystems on its volumes; the document never freezes the root. */
export async function handler({ plan, documentName, round, seconds, execution }: Input): Promise<Output> {
  return sendStep(plan.sourceInstanceId, documentName, {
    Owner: freezeOwner(execution, round), Volumes: volumeList(plan.volumes), Seconds: `${seconds}`,
  });
}
