import { isAt, onlyLives, outputOf } from './edge-expectations';
import { migrating } from './edge-place';
import { edgeServer, moving } from './edge-server';
import { expect, nothingLeft, succeeds } from './expectations';
import type { Scenario } from './scenario';

export const edgeRoundtrip: Scenario = {
  name: 'edge-roundtrip',
  description: 'An application server moves from the Region to an Outpost while its clients are served, and back again: it ends where it began.',
  app: migrating,
  async play(stage) {
    const { account } = stage;
    const { instanceId, ids, application, rack, link } = await edgeServer(stage);
    const began = account.clock.now();
    const there = await stage.run({ instanceId, destination: 'factory', ...moving });
    const atFactory = outputOf(there)?.targetInstanceId;
    const wasThere = [isAt(account, 'the server', atFactory, rack.outpostArn), ...application.servedAlone('the server at the factory', atFactory)];
    const turned = account.clock.now();
    const sent = link.sentBetween('to-edge', began, turned);
    // a day's work at the factory
    await account.clock.advance(24 * 3_600_000);
    const back = await stage.run({ instanceId: atFactory ?? '', destination: 'home', ...moving });
    const home = outputOf(back)?.targetInstanceId;
    return {
      run: back, concerned: ids,
      expectations: [
        expect('the move to the factory succeeds', there.status === 'SUCCEEDED', `${there.status} ${there.error ?? ''}`),
        ...wasThere, succeeds(back),
        isAt(account, 'the server that came home', home, undefined), ...application.servedAlone('the server that came home', home),
        application.pausedAtMost(15 * 60),
        expect('its blocks went over the service link, each way', sent > 0 && link.sentBetween('to-region', turned, account.clock.now()) > 0,
          `${Math.round(sent / 1e9)} GB there, ${Math.round(link.sentBetween('to-region', turned, account.clock.now()) / 1e9)} GB back`),
        onlyLives(account, 'nothing else is left, at neither place', [home]),
        nothingLeft(account, there), nothingLeft(account, back),
      ],
    };
  },
};
