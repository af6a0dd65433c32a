import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Usage, type UsageRecord } from '../../rehearsal/iam/usage';
import type { Rehearsal } from '../../rehearsal/rehearsal';
import { permissionUsage } from './run-folder';

/** Keeps what a rehearsal used, for the count over all of them; of roles whose paths match alone, where others count already as of another app. */
export function recordUsage(rehearsal: Rehearsal, roles = /^/): void {
  const { path } = permissionUsage;
  if (path) writeFileSync(join(path, `${randomUUID()}.json`), JSON.stringify(rehearsal.usage.toJSON().filter(({ role }) => roles.test(role))));
}

/** What all rehearsals of this run used together. */
export function usageOfRun(): Usage {
  const path = permissionUsage.path!;
  return Usage.of(...readdirSync(path).map(file => JSON.parse(readFileSync(join(path, file), 'utf8')) as UsageRecord));
}
