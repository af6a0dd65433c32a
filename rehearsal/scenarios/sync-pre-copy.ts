import { expect } from './expectations';
import type { Scenario } from './scenario';
import { moved } from './sync-moved';
import { moving, syncing, syncServer, traffic } from './sync-server';

export const syncPreCopy: Scenario = {
  name: 'sync-pre-copy',
  description: 'A database moves whose blocks are copied while its source serves: the target has all of them when it takes over.',
  app: syncing,
  onMachines: true,
  long: true,
  async play(stage) {
    const server = await syncServer(stage);
    let missing: number | undefined;
    stage.once((execution, visit) => execution.machine === 'InstanceStoreSync' && visit.state === 'Switch source', () => { missing = server.pair.replayed?.blocksLeft; });
    return moved(stage, server, () => stage.run({ sourceInstanceId: server.instanceId, ...moving, traffic: traffic(server), copy: 'pre-copy' }), run => {
      const { preCopy } = run.output as { preCopy?: { percent: number; pauseSeconds: number | null } };
      return [
        expect('the blocks went before the switch', preCopy?.percent === 100, `${preCopy?.percent ?? 0} %, after a first pause of ${preCopy?.pauseSeconds ?? '?'} s`),
        // machines do not tell block by block
        ...server.pair.replayed ? [expect('nothing was missing on the target as it took over', missing === 0, `${missing ?? 'unknown'} blocks`)] : [],
      ];
    });
  },
};
