import type { Step } from '../step';
import type { Pace } from './pace';
import { type PatientCommand, sendPatiently } from './trouble';

export interface Asked extends Step {
  readonly session: string;
  readonly instanceId: string;
  readonly pace: Pace | null;
  readonly documentName: string;
}

/** Sends a status with the pace of what is copied: the side that receives the blocks sets it. */
export async function askForStatus({ session, instanceId, pace, documentName }: Asked): Promise<PatientCommand> {
  return sendPatiently(instanceId, documentName, { Session: session, ...ratesOf(pace) });
}

/** A pace as documents take it; null: as it is. */
export function ratesOf(pace: Pace | null): Record<'MinRate' | 'MaxRate', string> {
  return { MinRate: pace === null ? '' : `${pace.minRate}`, MaxRate: pace === null ? '' : `${pace.maxRate}` };
}
