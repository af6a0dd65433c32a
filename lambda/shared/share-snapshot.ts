import { ModifySnapshotAttributeCommand } from '@aws-sdk/client-ec2';
import { sourceEc2 } from './ec2';
import { errorName } from './error-name';
import type { Step } from './step';

/** Lets this account, which the execution is in, copy a snapshot of the source's account, or no longer; to say it twice changes nothing. */
export async function shareSnapshot(SnapshotId: string, { execution }: Pick<Step, 'execution'>, OperationType: 'add' | 'remove'): Promise<void> {
  try {
    await sourceEc2.send(new ModifySnapshotAttributeCommand({
      SnapshotId, Attribute: 'createVolumePermission', OperationType, UserIds: [execution.split(':')[4] ?? ''],
    }));
  } catch (error) {
    // one that is gone is not shared either
    if (OperationType === 'add' || errorName(error) !== 'InvalidSnapshot.NotFound') throw error;
  }
}
