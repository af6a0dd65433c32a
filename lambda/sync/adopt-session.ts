import type { Instance } from '@aws-sdk/client-ec2';
import { SessionNotFound } from '../shared/errors';
import type { Hosts } from '../shared/hosts';
import { findInstances } from '../shared/instances';
import { type Engine, ENGINES } from '../shared/replication/engines';
import type { Replication } from '../shared/replication/replication';
import type { FallBackRequest, SyncRequest } from '../shared/sync/request';
import type { Step } from '../shared/step';
import type { Phase } from '../shared/sync/marks';
import { hostOf } from '../shared/sync/session';
import { ENGINE, PEER, PHASE, SESSION, tagMap, VERIFIED } from '../shared/tags';

export interface Input extends Step {
  readonly request: SyncRequest | FallBackRequest;
  readonly session: string;
}
export interface Output {
  readonly hosts: Hosts;
  /** What else the hosts were matched to, they know themselves. */
  readonly replication: Pick<Replication, 'engine'>;
  /** Every block was compared already; what is left is to release the source. */
  readonly verified: boolean;
  /** The source serves again already: an earlier fall back came so far. */
  readonly fallenBack: boolean;
  /** As far as the source's tags tell: in the middle of a switch perhaps nobody serves. */
  readonly targetServes: boolean;
  /** A fall back was begun, and the target may have handed over: it has to be asked. */
  readonly fallingBack: boolean;
}

const FALLEN_BACK: Phase = 'fallen-back';
const FALLING_BACK: Phase = 'falling-back';
/** The target serves. */
const CONTINUABLE: readonly Phase[] = ['serving', 'verified'];

/** Takes a session over that another execution left after the switch: what its instances say of each other decides. */
export async function handler({ request, session, owner }: Input): Promise<Output> {
  const { sourceInstanceId } = request;
  const named = 'targetInstanceId' in request ? request.targetInstanceId : request.target.instanceId;
  const lost = 'targetLost' in request && request.targetLost;
  const source = (await findInstances([sourceInstanceId])).at(0);
  const targetId = peerOf(source, sourceInstanceId, session);
  if (named !== null && named !== targetId) {
    throw new SessionNotFound(`the other instance of session ${session} of ${sourceInstanceId} is ${targetId}, not ${named}: correct the request`);
  }
  const phase = tagMap(source?.Tags)[PHASE];
  const targetServes = CONTINUABLE.some(one => one === phase);
  const fallingBack = phase === FALLING_BACK;
  if ('target' in request && !targetServes && !fallingBack) {
    throw new SessionNotFound(`${sourceInstanceId} is in phase "${phase}" of session ${session}: that its target serves is not known, so there is nothing to continue. Fall back`);
  }
  const target = (await findInstances([targetId])).at(0);
  if (!lost) {
    const back = peerOf(target, targetId, session);
    if (back !== sourceInstanceId) {
      throw new SessionNotFound(`${targetId} says that its session ${session} is with ${back}, not with ${sourceInstanceId}: which of them serves has to be looked at by hand`);
    }
  }
  return {
    hosts: {
      source: hostOf(source, sourceInstanceId, owner),
      target: { ...hostOf(target, targetId, owner), ...lost && !target?.PrivateIpAddress && 'targetAddress' in request ? { address: request.targetAddress } : {} },
    },
    replication: { engine: engineOf(source) },
    verified: isVerified(source),
    fallenBack: phase === FALLEN_BACK,
    targetServes,
    fallingBack,
  };
}

/** Whose documents to send. */
function engineOf(source: Instance | undefined): Engine {
  const engine = tagMap(source?.Tags)[ENGINE];
  const known = ENGINES.find(each => each === engine);
  if (known === undefined) {
    throw new SessionNotFound(`the tag ${ENGINE} of ${source?.InstanceId ?? 'the source'} says ${engine ?? 'nothing'}, not whether drbd or md replicates:`
      + ' set it by what runs there (/proc/drbd, or nbd-server)');
  }
  return known;
}

function isVerified(source: Instance | undefined): boolean {
  const tags = tagMap(source?.Tags);
  const verified: Phase = 'verified';
  return tags[VERIFIED] !== undefined && [verified, FALLING_BACK].some(phase => tags[PHASE] === phase);
}

/** The other instance, as the tags tell. */
function peerOf(instance: Instance | undefined, instanceId: string, session: string): string {
  if (!instance || instance.State?.Name !== 'running') {
    throw new SessionNotFound(`${instanceId} is ${instance?.State?.Name ?? 'gone'}, but both instances of a session have to run`
      + ' (only a fall back with "targetLost": true does without the target)');
  }
  const { [PHASE]: phase, [SESSION]: its, [PEER]: peer } = tagMap(instance.Tags);
  if (phase === undefined || peer === undefined || its !== session) {
    throw new SessionNotFound(`${instanceId} carries ${its === undefined || phase === undefined ? 'no session' : `session ${its} in phase "${phase}"`}, not ${session}:`
      + ' the session is over, or was never switched');
  }
  return peer;
}
