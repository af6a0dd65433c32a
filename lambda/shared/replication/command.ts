import { readCommand, sendCommand } from '../command';
import { errorMessage, errorName } from '../error-name';
import {
  AgentTooOld, EngineFailed, HeldByAnother, HostCommandFailed, HostUnreachable, MountBusy, NotFoundOnHost, NotSupportedOnHost,
  PackagesMissing, ParameterRefused, PeerUnreachable, ReplicationInWrongState, ServiceFailed, TargetInUse, TargetUnfit,
} from '../errors';
import { isRecord } from '../request/rules';
import type { Step } from '../step';
import { Answer, quotable } from './answer';

/** A document that was sent to an instance. */
export interface SentCommand {
  readonly instanceId: string;
  readonly commandId: string;
  /** ISO 8601, by this side's clock. */
  readonly sentAt: string;
}

export interface LookInput extends Step {
  readonly command: SentCommand;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}

export interface Look {
  readonly done: boolean;
  readonly waitSeconds: number;
}

/** What a document's error is called here; `docs/sync.md` tells what to do about each. */
const ERRORS: Readonly<Record<string, new (message: string) => Error>> = {
  InvalidParameter: ParameterRefused,
  HeldByAnother,
  NotFound: NotFoundOnHost,
  Busy: MountBusy,
  EngineFailed,
  NotSupported: NotSupportedOnHost,
  WrongState: ReplicationInWrongState,
  PeerUnreachable,
  AgentTooOld,
  TargetInUse,
  TargetUnfit,
  ServiceFailed,
};

/** Whether a host said it, and not AWS. */
export function isHostVerdict(error: Error): boolean {
  return [...Object.values(ERRORS), PackagesMissing, HostUnreachable, HostCommandFailed].some(verdict => error instanceof verdict);
}

/** Delivery failed, so that nothing ran (GetCommandInvocation's StatusDetails). */
const UNDELIVERED = /^(Undeliverable|Delivery ?Timed ?Out)/;

/** Sends one document; the documents are safe to repeat, so a retried step is too. */
export async function sendStep(instanceId: string, documentName: string, parameters: Readonly<Record<string, string>>): Promise<SentCommand> {
  try {
    const sentAt = new Date().toISOString();
    return { instanceId, commandId: await sendCommand(instanceId, documentName, parameters), sentAt };
  } catch (error) {
    if (errorName(error) !== 'InvalidInstanceId') throw error;
    throw new HostUnreachable(`Systems Manager does not reach ${instanceId}: look at its agent, its role and its way to the endpoints. It says: ${errorMessage(error)}`);
  }
}

/** Undefined while the document runs; throws what it failed with, under the name that users know. */
export async function answerOf({ instanceId, commandId }: SentCommand): Promise<Answer | undefined> {
  const result = await readCommand(instanceId, commandId);
  if (!result) return undefined;
  if (result.succeeded) return new Answer(result.answer, `the answer of ${instanceId} to command ${commandId}`);
  const { error } = result.answer;
  if (UNDELIVERED.test(result.reason)) {
    throw new HostUnreachable(`the agent of ${instanceId} did not take command ${commandId} (${quotable(result.reason)}): look at the instance and its SSM agent`);
  }
  const lacking = missing(result.answer['missing']);
  const known = typeof error === 'string' && Object.hasOwn(ERRORS, error) ? ERRORS[error] : undefined;
  const Verdict = known === NotSupportedOnHost && lacking !== '' ? PackagesMissing : known;
  if (!Verdict) throw new HostCommandFailed(`${instanceId} could not do what command ${commandId} asked for: ${quotable(result.reason, 2000) || 'it said nothing'}`);
  throw new Verdict(`${instanceId}: ${quotable(result.answer['message'] ?? error, 2000)}${holders(result.answer['holders'])}${lacking}`);
}

/** Looks once. `nothing` is told while the document runs: what the workflow assigns has to be there always. */
export async function look<T extends object>(
  { command, since }: LookInput, wait: (since: string) => number, nothing: T, read: (answer: Answer) => T | Promise<T>,
): Promise<Look & T> {
  const answer = await answerOf(command);
  return answer ? { done: true, waitSeconds: 0, ...await read(answer) } : { done: false, waitSeconds: wait(since), ...nothing };
}

/** While something is paused every second counts. */
export function quickly(since: string, now = Date.now()): number {
  const waited = (now - Date.parse(since)) / 1000;
  return waited < 10 ? 1 : waited < 60 ? 2 : 3;
}

/** While everything serves: a round trip through Systems Manager takes some seconds, an installation minutes. */
export function patiently(since: string, now = Date.now()): number {
  return Math.round(Math.min(30, Math.max(4, (now - Date.parse(since)) / 5000)));
}

function holders(value: unknown): string {
  if (!Array.isArray(value) || value.length === 0) return '';
  const named = value.slice(0, 20).filter(isRecord).map(({ pid, command, unit }) =>
    `${quotable(command, 80)} (process ${quotable(pid, 20)}${unit ? `, unit ${quotable(unit, 120)}` : ''})`);
  return `. It is held by ${named.join(', ')}: end them, or add their units to services`;
}

function missing(value: unknown): string {
  if (!Array.isArray(value) || value.length === 0) return '';
  return `. Missing: ${value.slice(0, 20).map(one => quotable(one, 80)).join(', ')}`;
}
