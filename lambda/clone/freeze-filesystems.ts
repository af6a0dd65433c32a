import { freezeOwner, sendCommand } from '../shared/command';
import type { Plan } from '../shared/plan/plan';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly documentName: string;
  readonly attempt: number;
  /** After so long the instance thaws itself (10 to 300). */
  readonly seconds: number;
}
export interface Output { readonly commandId: string }

/** What the document's pattern for a device name takes. */
const DEVICE = /^\/dev\/[a-z0-9]{1,16}$/;
/** The document's parameter takes so many characters. */
const MOST_CHARACTERS = 4096;

/** Tells the instance to freeze the filesystems on the volumes that are about to be snapshotted; the document never freezes the root. */
export async function handler({ plan, documentName, attempt, seconds, execution }: Input): Promise<Output> {
  return {
    commandId: await sendCommand(plan.sourceInstanceId, documentName, {
      Owner: freezeOwner(execution, attempt), Volumes: volumeList(plan), Seconds: `${seconds}`,
    }),
  };
}

/** Xen instances know their volumes by device name only; Nitro ones by the serial number, so that names may go where they do not fit. */
function volumeList({ volumes: all, copying }: Plan): string {
  // the root, which is never frozen, may go on: whether all others are held is what copies depend on
  const volumes = copying && all.length > 1 ? all.filter(({ root }) => !root) : all;
  const named = volumes.map(({ volumeId, device }) => (DEVICE.test(device) ? `${volumeId}=${device}` : volumeId)).join(',');
  return named.length <= MOST_CHARACTERS ? named : volumes.map(({ volumeId }) => volumeId).join(',');
}
