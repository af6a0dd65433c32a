import { announceRetirement } from '../cloud/events/health';
import type { Proof } from '../hosts/host';
import { expect, nothingLeft, succeeds } from './expectations';
import type { Scenario } from './scenario';
import { outputOf, pausedAtMost, proven, runs } from './sync-expectations';
import { syncing, syncServer } from './sync-server';

const twoWeeks = 14 * 24 * 3_600_000;

export const sync: Scenario = {
  name: 'sync',
  description: 'AWS retires the host of a database on instance store: it moves to a larger instance while it keeps writing.',
  app: syncing,
  onMachines: true,
  async play(stage) {
    const { account } = stage;
    const server = await syncServer(stage);
    let atFinalize = Infinity;
    stage.once((execution, visit) => execution.machine === 'InstanceStoreSync' && visit.state === 'Finalize target', () => { atFinalize = account.clock.now(); });
    stage.recorder.mark('the retirement is announced');
    announceRetirement(account, server.instanceId, account.clock.now() + twoWeeks);
    await stage.settle();
    const run = stage.executionOf('InstanceStoreSync');
    if (!run) throw new Error('the announcement started no execution');
    const target = outputOf(run)?.target;
    const before: Proof = await server.pair.proof('source', atFinalize);
    const now = await server.pair.proof('target');
    return {
      run, concerned: server.ids,
      expectations: [
        succeeds(run),
        expect('it was started by the announcement', run.input !== undefined && JSON.stringify(run.input).includes(server.instanceId)),
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
  },
};
