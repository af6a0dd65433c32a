import type { Account } from '../account';
import { scheduleEvent } from '../ec2/scheduled-events';
import { tagMap } from '../ec2/tags';

/**
 * Codes of AWS Health for EC2's scheduled changes. The first is confirmed in AWS Health's texts, the others are unverified against AWS:
 * their list is nowhere complete.
 */
export type HealthCode = 'AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED' | 'AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED'
  | 'AWS_EC2_INSTANCE_STOP_SCHEDULED' | 'AWS_EC2_SYSTEM_REBOOT_MAINTENANCE_SCHEDULED';

export interface HealthNotice {
  readonly code: HealthCode;
  readonly instanceIds: readonly string[];
  /** Virtual milliseconds since 1970. */
  readonly startTime: number;
  readonly endTime?: number;
  readonly description?: string;
  readonly statusCode?: 'upcoming' | 'open' | 'closed';
}

/** Puts an event of AWS Health on the default bus; returns its ARN (AWS Health user guide, "Reference: AWS Health events Amazon EventBridge schema"). */
export function tellHealth(account: Account, { code, instanceIds, startTime, endTime, description, statusCode = 'upcoming' }: HealthNotice): string {
  const { clock, random, region, accountId, partition, ec2 } = account;
  const eventArn = `arn:${partition}:health:${region}::event/EC2/${code}/${code}_${random.hex(24)}`;
  const now = clock.now();
  account.events.put({
    source: 'aws.health',
    'detail-type': 'AWS Health Event',
    resources: [...instanceIds],
    detail: {
      eventArn, service: 'EC2', eventTypeCode: code, eventTypeCategory: 'scheduledChange', eventScopeCode: 'ACCOUNT_SPECIFIC',
      communicationId: `${random.hex(64)}-1`,
      startTime: dateOf(startTime), ...endTime !== undefined && { endTime: dateOf(endTime) }, lastUpdatedTime: dateOf(now), statusCode, eventRegion: region,
      eventDescription: [{
        language: 'en_US',
        latestDescription: description ?? `EC2 has detected degradation of the underlying hardware hosting ${instanceIds.join(', ')}.`,
      }],
      affectedEntities: instanceIds.map(id => ({
        entityValue: id, status: 'PENDING', lastUpdatedTime: dateOf(now), tags: tagMap(ec2.instances.get(id)?.Tags),
      })),
      affectedAccount: accountId, page: '1', totalPages: '1',
    },
  });
  return eventArn;
}

/** AWS announces that the host of an instance is retired: to EventBridge, and in the status of the instance. */
export function announceRetirement(account: Account, instanceId: string, notBefore: number): string {
  scheduleEvent(account.ec2, instanceId, { code: 'instance-retirement', notBefore });
  return tellHealth(account, { code: 'AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED', instanceIds: [instanceId], startTime: notBefore });
}

/** As in the samples of the schema: "Fri, 27 Jan 2023 06:02:51 GMT". */
function dateOf(time: number): string {
  return new Date(time).toUTCString();
}
