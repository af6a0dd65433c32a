import { expect } from './expectations';
import type { Scenario } from './scenario';
import { outputOf } from './sync-expectations';
import { moved } from './sync-moved';
import { moving, syncing, syncServer, traffic } from './sync-server';

export const syncMd: Scenario = {
  name: 'sync-md',
  description: 'A database on instance store moves where the kernel has no DRBD: a RAID 1 over NBD replicates, and answers what is missing.',
  app: syncing,
  engine: 'md',
  onMachines: true,
  async play(stage) {
    const server = await syncServer(stage);
    return moved(stage, server, () => stage.run({ sourceInstanceId: server.instanceId, ...moving, engine: 'md', traffic: traffic(server) }), run => [
      expect('md replicated', outputOf(run)?.engine === 'md', outputOf(run)?.engine),
    ]);
  },
};
