import type {
  AssumeRoleCommandInput, AssumeRoleCommandOutput, GetCallerIdentityCommandInput, GetCallerIdentityCommandOutput,
} from '@aws-sdk/client-sts';
import type { Need } from '../../iam/need';
import { readPolicy } from '../../iam/policy';
import { roleMay } from '../../iam/resource-policy';
import type { Account } from '../account';
import { denied } from '../gate';
import type { Call, Service } from '../service';

/** STS: who am I, and who else may I be. */
export const service: Service = {
  id: 'STS',
  operations: { AssumeRole: assumeRole, GetCallerIdentity: getCallerIdentity },
  needs: {
    AssumeRole: (input: AssumeRoleCommandInput): Need[] => [need(input)],
    // "No permissions are required to perform this operation" (STS API reference, GetCallerIdentity)
    GetCallerIdentity: () => [],
  },
};

/** Service Authorization Reference, "AWS Security Token Service". */
function need({ RoleArn = '', RoleSessionName = '', ExternalId }: AssumeRoleCommandInput): Need {
  return {
    action: 'sts:AssumeRole', resource: RoleArn,
    context: { 'sts:RoleSessionName': RoleSessionName, ...ExternalId !== undefined && { 'sts:ExternalId': ExternalId } },
  };
}

/** Lets a role take on another, where the trust policy of that one admits it: in the same words whether it does not, or there is no such role. */
function assumeRole(input: AssumeRoleCommandInput, { account, principal }: Call): Omit<AssumeRoleCommandOutput, '$metadata'> {
  const { RoleArn = '', RoleSessionName = '', DurationSeconds = 3600 } = input;
  const there = roleOf(account, RoleArn);
  const trust = there && readPolicy(`trust policy of ${RoleArn}`, JSON.parse(there.role.AssumeRolePolicyDocument ?? '{}'), 'resource');
  // the resource of a trust policy is the role itself and is not written
  const trusted = trust && (principal.roleArn === undefined || roleMay(trust, principal.roleArn, { ...need(input), resource: '*' }));
  if (!there || !trusted) throw denied('STS', principal, need(input), { allowed: false, reason: '' });
  const { role } = there;
  const Expiration = new Date(account.clock.now() + DurationSeconds * 1000);
  const AccessKeyId = `ASIA${account.random.hex(16).toUpperCase()}`;
  const callerArn = `arn:${account.partition}:sts::${there.account.accountId}:assumed-role/${role.RoleName}/${RoleSessionName}`;
  account.sessions.set(AccessKeyId, { principal: { roleArn: role.Arn, callerArn }, by: principal.callerArn, expires: Expiration.getTime() });
  return {
    Credentials: { AccessKeyId, SecretAccessKey: 'rehearsal', SessionToken: 'rehearsal', Expiration },
    AssumedRoleUser: { Arn: callerArn, AssumedRoleId: `${role.RoleId}:${RoleSessionName}` },
  };
}

function roleOf(account: Account, arn: string) {
  const there = account.all.find(({ accountId }) => accountId === arn.split(':')[4]);
  const role = there && [...there.iam.roles.values()].find(({ Arn }) => Arn === arn);
  return role && { account: there, role };
}

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
