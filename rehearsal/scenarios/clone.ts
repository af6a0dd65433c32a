import { databaseServer } from './database-server';
import { nothingLeft, succeeds } from './expectations';
import type { Scenario } from './scenario';
import { clonesAreTrue } from './source';

export const clone: Scenario = {
  name: 'clone',
  description: 'A database server with three volumes keeps writing while it is cloned twice.',
  async play(stage) {
    const source = databaseServer(stage).keepWriting();
    // it has been at work for a while
    await stage.account.clock.advance(30_000);
    const run = await stage.run({ sourceInstanceId: source.instanceId, count: 2 });
    const clones = source.prove(run);
    return {
      run, clones, concerned: source.ids,
      expectations: [
        succeeds(run), clonesAreTrue(clones, 2, 3), source.wroteOn(), source.noticedNothing(), nothingLeft(stage.account, run),
      ],
    };
  },
};
