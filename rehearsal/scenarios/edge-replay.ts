import { migrating } from './edge-place';
import { edgeSite } from './edge-site';
import { expect, succeeds, Untouched } from './expectations';
import type { Scenario } from './scenario';

/** The part of the machine's output that the scenario looks at. */
interface ReplayOutput {
  readonly windows: number;
  readonly instances: number;
  readonly refused: number;
  readonly strategies: readonly {
    readonly strategy: string; readonly moved: number; readonly late: number; readonly resent: number; readonly exposure: number; readonly cost: number;
  }[];
  readonly bound: number;
  readonly bucket: string;
  readonly page: string;
}

export const edgeReplay: Scenario = {
  name: 'edge-replay',
  description: 'What would the last eight weeks have cost, had 24 servers been moved to an Outpost under each strategy? Nothing is moved.',
  app: migrating,
  onTraces: true,
  async play(stage) {
    const { account } = stage;
    const { servers, ids } = await edgeSite(stage, { servers: 24, types: { 23: 'm5d.large' } });
    const untouched = new Untouched(account, ids);
    const run = await stage.operate('Replay', {
      instances: { tag: { key: 'instance-mobility:movable', value: 'true' } }, destination: 'factory', timeZone: 'Europe/Berlin', every: 'PT145H',
    });
    const { windows = 0, instances = 0, refused = 0, strategies = [], bound = 0, bucket = '', page = '' } = (run.output ?? {}) as Partial<ReplayOutput>;
    const of = (name: string) => strategies.find(({ strategy }) => strategy === name);
    const html = account.s3.text(bucket, page);
    const [now, adaptive] = [of('now'), of('adaptive')];
    return {
      run, concerned: ids,
      pages: html === undefined ? [] : [{ name: 'replay', html }],
      expectations: [
        succeeds(run),
        expect('a window begins every 145 hours after the first two weeks', windows === 7, `${windows}`),
        expect('all are judged but the one with disks of its own', instances === servers.length - 1 && refused === 1, `${instances} of ${servers.length}`),
        ...strategies.map(({ strategy, moved, late, resent, exposure, cost }) => expect(`${strategy} is told`, moved > 0 && cost > 0,
          `${moved} moved, ${late} late, ${Math.round(resent / 1e9)} GB sent again, ${Math.round(exposure)} h at 10 % of CPU, cost ${Math.round(cost)}`)),
        expect('nobody is late who begins at once, or at the right time', now?.late === 0 && adaptive?.late === 0),
        expect('who waits for the right time pays less than who begins at once', adaptive !== undefined && now !== undefined && adaptive.cost < now.cost,
          `${Math.round(adaptive?.cost ?? 0)} against ${Math.round(now?.cost ?? 0)}; no way costs less than ${Math.round(bound)}`),
        expect('a page shows it', html?.startsWith('<!doctype html>') ?? false),
        expect('no other execution was started', stage.rehearsal.executions.length === 1),
        untouched.expectation('the servers noticed nothing: no call touched them, and they are what they were'),
      ],
    };
  },
};
