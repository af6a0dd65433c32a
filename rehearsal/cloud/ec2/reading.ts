import type { Account } from '../account';
import { allNotFound, invalidCombination, type Kind } from './errors';

interface Selection {
  readonly kind: Kind;
  /** The ids that the caller names; none means all. */
  readonly ids?: readonly string[];
  readonly maxResults?: number;
  /** When a record came to be, for those who do not see it yet. */
  readonly createdAt?: (id: string) => number | undefined;
}

/** The records that a describing call is about, as far as its caller sees them by now; a named one that is not there is an error. */
export function selected<T>(account: Account, records: ReadonlyMap<string, T>, { kind, ids, maxResults, createdAt }: Selection): T[] {
  const visible = (id: string) => account.visible(createdAt?.(id) ?? 0);
  if (!ids || ids.length === 0) return [...records].filter(([id]) => visible(id)).map(([, record]) => record);
  if (maxResults !== undefined) {
    throw invalidCombination(`The parameter ${kind}Ids cannot be used with the parameter maxResults`);
  }
  const missing = ids.filter(id => !records.has(id) || !visible(id));
  if (missing.length > 0) throw allNotFound(kind, missing);
  return [...new Set(ids)].map(id => records.get(id)!);
}
