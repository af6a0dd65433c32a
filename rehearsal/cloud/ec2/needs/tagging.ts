import type { CreateTagsRequest, DeleteTagsRequest, ResourceType, TagSpecification } from '@aws-sdk/client-ec2';
import { type ConditionContext, type Need, requestTags, resourceTags } from '../../../iam/need';
import type { Account } from '../../account';
import { specifiedTags, taggedResources, tagMap } from '../tags';
import { arnOf, future, need, type ResourceKind } from './contexts';

type Specifications = readonly TagSpecification[] | undefined;

/** The tags that a creating call gives to one of its kinds, as condition keys of that kind. */
export function tagsGiven(specifications: Specifications, kind: ResourceKind): ConditionContext {
  return requestTags(tagMap(specifiedTags(specifications, kind as ResourceType)));
}

/**
 * Tags in a creating call are one more decision per kind of resource: ec2:CreateTags with ec2:CreateAction (EC2 user guide,
 * "Grant permission to tag Amazon EC2 resources during creation"). Without tags there is none.
 */
export function taggingNeeds(account: Account, createAction: string, specifications: Specifications, kinds: readonly ResourceKind[]): Need[] {
  return kinds.filter(kind => Object.keys(tagsGiven(specifications, kind)).length > 0)
    .map(kind => need(account, 'CreateTags', future(account, kind), { ...tagsGiven(specifications, kind), 'ec2:CreateAction': createAction }));
}

export function createTagsNeeds(input: CreateTagsRequest, account: Account): Need[] {
  return onResources(account, 'CreateTags', input.Resources, requestTags(tagMap(input.Tags)));
}

/** Tags to delete that are given with a value are request tags; those without are keys only. */
export function deleteTagsNeeds(input: DeleteTagsRequest, account: Account): Need[] {
  const tags = input.Tags ?? [];
  return onResources(account, 'DeleteTags', input.Resources, {
    ...requestTags(tagMap(tags.filter(tag => tag.Value !== undefined))),
    ...tags.length > 0 && { 'aws:TagKeys': tags.map(tag => tag.Key ?? '') },
  });
}

function onResources(account: Account, action: string, ids: readonly string[] | undefined, context: ConditionContext): Need[] {
  return taggedResources(account.ec2, ids).map(({ id, type, tags }) => ({
    action: `ec2:${action}`, resource: arnOf(account, type as ResourceKind, id),
    context: { 'ec2:Region': account.region, ...resourceTags(tagMap(tags), 'ec2'), ...context },
  }));
}
