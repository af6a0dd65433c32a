import { createHash } from 'crypto';
import { Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { Allow } from './statement';

/** Carried by all that a construct's executions make; IAM conditions rest on it. */
export const OWNER_TAG = 'instance-mobility:owner';

/** Carried until it is finished by all that an execution makes. */
export const EXECUTION_TAG = 'instance-mobility:execution';

/** Carried by what is finished. */
export const CREATED_BY_TAG = 'instance-mobility:created-by';

/** How far a move is, on both instances; absent before the switch and after the end. Nothing that carries it is removed. */
export const PHASE_TAG = 'instance-mobility:phase';

/** On both instances, from the switch on: the replication between them. */
export const SESSION_TAG = 'instance-mobility:session';

/** On both instances, from the switch on: the id of the other one. */
export const PEER_TAG = 'instance-mobility:peer';

/** On the source, from the switch on: the engine that replicates. */
export const ENGINE_TAG = 'instance-mobility:engine';

/** How fast blocks may go, in MiB/s: changed while they do. */
export const RATE_LIMIT_TAG = 'instance-mobility:rate-limit';

/** What the instances of a replication carry from the switch to the end. */
export const SWITCH_TAGS = [PHASE_TAG, SESSION_TAG, PEER_TAG, ENGINE_TAG, RATE_LIMIT_TAG];

/** On the source: the execution that compared every block of its data with the target's. Nothing stops or terminates it before. */
export const VERIFIED_TAG = 'instance-mobility:verified';

/** When a clone is to be removed. */
export const EXPIRES_TAG = 'instance-mobility:expires';

/** The clone that a volume or interface goes with. */
export const CLONE_TAG = 'instance-mobility:clone';

/** Carried by snapshots and images alone; a backup service copies the other tags from a clone's volumes to its own snapshots. */
const SET_TAG = 'instance-mobility:set';

/** On a snapshot: the device name of its volume. */
export const DEVICE_TAG = 'instance-mobility:device';

/** The longest value that EC2 takes for a tag. */
const LONGEST_TAG_VALUE = 256;

/** The value of the owner tag: the stack and the path of the construct, the same in every deployment. */
export function ownerOf(construct: Construct): string {
  let stack = Stack.of(construct);
  // only CloudFormation knows the name of a nested stack; the path tells which one it is
  while (stack.nestedStackParent) stack = stack.nestedStackParent;
  const path = construct.node.path;
  const owner = `${stack.stackName}:${path}`.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, '-');
  if (owner.length <= LONGEST_TAG_VALUE) return owner;
  const digest = createHash('sha256').update(owner).digest('hex').slice(0, 16);
  return `${owner.slice(0, LONGEST_TAG_VALUE - digest.length - 1)}-${digest}`;
}

/** The condition that a resource was made by this construct's executions. */
export function madeBy(owner: string): Allow['where'] {
  return { StringEquals: { [`aws:ResourceTag/${OWNER_TAG}`]: owner } };
}

/** The condition that a resource was made by this construct's executions, and is finished; it may have to carry further tags, whatever their values. */
export function finishedBy(owner: string, ...tags: string[]): Allow['where'] {
  return { ...madeBy(owner), Null: Object.fromEntries([CREATED_BY_TAG, ...tags].map(tag => [`aws:ResourceTag/${tag}`, 'false'])) };
}

/** The condition that a snapshot or image was taken by this construct's executions, and is not somebody's backup of a clone. */
export function takenBy(owner: string): Allow['where'] {
  return { ...madeBy(owner), Null: { [`aws:ResourceTag/${SET_TAG}`]: 'false' } };
}

/** The same of what is neither finished nor serves: created-by tells the one, its phase the other. */
export function unfinished(where: Allow['where']): Allow['where'] {
  return { ...where, Null: { ...where?.Null, [`aws:ResourceTag/${CREATED_BY_TAG}`]: 'true', [`aws:ResourceTag/${PHASE_TAG}`]: 'true' } };
}

/** The condition that a call tags what it makes as this construct's. */
export function taggedFor(owner: string): Allow['where'] {
  return { StringEquals: { [`aws:RequestTag/${OWNER_TAG}`]: owner } };
}

/** The condition that a call gives, or takes, these tags and no others. */
export function onlyTags(where: Allow['where'], ...keys: string[]): Allow['where'] {
  return { ...where, 'ForAllValues:StringEquals': { 'aws:TagKeys': keys } };
}

/** The right to give tags in the call that creates a resource, and at no other time. */
export function tagOnCreate(owner: string, on: string[], ...createActions: string[]): Allow {
  return {
    actions: ['ec2:CreateTags'],
    on,
    where: { StringEquals: { 'ec2:CreateAction': createActions, [`aws:RequestTag/${OWNER_TAG}`]: owner } },
    because: `tags are given in the creating call (${createActions.join(', ')}) itself, so that nothing is ever without its owner`,
  };
}
