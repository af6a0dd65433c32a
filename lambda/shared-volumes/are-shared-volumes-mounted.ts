import { readAll } from '../shared/clone-commands';
import type { Sent } from '../shared/commands';
import { ShareFailed } from '../shared/errors';
import { type Lease, renewLease } from '../shared/lease';
import type { Plan } from '../shared/plan/plan';
import { reservedBySource } from '../shared/plan/shares';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly commands: readonly Sent[];
  readonly lease: Lease;
}
/** What a clone shares, by one filesystem (or the bare disk) of a volume. */
export interface Share {
  readonly access: 'read-only' | 'read-write';
  readonly instanceId: string;
  readonly device: string;
  readonly volumeId: string;
  readonly filesystem: string | null;
  /** Where it is mounted; null when it is not, for the reason. */
  readonly mount: string | null;
  readonly reason: string | null;
  /** The type of the volume's NVMe reservation, 0 for none; null when the clone can not tell. */
  readonly reservation: number | null;
}
export interface Output {
  readonly mounted: boolean;
  readonly shares: readonly Share[];
  readonly waitSeconds: number;
}

const WAIT_SECONDS = 5;
/** NVM Express base specification, "Reservation Type". */
const WRITE_EXCLUSIVE = 1;

/** Looks what the clones have mounted. */
export async function handler({ plan, commands, lease, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const results = await readAll(commands);
  if (!results) return { mounted: false, shares: [], waitSeconds: WAIT_SECONDS };
  const shares = results.flatMap(({ instanceId, result: { answer } }) => {
    if (!Array.isArray(answer['shares'])) throw new ShareFailed(`${instanceId} did not say what it mounted`);
    return answer['shares'].map(share => shareOf(instanceId, share as Readonly<Record<string, unknown>>, plan));
  });
  const open = shares.filter(share => isOpen(share, plan));
  if (open.length > 0) {
    throw new ShareFailed(`${open.map(({ instanceId, volumeId, reservation }) => `${instanceId} sees a reservation of type ${reservation} on ${volumeId}`).join('; ')},`
      + ' not the write exclusive one (1) that the source has taken');
  }
  return { mounted: true, shares, waitSeconds: 0 };
}

/** A clone without the nvme command can not tell; the source could. */
function isOpen({ volumeId, reservation }: Share, { shared }: Plan): boolean {
  return reservation !== null && reservation !== WRITE_EXCLUSIVE && reservedBySource(shared).includes(volumeId);
}

function shareOf(instanceId: string, share: Readonly<Record<string, unknown>>, { shared }: Plan): Share {
  const text = (name: string): string | null => (typeof share[name] === 'string' ? share[name] : null);
  const volumeId = text('volume') ?? '';
  return {
    access: 'read-only', instanceId, volumeId,
    device: shared.find(one => one.volumeId === volumeId)?.device ?? '',
    filesystem: text('filesystem'), mount: text('mount'), reason: text('reason'),
    reservation: typeof share['reservation'] === 'number' ? share['reservation'] : null,
  };
}
