import { type ReplicationEngine, type ReplicationStep, replicationParameters, replicationScript } from '../../../lib/private/replication-documents';
import { patience } from '../lab/command';
import type { Machine } from '../lab/machine';

/** What a command's output may be at most: the rest is cut off by GetCommandInvocation. */
const MOST_OUTPUT = 24_000;

export type Answer = Record<string, unknown>;

export interface StepOutcome {
  readonly status: number;
  readonly answer: Answer;
  /** The answer as it was printed. */
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** The environment that the agent makes of a document's parameters, as SSM would let them pass. */
export function environment(step: ReplicationStep, given: Record<string, string>): Record<string, string> {
  const declared = replicationParameters(step);
  const unknown = Object.keys(given).filter(name => !(name in declared));
  if (unknown.length > 0) throw new Error(`the document ${step} has no parameter ${unknown.join(', ')}`);
  return Object.fromEntries(Object.entries(declared).map(([name, { allowedPattern, maxChars, default: otherwise }]) => {
    const value = given[name] ?? otherwise;
    if (value === undefined) throw new Error(`the document ${step} needs the parameter ${name}`);
    if (!new RegExp(allowedPattern).test(value)) throw new Error(`SSM refuses ${name}=${value} of ${step}: ${allowedPattern}`);
    if (maxChars !== undefined && value.length > maxChars) throw new Error(`SSM refuses ${name} of ${step}: longer than ${maxChars}`);
    return [`SSM_${name}`, value];
  }));
}

/** Runs the script of a step with an environment as it stands; stdout must be exactly one line of JSON. */
export async function runStep(
  machine: Machine, step: ReplicationStep, engine: ReplicationEngine, variables: Record<string, string>, seconds = 90 * patience,
): Promise<StepOutcome> {
  const { status, stdout, stderr, seconds: took } = await machine.attempt(replicationScript(step, engine), variables, seconds);
  if (process.env.DATAPLANE_STEPS) process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${step} on ${machine.name}: ${status}, ${took.toFixed(1)} s\n`);
  const wrong = (what: string) => new Error(`${step} on ${machine.name} ${what}\n--- stdout\n${stdout.slice(-3000)}\n--- stderr\n${stderr.slice(-4000)}`);
  if (status === undefined) throw wrong(`had not ended after ${seconds} s`);
  if (!/^\{.*\}\n$/.test(stdout)) throw wrong('did not print exactly one line of JSON');
  if (stdout.length > MOST_OUTPUT) throw wrong(`printed ${stdout.length} characters`);
  let answer: Answer;
  try {
    answer = JSON.parse(stdout) as Answer;
  } catch (error) {
    throw wrong(`did not print JSON: ${String(error)}`);
  }
  if ((status === 0) === ('error' in answer)) throw wrong(`ended with ${status} and this answer`);
  return { status, answer, stdout, stderr, seconds: took };
}
