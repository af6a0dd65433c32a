import type { Guest } from '../../guest/guest';
import type { Reply } from '../../guest/sandbox';
import { AwsError } from '../service';

/** A parameter of a Command document, as far as the rehearsal knows it. */
export interface DocumentParameter {
  readonly type: 'String';
  readonly description?: string;
  readonly default?: string;
  readonly allowedPattern?: string;
  readonly allowedValues?: readonly string[];
  readonly maxChars?: number;
  readonly minChars?: number;
  readonly interpolationType?: 'ENV_VAR';
}

/** A Command document of schema 2.2 with one shell script. */
export interface CommandDocument {
  readonly description?: string;
  readonly parameters: Readonly<Record<string, DocumentParameter>>;
  readonly step: {
    readonly name: string;
    readonly script: string;
    readonly timeoutSeconds: number;
    /** The platform that its precondition names. */
    readonly platform?: string;
  };
  /** What a document of AWS does, of which there is no script; its parameter executionTimeout ends it. */
  readonly play?: (guest: Guest, values: Readonly<Record<string, string>>) => Promise<Reply>;
}

const parameterFields = ['type', 'description', 'default', 'allowedPattern', 'allowedValues', 'maxChars', 'minChars', 'interpolationType'];

/** CreateDocument: "Content … must not exceed 64KB". */
const mostBytes = 64 * 1024;

/**
 * Reads a document's content; refuses what AWS refuses, and what the rehearsal does not know.
 *
 * Systems Manager User Guide, "Data elements and parameters" and "Command document plugin reference".
 */
export function readDocument(content: string): CommandDocument {
  if (Buffer.byteLength(content) > mostBytes) throw new AwsError('MaxDocumentSizeExceeded', 'The size limit of a document is 64 KB.');
  const document = object(parseJson(content), 'document');
  known(document, ['schemaVersion', 'description', 'parameters', 'mainSteps'], 'document');
  if (document.schemaVersion !== '2.2') throw invalid(`the rehearsal knows schemaVersion 2.2 only, not ${String(document.schemaVersion)}`);
  const parameters = Object.fromEntries(Object.entries(object(document.parameters ?? {}, 'parameters'))
    .map(([name, parameter]) => [name, readParameter(name, object(parameter, `parameter ${name}`))]));
  const steps = document.mainSteps;
  if (!Array.isArray(steps) || steps.length !== 1) throw invalid('the rehearsal knows documents with one step only');
  return {
    ...(document.description !== undefined && { description: text(document.description, 'description') }),
    parameters,
    step: readStep(object(steps[0], 'step')),
  };
}

function readParameter(name: string, parameter: Record<string, unknown>): DocumentParameter {
  // agent/framework/docparser/parameters of amazon-ssm-agent: other names are ignored
  if (!/^[a-zA-Z0-9]+$/.test(name)) throw invalid(`parameter name ${name}`);
  known(parameter, parameterFields, `parameter ${name}`);
  if (parameter.type !== 'String') throw invalid(`the rehearsal knows parameters of type String only; ${name} is ${String(parameter.type)}`);
  if (parameter.interpolationType !== undefined && parameter.interpolationType !== 'ENV_VAR') {
    throw invalid(`interpolationType of ${name} is ${String(parameter.interpolationType)}`);
  }
  if (parameter.allowedPattern !== undefined) {
    const pattern = text(parameter.allowedPattern, `allowedPattern of ${name}`);
    // the agent checks with Go's regexp, which knows neither look-around nor back references
    if (/\(\?[=!<]|\\\d/.test(pattern)) throw invalid(`allowedPattern of ${name} does not work in the agent: ${pattern}`);
  }
  return parameter as unknown as DocumentParameter;
}

function readStep(step: Record<string, unknown>): CommandDocument['step'] {
  known(step, ['action', 'name', 'precondition', 'inputs'], 'step');
  if (step.action !== 'aws:runShellScript') throw invalid(`the rehearsal knows aws:runShellScript only, not ${String(step.action)}`);
  const inputs = object(step.inputs, 'inputs');
  known(inputs, ['timeoutSeconds', 'runCommand'], 'inputs');
  const { runCommand } = inputs;
  if (!Array.isArray(runCommand)) throw invalid('runCommand is a list of lines');
  // "The default value is 3600"; the agent takes a number as well as a text of one
  const timeoutSeconds = Number(inputs.timeoutSeconds ?? 3600);
  if (!Number.isInteger(timeoutSeconds) || timeoutSeconds < 5 || timeoutSeconds > 172800) {
    throw invalid(`timeoutSeconds is ${String(inputs.timeoutSeconds)}`);
  }
  const name = text(step.name, 'name of the step');
  const script = `${runCommand.map(line => text(line, 'line of runCommand')).join('\n')}\n`;
  if (step.precondition === undefined) return { name, script, timeoutSeconds };
  const precondition = object(step.precondition, 'precondition');
  const [left, platform] = Array.isArray(precondition.StringEquals) ? precondition.StringEquals as unknown[] : [];
  if (left !== 'platformType' || typeof platform !== 'string') throw invalid('the rehearsal knows preconditions on platformType only');
  return { name, script, timeoutSeconds, platform };
}

/** The value of each parameter for one command; refuses values that the document does not allow. */
export function valuesOf(document: CommandDocument, given: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  const unknown = Object.keys(given).filter(name => !(name in document.parameters));
  if (unknown.length > 0) throw new AwsError('InvalidParameters', `The document does not have these parameters: ${unknown.join(', ')}`);
  return Object.fromEntries(Object.entries(document.parameters).map(([name, parameter]) => {
    const values = given[name] ?? (parameter.default === undefined ? [] : [parameter.default]);
    const [value] = values;
    if (value === undefined) throw new AwsError('InvalidParameters', `The parameter ${name} is required and has no value`);
    if (values.length > 1) throw new AwsError('InvalidParameters', `The parameter ${name} is a String and has ${values.length} values`);
    if (!allowed(parameter, value)) throw new AwsError('InvalidParameters', `The value of the parameter ${name} is not allowed: ${value}`);
    return [name, value];
  }));
}

function allowed({ allowedPattern, allowedValues, maxChars = Infinity, minChars = 0 }: DocumentParameter, value: string): boolean {
  return (allowedPattern === undefined || new RegExp(allowedPattern).test(value))
    && (allowedValues === undefined || allowedValues.includes(value))
    && value.length <= maxChars && value.length >= minChars;
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    throw invalid(`not JSON: ${(error as Error).message}`);
  }
}

function object(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${what} is no object`);
  return value as Record<string, unknown>;
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string') throw invalid(`${what} is no text`);
  return value;
}

function known(value: Record<string, unknown>, fields: readonly string[], what: string): void {
  const unknown = Object.keys(value).filter(field => !fields.includes(field));
  if (unknown.length > 0) throw invalid(`${what} has fields that the rehearsal does not know: ${unknown.join(', ')}`);
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidDocumentContent', message);
}
