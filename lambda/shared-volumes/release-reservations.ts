import { readCommands, type Sent, sendCommands } from '../shared/commands';
import { findInstances } from '../shared/instances';
import { noLongerReserved, reservationKey } from '../shared/nvme-reservations';
import type { LeftOver } from '../shared/removal';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly sourceInstanceId: string;
  readonly documentName: string;
  /** How often it was asked before. */
  readonly polls: number;
  /** What the source was told; null: nothing yet. */
  readonly commands: readonly Sent[] | null;
}
export interface Output {
  readonly over: boolean;
  readonly commands: readonly Sent[] | null;
  /** What the source may hold still. */
  readonly leftOver: readonly LeftOver[];
  readonly waitSeconds: number;
}

const WAIT_SECONDS = 3;
/** Some three minutes: an agent that does not answer within them is away. */
const MOST_POLLS = 60;

/** Has the source give back what it reserved for clones that share it no more; called until that is over. */
export async function handler({ sourceInstanceId, documentName, polls, commands }: Input): Promise<Output> {
  const over = (leftOver: readonly LeftOver[]): Output => ({ over: true, commands, leftOver, waitSeconds: 0 });
  const left = (reason: string): LeftOver[] => [{
    type: 'reservation', id: sourceInstanceId, reason: `${reason}: on the source, \`nvme resv-report\` tells what is held, and the document ${documentName} with Action release ends it`,
  }];
  if (commands === null) {
    const state = (await findInstances([sourceInstanceId]))[0]?.State?.Name ?? 'gone';
    const volumeIds = await noLongerReserved(sourceInstanceId);
    if (volumeIds.length === 0) return over([]);
    if (state !== 'running') return over(left(`${sourceInstanceId} is ${state}, and only it can release what it has reserved of ${volumeIds.join(', ')}`));
    const command = { Volumes: volumeIds.join(','), Key: reservationKey(sourceInstanceId), Action: 'release' };
    return { over: false, commands: await sendCommands([sourceInstanceId], documentName, () => command), leftOver: [], waitSeconds: WAIT_SECONDS };
  }
  const results = await readCommands(commands);
  if (results.some(({ result }) => !result)) {
    return polls < MOST_POLLS ? { over: false, commands, leftOver: [], waitSeconds: WAIT_SECONDS } : over(left(`the agent of ${sourceInstanceId} does not answer`));
  }
  return over(results.flatMap(({ result }) => (result?.succeeded ? [] : left(result?.reason ?? ''))));
}
