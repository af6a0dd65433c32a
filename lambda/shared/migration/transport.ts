import { DowntimeTooShort, TransportNotPossible } from '../errors';
import type { Source } from '../source/source';
import { PAUSE_SECONDS } from '../sync/expect';
import type { Destination } from './destination';
import type { MigrationRequest, Transport } from './request';
import { LEAST_EBS_SECONDS, SWITCH_SECONDS } from './rounds';

export interface Choice {
  /** Of all volumes but the root: writes that came after the image would be missing on one that travels otherwise than the rest. */
  readonly transport: Transport;
  readonly why: string;
}

/** How the data of an instance travels; `replicates`: whether the construct has something that sends blocks. Refuses what was asked for and can not be. */
export function chooseTransport(request: MigrationRequest, source: Source, { way }: Destination, replicates: boolean): Choice {
  const { instanceId, maxDowntime } = request;
  refuseStrangers(request, source);
  const data = source.volumes.filter(({ root }) => !root);
  const wishes = new Set(data.map(({ device }) => request.volumes[device]?.transport ?? request.transport));
  const root = source.volumes.find(volume => volume.root)?.device ?? '';
  if (request.volumes[root]?.transport === 'blocks') {
    throw new TransportNotPossible(`${root} of ${instanceId} is the root: it travels as an image, for the target has to boot before blocks can be sent to it`);
  }
  if (wishes.has('blocks') && wishes.has('ebs')) {
    throw new TransportNotPossible(`${instanceId}: all volumes but the root travel by "blocks", or all by "ebs": what is written between the image and the switch would be missing on the others`);
  }
  if (data.length === 0 && request.transport === 'blocks') throw new TransportNotPossible(`${instanceId} has nothing but its root volume, which travels as an image: ask for transport "ebs"`);
  const asked = wishes.has('blocks');
  const obstacle = obstacleOf(request, source, way, replicates);
  if (asked) {
    if (obstacle !== undefined) throw new TransportNotPossible(`${instanceId} can not be moved by "blocks": ${obstacle}`);
    if (maxDowntime < PAUSE_SECONDS.to) {
      throw new DowntimeTooShort(`${instanceId} shall be paused for ${maxDowntime} s at most, but from the first service stopped to the last one started it may take ${PAUSE_SECONDS.to} s: allow more`);
    }
    return { transport: 'blocks', why: 'asked for' };
  }
  if (maxDowntime >= LEAST_EBS_SECONDS) return { transport: 'ebs', why: wishes.has('ebs') ? 'asked for' : `the pause of some ${SWITCH_SECONDS} s and the last snapshots is tolerated` };
  const tooShort = `${instanceId} shall be paused for ${maxDowntime} s at most, but the last snapshots, the launch and its checks take ${LEAST_EBS_SECONDS} s at least`;
  if (wishes.has('ebs')) throw new DowntimeTooShort(`${tooShort}: allow more, or ask for transport "blocks"`);
  if (obstacle !== undefined || maxDowntime < PAUSE_SECONDS.to) {
    throw new DowntimeTooShort(`${tooShort}, and "blocks" is no way out: ${obstacle ?? `it may take ${PAUSE_SECONDS.to} s, too`}. Allow more`);
  }
  return { transport: 'blocks', why: `snapshots would mean a pause of ${LEAST_EBS_SECONDS} s at least, and ${maxDowntime} s are tolerated` };
}

function refuseStrangers({ instanceId, volumes }: MigrationRequest, source: Source): void {
  const strangers = Object.keys(volumes).filter(device => !source.volumes.some(volume => volume.device === device));
  if (strangers.length === 0) return;
  throw new TransportNotPossible(`volumes: ${instanceId} has no ${strangers.join(', ')}, but ${source.volumes.map(({ device }) => device).join(', ')}`);
}

/** Why blocks can not be sent from one instance to the other; undefined: they can. */
function obstacleOf({ stopSource }: MigrationRequest, source: Source, way: Destination['way'], replicates: boolean): string | undefined {
  if (!replicates) return 'the construct has no `blocks`, an InstanceStoreSync that replicates';
  if (way !== null && !way.links.some(({ transports }) => transports.includes('blocks'))) return `no link of the location carries it (${way.links.map(({ id }) => id).join(', ') || 'there is none'})`;
  if (!(source.managedBySsm ?? false)) return 'Systems Manager does not reach it, through which it is told to send them';
  if (stopSource) return '"stopSource" ends what sends them';
  return source.volumes.every(({ root }) => root) ? 'it has nothing but its root volume' : undefined;
}
