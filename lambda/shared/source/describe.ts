import type { Instance } from '@aws-sdk/client-ec2';
import { NotFromOtherAccount, SourceTooLarge } from '../errors';
import { bytes, plain } from '../json';
import type { Request } from '../request/request';
import { sourceAccount, sourceIsElsewhere } from '../source-place';
import { tagMap } from '../tags';
import { isKeyPairGone, readAttributes, readImage, readInstanceType, readInterfaceTags, readProfile, readSecurityGroups, readVolumes } from './read';
import { refuseRole, refuseType } from './refuse';
import type { Source } from './source';
import { warnings } from './warnings';

/** A state's data holds 256 KiB; the plan is made from source and request together. */
const MOST_BYTES = 200_000;

/** Reads all that a faithful launch needs to know of an instance; whether Systems Manager reaches it is told, where somebody looked. */
export async function readSource(
  instance: Instance, request: Request, passableRoleArns: readonly string[], managedBySsm: boolean | null = null,
): Promise<Source> {
  if (sourceAccount !== null && request.instanceProfile === 'source' && instance.IamInstanceProfile) {
    throw new NotFromOtherAccount(`the instance profile of ${request.sourceInstanceId} is in account ${sourceAccount}: name one of this account in`
      + ' instanceProfile, or "none"');
  }
  const profileName = request.instanceProfile === 'source' ? instance.IamInstanceProfile?.Arn?.split('/').at(-1)
    : request.instanceProfile === 'none' ? undefined : request.instanceProfile;
  const profile = profileName ? await readProfile(profileName) : null;
  refuseRole(profile, passableRoleArns);
  const instanceType = await readInstanceType(instance.InstanceType);
  const cloneType = request.instanceType === null ? instanceType : await readInstanceType(request.instanceType);
  refuseType(request, cloneType);
  const keyName = request.keyName === null ? instance.KeyName : undefined;
  const [attributes, volumes, interfaceTags, securityGroups, image, keyPairGone] = await Promise.all([
    readAttributes(instance, instanceType?.burstable ?? /^t\d/.test(instance.InstanceType ?? '')),
    readVolumes(instance),
    readInterfaceTags(instance),
    // those of another Region or account mean nothing here
    readSecurityGroups(request.securityGroupIds ?? (sourceIsElsewhere ? [] : instance.SecurityGroups ?? []).flatMap(({ GroupId }) => GroupId ?? [])),
    readImage(instance.ImageId),
    // in another account one of the same name may be anybody's
    sourceAccount !== null ? keyName !== undefined : isKeyPairGone(keyName),
  ]);
  const facts = {
    instanceId: request.sourceInstanceId,
    name: tagMap(instance.Tags)['Name'] ?? null,
    state: instance.State?.Name === 'running' ? 'running' as const : 'stopped' as const,
    availabilityZone: instance.Placement?.AvailabilityZone ?? '',
    instance: plain(instance), attributes, volumes, interfaceTags, securityGroups, image, instanceType, cloneType, keyPairGone, profile,
    managedBySsm,
  };
  const source = { ...facts, warnings: warnings(facts, request) };
  if (bytes(source) > MOST_BYTES) {
    throw new SourceTooLarge(`the description of ${request.sourceInstanceId} with its ${volumes.length} volumes has ${bytes(source)} bytes, but a state of`
      + ' Step Functions holds 262,144 together with the rest: remove tags from its volumes, or detach some of them');
  }
  return source;
}
