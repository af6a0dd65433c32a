import { paginateDescribeSnapshots } from '@aws-sdk/client-ec2';
import { sourceEc2 } from './ec2';
import { errorMessage, errorName } from './error-name';
import { SourceRoleNotAssumable } from './errors';
import { isPassing, type LeftOver, type Pass, reasonOf } from './removal';
import { shareSnapshot } from './share-snapshot';
import { deleteSnapshot, findSnapshots } from './snapshots';
import { sourceAccount, sourceIsElsewhere, sourcePlace } from './source-place';
import type { Step } from './step';
import { EXECUTION, OWNER, SET, tagMap } from './tags';

/**
 * Deletes what an execution made where the source is: the snapshots that were copied from there. In another account they are first no longer shared,
 * for a rule of the recycle bin may keep what is deleted. Nothing where the source is here. What can not be deleted (somebody made an image of it,
 * or locked it) is told, and keeps neither the others nor what was made here.
 */
export async function removeSourceSnapshots(step: Step): Promise<Pass> {
  const pass: { removed: Pass['removed'][number][]; leftOver: Pass['leftOver'][number][] } = { removed: [], leftOver: [] };
  if (!sourceIsElsewhere) return { ...pass, promising: false };
  const found = await whereReachable(() => findSnapshots(step, undefined, sourceEc2));
  if ('leftOver' in found) return { removed: [], leftOver: [found.leftOver], promising: false };
  let isHopeful = false;
  // what the recycle bin has is deleted already
  for (const { SnapshotId: id = '' } of found.result.filter(({ State }) => State !== 'recoverable')) {
    try {
      if (sourceAccount !== null) await shareSnapshot(id, step, 'remove');
      await deleteSnapshot(id, sourceEc2);
      pass.removed.push({ type: 'snapshot', id });
    } catch (error) {
      if (isPassing(error)) throw error;
      isHopeful ||= errorName(error) !== 'UnauthorizedOperation';
      pass.leftOver.push({ type: 'snapshot', id, reason: `in ${sourcePlace}: ${reasonOf(error)}` });
    }
  }
  return { ...pass, promising: pass.removed.length > 0 || isHopeful };
}

/** The executions of this owner that have snapshots where the source is; what is left where nobody gets to any more can only be told. */
export async function executionsWithSourceSnapshots(owner: string): Promise<{ executions: readonly string[]; leftOver: readonly LeftOver[] }> {
  if (!sourceIsElsewhere) return { executions: [], leftOver: [] };
  const found = await whereReachable(() => lookThrough(owner));
  return 'leftOver' in found ? { executions: [], leftOver: [found.leftOver] } : { executions: found.result, leftOver: [] };
}

async function lookThrough(owner: string): Promise<string[]> {
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

/** Gives what was found, or, where the role in the source's account can not be taken on any more, what that means. */
async function whereReachable<T>(look: () => Promise<T>): Promise<{ readonly result: T } | { readonly leftOver: LeftOver }> {
  try {
    return { result: await look() };
  } catch (error) {
    if (!(error instanceof SourceRoleNotAssumable)) throw error;
    return { leftOver: { type: 'snapshot', id: 'unknown', reason: `snapshots in ${sourcePlace}, if there are any, are out of reach: ${errorMessage(error).slice(0, 200)}` } };
  }
}
