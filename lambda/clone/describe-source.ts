import type { Instance } from '@aws-sdk/client-ec2';
import { NotFromOtherAccount, NotFromOtherRegion } from '../shared/errors';
import { needsSystemsManager } from '../shared/plan/identity';
import type { Request } from '../shared/request/request';
import { readSource } from '../shared/source/describe';
import { readInstance, readManagement } from '../shared/source/read';
import { refuseFreeze, refuseInstance } from '../shared/source/refuse';
import { refuseVss } from '../shared/source/refuse-vss';
import type { Source } from '../shared/source/source';
import { sourceAccount, sourceIsElsewhere, sourcePlace } from '../shared/source-place';
import type { Step } from '../shared/step';
import { isWindows } from '../shared/vss';

export interface Input extends Step {
  readonly request: Request;
  readonly passableRoleArns: readonly string[];
}
export interface Output { readonly source: Source }

/** Whether clones shall read volumes of a source that goes on writing: then their agents are needed. */
function sharing({ volumes }: Request, { State }: Instance): boolean {
  return State?.Name === 'running' && Object.values(volumes).some(({ strategy }) => strategy === 'shared');
}

/** Whether clones may have to read their volumes: then their agents are needed, too. */
function reading({ ready, warmUp }: Request): boolean {
  return ready === 'warmed' && warmUp !== 'wait';
}

/** Reads all that a faithful launch needs, and refuses early what can not be cloned. */
export async function handler({ request, passableRoleArns, execution, owner }: Input): Promise<Output> {
  const instance = await readInstance(request.sourceInstanceId);
  refuseInstance(instance);
  const freeze = request.consistency === 'filesystem' && instance.State?.Name === 'running';
  const needed = freeze || sharing(request, instance) || reading(request) || needsSystemsManager(request);
  const management = needed ? await readManagement(request.sourceInstanceId) : null;
  if (freeze && sourceIsElsewhere) {
    const Refusal = sourceAccount === null ? NotFromOtherRegion : NotFromOtherAccount;
    throw new Refusal(`the documents that freeze filesystems are where the construct is, and ${request.sourceInstanceId} is in ${sourcePlace}:`
      + ' ask for consistency "crash", or clone it by a construct beside it first');
  }
  if (management && freeze && isWindows(instance)) refuseVss(instance, request, management, { execution, owner });
  else if (management && freeze) refuseFreeze(instance, management);
  return { source: await readSource(instance, request, passableRoleArns, management?.online ?? null) };
}
