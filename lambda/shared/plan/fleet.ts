/** Clones of one RunInstances call, one batch execution: AWS advises to break up large requests (doc comment of RunInstances, client-ec2). */
export const CLONES_PER_BATCH = 20;

export interface Batch { readonly batch: number; readonly count: number }

/** A clone in batches, of which some may fail. */
export interface Fleet {
  /** Fewer undo all. */
  readonly minCount: number;
  readonly batches: readonly Batch[];
}

/** Null where one launch makes all clones or none. */
export function fleetOf(count: number, minCount: number): Fleet | null {
  if (count <= CLONES_PER_BATCH && minCount === count) return null;
  const batches = Math.ceil(count / CLONES_PER_BATCH);
  return {
    minCount,
    batches: Array.from({ length: batches }, (_, batch) => ({ batch, count: Math.min(CLONES_PER_BATCH, count - batch * CLONES_PER_BATCH) })),
  };
}

/** Clones of a fleet that did not come to be, for one reason. */
export interface Failure {
  readonly clones: number;
  /** Those that were launched. */
  readonly instanceIds: readonly string[];
  readonly reason: string;
}

export interface Sorted {
  /** Those that go on. */
  readonly instanceIds: readonly string[];
  readonly failures: readonly Failure[] | null;
}

/** Takes clones that failed out of those that go on. Where none may fail (`failures` is null) all fail, with what `refuse` makes of the reasons. */
export function sortOut(
  instanceIds: readonly string[], failures: readonly Failure[] | null, failed: ReadonlyMap<string, string>, refuse: (lines: readonly string[]) => Error,
): Sorted {
  if (failed.size === 0) return { instanceIds, failures };
  if (failures === null) throw refuse([...failed].map(([id, reason]) => `${id} ${reason}`));
  return {
    instanceIds: instanceIds.filter(id => !failed.has(id)),
    failures: grouped([...failures, ...[...failed].map(([id, reason]) => ({ clones: 1, instanceIds: [id], reason }))]),
  };
}

/** A thousand clones may fail for a thousand reasons, and a state's data holds 256 KiB. */
const LONGEST_REASON = 100;

/** Failures with the same reason, as one. */
export function grouped(failures: readonly Failure[]): Failure[] {
  const byReason = new Map<string, Failure>();
  for (const { clones, instanceIds, reason } of failures) {
    const short = reason.slice(0, LONGEST_REASON);
    const known = byReason.get(short) ?? { clones: 0, instanceIds: [], reason: short };
    byReason.set(short, { clones: known.clones + clones, instanceIds: [...known.instanceIds, ...instanceIds], reason: short });
  }
  return [...byReason.values()];
}
