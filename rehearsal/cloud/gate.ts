import type { Need } from '../iam/need';
import { AwsError, type Principal } from './service';

/** What the policies say to one need. */
export interface Decision {
  readonly allowed: boolean;
  /** Why not, as AWS words it; by default that no identity-based policy allows the action. */
  readonly reason?: string;
}

/** Decides by the policies of the caller's role. */
export interface Gate {
  decide(principal: Principal, need: Need): Decision;
}
