import type { Side } from '../../rehearsal/hosts/host';
import type { ReplayedPair } from '../../rehearsal/hosts/replay';

/** Which of two hosts have the services started, by what their documents did. */
export function servingSides({ phases: { source, target } }: ReplayedPair): Side[] {
  const onTarget = target === 'switched' || target === 'finalized';
  // one that handed over stays silent, also when it is released; what never handed over serves on
  const onSource = ['prepared', 'fallen-back', 'finalized'].includes(source) || (source === 'none' && target !== 'finalized');
  return [...onSource ? ['source' as const] : [], ...onTarget ? ['target' as const] : []];
}
