import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { Hosts } from '../shared/hosts';
import { describeInstances } from '../shared/instances';
import { acquireLease, type Lease } from '../shared/lease';
import type { Location } from '../shared/locations';
import { followLink, type LinkPace, SETTLES_SECONDS } from '../shared/migration/follow-link';
import { keepLink } from '../shared/migration/link';
import type { MigrationPlan, TravellingVolume } from '../shared/migration/plan';
import { pollDelay } from '../shared/poll';
import { isRecord } from '../shared/request/rules';
import type { Reservation } from '../shared/reservations/reservations';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: MigrationPlan;
  /** The ARN of the execution that replicates. */
  readonly replicating: string;
  /** The table with the leases. */
  readonly table: string;
  readonly reservation: Reservation | null;
  readonly locations: readonly Location[];
  /** What this said the last time. */
  readonly pace: LinkPace | null;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}
/** A volume of the target, and the source's that it came from. */
export interface MovedVolume extends TravellingVolume {
  readonly sourceVolumeId: string;
  /** No snapshot of it was taken while it served. */
  readonly rounds: 0;
}
export interface Output {
  readonly replicated: boolean;
  /** How the other execution ended without that; null: it did not. Told, not thrown: what is thrown here says nothing of the replication. */
  readonly ended: { readonly error: string; readonly message: string } | null;
  readonly waitSeconds: number;
  readonly pace: LinkPace | null;
  /** Why the rate does not follow the link; null: it does. */
  readonly trouble: string | null;
  readonly reservation: Reservation | null;
  /** Null until it is over, as the rest. */
  readonly hosts: Hosts | null;
  readonly volumes: readonly MovedVolume[] | null;
  readonly lease: Lease | null;
  /** All pauses together. */
  readonly pauseSeconds: number | null;
  /** What was copied before the switch; null: nothing. */
  readonly preCopy: unknown;
  /** ISO 8601: the target served. */
  readonly switchedAt: string | null;
  readonly verified: unknown;
  readonly traffic: unknown;
}

const states = new SFNClient({});
/** How that machine tells that nobody may serve (lib/sync/workflow.ts). */
const NOT_BACK = 'Going back to the source failed too';
/** What is held of the link is held for so long from each look on. */
const HELD_SECONDS = 1800;
/** The rate follows the link within a slot; after a day and a half the events of an execution get scarce. */
const LONGEST_AT_FIRST = 300;
const AT_FIRST_MS = 36 * 3600_000;
/** From then on what replicates sees another limit within two hours (lambda/shared/replication/wait.ts). */
const LATE_SECONDS = 7200;

/** Looks whether the target has every block, holds the link meanwhile, and takes the lease back when it is over. */
export async function handler({ plan, replicating, table, reservation, locations, pace, since, execution }: Input): Promise<Output> {
  const { status, output, error, cause } = await states.send(new DescribeExecutionCommand({ executionArn: replicating }));
  const nothing = {
    pace, trouble: null, ended: null, hosts: null, volumes: null, lease: null, pauseSeconds: null, preCopy: null,
    switchedAt: null, verified: null, traffic: null,
  };
  if (status === 'RUNNING' || status === 'PENDING_REDRIVE') {
    const isNew = Date.now() - Date.parse(since) < AT_FIRST_MS;
    const waitSeconds = isNew ? Math.min(LONGEST_AT_FIRST, pollDelay(since)) : pollDelay(since);
    if (reservation === null) return { ...nothing, replicated: false, waitSeconds, reservation };
    const kept = await keepLink(reservation, plan, waitSeconds + HELD_SECONDS);
    // what is told now holds until another rate was told after the next look
    const lasting = waitSeconds + (isNew ? SETTLES_SECONDS : LATE_SECONDS);
    return { ...nothing, replicated: false, waitSeconds, reservation: kept.reservation, ...await followLink(kept.reservation, plan, locations, pace, lasting) };
  }
  if (status !== 'SUCCEEDED') return { replicated: false, waitSeconds: 0, reservation, ...nothing, ended: endOf(replicating, status ?? 'gone', error, cause) };
  const result: unknown = JSON.parse(output ?? '{}');
  if (!isRecord(result) || !isRecord(result['source']) || !isRecord(result['target'])) throw new Error(`${replicating} ended without telling which instances it moved`);
  const { source, target, pauseSeconds, preCopy, switchedAt, verified, traffic } = result;
  const first = isRecord(preCopy) ? Number(preCopy['pauseSeconds'] ?? 0) : 0;
  const hosts = { source, target } as unknown as Hosts;
  return {
    replicated: true, pace, trouble: null, ended: null, waitSeconds: 0, reservation, hosts, volumes: await volumesOf(hosts.target.instanceId, plan),
    lease: await acquireLease(table, plan.sourceInstanceId, execution), pauseSeconds: Number(pauseSeconds) + first, preCopy: isRecord(preCopy) ? preCopy : null,
    switchedAt: typeof switchedAt === 'string' ? switchedAt : null, verified, traffic,
  };
}

async function volumesOf(targetInstanceId: string, { travel }: MigrationPlan): Promise<MovedVolume[]> {
  const [target] = await describeInstances([targetInstanceId]);
  const mapped = new Map((target?.BlockDeviceMappings ?? []).map(({ DeviceName, Ebs }) => [DeviceName, Ebs?.VolumeId]));
  return travel.map(volume => ({ ...volume, volumeId: mapped.get(volume.device) ?? '', sourceVolumeId: volume.volumeId, rounds: 0 }));
}

/** The error under its own name where the source serves as ever; one after the switch leaves both, and the target serving. */
function endOf(replicating: string, status: string, error: string | undefined, cause: string | undefined): NonNullable<Output['ended']> {
  const { phase, message } = causeOf(cause);
  const said = `${replicating} ${status === 'FAILED' ? `failed: ${error ?? 'no error'}: ${message}` : `is ${status}`}`;
  // a cause without a phase is none of that machine's own: nothing is known of who serves
  const servesAsEver = status === 'FAILED' && (phase === 'preparing' || (phase === 'switching' && !message.includes(NOT_BACK)));
  if (servesAsEver) return { error: error ?? 'HostCommandFailed', message: said };
  return { error: 'ReplicationUnfinished', message: `${said}. Look which instance serves; continue its session, or fall back, as docs/sync.md tells` };
}

function causeOf(cause: string | undefined): { readonly phase: unknown; readonly message: string } {
  try {
    const parsed: unknown = JSON.parse(cause ?? '');
    if (isRecord(parsed)) return { phase: parsed['phase'], message: String(parsed['message'] ?? cause) };
  } catch {
    // a cause that Step Functions itself wrote is no JSON
  }
  return { phase: 'unknown', message: cause ?? 'no cause is told' };
}
