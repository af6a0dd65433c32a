import type { GetInstanceProfileCommandInput, GetRoleCommandInput, Role } from '@aws-sdk/client-iam';
import { resourceTags, type Need } from '../../iam/need';
import type { Account } from '../account';
import type { Call, Service } from '../service';
import type { RoleRecord } from './state';

/** IAM, as far as it is read. */
export const service: Service = {
  id: 'IAM',
  operations: { GetRole: getRole, GetInstanceProfile: getInstanceProfile },
  // Service Authorization Reference, "Actions, resources, and condition keys for AWS Identity and Access Management"
  needs: {
    GetRole: ({ RoleName = '' }: GetRoleCommandInput, { iam }: Account): Need[] => {
      const role = iam.roles.get(RoleName);
      const tags = Object.fromEntries((role?.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
      const boundary = role?.PermissionsBoundary?.PermissionsBoundaryArn;
      return [{
        action: 'iam:GetRole',
        resource: role?.Arn ?? iam.arn(`role/${RoleName}`),
        context: { ...resourceTags(tags, 'iam'), ...(boundary && { 'iam:PermissionsBoundary': boundary }) },
      }];
    },
    GetInstanceProfile: ({ InstanceProfileName = '' }: GetInstanceProfileCommandInput, { iam }: Account): Need[] => [{
      action: 'iam:GetInstanceProfile',
      resource: iam.instanceProfiles.get(InstanceProfileName)?.Arn ?? iam.arn(`instance-profile/${InstanceProfileName}`),
    }],
  },
};

function getRole({ RoleName = '' }: GetRoleCommandInput, { account }: Call): object {
  return { Role: asAnswered(account.iam.role(RoleName)) };
}

function getInstanceProfile({ InstanceProfileName = '' }: GetInstanceProfileCommandInput, { account }: Call): object {
  const profile = account.iam.instanceProfile(InstanceProfileName);
  return {
    InstanceProfile: {
      ...profile,
      // the roles of a profile come without tags and boundary
      Roles: profile.Roles.map(role => asAnswered({ ...role, Tags: undefined, PermissionsBoundary: undefined, MaxSessionDuration: undefined })),
    },
  };
}

/** IAM answers policies URL encoded ("compliant with RFC 3986", API reference of GetRole). */
function asAnswered(role: RoleRecord): Role {
  return { ...role, AssumeRolePolicyDocument: encodeURIComponent(role.AssumeRolePolicyDocument ?? '') };
}
