import { readCommands, type Sent } from '../shared/commands';
import { IdentityNotReset } from '../shared/errors';
import { type Report, reportOf } from '../shared/identity';
import { type Lease, renewLease } from '../shared/lease';
import { type Failure, type Sorted, sortOut } from '../shared/plan/fleet';
import { pollDelay } from '../shared/poll';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly instanceIds: readonly string[];
  /** Of a fleet: what failed so far, and may. Null: none may fail. */
  readonly failures?: readonly Failure[] | null;
  readonly commands: { readonly clones: readonly Sent[]; readonly source: readonly Sent[] };
  readonly lease: Lease;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}
export interface Output extends Sorted {
  readonly known: boolean;
  /** Null when the source does not answer. */
  readonly source: Report | null;
  readonly clones: readonly { readonly id: string; readonly report: Report }[];
  readonly waitSeconds: number;
}

/** The clones may just be coming back from somewhere; the source is not waited for as long. */
const GIVE_UP_AFTER_MS = 600_000;
const SOURCE_GIVE_UP_AFTER_MS = 120_000;

/** Looks whether clones and source have said who they are. */
export async function handler({ instanceIds, failures = null, commands, lease, since, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const [clones, [source]] = await Promise.all([readCommands(commands.clones), readCommands(commands.source)]);
  const waited = Date.now() - Date.parse(since);
  const failed = new Map(clones.filter(({ instanceId }) => instanceIds.includes(instanceId)).flatMap(({ instanceId, result }) => {
    if (!result) return waited > GIVE_UP_AFTER_MS ? [[instanceId, 'did not say who it is: look at its SSM agent']] : [];
    return result.succeeded && result.answer['registration'] !== undefined ? [] : [[instanceId, `could not say who it is: ${result.reason || 'it answered nothing'}`]];
  }));
  const sorted = sortOut(instanceIds, failures, failed, lines => new IdentityNotReset(lines.join('; ')));
  const going = clones.filter(({ instanceId }) => sorted.instanceIds.includes(instanceId));
  const sourceIsOver = !source || source.result !== undefined || waited > SOURCE_GIVE_UP_AFTER_MS;
  return {
    ...sorted,
    known: going.every(({ result }) => result) && sourceIsOver,
    source: source?.result?.succeeded ? reportOf(source.result.answer) : null,
    clones: going.flatMap(({ instanceId, result }) => (result ? [{ id: instanceId, report: reportOf(result.answer) }] : [])),
    waitSeconds: pollDelay(since),
  };
}
