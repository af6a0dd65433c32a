import { paginateDescribeSnapshots } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { NotAClone } from '../shared/errors';
import { findInstance, findInstances, findParts } from '../shared/lifetime/clone';
import { deleteSchedule, scheduleName } from '../shared/lifetime/schedules';
import type { Litter } from '../shared/litter';
import { type LeftOver, type Removed, removeLitter } from '../shared/removal';
import { deleteAlarms, findAlarms } from '../shared/share-alarms';
import type { Step } from '../shared/step';
import { CLONE, CREATED_BY, EXPIRES, OWNER, SET, tagMap, type Tags } from '../shared/tags';

export interface Input extends Step {
  readonly instanceId: string;
  readonly createdBy: string;
  readonly scheduleGroup: string;
  /** How the names of the alarms of shares begin. */
  readonly alarmPrefix: string;
  readonly polls: number;
  /** What former passes removed; empty at first. */
  readonly removed: readonly Removed[];
}
export interface Output {
  readonly done: boolean;
  readonly waitSeconds: number;
  readonly removed: readonly Removed[];
  readonly leftOver: readonly LeftOver[];
}

/** An instance may take minutes to shut down, bare metal longer: about fifteen minutes in all. */
const MOST_POLLS = 60;
const WAIT_SECONDS = 15;

/** Removes an expired clone and what is its own, by its tags, in the order that EC2 needs; called until there is nothing more to do. */
export async function handler({ instanceId, createdBy, scheduleGroup, alarmPrefix, polls, removed: before, execution, owner }: Input): Promise<Output> {
  const doomed = (type: Litter['type'], id: string, state: string): Litter => ({ type, id, state, execution, source: null });
  const instance = await findInstance(instanceId);
  if (instance && !isExpired(tagMap(instance.Tags), createdBy, owner)) throw new NotAClone(`the tags of ${instanceId} were changed since they were checked: nothing is removed`);
  const own = instance ? [doomed('instance', instanceId, instance.State?.Name ?? '')] : [];
  const { mine, inUse } = await findOwnParts(instanceId, owner);
  const snapshots = await isLast(instanceId, createdBy, owner) ? await findKeptSnapshots(createdBy, owner) : [];
  const pass = await removeLitter([
    ...own, ...mine.map(({ type, id, state }) => doomed(type, id, state)), ...snapshots.map(id => doomed('snapshot', id, 'completed')),
  ], undefined, { again: true });
  const done = !pass.promising || polls >= MOST_POLLS;
  const name = scheduleName({ instanceId, createdBy });
  const alarms = done ? (await findAlarms(`${alarmPrefix}-${instanceId}-`)).map(one => one.name) : [];
  await deleteAlarms(alarms);
  const removed = [...pass.removed, ...alarms.map(id => ({ type: 'alarm' as const, id })), ...done && await deleteSchedule(scheduleGroup, name) ? [{ type: 'schedule' as const, id: name }] : []];
  return {
    done,
    waitSeconds: WAIT_SECONDS,
    removed: [...before, ...removed.filter(({ id }) => !before.some(earlier => earlier.id === id))],
    leftOver: [...pass.leftOver, ...inUse],
  };
}

/** Finished parts that say that they go with this clone, and are not in use elsewhere. */
async function findOwnParts(instanceId: string, owner: string) {
  const found = (await findParts([{ Name: `tag:${OWNER}`, Values: [owner] }, { Name: `tag:${CLONE}`, Values: [instanceId] }]))
    .filter(({ tags, state }) => tags[OWNER] === owner && tags[CLONE] === instanceId && tags[CREATED_BY] !== undefined && state !== 'deleted');
  const elsewhere = (attachedTo: readonly string[]) => attachedTo.find(other => other !== instanceId);
  return {
    mine: found.filter(({ attachedTo }) => elsewhere(attachedTo) === undefined),
    inUse: found.filter(({ attachedTo }) => elsewhere(attachedTo) !== undefined)
      .map(({ type, id, attachedTo }): LeftOver => ({ type, id, reason: `${elsewhere(attachedTo)} has it attached` })),
  };
}

/** An extension can not have changed them, for the lease is held; somebody at the console can. */
function isExpired(tags: Tags, createdBy: string, owner: string): boolean {
  return isMadeBy(tags, createdBy, owner) && Date.parse(tags[EXPIRES] ?? '') <= Date.now() + 60_000;
}

/** Whether no other clone of the same execution lives on: the snapshots that it kept are those of all of them. */
async function isLast(instanceId: string, createdBy: string, owner: string): Promise<boolean> {
  const clones = await findInstances([{ Name: `tag:${OWNER}`, Values: [owner] }, { Name: `tag:${CREATED_BY}`, Values: [createdBy] }]);
  return !clones.some(({ InstanceId, State, Tags }) => InstanceId !== instanceId && isMadeBy(tagMap(Tags), createdBy, owner)
    && State?.Name !== 'terminated' && State?.Name !== 'shutting-down');
}

async function findKeptSnapshots(createdBy: string, owner: string): Promise<string[]> {
  const Filters = [{ Name: `tag:${OWNER}`, Values: [owner] }, { Name: `tag:${CREATED_BY}`, Values: [createdBy] }];
  const found: string[] = [];
  for await (const { Snapshots } of paginateDescribeSnapshots({ client: ec2, pageSize: 1000 }, { OwnerIds: ['self'], Filters })) {
    found.push(...(Snapshots ?? []).filter(({ Tags }) => {
      const tags = tagMap(Tags);
      // a backup of a clone's volume has all the volume's tags, but no set
      return isMadeBy(tags, createdBy, owner) && tags[SET] !== undefined;
    }).flatMap(({ SnapshotId }) => SnapshotId ?? []));
  }
  return found;
}

/** Filters know wildcards: the exact values decide. */
function isMadeBy(tags: Tags, createdBy: string, owner: string): boolean {
  return tags[OWNER] === owner && tags[CREATED_BY] === createdBy;
}
