import * as ec2 from '@aws-sdk/client-ec2';
import { GetInstanceProfileResponse$, ListInstanceProfilesResponse$ } from '@aws-sdk/client-iam';
import { DescribeInstanceInformationResult$ } from '@aws-sdk/client-ssm';
import type { Json, JsonObject } from '../json';
import { memberNames, type SchemaRef, typed } from './typed';

/** The answers that an inventory is made of, by the command that prints each. */
export const answers = {
  'ec2 describe-instances': { has: 'Reservations', schema: ec2.DescribeInstancesResult$ },
  'ec2 describe-volumes': { has: 'Volumes', schema: ec2.DescribeVolumesResult$ },
  'ec2 describe-images': { has: 'Images', schema: ec2.DescribeImagesResult$ },
  'ec2 describe-snapshots': { has: 'Snapshots', schema: ec2.DescribeSnapshotsResult$ },
  'ec2 describe-subnets': { has: 'Subnets', schema: ec2.DescribeSubnetsResult$ },
  'ec2 describe-vpcs': { has: 'Vpcs', schema: ec2.DescribeVpcsResult$ },
  'ec2 describe-security-groups': { has: 'SecurityGroups', schema: ec2.DescribeSecurityGroupsResult$ },
  'ec2 describe-network-interfaces': { has: 'NetworkInterfaces', schema: ec2.DescribeNetworkInterfacesResult$ },
  'ec2 describe-addresses': { has: 'Addresses', schema: ec2.DescribeAddressesResult$ },
  'ec2 describe-key-pairs': { has: 'KeyPairs', schema: ec2.DescribeKeyPairsResult$ },
  'ec2 describe-instance-types': { has: 'InstanceTypes', schema: ec2.DescribeInstanceTypesResult$ },
  'ec2 describe-instance-credit-specifications': {
    has: 'InstanceCreditSpecifications', schema: ec2.DescribeInstanceCreditSpecificationsResult$,
  },
  'ec2 describe-placement-groups': { has: 'PlacementGroups', schema: ec2.DescribePlacementGroupsResult$ },
  'iam get-instance-profile': { has: 'InstanceProfile', schema: GetInstanceProfileResponse$ },
  'iam list-instance-profiles': { has: 'InstanceProfiles', schema: ListInstanceProfilesResponse$ },
  'ssm describe-instance-information': { has: 'InstanceInformationList', schema: DescribeInstanceInformationResult$ },
  // its only sure member is the id, which other answers have too: all of its members must be attributes
  'ec2 describe-instance-attribute': { has: 'InstanceId', only: true, schema: ec2.InstanceAttribute$ },
} satisfies Record<string, { has: string; only?: boolean; schema: SchemaRef }>;

export type Command = keyof typeof answers;

export interface Recognised {
  readonly command: Command;
  readonly answer: object;
  /** Fields that the SDK of this rehearsal does not know; they are left out. */
  readonly unknownFields: readonly string[];
  /** The answer is one page only, and more follow. */
  readonly incomplete: boolean;
}

/** Why a document is no part of an inventory. */
export class NotRecognised extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NotRecognised';
  }
}

/** Tells by its content which command printed a document; throws `NotRecognised` with what it is instead. */
export function recognise(document: Json): Recognised {
  const printed = unwrapped(document);
  const command = (Object.keys(answers) as Command[]).find(each => isAnswerOf(answers[each], printed));
  if (!command) throw new NotRecognised(`has ${Object.keys(printed).slice(0, 4).join(', ') || 'nothing'}: no answer that a rehearsal needs`);
  const unknown = new Set<string>();
  const { ResponseMetadata, ...answer } = printed;
  void ResponseMetadata;
  try {
    return {
      command, answer: typed<object>(answers[command].schema, answer, unknown), unknownFields: [...unknown], incomplete: Boolean(answer.NextToken),
    };
  } catch (error) {
    if (error instanceof TypeError) throw new NotRecognised(`looks like \`aws ${command}\`, but ${error.message}`);
    throw error;
  }
}

function isAnswerOf({ has, only = false, schema }: { has: string; only?: boolean; schema: SchemaRef }, printed: JsonObject): boolean {
  if (!(has in printed)) return false;
  return !only || Object.keys(printed).every(member => memberNames(schema).includes(member) || member === 'ResponseMetadata');
}

/** Takes the body out of a recording `{ status, data }`, and refuses what is no answer at all. */
function unwrapped(document: Json): JsonObject {
  if (document === null || typeof document !== 'object' || Array.isArray(document)) {
    throw new NotRecognised('is no object; print whole answers, without --query');
  }
  const { status, data } = document as { status?: Json; data?: Json };
  if (typeof status === 'number' && data !== undefined) return unwrapped(data);
  const error = document.Error as JsonObject | undefined;
  if (error && typeof error === 'object' && 'Code' in error) throw new NotRecognised(`is an error answer (${String(error.Code)})`);
  return document;
}
