import { createHash } from 'node:crypto';
import type { Group } from '../migration/gate';
import type { FleetRequest } from './request';
import { type FleetStatus, hasSwitched, type Progress } from './status';

/** With whom a member of a group switches in its next attempt. */
export interface Together {
  /** Counts the attempts of the group: a gate is decided once. */
  readonly number: number;
  /** Those of whom none has switched yet, the instance among them. */
  readonly members: readonly string[];
}

/** Whether a member of a group may start now; `together` is null where there is nobody to wait for. */
export type Turn =
  | { readonly may: 'start'; readonly together: Together | null }
  /** Others of the group are still on their way back from the attempt that was this one's last. */
  | { readonly may: 'wait' }
  | { readonly may: 'never'; readonly because: string };

type Instances = FleetStatus['instances'];

const isLost = (progress: Progress | undefined): boolean => progress === undefined || (progress.state === 'failed' && !hasSwitched(progress)) || progress.state === 'refused';
/** The attempt of its group in which it takes part, or did last; 0: none yet. */
const attemptOf = (progress: Progress | undefined): number => (progress?.state === 'waiting' || progress?.state === 'moving' ? progress.gate ?? 0 : 0);

export const groupOf = ({ groups }: Pick<FleetRequest, 'groups'>, id: string): readonly string[] | undefined => groups.find(group => group.includes(id));

/** Those of whom one was lost before any had switched stay as a whole; once some have switched, the others follow as they can. */
export function turnOf(request: Pick<FleetRequest, 'groups'>, id: string, instances: Instances): Turn {
  const fellows = groupOf(request, id)?.filter(other => other !== id) ?? [];
  const lost = fellows.find(other => isLost(instances[other]));
  if (lost !== undefined && !fellows.some(other => hasSwitched(instances[other]))) return { may: 'never', because: lost };
  const left = fellows.filter(other => !isLost(instances[other]) && !hasSwitched(instances[other]));
  if (left.length === 0) return { may: 'start', together: null };
  const own = attemptOf(instances[id]);
  const underWay = left.filter(other => instances[other]?.state === 'moving').map(other => attemptOf(instances[other]));
  if (underWay.some(attempt => attempt <= own)) return { may: 'wait' };
  const number = underWay[0] ?? 1 + Math.max(own, ...left.map(other => attemptOf(instances[other])));
  return { may: 'start', together: { number, members: [id, ...left].sort() } };
}

/** The gate of an attempt, the same for all of its members. */
export function gateOf(root: string, { number, members }: Together, until: number): Group {
  const id = createHash('sha256').update([root, number, ...members].join('\n')).digest('hex').slice(0, 32);
  return { id, members, until: new Date(until * 1000).toISOString() };
}
