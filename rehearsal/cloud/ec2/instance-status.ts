import type {
  DescribeInstanceStatusRequest, DescribeInstanceStatusResult, InstanceStatus, InstanceStatusEvent, InstanceStatusSummary,
} from '@aws-sdk/client-ec2';
import { paginate } from '../paginate';
import type { Call } from '../service';
import { filtered, plain, type Filters } from './filters';
import { typeInfo } from './instance-types';
import { selectInstances } from './instances';
import type { Ec2, InstanceRecord } from './state';
import { zoneId } from './zones';

export function describeInstanceStatus(input: DescribeInstanceStatusRequest, { account }: Call): DescribeInstanceStatusResult {
  const ec2 = account.ec2;
  const records = selectInstances(ec2, input).filter(each => input.IncludeAllInstances || each.State.Name === 'running');
  const filters: Filters<InstanceRecord> = {
    'availability-zone': plain(each => each.Placement.AvailabilityZone), 'instance-state-name': plain(each => each.State.Name),
    'instance-state-code': plain(each => each.State.Code), 'operator.managed': plain(each => each.Operator?.Managed ?? false),
    'event.code': each => eventsOf(ec2, each).map(event => event.Code), 'event.description': each => eventsOf(ec2, each).map(event => event.Description),
    'event.instance-event-id': each => eventsOf(ec2, each).map(event => event.InstanceEventId),
    'event.not-before': each => eventsOf(ec2, each).map(event => event.NotBefore?.toISOString()),
    'event.not-before-deadline': each => eventsOf(ec2, each).map(event => event.NotBeforeDeadline?.toISOString()),
    'instance-status.status': plain(each => summary(ec2, each).Status), 'system-status.status': plain(each => summary(ec2, each).Status),
  };
  const { page, NextToken } = paginate(filtered(records, input.Filters, filters), each => each.InstanceId, input);
  return { InstanceStatuses: page.map(instance => status(ec2, instance)), NextToken };
}

function status(ec2: Ec2, instance: InstanceRecord): InstanceStatus {
  const zone = instance.Placement.AvailabilityZone!;
  return {
    AvailabilityZone: zone,
    AvailabilityZoneId: zoneId(ec2.account.region, zone),
    ...eventsOf(ec2, instance).length > 0 && { Events: [...eventsOf(ec2, instance)] },
    InstanceId: instance.InstanceId,
    InstanceState: { ...instance.State },
    InstanceStatus: summary(ec2, instance),
    SystemStatus: summary(ec2, instance, false),
    // Nitro only (EC2 user guide, "Attached EBS status checks")
    ...typeInfo(instance.InstanceType)?.nitro && { AttachedEbsStatus: summary(ec2, instance, false) },
    Operator: instance.Operator ?? { Managed: false },
  };
}

function eventsOf(ec2: Ec2, { InstanceId: id }: InstanceRecord): readonly InstanceStatusEvent[] {
  return ec2.scheduledEvents.get(id) ?? [];
}

/** Both checks pass some minutes after the instance runs; those of an impaired guest fail instead. */
function summary(ec2: Ec2, instance: InstanceRecord, ofGuest = true): InstanceStatusSummary {
  const model = ec2.get(ec2.instanceModels, instance.InstanceId);
  if (instance.State.Name !== 'running' || model.runningSince === undefined) return { Status: 'not-applicable' };
  const now = ec2.account.clock.now();
  const checkedAt = model.runningSince + ec2.timing.statusChecks * 1000;
  if (now < checkedAt) return { Status: 'initializing', Details: [{ Name: 'reachability', Status: 'initializing' }] };
  if (ofGuest && model.impaired) {
    return { Status: 'impaired', Details: [{ Name: 'reachability', Status: 'failed', ImpairedSince: new Date(checkedAt) }] };
  }
  return { Status: 'ok', Details: [{ Name: 'reachability', Status: 'passed' }] };
}
