import { madeBy, onlyTags } from './ownership';
import { Allow } from './statement';

/** The instances that may be moved. */
export interface MovedHosts {
  readonly arns: string[];
  readonly where: NonNullable<Allow['where']>;
}

/** The right to tell by these tags, on instances that may be moved, how far a move is. */
export function markHosts({ arns, where }: MovedHosts, ...keys: string[]): Allow {
  return { actions: ['ec2:CreateTags'], on: arns, where: onlyTags(where, ...keys), because: 'what a move has come to is told on the instances, so that nothing destroys what serves' };
}

/** The right to take these tags from instances that may be moved. */
export function unmarkHosts({ arns, where }: MovedHosts, ...keys: string[]): Allow {
  return { actions: ['ec2:DeleteTags'], on: arns, where: onlyTags(where, ...keys), because: 'takes back what was told before' };
}

/** The right to tell the same on what was made for the move. */
export function markMade(owner: string, on: string[], ...keys: string[]): Allow {
  return { actions: ['ec2:CreateTags'], on, where: onlyTags(madeBy(owner), ...keys), because: 'and on what was made for it' };
}

/** The right to take these tags from what was made for a move. */
export function unmarkMade(owner: string, on: string[], ...keys: string[]): Allow {
  return { actions: ['ec2:DeleteTags'], on, where: onlyTags(madeBy(owner), ...keys), because: 'and from what was made for it' };
}
