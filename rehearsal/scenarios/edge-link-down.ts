import { isAt, outputOf } from './edge-expectations';
import { migrating } from './edge-place';
import { edgeServer, moving } from './edge-server';
import { expect, nothingLeft, succeeds } from './expectations';
import type { Scenario } from './scenario';

const hour = 3_600_000;

export const edgeLinkDown: Scenario = {
  name: 'edge-link-down',
  description: 'The service link breaks for three hours while a server comes home from an Outpost: it serves on, and the move goes on when the link is back.',
  app: migrating,
  async play(stage) {
    const { account } = stage;
    const { instanceId, ids, application, link } = await edgeServer(stage, { at: 'factory' });
    let brokenAt = Infinity;
    stage.once((execution, visit) => execution.machine === 'EdgeMigration' && visit.state === 'Wait for snapshots', () => {
      brokenAt = account.clock.now();
      stage.recorder.mark('the service link breaks');
      link.down(brokenAt, brokenAt + 3 * hour);
    });
    const run = await stage.run({ instanceId, destination: 'home', ...moving });
    const target = outputOf(run)?.targetInstanceId;
    return {
      run, concerned: ids,
      expectations: [
        succeeds(run),
        expect('the link broke while blocks were on their way', brokenAt < account.clock.now() && link.sentBetween('to-region', 0, brokenAt) > 0),
        expect('nothing came through meanwhile', link.sentBetween('to-region', brokenAt, brokenAt + 3 * hour) === 0),
        isAt(account, 'the target', target, undefined), ...application.servedAlone('the target', target),
        // the pause is that of the switch: nobody noticed the link
        application.pausedAtMost(15 * 60), nothingLeft(account, run),
      ],
    };
  },
};
