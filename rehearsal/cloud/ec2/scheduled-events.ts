import type { EventCode, InstanceStatusEvent } from '@aws-sdk/client-ec2';
import { isCompleted } from './host';
import { stop } from './lifecycle';
import type { Ec2 } from './state';

export interface ScheduledEvent {
  /** Those that take an instance off its host. */
  readonly code: Extract<EventCode, 'instance-retirement' | 'instance-stop'>;
  /** Virtual milliseconds since 1970. */
  readonly notBefore: number;
  readonly notBeforeDeadline?: number;
  readonly description?: string;
}

/**
 * Announces that AWS will stop an instance, and stops it when the time has come: an instance with an EBS root volume is stopped at a
 * retirement as well (EC2 user guide, "Instance retirement"). Returns the event as DescribeInstanceStatus tells it.
 */
export function scheduleEvent(ec2: Ec2, instanceId: string, { code, notBefore, notBeforeDeadline, description }: ScheduledEvent): InstanceStatusEvent {
  const instance = ec2.get(ec2.instances, instanceId);
  const event: InstanceStatusEvent = {
    InstanceEventId: ec2.id('instance-event'), Code: code, NotBefore: new Date(notBefore),
    Description: description ?? (code === 'instance-retirement' ? 'The instance is running on degraded hardware' : 'The instance is scheduled to be stopped'),
    ...notBeforeDeadline !== undefined && { NotBeforeDeadline: new Date(notBeforeDeadline) },
  };
  ec2.scheduledEvents.set(instanceId, [...ec2.scheduledEvents.get(instanceId) ?? [], event]);
  ec2.account.clock.at(notBefore, () => {
    if (!isCompleted(event) && instance.State.Name === 'running') stop(ec2, instance);
  });
  return event;
}
