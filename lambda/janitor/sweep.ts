import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { errorName } from '../shared/error-name';
import { releaseLease } from '../shared/lease';
import { removeAbandonedSchedules, together } from '../shared/lifetime/abandoned';
import { findLitter } from '../shared/litter';
import { type LeftOver, reasonOf, type Removed, removeLitter } from '../shared/removal';
import { isRecord } from '../shared/request/rules';
import { shareOf } from '../shared/share-alarms';
import { executionsWithSourceSnapshots, removeSourceSnapshots } from '../shared/source-snapshots';
import type { Step } from '../shared/step';
import { EXECUTION } from '../shared/tags';

export interface Input extends Step {
  /** The table with the leases. */
  readonly table: string;
  /** The group with the schedules of clones; null: this construct has none. */
  readonly scheduleGroup: string | null;
  /** The execution that ended; null: every execution of this owner that has left something and is over. */
  readonly executionToSweep: string | null;
}
export interface Output {
  /** There is nothing left that a further pass could remove. */
  readonly clean: boolean;
  readonly removed: readonly Removed[];
  readonly leftOver: readonly LeftOver[];
}

const states = new SFNClient({});

/** A state's data holds 256 KiB, and a fleet leaves many thousand resources. */
const MOST_TOLD = 300;

/** Removes what executions left behind that were stopped from outside, and frees their leases; a running execution is never touched. */
export async function handler({ execution: own, owner, table, scheduleGroup, executionToSweep }: Input): Promise<Output> {
  const { executions, leftOver: unreachable } = executionToSweep === null ? await allWithLitter(owner, own) : { executions: [executionToSweep], leftOver: [] };
  const swept: { removed: Removed[]; leftOver: LeftOver[]; promising: boolean } = { removed: [], leftOver: [...unreachable], promising: false };
  for (const execution of executions) {
    const over = await readOver(execution);
    if (typeof over === 'string') swept.leftOver.push({ type: 'execution', id: execution, reason: over });
    if (typeof over !== 'object') continue;
    // looked for only now that it is over: what it finished in its last moments is signed
    const { removed, leftOver, promising } = together(
      await removeLitter(await findLitter(owner, execution), over.sourceInstanceId, { again: true }),
      await removeAbandonedSchedules(scheduleGroup, { execution, owner }),
      await removeSourceSnapshots({ execution, owner }),
    );
    swept.removed.push(...removed);
    swept.leftOver.push(...leftOver);
    swept.promising ||= promising;
    for (const instanceId of over.leased) await releaseLease(table, instanceId, execution);
  }
  return { clean: !swept.promising, removed: swept.removed.slice(0, MOST_TOLD), leftOver: swept.leftOver.slice(0, MOST_TOLD) };
}

/**
 * The same stack in another Region or account has the same owner, and where its sources are here it leaves its snapshots here: these are its own
 * janitor's, which alone can ask whether their executions are over.
 */
async function allWithLitter(owner: string, own: string) {
  const { executions, leftOver } = await executionsWithSourceSnapshots(owner);
  const all = new Set([...(await findLitter(owner, null)).map(({ execution }) => execution), ...executions]);
  return { executions: [...all].filter(execution => placeOf(execution) === placeOf(own)), leftOver };
}

/** Partition, service, Region and account of an execution. */
const placeOf = (arn: string): string => arn.split(':').slice(0, 5).join(':');

/** What is left to know of an execution that is over; undefined while it runs, and why where nobody may say. */
async function readOver(executionArn: string): Promise<Over | string | undefined> {
  try {
    const { status, input } = await states.send(new DescribeExecutionCommand({ executionArn }));
    return status === 'RUNNING' || status === 'PENDING_REDRIVE' ? undefined : overOf(input);
  } catch (error) {
    // of a machine that the construct had before, under another name
    if (/^AccessDenied/.test(errorName(error))) return `remove what carries it in its tag ${EXECUTION}, when it is over: ${reasonOf(error)}`;
    if (errorName(error) !== 'ExecutionDoesNotExist') throw error;
    return { sourceInstanceId: undefined, leased: [] }; // Step Functions forgets executions after 90 days; its leases ran out long ago
  }
}

interface Over {
  readonly sourceInstanceId: string | undefined;
  /** The source, and an existing target of a move. */
  readonly leased: readonly string[];
}

function overOf(input: string | undefined): Over {
  const request: unknown = JSON.parse(input ?? '{}');
  if (!isRecord(request)) return { sourceInstanceId: undefined, leased: [] };
  const { sourceInstanceId, cloneInstanceId, instanceId, alarmName, target } = request;
  const existing = isRecord(target) ? target['instanceId'] : undefined;
  // what an alarm asks for is about the clone that it names
  const watched = typeof alarmName === 'string' ? shareOf(alarmName)?.cloneInstanceId : undefined;
  // the clone, of an execution that gives it a volume of its own: its lease, and it is no litter either
  const [source, ...others] = [sourceInstanceId ?? cloneInstanceId ?? instanceId ?? watched, existing].map(id => (typeof id === 'string' && id.startsWith('i-') ? id : undefined));
  return { sourceInstanceId: source, leased: [source, ...others].filter(id => id !== undefined) };
}
