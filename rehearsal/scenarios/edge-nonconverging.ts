import type { Load } from '../cloud/load/load';
import { migrating } from './edge-place';
import { isAt } from './edge-expectations';
import { edgeServer, moving } from './edge-server';
import { clean } from './edge-fleet-outcome';
import { expect, failsWith, Untouched } from './expectations';
import type { Scenario } from './scenario';

/** It writes 50 MB each second, most of it to new places; the service link carries 62 MB, and others use it, too. */
const busy: Load = { cpu: () => 70, writes: () => 50e6, hotBlocks: 8_000, fresh: 0.7 };

export const edgeNonconverging: Scenario = {
  name: 'edge-nonconverging',
  description: 'A server at an Outpost writes faster than the service link carries: its move home gives the link back and says what would help.',
  app: migrating,
  async play(stage) {
    const { account } = stage;
    const { instanceId, ids, application, rack } = await edgeServer(stage, { at: 'factory', load: busy });
    const untouched = new Untouched(account, ids);
    const began = account.clock.now();
    const run = await stage.run({ instanceId, destination: 'home', ...moving, maxDowntime: 'PT6M' });
    const { message = '' } = JSON.parse(run.cause ?? '{}') as { message?: string };
    const rounds = account.calls.filter(({ operation, error }) => operation === 'CreateSnapshots' && !error).length;
    const planned = await stage.operate('Fleet', { instances: { ids: [instanceId] }, destination: 'home', strategy: 'now', planOnly: true });
    const { bucket = '', key = '' } = (planned.output ?? {}) as { bucket?: string; key?: string };
    const { refusals = [] } = JSON.parse(account.s3.text(bucket, key) ?? '{}') as { refusals?: { id: string; reason: string }[] };
    const stops = account.calls.filter(({ operation, input }) => operation === 'SendCommand' && JSON.stringify(input).includes('Quiesce')).length;
    return {
      run, concerned: ids,
      expectations: [
        failsWith(run, 'WillNotConverge'),
        expect('it says in a sentence what was seen and what would help', /changed .* GB in .* min.*; choose a quieter time or a longer maxDowntime/.test(message), message),
        expect('it was tried for some rounds, and not for ever', rounds > 1 && rounds < 9, `${rounds} rounds in ${Math.round((account.clock.now() - began) / 60_000)} min`),
        expect('no service was ever stopped', stops === 0),
        expect('a fleet refuses it before anything begins, with a sentence of its own', /will not converge before .*; use post-copy \(transport "blocks"\) or another window/.test(refusals[0]?.reason ?? ''), refusals[0]?.reason),
        isAt(account, 'the server', instanceId, rack.outpostArn), ...application.servedAlone('the server', instanceId), application.pausedAtMost(3),
        untouched.expectation('the server is what it was'), ...clean(stage),
      ],
    };
  },
};
