import type { DescribeVolumeStatusRequest, DescribeVolumeStatusResult, InitializationStatusDetails, VolumeStatusItem } from '@aws-sdk/client-ec2';
import { paginate } from '../paginate';
import type { Call } from '../service';
import { plain, type Filters } from './filters';
import type { Ec2, VolumeRecord } from './state';
import { selectVolumes } from './volumes';

const filters: Filters<VolumeRecord> = {
  'availability-zone': plain(volume => volume.AvailabilityZone), 'availability-zone-id': plain(volume => volume.AvailabilityZoneId),
  'volume-status.status': plain(() => 'ok'), 'operator.managed': plain(volume => volume.Operator?.Managed ?? false),
};

export function describeVolumeStatus(input: DescribeVolumeStatusRequest, { account }: Call): DescribeVolumeStatusResult {
  const found = selectVolumes(account.ec2, input, input.Filters, filters);
  const { page, NextToken } = paginate(found, volume => volume.VolumeId, input);
  return { VolumeStatuses: page.map(volume => status(account.ec2, volume)), NextToken };
}

function status(ec2: Ec2, volume: VolumeRecord): VolumeStatusItem {
  const initialization = initializationOf(ec2, volume);
  return {
    VolumeId: volume.VolumeId,
    AvailabilityZone: volume.AvailabilityZone,
    AvailabilityZoneId: volume.AvailabilityZoneId,
    VolumeStatus: {
      Status: volume.State === 'creating' ? 'insufficient-data' : 'ok',
      Details: [
        { Name: 'io-enabled', Status: 'passed' },
        { Name: 'io-performance', Status: 'not-applicable' },
        { Name: 'initialization-state', Status: !initialization ? 'not-applicable' : initialization.Progress === 100 ? 'completed' : 'initializing' },
      ],
    },
    Actions: [],
    Events: [],
    AttachmentStatuses: volume.Attachments.map(each => ({ IoPerformance: 'not-applicable', InstanceId: each.InstanceId })),
    ...initialization && { InitializationStatusDetails: initialization },
  };
}

/** Loading from the snapshot: its time to completion is known for a provisioned rate only (SDK, InitializationStatusDetails). */
function initializationOf(ec2: Ec2, volume: VolumeRecord): InitializationStatusDetails | undefined {
  const initialization = ec2.volumeModels.get(volume.VolumeId)?.initialization;
  if (!initialization) return undefined;
  const { type, from, until, transfer, duration = until - from } = initialization;
  const now = ec2.account.clock.now();
  const progress = now >= until ? 100 : Math.floor(transfer ? Math.min(99, transfer.share * 100) : (1 - (until - now) / duration) * 100);
  return {
    InitializationType: type, Progress: progress,
    ...type === 'provisioned-rate' && progress < 100 && { EstimatedTimeToCompleteInSeconds: Math.ceil((until - now) / 1000) },
  };
}
