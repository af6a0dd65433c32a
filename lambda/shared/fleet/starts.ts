import { createHash } from 'node:crypto';
import type { Direction } from '../links';
import type { Group } from '../migration/gate';
import type { Refused } from './facts';
import type { Decision } from './online';
import { type FleetRequest, wishesOf } from './request';

/** `starts.json`: what was decided in the tick that is under way. */
export interface Starts {
  readonly starts: readonly Decision[];
  readonly refusals: readonly Refused[];
}

/** The same for every retry; another one for every fleet and every attempt. 80 characters are the most. */
export function executionName(root: string, id: string, attempt: number): string {
  const name = root.split(':').at(-1) ?? '';
  return `${name.slice(0, 30)}-${createHash('sha256').update(root).digest('hex').slice(0, 8)}-${id}-${attempt}`;
}

/** The input of the machine that moves one instance. */
export function moveInput(
  request: FleetRequest, decision: Decision, direction: Direction, root: string, devices: readonly string[], gate: Group | null,
): Record<string, unknown> {
  const { id, link, rate, start, until, method, unpaced } = decision;
  const {
    transport: wish, volumes, services, consistency, maxDowntime, deadline, traffic, keepSource, stopSource, acceptCapacityLoss, installPackages,
    verifyDocument,
  } = wishesOf(request, id);
  // the room is on the link of the way that was planned: the move must not choose another one by itself
  const transport = wish !== 'auto' ? wish : unpaced ? 'ebs' : 'blocks';
  // a plan that has the switch come first has its reason; whether blocks can go before it is found when the move begins
  const late = method === 'post-copy' ? devices.map(device => [device, { ...volumes[device], copy: volumes[device]?.copy ?? 'post-copy' }]) : [];
  return {
    instanceId: id, destination: request.destination, transport, volumes: { ...volumes, ...Object.fromEntries(late) }, services, consistency,
    maxDowntime, deadline, ...traffic !== null && { traffic }, keepSource, stopSource, acceptCapacityLoss, installPackages, verifyDocument, approve: request.approve.filter(what => what !== 'plan'),
    reservation: { link, direction, bitsPerSecond: rate * 8, from: iso(start), until: iso(until) },
    root, ...gate !== null && { gate },
  };
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
