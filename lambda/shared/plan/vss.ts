import type { Request } from '../request/request';
import type { Source } from '../source/source';
import { isWindows } from '../vss';
import type { Check, Plan } from './plan';

/** A running Windows is frozen by VSS, whose writers let applications come to rest; a stopped one needs nothing. */
export function byVss({ consistency }: Request, { state, instance }: Source): boolean {
  return consistency === 'filesystem' && state === 'running' && isWindows(instance);
}

/** What a user should know of snapshots that the instance takes itself. */
export function vssWarnings(excluded: Plan['excluded']): string[] {
  const lines: readonly (string | false)[] = [
    'Windows freezes by VSS, for ten seconds at most, and takes the snapshots itself, with the rights of its own role and AWS\'s package AwsVssComponents: what of that'
      + ' is missing shows only then, and undoes the execution',
    excluded.length > 0 && `VSS snapshots every attached volume: the snapshots of ${excluded.map(({ device }) => device).join(', ')} are removed with the others that are not kept`,
    'the image is registered on the snapshot of the root: where EC2 does not find Windows\' billing details in it, nothing is launched (PlatformLost), and only consistency'
      + ' "crash", whose image is made by CreateImage, is left',
  ];
  return lines.filter(line => line !== false);
}

/** No dry run of ours can ask with the rights of the instance. */
export function vssCheck({ instance }: Source): Check {
  return { check: 'rights of VSS', result: 'not possible', detail: `whether the role of ${instance.IamInstanceProfile?.Arn} may take snapshots can be told only by taking`
    + ' them: it needs what AWSEC2VssSnapshotPolicy grants' };
}
