import { durationSeconds } from '../iso-duration';
import type { Way } from '../locations';
import { LEAST_EBS_SECONDS } from '../migration/rounds';
import { PAUSE_SECONDS } from '../sync/expect';
import { type FleetInstance, loadOf, type Travel } from './facts';
import type { MoveInput } from './request';

/** Why an instance can not travel as is asked for, by what is known without asking it; `replicates`: whether the construct has something that sends blocks. */
export function whyNotSo(instance: FleetInstance, wishes: Travel & Partial<Pick<MoveInput, 'stopSource'>>, way: Way, replicates: boolean): string | undefined {
  const { id } = instance;
  const impossible = whyNoBlocks(instance, wishes, way);
  if (impossible !== undefined) return impossible;
  const { unpaced } = loadOf(instance, wishes, way);
  const seconds = durationSeconds(wishes.maxDowntime) ?? Infinity;
  if (!unpaced && !replicates) {
    return `${id} would travel by "blocks", ${wishes.transport === 'auto' ? `for it shall be down for ${seconds} s at most` : 'as is asked for'}, but the construct has no \`blocks\`,`
      + ` an InstanceStoreSync that replicates; give it one, or ask for "ebs" and a "maxDowntime" of at least ${LEAST_EBS_SECONDS} s`;
  }
  if (unpaced && seconds < LEAST_EBS_SECONDS) {
    return `${id} shall be down for ${seconds} s at most, but the last snapshots, the launch and its checks take ${LEAST_EBS_SECONDS} s at least;`
      + ' allow more, or ask for transport "blocks" over a link that carries them';
  }
  if (seconds < PAUSE_SECONDS.to) {
    return `${id} shall be down for ${seconds} s at most, but from the first service stopped to the last one started it may take ${PAUSE_SECONDS.to} s; allow more`;
  }
  return undefined;
}

/** What a move refuses of blocks that were asked for, when its time has come. */
function whyNoBlocks({ id, volumes }: FleetInstance, wishes: Travel & Partial<Pick<MoveInput, 'stopSource'>>, { links }: Way): string | undefined {
  const data = volumes.filter(({ root }) => !root);
  const asked = new Set(data.map(({ device }) => wishes.volumes[device]?.transport ?? wishes.transport));
  if (data.length === 0 && wishes.transport === 'blocks') return `${id} has nothing but its root volume, which travels as an image; ask for transport "ebs"`;
  if (!asked.has('blocks')) return undefined;
  if (asked.has('ebs')) return `${id}: all volumes but the root travel by "blocks", or all by "ebs"; ask for one of them`;
  const can = 'can not be moved by "blocks":';
  if (links.length > 0 && !links.some(({ transports }) => transports.includes('blocks'))) {
    return `${id} ${can} no link of the location carries it (${links.map(link => link.id).join(', ')}); ask for "ebs", or give the location one that does`;
  }
  return wishes.stopSource === true ? `${id} ${can} "stopSource" ends what sends them; leave it out, or ask for "ebs"` : undefined;
}
