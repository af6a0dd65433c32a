import type { Execution } from '../asl';
import type { Proof } from '../hosts/host';
import type { Expectation } from '../report/story';
import { expect, nothingLeft, succeeds } from './expectations';
import type { Played } from './scenario';
import type { Stage } from './stage';
import { outputOf, pausedAtMost, proven, runs } from './sync-expectations';
import type { SyncServer } from './sync-server';

/** Plays a whole move, and tells what everybody expects of one. */
export async function moved(
  stage: Stage, server: SyncServer, move: () => Promise<Execution>, more: (run: Execution) => readonly Expectation[],
): Promise<Played> {
  const { account } = stage;
  let atFinalize = Infinity;
  stage.once((execution, visit) => execution.machine === 'InstanceStoreSync' && visit.state === 'Finalize target', () => { atFinalize = account.clock.now(); });
  const run = await move();
  const target = outputOf(run)?.target;
  const before: Proof = await server.pair.proof('source', atFinalize);
  const now = await server.pair.proof('target');
  return {
    run, concerned: server.ids,
    expectations: [
      succeeds(run), ...more(run),
      proven('every write that was acknowledged is on the target', now),
      // machines can tell of the one that serves only: the other one's application is not there to be asked
      ...server.pair.longestPause() === undefined ? [] : [proven('every write that was acknowledged until the release is on the source, too', before)],
      ...pausedAtMost(server.pair, 60),
      runs(account, 'the target', target?.instanceId), runs(account, 'the source, which is kept,', server.instanceId),
      expect('the load balancer sends requests to the target alone', server.healthy().join() === target?.instanceId, server.healthy().join(' ')),
      expect('the name leads to the target', server.address() === target?.address, server.address()),
      nothingLeft(account, run),
    ],
  };
}
