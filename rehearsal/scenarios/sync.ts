import { announceRetirement } from '../cloud/events/health';
import { expect } from './expectations';
import type { Scenario } from './scenario';
import { moved } from './sync-moved';
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
    stage.recorder.mark('the retirement is announced');
    return moved(stage, server, async () => {
      announceRetirement(account, server.instanceId, account.clock.now() + twoWeeks);
      await stage.settle();
      const run = stage.executionOf('InstanceStoreSync');
      if (!run) throw new Error('the announcement started no execution');
      return run;
    }, run => [
      expect('it was started by the announcement', run.input !== undefined && JSON.stringify(run.input).includes(server.instanceId)),
    ]);
  },
};
