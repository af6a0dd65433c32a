import type { Location } from '../shared/locations';
import { checkMigrationRequest } from '../shared/migration/check';
import type { MigrationRequest } from '../shared/migration/request';
import type { Step } from '../shared/step';
import { sessionOf } from '../shared/sync/check';
import type { Admitted } from '../shared/sync/traffic';
import type { Judges } from '../shared/sync/verify';

export interface Input extends Step, Admitted, Judges {
  /** The execution's input, as somebody typed it, or as a fleet made it. */
  readonly request: unknown;
  readonly locations: readonly Location[];
  /** Seconds. */
  readonly longestHold: number;
}
export interface Output {
  readonly request: MigrationRequest;
  /** Names the move on both instances. */
  readonly session: string;
}

/** Refuses a wrong input before anything happens, all its problems in one message. */
export async function handler({ request, execution, ...circumstances }: Input): Promise<Output> {
  return { request: checkMigrationRequest(request, circumstances), session: sessionOf(execution) };
}
