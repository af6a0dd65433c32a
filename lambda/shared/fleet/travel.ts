import { durationSeconds } from '../iso-duration';
import type { Way } from '../locations';
import { LEAST_EBS_SECONDS } from '../migration/rounds';
import { PAUSE_SECONDS } from '../sync/expect';
import { type FleetInstance, loadOf, type Travel } from './facts';

/** Why an instance can not travel as is asked for, by what is known without asking it; `replicates`: whether the construct has something that sends blocks. */
export function whyNotSo(instance: FleetInstance, wishes: Travel, way: Way, replicates: boolean): string | undefined {
  const { id } = instance;
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
