import { readCommands, type Sent } from '../shared/commands';
import { VolumeStrategyRefused } from '../shared/errors';
import { type Lease, renewLease } from '../shared/lease';
import type { Plan } from '../shared/plan/plan';
import type { ClusterFilesystem, PlannedShare } from '../shared/plan/shares';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly commands: readonly Sent[];
  readonly lease: Lease;
}
export interface Output {
  readonly inspected: boolean;
  /** With the filesystem, when it is known. */
  readonly plan: Plan;
  readonly waitSeconds: number;
}

const WAIT_SECONDS = 3;

const OTHERWISE = 'ask for "access": "read-only", "volume-copy" or "snapshot"';

/** Refuses whatever two instances that write would destroy: only the source knows what filesystem it is. */
export async function handler({ plan, commands, lease, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const [asked] = await readCommands(commands);
  if (!asked?.result) return { inspected: false, plan, waitSeconds: WAIT_SECONDS };
  const { result: { succeeded, answer, reason } } = asked;
  if (!succeeded) throw new VolumeStrategyRefused(`the source could not tell what is on the volumes that are to be shared "read-write": ${reason}; ${OTHERWISE}`);
  const found = Array.isArray(answer['shares']) ? answer['shares'] as readonly Readonly<Record<string, unknown>>[] : [];
  const shared = plan.shared.map(share => (share.cluster
    ? { ...share, cluster: { ...share.cluster, filesystem: filesystemOf(share, found.filter(({ volume }) => volume === share.volumeId)) } } : share));
  return { inspected: true, plan: { ...plan, shared }, waitSeconds: 0 };
}

function filesystemOf({ device }: PlannedShare, found: readonly Readonly<Record<string, unknown>>[]): ClusterFilesystem {
  const refused = (why: string) => new VolumeStrategyRefused(`volumes.${device}: ${why}; ${OTHERWISE}`);
  const [only, ...others] = found;
  if (!only || others.length > 0) throw refused(`it holds ${found.length} filesystems, and a clone can join with one alone`);
  const { filesystem: kind, mount, options, clustered } = only;
  if (kind !== 'gfs2' && kind !== 'ocfs2') {
    throw refused(`it holds ${typeof kind === 'string' ? kind : 'no filesystem that the source knows'}, which two instances that write destroy: only gfs2 and ocfs2 can be "read-write"`);
  }
  if (typeof mount !== 'string' || typeof options !== 'string') throw refused('the source has not mounted it writable where a plain path leads: mount it there');
  if (clustered !== true) throw refused(`the source has mounted its ${kind} for itself alone (lock_nolock, or a local mount), and who else writes destroys it`);
  return { kind, mount, options };
}
