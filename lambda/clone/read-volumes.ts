import { type Sent, sendCommands } from '../shared/commands';
import { errorName } from '../shared/error-name';
import { describeInstances } from '../shared/instances';
import type { Plan } from '../shared/plan/plan';
import type { Step } from '../shared/step';
import { newReader, noReader, type Reader, volumesOf } from '../shared/warm-up/readers';

export interface Input extends Step {
  readonly plan: Plan;
  readonly instanceIds: readonly string[];
  readonly documentName: string;
}
export interface Output {
  readonly commands: readonly Sent[];
  readonly readers: readonly Reader[];
}

/** Tells each clone to read what has come from snapshots, each volume once; the document reads nothing twice. */
export async function handler({ plan, instanceIds, documentName }: Input): Promise<Output> {
  const instances = await describeInstances(instanceIds);
  const commands: Sent[] = [];
  const readers: Reader[] = [];
  for (const instanceId of instanceIds) {
    const instance = instances.find(({ InstanceId }) => InstanceId === instanceId);
    const volumes = volumesOf(plan, instance ?? {}).filter(({ strategy }) => strategy === 'snapshot');
    const Volumes = volumes.map(({ ownVolumeId, device }) => `${ownVolumeId}${/^\/dev\/[a-z0-9]{1,16}$/.test(device) ? `=${device}` : ''}`).join(',');
    try {
      commands.push(...await sendCommands([instanceId], documentName, () => ({ Volumes })));
      readers.push(newReader(instanceId, volumes.map(({ ownVolumeId }) => ownVolumeId)));
    } catch (error) {
      if (errorName(error) !== 'InvalidInstanceId') throw error;
      readers.push(noReader(instanceId, 'it is not online in Systems Manager'));
    }
  }
  return { commands, readers };
}
