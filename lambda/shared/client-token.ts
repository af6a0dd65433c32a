import { createHash } from 'node:crypto';

/** The same token for every retry of a step within one execution: EC2 then does the work once. 64 ASCII characters, EC2's limit. */
export function clientToken(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}
