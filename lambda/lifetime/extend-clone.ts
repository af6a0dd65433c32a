import { CreateTagsCommand, DeleteTagsCommand } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { NotAClone } from '../shared/errors';
import { claimParts, findInstance } from '../shared/lifetime/clone';
import { later } from '../shared/lifetime/duration';
import { deleteSchedule, type Expiry, putSchedule, scheduleName } from '../shared/lifetime/schedules';
import type { Step } from '../shared/step';
import { CREATED_BY, EXPIRES, OWNER, tagMap } from '../shared/tags';
import type { Extension } from './check-extension';

export interface Input extends Step {
  readonly extension: Extension;
  /** ISO 8601: from when it counts; the same for every retry. */
  readonly from: string;
  readonly expiry: Expiry;
}
export interface Output {
  readonly cloneInstanceId: string;
  /** ISO 8601; null: never. */
  readonly expiresAt: string | null;
}

/** Puts off when a clone is removed, or gives it a time, or takes it away. The tag comes first: it decides, should the schedule fail. */
export async function handler({ extension: { cloneInstanceId, expireAfter }, from, expiry, execution, owner }: Input): Promise<Output> {
  const instance = await findInstance(cloneInstanceId);
  const { [OWNER]: itsOwner, [CREATED_BY]: createdBy } = tagMap(instance?.Tags);
  if (!instance || itsOwner !== owner || createdBy === undefined || instance.State?.Name === 'shutting-down') {
    throw new NotAClone(`${cloneInstanceId} is no finished clone of this construct, or is gone: its lifetime can not be changed`);
  }
  const expiring = { instanceId: cloneInstanceId, createdBy };
  if (expireAfter === null) {
    await ec2.send(new DeleteTagsCommand({ Resources: [cloneInstanceId], Tags: [{ Key: EXPIRES }] }));
    await deleteSchedule(expiry.group, scheduleName(expiring));
    return { cloneInstanceId, expiresAt: null };
  }
  const expiresAt = later(from, expireAfter);
  await claimParts([cloneInstanceId], owner, createdBy);
  await ec2.send(new CreateTagsCommand({ Resources: [cloneInstanceId], Tags: [{ Key: EXPIRES, Value: expiresAt }] }));
  await putSchedule(expiry, expiring, expiresAt, execution);
  return { cloneInstanceId, expiresAt };
}
