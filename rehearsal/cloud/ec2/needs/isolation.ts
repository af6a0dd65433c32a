import type {
  CreateSecurityGroupRequest, DisassociateIamInstanceProfileRequest, IamInstanceProfileSpecification, ReplaceIamInstanceProfileAssociationRequest,
} from '@aws-sdk/client-ec2';
import type { Need } from '../../../iam/need';
import type { Account } from '../../account';
import type { Needs } from '../../service';
import { existing } from '../errors';
import { namedProfile } from '../launch-checks';
import { associatedInstance } from '../profile-associations';
import { tagMap } from '../tags';
import { resourceTags } from '../../../iam/need';
import { arnOf, filled, future, instance, need, securityGroup } from './contexts';
import { taggingNeeds, tagsGiven } from './tagging';

/** One decision for the group to be and one for its VPC (Service Authorization Reference, "CreateSecurityGroup"). */
export function createSecurityGroupNeeds(input: CreateSecurityGroupRequest, account: Account): Need[] {
  const vpc = existing(account.ec2.vpcs, 'vpc', input.VpcId);
  return [
    need(account, 'CreateSecurityGroup', future(account, 'security-group', tagsGiven(input.TagSpecifications, 'security-group'))),
    need(account, 'CreateSecurityGroup', {
      kind: 'vpc', arn: arnOf(account, 'vpc', vpc.VpcId!),
      context: { ...filled({ 'ec2:VpcID': vpc.VpcId, 'ec2:Tenancy': vpc.InstanceTenancy }), ...resourceTags(tagMap(vpc.Tags), 'ec2') },
    }),
    ...taggingNeeds(account, 'CreateSecurityGroup', input.TagSpecifications, ['security-group']),
  ];
}

export function onSecurityGroup(action: string): Needs {
  return (input: { GroupId?: string }, account: Account) =>
    [need(account, action, securityGroup(account, existing(account.ec2.securityGroups, 'securityGroup', input.GroupId)))];
}

/** An association that does not exist is for the operation to tell. */
export function replaceProfileNeeds(input: ReplaceIamInstanceProfileAssociationRequest, account: Account): Need[] {
  const id = associatedInstance(account.ec2, input.AssociationId);
  if (id === undefined) return [];
  const profile = namedProfile(account.ec2, input.IamInstanceProfile);
  return [
    need(account, 'ReplaceIamInstanceProfileAssociation', instance(account, id), filled({ 'ec2:NewInstanceProfile': profile?.Arn })),
    ...passRole(account, input.IamInstanceProfile),
  ];
}

export function disassociateProfileNeeds(input: DisassociateIamInstanceProfileRequest, account: Account): Need[] {
  const id = associatedInstance(account.ec2, input.AssociationId);
  return id === undefined ? [] : [need(account, 'DisassociateIamInstanceProfile', instance(account, id))];
}

/** IAM user guide, "Grant a user permissions to pass a role to an AWS service": the role of the profile, and to whom it goes. */
export function passRole(account: Account, profile: IamInstanceProfileSpecification | undefined): Need[] {
  const service = account.partition === 'aws-cn' ? 'ec2.amazonaws.com.cn' : 'ec2.amazonaws.com';
  return (namedProfile(account.ec2, profile)?.Roles ?? []).map(role => ({
    action: 'iam:PassRole', resource: role.Arn!, context: { 'iam:PassedToService': service },
  }));
}
