import { sendStep, type SentCommand } from '../shared/replication/command';
import { nextPace } from '../shared/replication/pace';
import type { PaceRequest } from '../shared/replication/replication';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly session: string;
  readonly instanceId: string;
  readonly request: PaceRequest;
  readonly documentName: string;
}
export type Output = SentCommand;

/** Nothing was seen yet. */
const NOTHING = { bytesLeft: 0, bytesPerSecond: 0, application: { readBytesPerSecond: 0, writeBytesPerSecond: 0, awaitMillis: 0 } };

/** Tells the target the hard limit before clients are led to it, for the first look at its progress comes minutes later. */
export async function handler({ session, instanceId, request, documentName }: Input): Promise<Output> {
  const { minRate, maxRate } = nextPace(request, null, NOTHING, Date.now());
  return sendStep(instanceId, documentName, { Session: session, MinRate: `${minRate}`, MaxRate: `${maxRate}` });
}
