import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that the test files of one run share, each in its own process: the environment tells where it is. */
export class RunFolder {
  constructor(private readonly variable: string) {}

  /** Before all test files. */
  begin(): void {
    process.env[this.variable] = mkdtempSync(join(tmpdir(), 'test-run-'));
  }

  get path(): string | undefined {
    return process.env[this.variable];
  }

  /** After all test files. */
  end(): void {
    rmSync(this.path!, { recursive: true, force: true });
  }
}

/** What test files synthesize. */
export const assemblies = new RunFolder('ASSEMBLIES');
/** What their rehearsals used of the permissions that were granted. */
export const permissionUsage = new RunFolder('PERMISSION_USAGE');
