import type { JsonObject } from '../json';
import type { Side } from './host';

/** How far each side of a replication is: its phase, `none` without a session, or `off`. */
export interface PairState {
  readonly source: string;
  readonly target: string;
}

export const idle: PairState = { source: 'none', target: 'none' };

/** A step that one side has run. */
export interface Ran {
  readonly side: Side;
  readonly step: string;
  readonly status: number;
  readonly answer: JsonObject;
}

/** The state after a step, by what the step answered; one that failed, or only looked, changes nothing. */
export function after(state: PairState, { side, step, status, answer }: Ran): PairState {
  if (status !== 0) return state;
  const phase = step.startsWith('prepare-') ? 'prepared'
    : ['pre-copy', 'switch-source', 'switch-target', 'finalize', 'fall-back'].includes(step) ? String(answer.phase)
      : step === 'release-source' ? 'none' : state[side];
  return { ...state, [side]: phase };
}

/** Whether blocks go from the source to the target: before the switch, in it, or after it. */
export function isCopying({ source, target }: PairState): boolean {
  return (source === 'mirrored' && target === 'mirrored') || (source === 'switched' && (target === 'mirrored' || target === 'switched'));
}

export function same(a: PairState, b: PairState): boolean {
  return a.source === b.source && a.target === b.target;
}

/** Parameters by which one step does different things. */
const telling: Readonly<Record<string, readonly string[]>> = {
  'prepare-source': ['Engine', 'Encryption'], 'prepare-target': ['Engine', 'Encryption'], 'verify': ['Restart'], 'fall-back': ['PeerLost'], 'resume': ['AcceptLoss'],
};

/** What a step is asked for, apart from names and sizes: `verify Restart=yes`. */
export function request(step: string, parameters: Readonly<Record<string, string>>): string {
  const told = (telling[step] ?? []).map(name => `${name}=${parameters[name] ?? ''}`);
  // without the other side's key a tunnel is only half prepared
  if (step.startsWith('prepare-') && parameters.Encryption === 'wireguard') told.push(parameters.PeerKey ? 'with the peer\'s key' : 'without the peer\'s key');
  return [step, ...told].join(' ');
}

/** Which sides have the services started. */
export function servingIn({ source, target }: PairState): readonly Side[] {
  const onTarget = target === 'switched' || target === 'finalized';
  // one that handed over stays silent, also when it is released; what never handed over serves on
  const onSource = ['preparing', 'prepared', 'mirrored', 'fallen-back', 'finalized'].includes(source) || (source === 'none' && target !== 'finalized');
  return [...onSource ? ['source' as const] : [], ...onTarget ? ['target' as const] : []];
}
