import type { InstanceStatusEvent } from '@aws-sdk/client-ec2';
import type { Ec2 } from './state';

const week = 7 * 24 * 3_600_000;

/** An instance leaves its host, because it was stopped or terminated: its instance store is erased, and what was announced for the host is done. */
export function leaveHost(ec2: Ec2, instanceId: string): void {
  ec2.instanceStores.erase(instanceId);
  for (const event of ec2.scheduledEvents.get(instanceId) ?? []) {
    if (isCompleted(event)) continue;
    event.Description = `[Completed] ${event.Description}`;
    // "it can still be described for up to a week" (SDK, InstanceStatusEvent)
    ec2.account.clock.after(week, () => {
      ec2.scheduledEvents.set(instanceId, (ec2.scheduledEvents.get(instanceId) ?? []).filter(each => each !== event));
    });
  }
}

export function isCompleted({ Description: description = '' }: InstanceStatusEvent): boolean {
  return description.startsWith('[Completed]');
}
