import { SourceTooLarge } from '../shared/errors';
import { bytes, plain } from '../shared/json';
import type { Request } from '../shared/request/request';
import {
  isKeyPairGone, readAttributes, readImage, readInstance, readInstanceType, readInterfaceTags, readManagement, readProfile, readSecurityGroups, readVolumes,
} from '../shared/source/read';
import { refuseFreeze, refuseInstance, refuseRole, refuseType } from '../shared/source/refuse';
import type { Source } from '../shared/source/source';
import { warnings } from '../shared/source/warnings';
import type { Step } from '../shared/step';
import { tagMap } from '../shared/tags';

export interface Input extends Step {
  readonly request: Request;
  readonly passableRoleArns: readonly string[];
}
export interface Output { readonly source: Source }

/** A state's data holds 256 KiB; the plan is made from source and request together. */
const MOST_BYTES = 200_000;

/** Reads all that a faithful launch needs, and refuses early what can not be cloned. */
export async function handler({ request, passableRoleArns }: Input): Promise<Output> {
  const instance = await readInstance(request.sourceInstanceId);
  refuseInstance(instance);
  const profileName = request.instanceProfile === 'source' ? instance.IamInstanceProfile?.Arn?.split('/').at(-1)
    : request.instanceProfile === 'none' ? undefined : request.instanceProfile;
  const profile = profileName ? await readProfile(profileName) : null;
  refuseRole(profile, passableRoleArns);
  const freeze = request.consistency === 'filesystem' && instance.State?.Name === 'running';
  const share = Object.values(request.volumes).some(({ strategy }) => strategy === 'shared') && instance.State?.Name === 'running';
  const management = freeze || share ? await readManagement(request.sourceInstanceId) : null;
  if (management && freeze) refuseFreeze(instance, management);
  const instanceType = await readInstanceType(instance.InstanceType);
  const cloneType = request.instanceType === null ? instanceType : await readInstanceType(request.instanceType);
  refuseType(request, cloneType);

  const [attributes, volumes, interfaceTags, securityGroups, image, keyPairGone] = await Promise.all([
    readAttributes(instance, instanceType?.burstable ?? /^t\d/.test(instance.InstanceType ?? '')),
    readVolumes(instance),
    readInterfaceTags(instance),
    readSecurityGroups(request.securityGroupIds ?? (instance.SecurityGroups ?? []).flatMap(({ GroupId }) => GroupId ?? [])),
    readImage(instance.ImageId),
    isKeyPairGone(request.keyName === null ? instance.KeyName : undefined),
  ]);
  const facts = {
    instanceId: request.sourceInstanceId,
    name: tagMap(instance.Tags)['Name'] ?? null,
    state: instance.State?.Name === 'running' ? 'running' as const : 'stopped' as const,
    availabilityZone: instance.Placement?.AvailabilityZone ?? '',
    instance: plain(instance), attributes, volumes, interfaceTags, securityGroups, image, instanceType, cloneType, keyPairGone, profile,
    managedBySsm: management?.online ?? null,
  };
  const source = { ...facts, warnings: warnings(facts, request) };
  if (bytes(source) > MOST_BYTES) {
    throw new SourceTooLarge(`the description of ${request.sourceInstanceId} with its ${volumes.length} volumes has ${bytes(source)} bytes, but a state of`
      + ` Step Functions holds 262,144 together with the rest: remove tags from its volumes, or detach some of them`);
  }
  return { source };
}
