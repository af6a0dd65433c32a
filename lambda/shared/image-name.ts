import { createHash } from 'node:crypto';

/** The name of an execution's image: the same for every retry, another one for every attempt, for a name is free again only some time after deregistering. */
export function imageName(execution: string, attempt: number): string {
  return `instance-mobility-${createHash('sha256').update(execution).digest('hex').slice(0, 32)}-${attempt}`;
}
