import type { GetCallerIdentityCommandInput, GetCallerIdentityCommandOutput } from '@aws-sdk/client-sts';
import type { Call, Service } from '../service';

/** STS: who am I. */
export const service: Service = {
  id: 'STS',
  operations: { GetCallerIdentity: getCallerIdentity },
  // "No permissions are required to perform this operation" (STS API reference, GetCallerIdentity)
  needs: { GetCallerIdentity: () => [] },
};

function getCallerIdentity(_: GetCallerIdentityCommandInput, { account, principal }: Call): Omit<GetCallerIdentityCommandOutput, '$metadata'> {
  const role = account.iam.roleOf(principal);
  const session = principal.callerArn.split('/').pop();
  return {
    Account: account.accountId,
    Arn: principal.callerArn,
    // for a role: the role's unique id and the name of the session
    UserId: role ? `${role.RoleId}:${session}` : account.accountId,
  };
}
