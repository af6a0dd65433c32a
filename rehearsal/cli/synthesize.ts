import { spawn } from 'child_process';
import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join, resolve } from 'path';

const root = resolve(__dirname, '../..');

export interface Synthesized {
  /** The cloud assembly. */
  readonly dir: string;
  remove(): void;
}

/** Runs the app as the CDK CLI does, with its context; the assembly lies in a folder of its own. */
export async function synthesize(context: Readonly<Record<string, string>>): Promise<Synthesized> {
  const dir = mkdtempSync(join(tmpdir(), 'instance-mobility-'));
  const app = spawn(process.execPath, ['--import', 'tsx', 'bin/app.ts'], {
    cwd: root,
    env: {
      ...process.env,
      CDK_OUTDIR: dir,
      // the CDK's own checks of the template take longer than all the rest; the tests look at their findings
      CDK_VALIDATION: 'false',
      CDK_CONTEXT_JSON: JSON.stringify({ ...likeTheCli, ...contextOfApp(), ...context }),
    },
    // what the app prints is not what the rehearsal answers
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const remove = () => {
    // an app that is still at it would make its folder anew; what it was just writing is what the retries are for
    app.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    process.off('exit', remove);
  };
  // a rehearsal that is broken off leaves nothing, too
  process.on('exit', remove);
  let said = '';
  for (const stream of [app.stdout, app.stderr]) stream.on('data', (text: Buffer) => { said += text.toString(); });
  const status = await new Promise<number | null>((settle, fail) => app.on('error', fail).on('close', settle));
  if (status !== 0) {
    remove();
    throw new Error(`the app could not be synthesized (status ${status}):\n${said.trim()}`);
  }
  return { dir, remove };
}

/** Context that the CDK CLI adds of itself: templates then tell the paths of constructs. */
const likeTheCli = { 'aws:cdk:enable-path-metadata': true };

/** The feature flags and settings in cdk.json, which the CDK CLI would pass on. */
function contextOfApp(): Record<string, unknown> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- JSON beside the sources, read at run time
  return (require(join(root, 'cdk.json')) as { context?: Record<string, unknown> }).context ?? {};
}
