import type { AttributeBooleanValue, AttributeValue, InstanceCreditSpecification } from '@aws-sdk/client-ec2';

/** One answer of the AWS CLI (`aws ec2 describe-…`), as the JSON that it prints; time stamps are text there. */
export interface Answer {
  readonly Reservations?: readonly object[];
  readonly Volumes?: readonly object[];
  readonly Snapshots?: readonly object[];
  readonly Images?: readonly object[];
  readonly NetworkInterfaces?: readonly object[];
  readonly Subnets?: readonly object[];
  readonly Vpcs?: readonly object[];
  readonly SecurityGroups?: readonly object[];
  readonly KeyPairs?: readonly object[];
  readonly PlacementGroups?: readonly object[];
  readonly Addresses?: readonly object[];
  readonly InstanceTypes?: readonly object[];
  readonly InstanceCreditSpecifications?: readonly InstanceCreditSpecification[];
  /** Of describe-instance-attribute. */
  readonly InstanceId?: string;
  readonly UserData?: AttributeValue;
  readonly UefiData?: string;
  readonly DisableApiTermination?: AttributeBooleanValue;
  readonly DisableApiStop?: AttributeBooleanValue;
  readonly InstanceInitiatedShutdownBehavior?: AttributeValue;
}

/** Answers in any order, or by any names, such as those of their files. */
export type Answers = readonly Answer[] | Readonly<Record<string, Answer>>;

const times = new Set(['LaunchTime', 'AttachTime', 'CreateTime', 'StartTime', 'CompletionTime', 'UsageOperationUpdateTime', 'RestoreExpiryTime']);

/** A copy whose time stamps are dates, as the SDK has them. Images keep theirs as text, as the SDK does. */
export function dated(value: unknown, member = ''): unknown {
  if (Array.isArray(value)) return value.map(each => dated(each));
  if (value === null) return undefined;
  if (typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, dated(each, key)]));
  return typeof value === 'string' && times.has(member) && !Number.isNaN(Date.parse(value)) ? new Date(value) : value;
}

export function arrays(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value as Record<string, unknown>[] : [];
}
