import type {
  AssociateIamInstanceProfileRequest, DescribeIamInstanceProfileAssociationsRequest, DescribeIamInstanceProfileAssociationsResult,
  DisassociateIamInstanceProfileRequest, DisassociateIamInstanceProfileResult, IamInstanceProfileAssociation, ReplaceIamInstanceProfileAssociationRequest,
  ReplaceIamInstanceProfileAssociationResult,
} from '@aws-sdk/client-ec2';
import { paginate } from '../paginate';
import { AwsError, type Call } from '../service';
import { required } from './errors';
import { filtered, plain, type Filters } from './filters';
import { namedProfile } from './launch-checks';
import type { Ec2, InstanceRecord } from './state';

const filters: Filters<IamInstanceProfileAssociation> = { 'instance-id': plain(each => each.InstanceId), 'state': plain(each => each.State) };

/** Instances launched with a profile have an association from the beginning. */
function associations(ec2: Ec2): IamInstanceProfileAssociation[] {
  for (const [id, { InstanceId = '' }] of ec2.profileAssociations) {
    const state = ec2.instances.get(InstanceId)?.State.Name;
    if (state === undefined || state === 'terminated') ec2.profileAssociations.delete(id);
  }
  const known = new Set([...ec2.profileAssociations.values()].filter(each => each.State !== 'disassociating').map(each => each.InstanceId));
  for (const instance of ec2.instances.values()) {
    if (!instance.IamInstanceProfile || known.has(instance.InstanceId) || instance.State.Name === 'terminated') continue;
    associate(ec2, instance, instance.IamInstanceProfile, 'associated');
  }
  return [...ec2.profileAssociations.values()];
}

function associate(ec2: Ec2, { InstanceId }: InstanceRecord, profile: InstanceRecord['IamInstanceProfile'], state: 'associating' | 'associated') {
  const association: IamInstanceProfileAssociation = {
    AssociationId: ec2.id('iip-assoc'), InstanceId, IamInstanceProfile: { ...profile }, State: state, Timestamp: ec2.date(),
  };
  ec2.profileAssociations.set(association.AssociationId!, association);
  return association;
}

/** The instance of an association; undefined where there is no such association. */
export function associatedInstance(ec2: Ec2, id: string | undefined): string | undefined {
  return associations(ec2).find(each => each.AssociationId === id)?.InstanceId;
}

export function describeIamInstanceProfileAssociations(
  input: DescribeIamInstanceProfileAssociationsRequest, { account }: Call,
): DescribeIamInstanceProfileAssociationsResult {
  const found = associations(account.ec2).filter(each => !input.AssociationIds?.length || input.AssociationIds.includes(each.AssociationId!));
  const { page, NextToken } = paginate(filtered(found, input.Filters, filters), each => each.AssociationId!, input);
  return { IamInstanceProfileAssociations: page, NextToken };
}

function current(ec2: Ec2, id: string | undefined): IamInstanceProfileAssociation {
  const found = associations(ec2).find(each => each.AssociationId === required(id, 'AssociationId'));
  // both codes are unverified against AWS
  if (!found) throw new AwsError('InvalidAssociationID.NotFound', `An invalid association-id of '${id}' was given`);
  if (found.State !== 'associated') throw new AwsError('IncorrectState', `The association ${id} is ${found.State}`);
  return found;
}

/** A new association takes the place of the old one, whose instance shows the new profile at once (unverified against AWS). */
export function replaceIamInstanceProfileAssociation(
  input: ReplaceIamInstanceProfileAssociationRequest, { account }: Call,
): ReplaceIamInstanceProfileAssociationResult {
  const { ec2, clock } = account;
  const old = current(ec2, input.AssociationId);
  const profile = namedProfile(ec2, required<AssociateIamInstanceProfileRequest['IamInstanceProfile']>(input.IamInstanceProfile, 'IamInstanceProfile'))!;
  const instance = ec2.get(ec2.instances, old.InstanceId!);
  if (instance.State.Name !== 'running' && instance.State.Name !== 'stopped') {
    throw new AwsError('IncorrectInstanceState', `The instance '${instance.InstanceId}' is not running.`);
  }
  ec2.profileAssociations.delete(old.AssociationId!);
  instance.IamInstanceProfile = { Arn: profile.Arn, Id: profile.InstanceProfileId };
  const association = associate(ec2, instance, instance.IamInstanceProfile, 'associating');
  clock.after(ec2.timing.profileAssociation * 1000, () => { association.State = 'associated'; });
  return { IamInstanceProfileAssociation: association };
}

export function disassociateIamInstanceProfile(input: DisassociateIamInstanceProfileRequest, { account }: Call): DisassociateIamInstanceProfileResult {
  const { ec2, clock } = account;
  const association = current(ec2, input.AssociationId);
  association.State = 'disassociating';
  delete ec2.get(ec2.instances, association.InstanceId!).IamInstanceProfile;
  clock.after(ec2.timing.profileAssociation * 1000, () => ec2.profileAssociations.delete(association.AssociationId!));
  return { IamInstanceProfileAssociation: association };
}
