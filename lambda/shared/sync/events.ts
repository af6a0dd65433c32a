import { DescribeInstanceStatusCommand, type InstanceStatusEvent } from '@aws-sdk/client-ec2';
import { ec2 } from '../ec2';

/** Codes of events that erase instance store (EC2 user guide, "monitoring-instances-status-check_sched"). */
const ERASING = ['instance-stop', 'instance-retirement'];

/** What AWS has scheduled for an instance, in words; events that are over stay listed for a week and are left out. */
export async function readEvents(instanceId: string): Promise<string[]> {
  const { InstanceStatuses } = await ec2.send(new DescribeInstanceStatusCommand({ InstanceIds: [instanceId] }));
  return (InstanceStatuses ?? []).filter(({ InstanceId }) => InstanceId === instanceId).flatMap(({ Events }) => Events ?? [])
    .filter(({ Description }) => !/^\[(Completed|Canceled)\]/.test(Description ?? '')).map(inWords);
}

function inWords({ Code, NotBefore, NotAfter, NotBeforeDeadline, Description }: InstanceStatusEvent): string {
  const when = [
    NotBefore ? `not before ${NotBefore.toISOString()}` : '',
    NotAfter ? `not after ${NotAfter.toISOString()}` : '',
    NotBeforeDeadline ? `at the latest from ${NotBeforeDeadline.toISOString()} on` : '',
  ].filter(Boolean).join(', ');
  const what = `AWS has scheduled ${Code ?? 'something'} for the source${when ? `, ${when}` : ''}${Description ? `: ${Description}` : ''}`;
  return ERASING.includes(String(Code)) ? `${what}. It erases the source's instance store: the synchronisation must be over by then` : what;
}
