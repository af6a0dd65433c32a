import { paginateDescribeInstances } from '@aws-sdk/client-ec2';
import { ec2 } from '../ec2';
import { errorName } from '../error-name';
import { reasonOf, type Pass } from '../removal';
import type { Step } from '../step';
import { CREATED_BY, OWNER, tagMap } from '../tags';
import { deleteSchedule, findSchedules } from './schedules';

/** Deletes the schedules that an execution made for clones which it did not finish; those of finished clones stay. */
export async function removeAbandonedSchedules(group: string | null, { execution, owner }: Step): Promise<Pass> {
  if (group === null) return { removed: [], leftOver: [], promising: false };
  const removed: { type: 'schedule'; id: string }[] = [];
  try {
    const schedules = await findSchedules(group, execution);
    const finished = schedules.length === 0 ? new Set<string>() : await finishedClones({ execution, owner });
    for (const { name } of schedules.filter(({ instanceId }) => !finished.has(instanceId))) {
      if (await deleteSchedule(group, name)) removed.push({ type: 'schedule', id: name });
    }
    return { removed, leftOver: [], promising: removed.length > 0 };
  } catch (error) {
    if (!/^(AccessDenied|ResourceNotFound)/.test(errorName(error))) throw error;
    // no reason to fail: a schedule without its clone ends by itself
    return { removed, leftOver: [{ type: 'schedule', id: 'unknown', reason: reasonOf(error) }], promising: removed.length > 0 };
  }
}

async function finishedClones({ execution, owner }: Step): Promise<Set<string>> {
  const Filters = [{ Name: `tag:${OWNER}`, Values: [owner] }, { Name: `tag:${CREATED_BY}`, Values: [execution] }];
  const found = new Set<string>();
  for await (const { Reservations } of paginateDescribeInstances({ client: ec2, pageSize: 1000 }, { Filters })) {
    for (const { InstanceId = '', Tags } of (Reservations ?? []).flatMap(({ Instances }) => Instances ?? [])) {
      // filters know wildcards: the exact values decide
      const { [OWNER]: itsOwner, [CREATED_BY]: maker } = tagMap(Tags);
      if (itsOwner === owner && maker === execution) found.add(InstanceId);
    }
  }
  return found;
}

/** Passes over different things, as one. */
export function together(...passes: readonly Pass[]): Pass {
  return {
    removed: passes.flatMap(({ removed }) => removed),
    leftOver: passes.flatMap(({ leftOver }) => leftOver),
    promising: passes.some(({ promising }) => promising),
  };
}
