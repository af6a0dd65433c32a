import { readCommands, type Sent } from '../shared/commands';
import { IdentityNotReset } from '../shared/errors';
import { type Report, reportOf } from '../shared/identity';
import { type Lease, renewLease } from '../shared/lease';
import { pollDelay } from '../shared/poll';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly commands: { readonly clones: readonly Sent[]; readonly source: readonly Sent[] };
  readonly lease: Lease;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}
export interface Output {
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
export async function handler({ commands, lease, since, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const [clones, [source]] = await Promise.all([readCommands(commands.clones), readCommands(commands.source)]);
  const failed = clones.filter(({ result }) => result && !(result.succeeded && result.answer['registration'] !== undefined));
  if (failed.length > 0) {
    throw new IdentityNotReset(failed.map(({ instanceId, result }) => `${instanceId} could not say who it is: ${result?.reason || 'it answered nothing'}`).join('; '));
  }
  const waited = Date.now() - Date.parse(since);
  const waiting = clones.filter(({ result }) => !result).map(({ instanceId }) => instanceId);
  if (waiting.length > 0 && waited > GIVE_UP_AFTER_MS) throw new IdentityNotReset(`${waiting.join(', ')} did not say who they are: look at their SSM agents`);
  const sourceIsOver = !source || source.result !== undefined || waited > SOURCE_GIVE_UP_AFTER_MS;
  return {
    known: waiting.length === 0 && sourceIsOver,
    source: source?.result?.succeeded ? reportOf(source.result.answer) : null,
    clones: clones.flatMap(({ instanceId, result }) => (result ? [{ id: instanceId, report: reportOf(result.answer) }] : [])),
    waitSeconds: pollDelay(since),
  };
}
