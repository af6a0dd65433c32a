import { expect, noNewInstance, nothingLeft } from './expectations';
import type { Scenario } from './scenario';
import { pausedAtMost, proven, runs } from './sync-expectations';
import { moving, syncing, syncServer, traffic } from './sync-server';

export const syncAbort: Scenario = {
  name: 'sync-abort',
  description: 'Somebody aborts the execution while the hosts are prepared: the janitor removes the target, and the source serves as ever.',
  app: syncing,
  onMachines: true,
  async play(stage) {
    const { account } = stage;
    const server = await syncServer(stage);
    const run = stage.start({ sourceInstanceId: server.instanceId, ...moving, traffic: traffic(server) });
    stage.once((execution, visit) => execution.arn === run.arn && visit.state === 'Prepare source', () => {
      account.clock.after(1_000, () => {
        stage.recorder.mark('aborted');
        run.stop('Operator.Abort', 'aborted by hand');
      });
    });
    await stage.finish(run);
    const janitors = stage.recorder.executionStories().filter(each => each.arn !== run.arn);
    const made = stage.recorder.lanesOf(new Set()).filter(lane => !lane.existed);
    return {
      run, concerned: server.ids,
      expectations: [
        expect('the execution is aborted', run.status === 'ABORTED', run.status),
        expect('the janitor came and succeeded', janitors.length > 0 && janitors.every(each => each.status === 'SUCCEEDED'), janitors.map(each => `${each.machine} ${each.status}`).join(' ')),
        expect('a target had been launched, and everything made is removed', made.some(lane => lane.type === 'instance') && made.every(lane => lane.gone),
          `${made.length} made, ${made.filter(lane => !lane.gone).length} left`),
        noNewInstance(account, [server.instanceId]), nothingLeft(account, run),
        runs(account, 'the source', server.instanceId),
        proven('every write that was acknowledged is on the source', await server.pair.proof('source')), ...pausedAtMost(server.pair, 2),
        expect('the load balancer still sends requests to the source', server.healthy().join() === server.instanceId),
      ],
    };
  },
};
