import {
  CreateTagsCommand, DeleteTagsCommand, ModifyInstanceAttributeCommand, paginateDescribeSnapshots,
} from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { errorMessage, errorName } from '../shared/error-name';
import { deregisterImage } from '../shared/images';
import { describeInstances } from '../shared/instances';
import type { Plan } from '../shared/plan/plan';
import { type LeftOver, PASSING, type Removed, removeLitter } from '../shared/removal';
import { findSnapshots } from '../shared/snapshots';
import type { Step, VolumeSnapshot } from '../shared/step';
import { CREATED_BY, EXECUTION, OWNER, SET, SOURCE, tagMap } from '../shared/tags';
import type { Clone } from './verify-clones';

export interface Input extends Step {
  readonly plan: Plan;
  readonly clones: readonly Clone[];
  readonly imageId: string;
  readonly snapshots: readonly VolumeSnapshot[];
}
export interface Output {
  /** Snapshots that stay. */
  readonly kept: readonly string[];
  readonly removed: readonly Removed[];
  /** What could not be removed yet; the daily sweep does. */
  readonly leftOver: readonly LeftOver[];
}

/** CreateTags and DeleteTags take a thousand resources. */
const RESOURCES_PER_CALL = 1000;

/** Removes what the clones no longer need, protects them as the source is, and signs them as finished, which comes last. */
export async function handler({ plan, clones, imageId, snapshots, execution, owner }: Input): Promise<Output> {
  const step = { execution, owner };
  await deregisterImage(imageId);
  const kept = plan.keepSnapshots === 'none' ? [] : snapshots.map(({ snapshotId }) => snapshotId);
  const needless = (await findSnapshots(step)).flatMap(({ SnapshotId }) => SnapshotId ?? []).filter(id => !kept.includes(id));
  const first = await removeSnapshots(needless, execution);

  for (const { instanceId } of clones) await protect(instanceId, plan);
  const resources = [...await resourcesOf(clones, plan), ...kept];
  await forChunks(resources, Resources => ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key: CREATED_BY, Value: execution }] })));
  const unsigned = await removeExecutionTag(resources, execution);

  // earlier ones go only now that nothing can undo the clones any more; and for a moment after its image went a snapshot may still count as in use
  const second = await removeSnapshots([...first.leftOver.map(({ id }) => id), ...plan.keepSnapshots === 'latest' ? await earlierSnapshots(plan, step) : []], execution);
  return { kept, removed: [{ type: 'image', id: imageId }, ...first.removed, ...second.removed], leftOver: [...second.leftOver, ...unsigned] };
}

function removeSnapshots(ids: readonly string[], execution: string) {
  return removeLitter(ids.map(id => ({ type: 'snapshot' as const, id, execution, source: null, state: 'completed' })), undefined);
}

/** What earlier executions of this owner kept of the same source. */
async function earlierSnapshots({ sourceInstanceId }: Plan, { execution, owner }: Step): Promise<string[]> {
  const Filters = [{ Name: `tag:${OWNER}`, Values: [owner] }, { Name: `tag:${SOURCE}`, Values: [sourceInstanceId] }, { Name: 'tag-key', Values: [CREATED_BY] }];
  const found: string[] = [];
  for await (const { Snapshots } of paginateDescribeSnapshots({ client: ec2, pageSize: 1000 }, { OwnerIds: ['self'], Filters })) {
    found.push(...(Snapshots ?? []).filter(({ Tags }) => {
      const { [OWNER]: itsOwner, [SOURCE]: itsSource, [EXECUTION]: unfinished, [CREATED_BY]: maker, [SET]: set } = tagMap(Tags);
      // a backup of a finished clone's volume has all the volume's tags, but no set
      return itsOwner === owner && itsSource === sourceInstanceId && set !== undefined
        && unfinished === undefined && maker !== undefined && maker !== execution;
    }).flatMap(({ SnapshotId }) => SnapshotId ?? []));
  }
  return found;
}

/** From created-by on the clones are finished: what fails now is told, but does not undo them. */
async function removeExecutionTag(resources: readonly string[], execution: string): Promise<LeftOver[]> {
  try {
    await forChunks(resources, Resources => ec2.send(new DeleteTagsCommand({ Resources, Tags: [{ Key: EXECUTION, Value: execution }] })));
    return [];
  } catch (error) {
    if (PASSING.test(errorName(error))) throw error;
    return [{ type: 'instance', id: resources[0] ?? '', reason: `the tag ${EXECUTION} stays on it: ${errorName(error)}: ${errorMessage(error)}` }];
  }
}

async function protect(InstanceId: string, { protections }: Plan): Promise<void> {
  if (protections.termination) await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, DisableApiTermination: { Value: true } }));
  if (protections.stop) await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, DisableApiStop: { Value: true } }));
}

/** The clones with what their launch made; what others attached to them since is not ours to sign. */
async function resourcesOf(clones: readonly Clone[], { volumes, launch }: Plan): Promise<string[]> {
  const instances = await describeInstances(clones.map(({ instanceId }) => instanceId));
  return instances.flatMap(({ InstanceId, BlockDeviceMappings = [], NetworkInterfaces = [] }) => [
    InstanceId ?? [],
    ...BlockDeviceMappings.filter(({ DeviceName }) => volumes.some(({ device }) => device === DeviceName)).map(({ Ebs }) => Ebs?.VolumeId ?? []),
    ...NetworkInterfaces.filter(({ Attachment }) => (launch.NetworkInterfaces ?? []).some(({ NetworkCardIndex = 0, DeviceIndex }) =>
      NetworkCardIndex === (Attachment?.NetworkCardIndex ?? 0) && DeviceIndex === Attachment?.DeviceIndex))
      .map(({ NetworkInterfaceId }) => NetworkInterfaceId ?? []),
  ].flat());
}

async function forChunks(ids: readonly string[], call: (chunk: string[]) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < ids.length; start += RESOURCES_PER_CALL) await call(ids.slice(start, start + RESOURCES_PER_CALL));
}
