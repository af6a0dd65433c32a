import {
  CreateTagsCommand, type Instance, paginateDescribeInstances, paginateDescribeNetworkInterfaces, paginateDescribeVolumes,
} from '@aws-sdk/client-ec2';
import { ec2 } from '../ec2';
import { CLONE, CREATED_BY, EXECUTION, OWNER, tagMap, type Tags } from '../tags';

/** Terminated instances are to be seen for about an hour; none counts any more. */
const GONE = ['terminated'];

/** An instance, whosever it is; undefined when it is gone. By filters: a call by ids fails where there is none. */
export async function findInstance(instanceId: string): Promise<Instance | undefined> {
  const [found] = await findInstances([{ Name: 'instance-id', Values: [instanceId] }]);
  return found && !GONE.includes(found.State?.Name ?? '') ? found : undefined;
}

export async function findInstances(Filters: { Name: string; Values: string[] }[]): Promise<Instance[]> {
  const found: Instance[] = [];
  for await (const { Reservations } of paginateDescribeInstances({ client: ec2, pageSize: 1000 }, { Filters })) {
    found.push(...(Reservations ?? []).flatMap(({ Instances }) => Instances ?? []));
  }
  return found;
}

/** A volume or interface, as far as a lifetime concerns it. */
export interface Part {
  readonly type: 'volume' | 'network-interface';
  readonly id: string;
  readonly state: string;
  readonly tags: Tags;
  /** The instances that have it attached. */
  readonly attachedTo: readonly string[];
}

/** Volumes and interfaces by filters, which know wildcards: who asks compares the exact values. */
export async function findParts(Filters: { Name: string; Values: string[] }[]): Promise<Part[]> {
  const found: Part[] = [];
  for await (const { Volumes } of paginateDescribeVolumes({ client: ec2, pageSize: 500 }, { Filters })) {
    found.push(...(Volumes ?? []).map(({ VolumeId = '', State = '', Tags, Attachments }): Part =>
      ({ type: 'volume', id: VolumeId, state: State, tags: tagMap(Tags), attachedTo: (Attachments ?? []).flatMap(({ InstanceId }) => InstanceId ?? []) })));
  }
  for await (const { NetworkInterfaces } of paginateDescribeNetworkInterfaces({ client: ec2, pageSize: 1000 }, { Filters })) {
    found.push(...(NetworkInterfaces ?? []).map(({ NetworkInterfaceId = '', Status = '', TagSet, Attachment }): Part =>
      ({ type: 'network-interface', id: NetworkInterfaceId, state: Status, tags: tagMap(TagSet), attachedTo: Attachment?.InstanceId ? [Attachment.InstanceId] : [] })));
  }
  return found;
}

/** Notes on what is attached to clones, and was made by the execution that made them, with which clone it goes. At most 200 at a time. */
export async function claimParts(instanceIds: readonly string[], owner: string, maker: string): Promise<void> {
  const attached = await findParts([{ Name: 'attachment.instance-id', Values: [...instanceIds] }]);
  // what several instances have attached is nobody's own
  const own = attached.filter(({ tags, attachedTo }) => attachedTo.length === 1
    && tags[OWNER] === owner && (tags[EXECUTION] === maker || tags[CREATED_BY] === maker));
  for (const instanceId of instanceIds) {
    const Resources = own.filter(({ tags, attachedTo }) => attachedTo[0] === instanceId && tags[CLONE] !== instanceId).map(({ id }) => id);
    if (Resources.length > 0) await ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key: CLONE, Value: instanceId }] }));
  }
}
