import { describeCopies, type VolumeCopy } from '../shared/copies';
import { PlaceholderFailed } from '../shared/errors';
import type { Plan } from '../shared/plan/plan';
import { pollDelay } from '../shared/poll';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly instanceIds: readonly string[];
  readonly copies: readonly VolumeCopy[];
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}
export interface Output { readonly attached: boolean; readonly waitSeconds: number }

/** Looks whether the placeholder has all copied data volumes. */
export async function handler({ plan, instanceIds: [instanceId], copies, since }: Input): Promise<Output> {
  const data = copies.filter(({ device }) => device !== plan.image.rootDeviceName);
  const seen = data.length === 0 ? [] : await describeCopies(data);
  const attachments = seen.flatMap(({ Attachments }) => Attachments ?? []);
  const stranger = attachments.find(({ InstanceId }) => InstanceId !== instanceId);
  if (stranger) throw new PlaceholderFailed(`${stranger.VolumeId} was attached to ${stranger.InstanceId} by somebody else`);
  const attached = data.every(({ volumeId, device }) =>
    attachments.some(({ VolumeId, Device, State }) => VolumeId === volumeId && Device === device && State === 'attached'));
  return { attached, waitSeconds: pollDelay(since) };
}
