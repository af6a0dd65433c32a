import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Usage, type UsageRecord } from '../../rehearsal/iam/usage';
import type { Rehearsal } from '../../rehearsal/rehearsal';

/** Names the folder in which the test files of one run, each in its own process, leave what their rehearsals used. */
const FOLDER = 'PERMISSION_USAGE';

/** Before all test files: the folder, for the processes that follow. */
export function beginUsage(): void {
  process.env[FOLDER] = mkdtempSync(join(tmpdir(), 'permissions-'));
}

/** Keeps what a rehearsal used, for the count over all of them; of roles whose paths match alone, where others count already as of another app. */
export function recordUsage(rehearsal: Rehearsal, roles = /^/): void {
  const folder = process.env[FOLDER];
  if (folder) writeFileSync(join(folder, `${randomUUID()}.json`), JSON.stringify(rehearsal.usage.toJSON().filter(({ role }) => roles.test(role))));
}

/** After all test files: what all rehearsals of this run used together. */
export function endUsage(): Usage {
  const folder = process.env[FOLDER]!;
  const usage = Usage.of(...readdirSync(folder).map(file => JSON.parse(readFileSync(join(folder, file), 'utf8')) as UsageRecord));
  rmSync(folder, { recursive: true });
  return usage;
}
