import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { type Assembly, readAssembly } from '../../rehearsal/rehearsal';
import { assemblies } from './run-folder';

export interface SynthesisOptions {
  /** Whether the CDK checks the templates: that takes longer than all the rest, and `static.test.ts` looks at what it finds. */
  readonly validated?: boolean;
}

/** Synthesizes an app, with the paths of constructs in its templates, which the CDK CLI asks for. */
export function assemblyOf(define: (app: App) => void, { validated = false }: SynthesisOptions = {}): Assembly {
  const outdir = mkdtempSync(join(assemblies.path!, 'assembly-'));
  const app = new App({ outdir, context: { 'aws:cdk:enable-path-metadata': true }, builtinCloudFormationValidation: validated });
  define(app);
  app.synth();
  return readAssembly(outdir);
}
