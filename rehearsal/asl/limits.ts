import type { Json } from '../json';

/** Input and output of a state, one variable, and all variables of one Assign: 256 KiB of UTF-8 (Developer Guide, "Service quotas"). */
export const dataLimit = 262_144;

/** All variables that an execution holds at one time. */
export const variablesLimit = 10 * 1024 * 1024;

/** The 25,000th event is the failure itself. */
export const historyLimit = 25_000;

/** Bytes of a value as UTF-8 JSON text. */
export function size(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value), 'utf8');
}
