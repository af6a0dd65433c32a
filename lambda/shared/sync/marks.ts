import {
  CreateTagsCommand, DeleteTagsCommand, type Instance, paginateDescribeNetworkInterfaces, paginateDescribeVolumes, type Tag,
} from '@aws-sdk/client-ec2';
import { ec2 } from '../ec2';
import type { Host } from '../hosts';
import { ENGINE, OWNER, PEER, PHASE, RATE_LIMIT, SESSION, tagList, tagMap, type Tags } from '../tags';

/**
 * How far a move is: the switch has begun; the target serves; every block was compared; or, on the source, the target is told to hand over,
 * and the source serves again. Before and after there is no such tag.
 */
export type Phase = 'switching' | 'serving' | 'verified' | 'falling-back' | 'fallen-back';

/** What the instances carry from the switch to the end, some of it the source alone. */
export const SWITCH_TAGS: readonly string[] = [PHASE, SESSION, PEER, ENGINE, RATE_LIMIT];

export async function mark(Resources: readonly string[], tags: Tags): Promise<void> {
  if (Resources.length > 0) await ec2.send(new CreateTagsCommand({ Resources: [...Resources], Tags: tagList(tags) }));
}

/** Whatever the values are; tags that are not there are no error. */
export async function unmark(Resources: readonly string[], keys: readonly string[]): Promise<void> {
  if (Resources.length > 0) await ec2.send(new DeleteTagsCommand({ Resources: [...Resources], Tags: keys.map(Key => ({ Key })) }));
}

/** The other session, or `unknown`, that an instance takes part in. */
export function takenBy({ Tags }: Pick<Instance, 'Tags'>, session: string | undefined): string | undefined {
  const { [PHASE]: phase, [SESSION]: its = 'unknown' } = tagMap(Tags);
  return phase === undefined || its === session ? undefined : its;
}

/** The volumes and interfaces that the launch of a target made. What its own software attached since is not ours to mark. */
export async function partsOf({ instanceId, launched }: Host, owner: string): Promise<string[]> {
  if (!launched) return [];
  const Filters = [{ Name: 'attachment.instance-id', Values: [instanceId] }, { Name: `tag:${OWNER}`, Values: [owner] }];
  const parts: string[] = [];
  // filters know wildcards: the exact value decides
  const mine = (tags: readonly Tag[] | undefined) => tagMap(tags)[OWNER] === owner;
  for await (const { Volumes } of paginateDescribeVolumes({ client: ec2 }, { Filters })) {
    parts.push(...(Volumes ?? []).filter(({ Tags: tags }) => mine(tags)).flatMap(({ VolumeId }) => VolumeId ?? []));
  }
  for await (const { NetworkInterfaces } of paginateDescribeNetworkInterfaces({ client: ec2 }, { Filters })) {
    parts.push(...(NetworkInterfaces ?? []).filter(({ TagSet }) => mine(TagSet)).flatMap(({ NetworkInterfaceId }) => NetworkInterfaceId ?? []));
  }
  return parts;
}
