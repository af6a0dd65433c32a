import type { Execution } from '../asl';
import type { Account } from '../cloud/account';
import type { Proof } from '../hosts/host';
import { duration } from '../report/format';
import type { Expectation } from '../report/story';
import { expect } from './expectations';
import type { StagedPair } from './hosts';

/** The part of a sync machine's output that scenarios look at. */
export interface SyncOutput {
  readonly session: string;
  readonly engine: string;
  readonly target: { readonly instanceId: string; readonly address: string };
  readonly pauseSeconds: number | null;
  readonly sourceReleased: unknown;
}

export function outputOf({ output }: Execution): SyncOutput | undefined {
  return output as SyncOutput | undefined;
}

export function proven(what: string, { holds, detail }: Proof): Expectation {
  return expect(what, holds, detail);
}

/** The application was never without its disk for longer than this. */
export function pausedAtMost(pair: StagedPair, seconds: number): Expectation[] {
  const pause = pair.longestPause();
  return pause === undefined ? [] : [expect(`the application paused for less than ${duration(seconds * 1000)}`, pause < seconds * 1000, duration(pause))];
}

export function runs(account: Account, what: string, instanceId: string | undefined): Expectation {
  const state = account.ec2.instances.get(instanceId ?? '')?.State.Name;
  return expect(`${what} runs`, state === 'running', state ?? 'there is none');
}

/** The instances that came up since, by now. */
export function newcomers({ ec2 }: Account, known: readonly string[]): string[] {
  return [...ec2.instances.values()].filter(each => !known.includes(each.InstanceId) && each.State.Name !== 'terminated').map(each => each.InstanceId);
}
