import type {
  CreateTagsRequest, DeleteTagsRequest, DescribeTagsRequest, DescribeTagsResult, ResourceType, Tag, TagDescription, TagSpecification,
} from '@aws-sdk/client-ec2';
import { AwsError, type Call } from '../service';
import { paginate } from '../paginate';
import { invalidValue, notFound, type Kind } from './errors';
import { filtered, plain } from './filters';
import type { Ec2 } from './state';

/** Tells which execution something was made by; the rehearsal only reads it, to show what an execution leaves behind. */
export const executionTag = 'instance-mobility:execution';

interface Tagged {
  readonly id: string;
  readonly type: ResourceType;
  readonly tags: readonly Tag[];
  set(tags: Tag[]): void;
}

/** Everything that can carry tags. */
export function tagsOf(ec2: Ec2): Tagged[] {
  return [
    ...tagged(ec2.instances, 'instance'), ...tagged(ec2.volumes, 'volume'), ...tagged(ec2.snapshots, 'snapshot'), ...tagged(ec2.images, 'image'),
    ...tagged(ec2.subnets, 'subnet'), ...tagged(ec2.vpcs, 'vpc'), ...tagged(ec2.securityGroups, 'security-group'),
    ...tagged(ec2.addresses, 'elastic-ip'),
    ...tagged(new Map([...ec2.keyPairs.values()].map(pair => [pair.KeyPairId ?? pair.KeyName!, pair])), 'key-pair'),
    ...tagged(new Map([...ec2.placementGroups.values()].map(group => [group.GroupId ?? group.GroupName!, group])), 'placement-group'),
    ...[...ec2.networkInterfaces.values()].map(each => ({
      id: each.NetworkInterfaceId, type: 'network-interface' as const, tags: each.TagSet ?? [],
      set: (tags: Tag[]) => { each.TagSet = tags; },
    })),
  ];
}

function tagged(records: ReadonlyMap<string, { Tags?: Tag[] }>, type: ResourceType): Tagged[] {
  return [...records].map(([id, record]) => ({ id, type, tags: record.Tags ?? [], set: tags => { record.Tags = tags; } }));
}

export function tagMap(tags: readonly Tag[] | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(tag => [tag.Key ?? '', tag.Value ?? '']));
}

/** The tags that a creating call gives to one type of resource. */
export function specifiedTags(specifications: readonly TagSpecification[] | undefined, type: ResourceType): Tag[] {
  return (specifications ?? []).filter(each => each.ResourceType === type)
    .flatMap(each => each.Tags ?? []).map(tag => ({ Key: tag.Key, Value: tag.Value ?? '' }));
}

/** Refuses specifications for resources that the call does not make, and tags that nothing may carry. */
export function checkSpecifications(ec2: Ec2, specifications: readonly TagSpecification[] | undefined, types: readonly ResourceType[]): void {
  for (const { ResourceType: type, Tags: tags } of specifications ?? []) {
    if (!type || !types.includes(type)) throw invalidValue(`'${type}' is not a valid taggable resource type for this operation.`);
    checkTags(ec2, tags ?? []);
  }
}

function checkTags(ec2: Ec2, tags: readonly Tag[]): void {
  const keys = tags.map(tag => tag.Key ?? '');
  for (const { Key: key = '', Value: value = '' } of tags) {
    if (key === '') throw invalidValue('Tag key must not be empty.');
    if (/^aws:/i.test(key)) throw invalidValue(`Tag keys starting with 'aws:' are reserved for internal use`);
    if (key.length > 128) throw invalidValue(`Tag key exceeds the maximum length of 128 characters`);
    if (value.length > 256) throw invalidValue(`Tag value exceeds the maximum length of 256 characters`);
  }
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw invalidValue(`Duplicate tag key '${twice}' specified.`);
  limitTags(ec2, tags);
}

function limitTags(ec2: Ec2, tags: readonly Tag[]): void {
  // tags of AWS itself do not count
  if (tags.filter(tag => !tag.Key?.startsWith('aws:')).length > ec2.limits.tagsPerResource) {
    throw new AwsError('TagLimitExceeded', `More than ${ec2.limits.tagsPerResource} tags specified`);
  }
}

const kinds: Readonly<Record<string, Kind>> = {
  i: 'instance', vol: 'volume', snap: 'snapshot', ami: 'image', subnet: 'subnet', vpc: 'vpc', sg: 'securityGroup',
  eni: 'networkInterface', eipalloc: 'address', key: 'keyPair', pg: 'placementGroup',
};

/** The resources of a tagging call; one that does not exist is an error in the words of its kind. */
export function taggedResources(ec2: Ec2, ids: readonly string[] | undefined): Tagged[] {
  const all = new Map(tagsOf(ec2).map(each => [each.id, each]));
  return (ids ?? []).map(id => {
    const found = all.get(id);
    if (found) return found;
    const kind = kinds[id.slice(0, id.indexOf('-'))];
    throw kind ? notFound(kind, id) : new AwsError('InvalidID', `The ID '${id}' is not valid`);
  });
}

export function createTags(input: CreateTagsRequest, { account }: Call): object {
  const ec2 = account.ec2;
  const given = input.Tags ?? [];
  if (given.length === 0) throw new AwsError('MissingParameter', 'The request must contain the parameter tag');
  checkTags(ec2, given);
  const changes = taggedResources(ec2, input.Resources).map(resource => {
    const merged = new Map([...resource.tags, ...given].map(tag => [tag.Key!, tag.Value ?? '']));
    const tags = [...merged].map(([Key, Value]) => ({ Key, Value }));
    limitTags(ec2, tags);
    return () => resource.set(tags);
  });
  for (const change of changes) change();
  return {};
}

/** A tag given without a value goes whatever its value is; one given with a value only if it has that value. */
export function deleteTags(input: DeleteTagsRequest, { account }: Call): object {
  const given = input.Tags;
  for (const resource of taggedResources(account.ec2, input.Resources)) {
    resource.set(resource.tags.filter(tag => given
      // without any tags in the request, all user tags go
      ? !given.some(each => each.Key === tag.Key && (each.Value === undefined || each.Value === tag.Value))
      : tag.Key?.startsWith('aws:')));
  }
  return {};
}

export function describeTags(input: DescribeTagsRequest, { account }: Call): DescribeTagsResult {
  const all: TagDescription[] = tagsOf(account.ec2).flatMap(({ id, type, tags }) =>
    tags.map(tag => ({ Key: tag.Key, Value: tag.Value, ResourceId: id, ResourceType: type })));
  const found = filtered(all, input.Filters, {
    'key': plain(tag => tag.Key), 'value': plain(tag => tag.Value),
    'resource-id': plain(tag => tag.ResourceId), 'resource-type': plain(tag => tag.ResourceType),
  });
  const { page, NextToken } = paginate(found, tag => `${tag.ResourceId} ${tag.Key}`, input);
  return { Tags: page, NextToken };
}
