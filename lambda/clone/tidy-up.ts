import {
  CreateTagsCommand, DeleteTagsCommand, ModifyInstanceAttributeCommand, paginateDescribeSnapshots,
} from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { deregisterImage } from '../shared/images';
import { describeInstances } from '../shared/instances';
import type { LitterType } from '../shared/litter';
import type { Plan } from '../shared/plan/plan';
import { type LeftOver, reasonOf, type Removed, removeLitter } from '../shared/removal';
import { findSnapshots } from '../shared/snapshots';
import { removeSourceSnapshots } from '../shared/source-snapshots';
import { sourcePlace } from '../shared/source-place';
import type { Step, VolumeSnapshot } from '../shared/step';
import { CREATED_BY, EXECUTION, OWNER, SET, SOURCE, tagMap } from '../shared/tags';
import type { Clone } from './verify-clones';

export interface Input extends Step {
  readonly plan: Plan;
  readonly clones: readonly Pick<Clone, 'instanceId'>[];
  /** Null when the clone was made from copies. */
  readonly imageId: string | null;
  readonly snapshots: readonly VolumeSnapshot[];
  /** Null: there was none. */
  readonly isolationGroupId?: string | null;
}
export interface Output {
  /** Snapshots that stay. */
  readonly kept: readonly string[];
  readonly removed: readonly Removed[];
  /** What could not be removed: of this execution's the daily sweep does it, earlier snapshots go with the next clone that keeps the latest. */
  readonly leftOver: readonly LeftOver[];
}

/** CreateTags and DeleteTags take a thousand resources. */
const RESOURCES_PER_CALL = 1000;

/** Removes what the clones no longer need, protects them as the source is, and signs them as finished, which comes last. */
export async function handler({ plan, clones, imageId, snapshots, isolationGroupId, execution, owner }: Input): Promise<Output> {
  const step = { execution, owner };
  if (imageId !== null) await deregisterImage(imageId);
  const kept = plan.keepSnapshots === 'none' ? [] : snapshots.map(({ snapshotId }) => snapshotId);
  const needless = (await findSnapshots(step)).flatMap(({ SnapshotId }) => SnapshotId ?? []).filter(id => !kept.includes(id));
  const first = await removeAll('snapshot', needless, execution);

  // a fleet's are protected batch by batch
  if (!plan.fleet) for (const { instanceId } of clones) await protect(instanceId, plan);
  // kept snapshots with the first clone: they never stay without any
  const [firstClone = [], ...otherClones] = await resourcesOf(clones, plan);
  const resources = inCalls([[...firstClone, ...kept], ...otherClones]);
  for (const Resources of resources) await ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key: CREATED_BY, Value: execution }] }));

  // now nothing undoes the clones any more, so nothing may fail the execution either: what can not be done is told
  const tagged = await removeExecutionTag(resources, execution);
  // earlier ones go only now; and for a moment after its image went a snapshot may still count as in use
  const earlier = plan.keepSnapshots === 'latest' ? await earlierSnapshots(plan, step) : { found: [], leftOver: [] };
  const second = await removeIfPossible('snapshot', [...first.leftOver.map(({ id }) => id), ...earlier.found], execution);
  const group = await removeIfPossible('security-group', isolationGroupId ? [isolationGroupId] : [], execution);
  const source = await removeFromSource({ execution, owner });
  return {
    kept,
    removed: [...imageId === null ? [] : [{ type: 'image' as const, id: imageId }], ...first.removed, ...second.removed, ...group.removed, ...source.removed],
    leftOver: [...second.leftOver, ...group.leftOver, ...source.leftOver, ...earlier.leftOver, ...tagged],
  };
}

function removeAll(type: LitterType, ids: readonly string[], execution: string) {
  return removeLitter(ids.map(id => ({ type, id, execution, source: null, state: 'completed' })), undefined);
}

/** Stops at the first call that fares badly for reasons of the moment: the others would too, and a step has a minute. */
async function removeIfPossible(type: LitterType, ids: readonly string[], execution: string): Promise<{ removed: Removed[]; leftOver: LeftOver[] }> {
  const removed: Removed[] = [];
  const leftOver: LeftOver[] = [];
  for (const [index, id] of ids.entries()) {
    try {
      const pass = await removeAll(type, [id], execution);
      removed.push(...pass.removed);
      leftOver.push(...pass.leftOver);
    } catch (error) {
      return { removed, leftOver: [...leftOver, ...ids.slice(index).map(left => ({ type, id: left, reason: reasonOf(error) }))] };
    }
  }
  return { removed, leftOver };
}

/** What was copied from another Region or account; whatever stays there is the janitor's. */
async function removeFromSource(step: Step): Promise<{ removed: readonly Removed[]; leftOver: readonly LeftOver[] }> {
  try {
    return await removeSourceSnapshots(step);
  } catch (error) {
    return { removed: [], leftOver: [{ type: 'snapshot', id: 'unknown', reason: `in ${sourcePlace}: ${reasonOf(error)}` }] };
  }
}

async function earlierSnapshots(plan: Plan, step: Step): Promise<{ found: string[]; leftOver: LeftOver[] }> {
  try {
    return { found: await findEarlierSnapshots(plan, step), leftOver: [] };
  } catch (error) {
    return { found: [], leftOver: [{ type: 'snapshot', id: 'unknown', reason: `earlier snapshots could not be looked up: ${reasonOf(error)}` }] };
  }
}

/** What earlier executions of this owner kept of the same source. */
async function findEarlierSnapshots({ sourceInstanceId }: Plan, { execution, owner }: Step): Promise<string[]> {
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

/** Does no harm where it stays: what carries created-by is finished. */
async function removeExecutionTag(resources: readonly string[][], execution: string): Promise<LeftOver[]> {
  const leftOver: LeftOver[] = [];
  for (const Resources of resources) {
    try {
      await ec2.send(new DeleteTagsCommand({ Resources, Tags: [{ Key: EXECUTION, Value: execution }] }));
    } catch (error) {
      const [id = '', ...others] = Resources;
      leftOver.push({ type: 'instance', id, reason: `the tag ${EXECUTION} stays on it and ${others.length} other resources: ${reasonOf(error)}` });
    }
  }
  return leftOver;
}

async function protect(InstanceId: string, { protections }: Plan): Promise<void> {
  if (protections.termination) await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, DisableApiTermination: { Value: true } }));
  if (protections.stop) await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, DisableApiStop: { Value: true } }));
}

/** Each clone with what its launch made; what others attached to it since is not ours to sign. */
async function resourcesOf(clones: Input['clones'], { volumes, launch }: Plan): Promise<string[][]> {
  const instances = await describeInstances(clones.map(({ instanceId }) => instanceId));
  return instances.map(({ InstanceId, BlockDeviceMappings = [], NetworkInterfaces = [] }) => [
    InstanceId ?? [],
    ...BlockDeviceMappings.filter(({ DeviceName }) => volumes.some(({ device }) => device === DeviceName)).map(({ Ebs }) => Ebs?.VolumeId ?? []),
    ...NetworkInterfaces.filter(({ Attachment }) => (launch.NetworkInterfaces ?? []).some(({ NetworkCardIndex = 0, DeviceIndex }) =>
      NetworkCardIndex === (Attachment?.NetworkCardIndex ?? 0) && DeviceIndex === Attachment?.DeviceIndex))
      .map(({ NetworkInterfaceId }) => NetworkInterfaceId ?? []),
  ].flat());
}

/** Whole groups only: an instance holds far fewer than a thousand volumes and interfaces, and is signed with all of them or not at all. */
function inCalls(groups: readonly (readonly string[])[]): string[][] {
  const calls: string[][] = [];
  for (const group of groups) {
    const last = calls.at(-1);
    if (last && last.length + group.length <= RESOURCES_PER_CALL) last.push(...group);
    else calls.push([...group]);
  }
  return calls;
}
