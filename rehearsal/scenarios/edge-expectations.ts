import type { Execution } from '../asl';
import type { Account } from '../cloud/account';
import type { Expectation } from '../report/story';
import { expect } from './expectations';

/** The part of the machine's output that scenarios look at. */
export interface MigrationOutput {
  readonly targetInstanceId: string;
  readonly pauseSeconds: number;
  readonly bytes: number;
}

export function outputOf({ output }: Execution): MigrationOutput | undefined {
  return output as MigrationOutput | undefined;
}

/** Whether an instance is at the Outpost, or in the Region. */
export function isAt({ ec2 }: Account, what: string, instanceId: string | undefined, outpostArn: string | undefined): Expectation {
  const instance = ec2.instances.get(instanceId ?? '');
  const place = instance ? instance.OutpostArn ?? 'the Region' : 'nowhere';
  return expect(`${what} is ${outpostArn === undefined ? 'in the Region' : 'at the Outpost'}`, place === (outpostArn ?? 'the Region'), place);
}

/** What a move made and did not need any more is gone, and whatever it came from, too. */
export function onlyLives({ ec2 }: Account, what: string, ids: readonly (string | undefined)[]): Expectation {
  const living = [...ec2.instances.values()].filter(({ State }) => State.Name !== 'terminated').map(({ InstanceId }) => InstanceId);
  const snapshots = [...ec2.snapshots.keys()];
  return expect(what, [...living].sort().join() === [...ids].sort().join() && snapshots.length === 0, [...living, ...snapshots].join(' '));
}
