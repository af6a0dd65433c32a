import type { JsonObject } from '../json';
import type { Side } from './host';
import type { PairState } from './pair-state';

/** One step that ran on a real virtual machine. Names are placeholders (placeholders.ts). */
export interface RecordedCommand {
  readonly side: Side;
  readonly step: string;
  /** Without empty ones. */
  readonly parameters: Readonly<Record<string, string>>;
  /** How far both sides were before. */
  readonly before: PairState;
  /** Seconds since that state began; of `verify`, since the verification began. */
  readonly since: number;
  /** The one line on standard output. */
  readonly stdout: string;
  readonly status: number;
  readonly seconds: number;
}

/** What a pair of virtual machines answered, from the first look to the end. */
export interface Recording {
  readonly format: 1;
  readonly engine: 'drbd' | 'md';
  /** What was recorded: system, sizes, link; for people. */
  readonly of: Readonly<Record<string, string | number>>;
  readonly commands: readonly RecordedCommand[];
}

/** Reads a recording; refuses what is none. */
export function readRecording(text: string, where: string): Recording {
  const json = JSON.parse(text) as JsonObject;
  if (json.format !== 1 || !Array.isArray(json.commands)) throw new Error(`${where} is no recording of format 1`);
  for (const [index, command] of (json.commands as JsonObject[]).entries()) {
    const { side, step, stdout, status, seconds, since, before, parameters } = command;
    const valid = (side === 'source' || side === 'target') && [step, stdout].every(each => typeof each === 'string')
      && [status, seconds, since].every(each => typeof each === 'number') && isObject(before) && isObject(parameters);
    if (!valid) throw new Error(`${where}: command ${index} is not complete`);
    answerIn(String(stdout), `${where}: command ${index}`);
  }
  return json as unknown as Recording;
}

/** The JSON of an answer. */
export function answerIn(stdout: string, where: string): JsonObject {
  let answer: unknown;
  try {
    answer = JSON.parse(stdout);
  } catch {
    answer = undefined;
  }
  if (!isObject(answer) || !/^[^\n]*\n$/.test(stdout)) throw new Error(`${where}: the answer is not one line of JSON: ${stdout.slice(0, 200)}`);
  return answer;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
