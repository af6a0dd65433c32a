import type { Need } from '../iam/need';
import type { JsonObject } from '../json';
import { wireOf } from './schemas';
import { AwsError, type Principal } from './service';

/** What the policies say to one need. */
export interface Decision {
  readonly allowed: boolean;
  /** Why not, as AWS words it, from `because` or `with` on; by default that no identity-based policy allows the action. */
  readonly reason?: string;
}

/** Decides by the policies of the caller's role. */
export interface Gate {
  /** Whether the policies of a role are known. */
  knows?(roleArn: string): boolean;
  /** Tells of a role that came with the account; how far its policies are used is nobody's business here. */
  admit?(role: { readonly arn: string; readonly roleId: string; readonly policies: readonly JsonObject[] }): void;
  decide(principal: Principal, need: Need): Decision;
}

/** A denial as AWS words it. */
export function deniedMessage({ callerArn }: Principal, { action, resource }: Need, { reason }: Decision): string {
  const on = resource === '*' ? '' : ` on resource: ${resource}`;
  return `User: ${callerArn} is not authorized to perform: ${action}${on} ${reason ?? `because no identity-based policy allows the ${action} action`}`;
}

/** A denial in the words and under the code of the service that denies. */
export function denied(serviceId: string, principal: Principal, need: Need, decision: Decision): AwsError {
  const text = deniedMessage(principal, need, decision);
  const wire = wireOf(serviceId);
  if (wire.protocol === 'ec2') {
    return new AwsError('UnauthorizedOperation', `You are not authorized to perform this operation. ${text}.`, 403);
  }
  if (serviceId === 'SNS') return new AwsError('AuthorizationError', text, 403);
  // CloudWatch keeps the code of its query days for old clients; that it still does so for this one is unverified against AWS
  if (wire.protocol === 'query' || wire.protocol === 'rest-xml' || wire.queryCompatible) return new AwsError('AccessDenied', text, 403);
  return new AwsError('AccessDeniedException', text);
}
