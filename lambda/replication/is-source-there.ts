import { HostUnreachable } from '../shared/errors';
import { type Look, type LookInput, patiently } from '../shared/replication/command';
import { answerOrTrouble, type PatientCommand } from '../shared/replication/trouble';

export interface Input extends LookInput {
  readonly command: PatientCommand;
}
export type Output = Look;

/** The document may take five minutes, its delivery one. */
const ENDS_WITHIN = 420;

/** Looks whether the source takes commands: a target hands over to nobody who could not be told to serve. */
export async function handler({ command, since }: Input): Promise<Output> {
  const { told, trouble } = await answerOrTrouble(command, ENDS_WITHIN, () => true);
  if (trouble) {
    throw new HostUnreachable(`the source takes no commands, so the target was not told to hand over and serves on: ${trouble.reason}.`
      + ' Give the source its way to Systems Manager back (it may have left with an Elastic IP address), and fall back again');
  }
  return told ? { done: true, waitSeconds: 0 } : { done: false, waitSeconds: patiently(since) };
}
