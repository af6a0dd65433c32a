import type { Instance } from '@aws-sdk/client-ec2';
import { lifecyclesOf, whyNotOfGroup } from '../auto-scaling';
import { InstanceNotManaged, MoveUnfinished, SourceIsProtected, SourceNotRunning, TargetNotPossible, TooManyTags } from '../errors';
import type { Protections } from '../hosts';
import { PEER, PHASE, SESSION, tagMap, VERIFIED } from '../tags';
import { SWITCH_TAGS } from './marks';
import type { SyncRequest } from './request';

/** EC2 takes so many tags per resource; those of AWS do not count. */
const MOST_TAGS = 50;

/** Stopping erases instance store, so there is nothing to move on what does not run. */
export function refuseStopped({ InstanceId, State, Platform }: Instance, { releaseSource }: SyncRequest, { termination, stop }: Protections): void {
  if (State?.Name !== 'running') {
    throw new SourceNotRunning(`${InstanceId} is ${State?.Name ?? 'in no known state'}: only what runs can be moved, for instance store is erased when an instance stops`);
  }
  if (Platform?.toLowerCase() === 'windows') throw new InstanceNotManaged(`${InstanceId} runs Windows, but the scripts that replicate are for Linux: no other system can be moved`);
  if ((releaseSource === 'terminate' && termination) || (releaseSource === 'stop' && stop)) {
    throw new SourceIsProtected(`releaseSource is "${releaseSource}", but ${InstanceId} is protected from that: take its protection off, or start again with releaseSource "keep"`);
  }
}

/** Refuses an existing target that can not serve, by what DescribeInstances alone tells. */
export function refuseTarget(target: Instance | undefined, instanceId: string): asserts target is Instance {
  if (!target) throw new TargetNotPossible(`${instanceId} does not exist in this account and Region: correct target.instanceId`);
  const { State, Platform, PrivateIpAddress } = target;
  if (State?.Name !== 'running') throw new TargetNotPossible(`${instanceId} is ${State?.Name ?? 'in no known state'}: start it, or name another instance in target.instanceId`);
  if (Platform?.toLowerCase() === 'windows') throw new InstanceNotManaged(`${instanceId} runs Windows, but the scripts that replicate are for Linux: name another instance`);
  if (!PrivateIpAddress) throw new TargetNotPossible(`${instanceId} has no private IPv4 address, over which the two instances replicate: name another instance`);
}

/** Refuses an existing target that a group may take away: it would be gone with what was written to it. */
export async function refuseTargetMember(target: Instance): Promise<void> {
  const reason = whyNotOfGroup(target, await lifecyclesOf([target]), 'may terminate it at any time (scaling in, a health check that fails)');
  if (reason !== undefined) throw new TargetNotPossible(reason);
}

/** An instance takes part in one move at a time, and has room for its tags. */
export function refuseBusy({ InstanceId, Tags }: Instance): void {
  const tags = tagMap(Tags);
  if (tags[PHASE] !== undefined) {
    throw new MoveUnfinished(`${InstanceId} is in phase "${tags[PHASE]}" of session ${tags[SESSION] ?? 'unknown'} with ${tags[PEER] ?? 'an unknown instance'}:`
      + ' start an execution with that continueSession, or fall back. Where neither is wanted, remove the tags instance-mobility:phase, -:session and -:peer from both;'
      + ' but one that was launched for the move first gets the tag instance-mobility:created-by, with any value, or the daily sweep terminates it');
  }
  const mine = [...SWITCH_TAGS, VERIFIED];
  const others = Object.keys(tags).filter(key => !key.startsWith('aws:') && !mine.includes(key)).length;
  if (others + mine.length > MOST_TAGS) {
    throw new TooManyTags(`${InstanceId} has ${others} tags, but a move needs room for ${mine.length} of the ${MOST_TAGS} that EC2 takes: remove some`);
  }
}
