import type { Location } from '../locations';
import { isTooLargeForOutpost, TOO_LARGE_FOR_OUTPOST, typeAtOutpost } from '../migration/overrides';
import { unknownRoom, type OutpostRoom } from '../outpost-room';
import type { FleetInstance, FleetVolume } from './facts';

/** Ids in one sentence; the rest are counted. */
const NAMED = 5;

/** What a person should know of these and the place they go to, and nothing is refused for: one line each, however many it is true of. */
export function notesOnDestination(instances: readonly FleetInstance[], location: Location, volumeKeyArns: readonly string[]): string[] {
  const { kind, name } = location;
  const withVolume = (is: (volume: FleetVolume) => boolean): FleetInstance[] => instances.filter(({ volumes }) => volumes.some(is));
  const [atEdge, atOutpost] = [kind !== 'region', kind === 'outpost'];
  const lines: readonly (string | false)[] = [
    atEdge && instances.length > 0 && 'packets of more than 1,300 bytes do not pass between the Region and an Outpost or most Local Zones: jumbo frames configured in the systems break',
    atOutpost && said(instances.filter(({ hasIpv6 }) => hasIpv6), 'IPv6 crosses neither service link nor local gateway, and there are IPv6 addresses'),
    atOutpost && said(withVolume(({ encrypted }) => encrypted === false), 'everything on an Outpost is encrypted: volumes that are not are encrypted by the account\'s default key on their way'),
    said(withVolume(({ kmsKeyId }) => kmsKeyId !== undefined && !volumeKeyArns.includes(kmsKeyId)),
      'volumes are encrypted by keys that are not among the construct\'s volumeKeys: unless that is the AWS managed key aws/ebs, the launch fails'),
    atOutpost && said(withVolume(({ bytes }) => isTooLargeForOutpost({ size: bytes / 2 ** 30 })), TOO_LARGE_FOR_OUTPOST),
    atOutpost && said(withVolume(({ type = 'gp3' }) => typeAtOutpost(type) !== type), 'volumes of types other than gp2 and gp3 become gp3'),
    atOutpost && said(instances.filter(({ onHost }) => onHost), 'no metric counts the room on Dedicated Hosts: whether there is any shows when a target is launched'),
    kind === 'local-zone' && instances.length > 0 && `nothing tells how much room ${name} has: where EC2 has none for a target (InsufficientInstanceCapacity), the source goes on`,
  ];
  return lines.filter(line => line !== false);
}

/** The room that CloudWatch does not tell of, of what these need. */
export function notesOnRoom(instances: readonly FleetInstance[], room: OutpostRoom, name: string): string[] {
  return unknownRoom(room, instanceTypes(instances), volumeTypes(instances), name);
}

/** The types of those that are counted by them. */
export const instanceTypes = (instances: readonly FleetInstance[]): string[] =>
  [...new Set(instances.filter(({ onHost }) => !onHost).map(({ type }) => type))].sort();
export const volumeTypes = (instances: readonly FleetInstance[]): string[] =>
  [...new Set(instances.flatMap(({ volumes }) => volumes.flatMap(({ type }) => (type === undefined ? [] : typeAtOutpost(type)))))].sort();

function said(instances: readonly FleetInstance[], line: string): string | false {
  const ids = instances.slice(0, NAMED).map(({ id }) => id).join(', ');
  return instances.length > 0 && `${line} (${ids}${instances.length > NAMED ? ` and ${instances.length - NAMED} more` : ''})`;
}
