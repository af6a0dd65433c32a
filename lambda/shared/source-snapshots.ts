import { paginateDescribeSnapshots } from '@aws-sdk/client-ec2';
import { sourceEc2, sourceRegion } from './ec2';
import { errorName } from './error-name';
import { type Pass, reasonOf } from './removal';
import { deleteSnapshot, findSnapshots } from './snapshots';
import type { Step } from './step';
import { EXECUTION, OWNER, SET, tagMap } from './tags';

/** Deletes what an execution made in the source's Region: the snapshots that were copied from there. Nothing where the source is in this Region. */
export async function removeSourceSnapshots(step: Step): Promise<Pass> {
  const pass: { removed: Pass['removed'][number][]; leftOver: Pass['leftOver'][number][] } = { removed: [], leftOver: [] };
  if (sourceRegion === null) return { ...pass, promising: false };
  for (const { SnapshotId: id = '' } of await findSnapshots(step, undefined, sourceEc2)) {
    try {
      await deleteSnapshot(id, sourceEc2);
      pass.removed.push({ type: 'snapshot', id });
    } catch (error) {
      if (errorName(error) !== 'UnauthorizedOperation') throw error;
      pass.leftOver.push({ type: 'snapshot', id, reason: `in ${sourceRegion}: ${reasonOf(error)}` });
    }
  }
  return { ...pass, promising: pass.removed.length > 0 };
}

/** The executions of this owner that have snapshots in the source's Region. */
export async function executionsWithSourceSnapshots(owner: string): Promise<string[]> {
  if (sourceRegion === null) return [];
  const Filters = [{ Name: `tag:${OWNER}`, Values: [owner] }, { Name: 'tag-key', Values: [EXECUTION] }];
  const found = new Set<string>();
  for await (const { Snapshots } of paginateDescribeSnapshots({ client: sourceEc2, pageSize: 1000 }, { OwnerIds: ['self'], Filters })) {
    for (const { Tags } of Snapshots ?? []) {
      const { [OWNER]: itsOwner, [EXECUTION]: execution, [SET]: set } = tagMap(Tags);
      if (itsOwner === owner && execution !== undefined && set !== undefined) found.add(execution);
    }
  }
  return [...found];
}
