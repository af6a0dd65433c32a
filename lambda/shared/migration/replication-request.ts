import { InvalidRequest } from '../errors';
import type { CopyChoice } from './copy';
import type { Destination } from './destination';
import { overridesFor } from './overrides';
import type { PlannedLink } from './plan';
import type { MigrationRequest } from './request';
import type { Source } from '../source/source';

const MIB = 2 ** 20;

/** The name of the execution that replicates for a session of a move. */
export const replicationName = (instanceId: string, session: string): string => `move-${instanceId}-${session}`;

/**
 * The input of the execution of InstanceStoreSync that a move by blocks is handed over to. The rate is what is held of the link, in whole MiB/s:
 * synchronisation never goes faster; what the application itself writes and reads over the link is not limited by it.
 */
export function replicationRequest(
  request: MigrationRequest, source: Source, destination: Destination, link: PlannedLink | null, { copy, asked, switchBy }: CopyChoice,
): Record<string, unknown> {
  const { instanceId, services, traffic, deadline, approve, installPackages, verifyDocument } = request;
  const rateLimit = link === null ? null : Math.floor(link.rate / MIB);
  if (rateLimit === 0) {
    throw new InvalidRequest(`${link?.id} has ${Math.floor(link?.rate ?? 0)} bytes per second for this move, but blocks are sent at 1 MiB/s at least: raise the link's share or the reservation`);
  }
  return {
    sourceInstanceId: instanceId,
    target: { launch: { subnetId: destination.location.subnetId, volumes: overridesFor(source, destination) } },
    ebsVolumes: true, services, installPackages, traffic,
    ...rateLimit !== null && { rateLimit },
    ...deadline !== null && { finishBy: deadline },
    ...copy === 'pre-copy' && { copy: asked ? copy : 'auto', ...switchBy !== null && { switchBy } },
    ...verifyDocument !== null && { verifyDocument },
    approve: approve.includes('cut-over') ? ['switch'] : [],
    releaseSource: 'keep',
  };
}

/** Where the time to copy ahead has gone while the link was waited for, the target takes over first. A retry may decide otherwise, and starts nothing anew. */
export function inTime({ copy, switchBy, ...others }: Readonly<Record<string, unknown>>, now: number): Record<string, unknown> {
  const isOver = typeof switchBy === 'string' && Date.parse(switchBy) <= now;
  return isOver || copy === undefined ? others : { ...others, copy, ...switchBy !== undefined && { switchBy } };
}
