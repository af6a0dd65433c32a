import { NotAClone } from '../shared/errors';
import { findInstance } from '../shared/lifetime/clone';
import { type Expiry, putSchedule } from '../shared/lifetime/schedules';
import type { Step } from '../shared/step';
import { CREATED_BY, EXPIRES, OWNER, RESERVED, SOURCE, tagMap } from '../shared/tags';

export interface Input extends Step {
  readonly instanceId: string;
  /** The execution that made the clone, as its schedule says. */
  readonly createdBy: string;
  readonly expiry: Expiry;
}
export interface Output {
  readonly expired: boolean;
  /** ISO 8601; null: never, or nobody knows any more. */
  readonly expiresAt: string | null;
  /** The source, if it has reserved what it shares with the clone. */
  readonly reservedBy: string | null;
}

/** A schedule may be late; it is never early. */
const SLACK_MS = 60_000;

/** Looks whether a clone's time has really come: its tag decides, for its schedule may be older than an extension. */
export async function handler({ instanceId, createdBy, expiry, execution, owner }: Input): Promise<Output> {
  const instance = await findInstance(instanceId);
  // somebody was faster: what is left of it is found by its tags
  if (!instance) return { expired: true, expiresAt: null, reservedBy: null };
  const tags = tagMap(instance.Tags);
  const { [OWNER]: itsOwner, [CREATED_BY]: maker, [EXPIRES]: expiresAt } = tags;
  if (itsOwner !== owner || maker !== createdBy) {
    throw new NotAClone(`${instanceId} does not say that ${createdBy} of this construct made it (its tags ${OWNER} and ${CREATED_BY} say`
      + ` ${itsOwner ?? 'nothing'} and ${maker ?? 'nothing'}): nothing is removed`);
  }
  if (expiresAt === undefined) return { expired: false, expiresAt: null, reservedBy: null };
  const due = Date.parse(expiresAt);
  if (Number.isNaN(due)) throw new NotAClone(`the tag ${EXPIRES} of ${instanceId} is no time, but ${expiresAt}: nothing is removed; extend the clone`);
  if (due <= Date.now() + SLACK_MS) return { expired: true, expiresAt, reservedBy: tags[RESERVED] === undefined ? null : tags[SOURCE] ?? null };
  // the extension came as far as the tag
  await putSchedule(expiry, { instanceId, createdBy }, expiresAt, execution);
  return { expired: false, expiresAt, reservedBy: null };
}
