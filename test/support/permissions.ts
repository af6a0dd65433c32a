import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Usage, type UsageRecord } from '../../rehearsal/iam/usage';
import type { Rehearsal } from '../../rehearsal/rehearsal';

/** Where the test files of one run leave what their rehearsals used of the permissions. */
const FOLDER = resolve(__dirname, '..', '..', '.cache', 'permissions');
let written = 0;

/** Keeps what a rehearsal used, for the count over all of them. */
export function recordUsage(rehearsal: Rehearsal): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `${process.pid}-${written++}.json`), JSON.stringify(rehearsal.usage));
}

export function forgetUsage(): void {
  rmSync(FOLDER, { recursive: true, force: true });
}

/** What all rehearsals of this run used together; undefined if none was recorded. */
export function recordedUsage(): Usage | undefined {
  if (!existsSync(FOLDER)) return undefined;
  return Usage.of(...readdirSync(FOLDER).map(file => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as UsageRecord));
}
