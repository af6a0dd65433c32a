import { AutoScalingClient, DescribeAutoScalingInstancesCommand } from '@aws-sdk/client-auto-scaling';
import type { Instance } from '@aws-sdk/client-ec2';
import { SourceInAutoScalingGroup } from './errors';
import { tagMap } from './tags';

const autoScaling = new AutoScalingClient({});
/** API reference, DescribeAutoScalingInstances: "up to 50 IDs". */
const IDS_PER_CALL = 50;

/** The Auto Scaling group that an instance belongs to. */
export const groupOf = ({ Tags }: Pick<Instance, 'Tags'>): string | undefined => tagMap(Tags)['aws:autoscaling:groupName'];

/** Where members of groups are in their life (`InService`, `Standby`, …); of who belongs to none nobody is asked. */
export async function lifecyclesOf(instances: readonly Instance[]): Promise<ReadonlyMap<string, string>> {
  const members = instances.filter(instance => groupOf(instance) !== undefined).flatMap(({ InstanceId }) => InstanceId ?? []);
  const found = new Map<string, string>();
  for (let from = 0; from < members.length; from += IDS_PER_CALL) {
    const InstanceIds = members.slice(from, from + IDS_PER_CALL);
    const { AutoScalingInstances = [] } = await autoScaling.send(new DescribeAutoScalingInstancesCommand({ InstanceIds }));
    for (const { InstanceId = '', LifecycleState = '' } of AutoScalingInstances) found.set(InstanceId, LifecycleState);
  }
  return found;
}

const REPLACES = 'would replace it as soon as it is gone';

/**
 * Why a member can not take part; undefined: it can, or belongs to no group. The group neither checks nor replaces what is in standby (Auto Scaling
 * user guide, "as-enter-exit-standby").
 */
export function whyNotOfGroup(instance: Instance, lifecycles: ReadonlyMap<string, string>, danger = REPLACES): string | undefined {
  const [group, id = ''] = [groupOf(instance), instance.InstanceId];
  const state = lifecycles.get(id) ?? 'in no known state';
  if (group === undefined || state === 'Standby') return undefined;
  return `${id} is ${state} in the Auto Scaling group ${group}, which ${danger}; put it in standby there, or detach it, first`;
}

/** Refuses members of Auto Scaling groups, unless they are in standby there. */
export async function refuseMember(instance: Instance): Promise<void> {
  const reason = whyNotOfGroup(instance, await lifecyclesOf([instance]));
  if (reason !== undefined) throw new SourceInAutoScalingGroup(reason);
}

/** What a person has to know, and do, of a member that is moved. */
export function noteOfGroup({ InstanceId: id = '' }: Pick<Instance, 'InstanceId'>, group: string): string {
  return `${id} is in standby in the Auto Scaling group ${group}: what it becomes is another instance, which belongs to no group. Detach ${id} before it is released,`
    + ' for the group goes on counting it, and replaces it when it is put back in service; attach the other one where it shall be a member';
}
