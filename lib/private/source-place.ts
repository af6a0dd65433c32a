import { Allow } from './statement';

/** Where the source is, if not where the stack is. */
export interface SourcePlace {
  /** If not the stack's. */
  readonly region?: string;
  /** If not the stack's account. */
  readonly role?: SourceRole;
}

/** A role in the source's account, which says what may be done to the source. */
export interface SourceRole {
  readonly arn: string;
  readonly accountId: string;
  /** Tells one construct from another to the trust policy of the role, so that none is its deputy by mistake. It is derived from names, and no secret. */
  readonly externalId: string;
}

export function isElsewhere({ region, role }: SourcePlace = {}): boolean {
  return region !== undefined || role !== undefined;
}

/** What a step needs to touch the source: the rights themselves or, where it is in another account, to take on the role there that has them. */
export function onSource({ role }: SourcePlace, allow: readonly Allow[]): Allow[] {
  return role === undefined ? [...allow]
    : [{ actions: ['sts:AssumeRole'], on: [role.arn], because: 'the source is in another account: a role there says what may be done to it' }];
}

/** By which handlers know where the source is. */
export function placeVariables({ region, role }: SourcePlace = {}): Record<string, string> | undefined {
  if (region === undefined && role === undefined) return undefined;
  return {
    ...(region !== undefined && { SOURCE_REGION: region }),
    ...(role !== undefined && { SOURCE_ROLE: role.arn, SOURCE_EXTERNAL_ID: role.externalId }),
  };
}

/** The external id of a construct, by its owner tag: STS takes fewer characters than tags do. */
export function externalIdOf(owner: string): string {
  return owner.replace(/[^\w+=,.@:/-]/g, '-');
}
