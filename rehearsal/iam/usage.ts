/** One thing that a policy grants: an action, as the policy spells it, on one of the statement's resources. */
export interface Granted {
  /** Whose: the role's construct path without its stack, so that the same construct counts as one in every app. */
  readonly role: string;
  /** The statement as its template spells it, or its Sid. */
  readonly statement: string;
  readonly action: string;
  readonly resource: string;
}

/** What `Usage.toJSON` writes: each grant with the number of decisions that it allowed. */
export type UsageRecord = readonly (Granted & { readonly used: number })[];

/**
 * Counts which permissions were ever needed. Rehearsals run in many processes: each writes its count as JSON, and the
 * counts are merged before anyone asks what was never used.
 */
export class Usage {
  private readonly counts = new Map<string, Granted & { used: number }>();

  static of(...records: readonly UsageRecord[]): Usage {
    const usage = new Usage();
    for (const record of records) usage.merge(record);
    return usage;
  }

  /** Notes that something is granted. */
  grant(granted: Granted): void {
    this.add(granted, 0);
  }

  /** Notes that a grant allowed a request. */
  use(granted: Granted): void {
    this.add(granted, 1);
  }

  merge(record: UsageRecord): void {
    for (const { used, ...granted } of record) this.add(granted, used);
  }

  toJSON(): UsageRecord {
    return [...this.counts.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }

  /** The actions of statements that were never needed, on any of the statement's resources. */
  unused(): { readonly role: string; readonly statement: string; readonly action: string }[] {
    const used = new Set(this.toJSON().filter(one => one.used > 0).map(actionKey));
    const unused = new Map(this.toJSON().filter(one => !used.has(actionKey(one))).map(one => [actionKey(one), one]));
    return [...unused.values()].map(({ role, statement, action }) => ({ role, statement, action }));
  }

  /** The resources of statements that no action was ever needed on. */
  unusedResources(): { readonly role: string; readonly statement: string; readonly resource: string }[] {
    const used = new Set(this.toJSON().filter(one => one.used > 0).map(resourceKey));
    const unused = new Map(this.toJSON().filter(one => !used.has(resourceKey(one))).map(one => [resourceKey(one), one]));
    return [...unused.values()].map(({ role, statement, resource }) => ({ role, statement, resource }));
  }

  private add({ role, statement, action, resource }: Granted, used: number): void {
    const granted = { role, statement, action, resource };
    const known = this.counts.get(keyOf(granted));
    if (known) known.used += used;
    else this.counts.set(keyOf(granted), { ...granted, used });
  }
}

function keyOf({ role, statement, action, resource }: Granted): string {
  return JSON.stringify([role, statement, action, resource]);
}

function actionKey({ role, statement, action }: Granted): string {
  return JSON.stringify([role, statement, action]);
}

function resourceKey({ role, statement, resource }: Granted): string {
  return JSON.stringify([role, statement, resource]);
}
