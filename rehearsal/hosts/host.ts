import type { Reply } from '../guest/sandbox';

/** A command that the SSM agent of an instance is to run. */
export interface HostRun {
  /** The physical name of the document. */
  readonly documentName: string;
  readonly script: string;
  /** With the document's parameters as `SSM_<Name>`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  /** Hands over what ends the command before its time. */
  readonly killable: (kill: () => void) => void;
}

/** What plays the inside of an instance in the place of the guest's sandbox. */
export interface Host {
  /** Whether it does so for this document; the sandbox runs others. */
  plays(documentName: string): boolean;
  run(run: HostRun): Promise<Reply>;
}

/** Whether the application's data is whole where it should be. */
export interface Proof {
  readonly holds: boolean;
  readonly detail: string;
}

export type Side = 'source' | 'target';

export const sides: readonly Side[] = ['source', 'target'];

export function other(side: Side): Side {
  return side === 'source' ? 'target' : 'source';
}
