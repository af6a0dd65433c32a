import { sendStep, type SentCommand } from '../shared/replication/command';
import { yesOrNo } from '../shared/replication/prepare';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly session: string;
  readonly instanceId: string;
  /** The operator's word that the target is gone for good. */
  readonly peerLost: boolean;
  readonly documentName: string;
}
export type Output = SentCommand;

/** Tells the source to serve again, with all that was written since the switch. */
export async function handler({ session, instanceId, peerLost, documentName }: Input): Promise<Output> {
  return sendStep(instanceId, documentName, { Session: session, PeerLost: yesOrNo(peerLost) });
}
