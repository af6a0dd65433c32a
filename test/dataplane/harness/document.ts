import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { readIdentityDocument, resetIdentityDocument } from '../../../lib/clone/identity-documents';
import { freezeDocument, thawDocument } from '../../../lib/private/filesystem-documents';
import {
  fenceDocument, holdClusterDocument, inspectSharesDocument, joinClusterDocument,
  mountOwnDocument, mountReadOnlyDocument, releaseSharedDocument, reserveDocument, warmUpDocument, warmUpStatusDocument,
} from '../../../lib/private/volume-documents';
import { patience } from '../lab/command';
import type { Machine } from '../lab/machine';

interface Content {
  readonly parameters?: Record<string, { readonly allowedPattern: string; readonly maxChars?: number; readonly default?: string }>;
  readonly mainSteps: readonly { readonly inputs: { readonly runCommand: readonly string[] } }[];
}

const makers = {
  'freeze': freezeDocument, 'thaw': thawDocument,
  'fence': fenceDocument, 'mount-read-only': mountReadOnlyDocument, 'release-shared': releaseSharedDocument, 'mount-own': mountOwnDocument,
  'inspect': inspectSharesDocument, 'hold-cluster': holdClusterDocument, 'join-cluster': joinClusterDocument,
  'reserve': reserveDocument, 'warm-up': warmUpDocument, 'warm-up-status': warmUpStatusDocument,
  'read-identity': readIdentityDocument, 'reset-identity': resetIdentityDocument,
};
export type DocumentName = keyof typeof makers;

export interface DocumentOutcome {
  readonly status: number;
  readonly answer: Record<string, unknown>;
  readonly stderr: string;
}

/** The documents as a stack deploys them. */
const stack = new Stack(new App(), 'Stack');
const ids = Object.fromEntries(Object.entries(makers).map(([name, make]) => [name, make(stack).node.id]));
const resources = Template.fromStack(stack).findResources('AWS::SSM::Document') as Record<string, { Properties: { Content: Content } }>;

function contentOf(name: DocumentName): Content {
  const [, resource] = Object.entries(resources).find(([id]) => id.startsWith(ids[name]!))!;
  return resource.Properties.Content;
}

/** What the SSM agent asks for with this exit status: to reboot, and to run the script again. */
const REBOOT = 194;

/** Runs a document on a machine as the SSM agent does that knows it by that id; the answer must be exactly one line of JSON. */
export async function runDocument(
  machine: Machine, name: DocumentName, given: Readonly<Record<string, string>> = {}, registration = 'i-00000000000000000', seconds = 120 * patience,
): Promise<DocumentOutcome> {
  const { parameters = {}, mainSteps } = contentOf(name);
  const variables = Object.entries(parameters).map(([key, { allowedPattern, maxChars = Infinity, default: otherwise }]) => {
    const value = given[key] ?? otherwise;
    if (value === undefined || !new RegExp(allowedPattern).test(value) || value.length > maxChars) throw new Error(`SSM refuses ${key}=${value} of ${name}`);
    return [`SSM_${key}`, value];
  });
  const environment = { ...Object.fromEntries(variables) as Record<string, string>, AWS_SSM_INSTANCE_ID: registration };
  const script = mainSteps[0]!.inputs.runCommand.join('\n');
  const run = () => machine.attempt(script, environment, seconds);
  let outcome = await run();
  if (outcome.status === REBOOT) {
    if (outcome.stdout !== '') throw new Error(`${name} on ${machine.name} printed before it asked for a reboot: ${outcome.stdout}`);
    await machine.reboot();
    outcome = await run();
  }
  const { status, stdout, stderr } = outcome;
  const wrong = (what: string) => new Error(`${name} on ${machine.name} ${what}\n--- stdout\n${stdout.slice(-3000)}\n--- stderr\n${stderr.slice(-4000)}`);
  if (status === undefined) throw wrong(`had not ended after ${seconds} s`);
  if (!/^\{.*\}\n$/.test(stdout)) throw wrong(`ended with ${status} and did not print exactly one line of JSON`);
  const answer = JSON.parse(stdout) as Record<string, unknown>;
  if ((status === 0) === ('error' in answer)) throw wrong(`ended with ${status} and this answer`);
  return { status, answer, stderr };
}

/** A document that must succeed; returns what it answered. */
export async function document(
  machine: Machine, name: DocumentName, given: Readonly<Record<string, string>> = {}, registration?: string,
): Promise<Record<string, unknown>> {
  const { status, answer, stderr } = await runDocument(machine, name, given, registration);
  if (status !== 0) throw new Error(`${name} on ${machine.name} ended with ${status}: ${JSON.stringify(answer)}\n${stderr.slice(-3000)}`);
  return answer;
}
