import { AgentTooOld, HostUnreachable, ParameterRefused, StrangeAnswer } from '../errors';
import type { Answer } from './answer';
import { answerOf, isHostVerdict, sendStep, type SentCommand } from './command';

/** For how long replication may stand still before somebody has to be told: a reboot or a link that is cut heals by itself. */
const PATIENCE_MS = 15 * 60_000;
/** The same for people. */
export const PATIENCE = '15 minutes';
/** Meanwhile it is looked at so often. */
export const TROUBLE_SECONDS = 60;

/** When the trouble began that is there now; null while there is none. */
export function troubleSince(troubled: boolean, former: string | null, now: number): string | null {
  return troubled ? former ?? new Date(now).toISOString() : null;
}

export function isTooLong(since: string | null, now: number): boolean {
  return since !== null && now - Date.parse(since) >= PATIENCE_MS;
}

/** A command of a loop that goes on for days; without an id it could not be sent. */
export interface PatientCommand extends SentCommand { readonly undelivered: string | null }

/** Why a host did not tell what it was asked. */
export interface Trouble {
  readonly reason: string;
  /** It said nothing at all. */
  readonly silent: boolean;
}

/** Sends one document to an instance that may be rebooting. */
export async function sendPatiently(instanceId: string, documentName: string, parameters: Readonly<Record<string, string>>): Promise<PatientCommand> {
  try {
    return { ...await sendStep(instanceId, documentName, parameters), undelivered: null };
  } catch (error) {
    if (!(error instanceof HostUnreachable)) throw error;
    return { instanceId, commandId: '', sentAt: new Date().toISOString(), undelivered: error.message };
  }
}

/** What no waiting mends. */
const FINAL = [AgentTooOld, ParameterRefused];

/**
 * What the host said; or why it could not, which may pass; or neither while it has not ended. A host that goes down while the document
 * runs never ends it: after `endsWithin` seconds it counts as silent, and is asked anew.
 */
export async function answerOrTrouble<T>(
  command: PatientCommand, endsWithin: number, read: (answer: Answer) => T,
): Promise<{ readonly told: T | null; readonly trouble: Trouble | null }> {
  if (command.undelivered !== null) return { told: null, trouble: { reason: command.undelivered, silent: true } };
  try {
    const answer = await answerOf(command);
    if (answer) return { told: read(answer), trouble: null };
  } catch (error) {
    if (!mayPass(error)) throw error;
    return { told: null, trouble: { reason: `${error.name}: ${error.message}`, silent: error instanceof HostUnreachable } };
  }
  const silent = Date.now() - Date.parse(command.sentAt) > endsWithin * 1000;
  return { told: null, trouble: silent ? { reason: `${command.instanceId} did not answer command ${command.commandId}`, silent } : null };
}

/** A verdict on a host; what AWS refuses is retried by the workflow. */
function mayPass(error: unknown): error is Error {
  return error instanceof Error && (isHostVerdict(error) || error instanceof StrangeAnswer) && !FINAL.some(verdict => error instanceof verdict);
}
