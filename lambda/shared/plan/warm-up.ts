import { WarmUpNotPossible } from '../errors';
import type { Request } from '../request/request';
import type { Source } from '../source/source';
import { largest } from './estimate';
import { needsSystemsManager } from './identity';
import type { WarmUpPlan } from './plan';
import type { PlannedVolume } from './planned-volume';

/** Engineering assumption: without a rate EBS loads a volume at about so many MiB/s; it "fluctuates" (EBS user guide, "initalize-volume"). */
const LOADED_MIB_PER_SECOND = 40;
/** Engineering assumption, too: so fast a volume is read once, of which a part has to come from the snapshot. */
const READ_MIB_PER_SECOND = 100;

/** Null where nobody waits for warm volumes. */
export function planWarmUp({ ready, warmUp, ...request }: Request, source: Source, volumes: readonly PlannedVolume[]): WarmUpPlan | null {
  if (ready !== 'warmed') return null;
  const rate = request.volumeInitializationRate;
  const obstacle = obstacleToReading(request, source, volumes);
  if (warmUp === 'read' && obstacle !== undefined) throw new WarmUpNotPossible(`the clones of ${source.instanceId} can not read their volumes: ${obstacle}`);
  const loading: WarmUpPlan = { how: 'wait', why: '', seconds: largest(volumes, rate ?? LOADED_MIB_PER_SECOND) };
  if (warmUp === 'wait') return { ...loading, why: 'as the request says: EBS loads the volumes by itself' };
  if (obstacle !== undefined) return { ...loading, why: `EBS loads the volumes by itself, for ${obstacle}` };
  if (rate !== null && warmUp === 'auto') return { ...loading, why: `EBS loads the volumes at ${rate} MiB/s, whether somebody reads them or not` };
  const seconds = largest(volumes, READ_MIB_PER_SECOND);
  return {
    how: 'read', seconds,
    why: `${warmUp === 'read' ? 'as the request says' : 'AWS promises no rate at which it loads volumes from snapshots'}: the clones read every block once, what is`
      + ` in use first, and EBS loads the rest meanwhile; about ${Math.ceil(seconds / 60)} minutes for the largest volume, which waiting alone may take`
      + ` ${Math.ceil(loading.seconds / 60)} for`,
  };
}

/** What is in the way of reading, with what to do about it; undefined where nothing is. */
function obstacleToReading(request: Pick<Request, 'identity' | 'isolation'>, { instance, managedBySsm }: Source, volumes: readonly PlannedVolume[]): string | undefined {
  if (instance.Platform?.toLowerCase() === 'windows') return 'the source runs Windows, and the document that reads is for Linux';
  if (instance.Architecture?.endsWith('_mac')) return 'the source runs macOS, and the document that reads is for Linux';
  if (!volumes.some(({ strategy }) => strategy === 'snapshot')) return 'all are copies of the source\'s volumes, which no reading hastens as far as AWS says';
  if (!needsSystemsManager(request) && managedBySsm !== true) return 'the source is not online in Systems Manager, by which its clones would be told to read';
  return undefined;
}
