import type { Account } from '../cloud/account';
import type { RoleRecord } from '../cloud/iam/state';
import type { Principal } from '../cloud/service';

/** The role of an instance's profile. */
export function roleOf({ ec2, iam }: Account, instanceId: string): RoleRecord | undefined {
  const profileArn = ec2.instances.get(instanceId)?.IamInstanceProfile?.Arn;
  return profileArn === undefined ? undefined : [...iam.instanceProfiles.values()].find(({ Arn }) => Arn === profileArn)?.Roles[0];
}

/** Who calls when a program on an instance does so with the credentials of its role. */
export function sessionOf(account: Account, role: RoleRecord, instanceId: string): Principal {
  return {
    roleArn: role.Arn,
    callerArn: `arn:${account.partition}:sts::${account.accountId}:assumed-role/${role.RoleName}/${instanceId}`,
    instanceArn: account.arn('ec2', `instance/${instanceId}`),
  };
}

/** Likewise, of whatever role; a role that came with the account may what is attached to it. */
export function instancePrincipal(account: Account, instanceId: string): Principal {
  const role = roleOf(account, instanceId);
  if (!role) throw new Error('No credentials specified or obtained from persisted/shell defaults.');
  account.gate?.admit?.({ arn: role.Arn, roleId: role.RoleId, policies: account.iam.attachedTo(role.RoleName) });
  return sessionOf(account, role, instanceId);
}
