/** The machine that tells what moving would have cost in the past weeks, from metrics to the page. */
import type { ReplayReport } from '../../lambda/shared/replay/report';
import type { Execution } from '../../rehearsal/asl';
import type { Json } from '../../rehearsal/json';
import { FleetBench, type Server, VPN } from '../support/fleet';
import { expectSuccess } from '../support/rehearse';
import { synthesizedReplay } from '../support/replay';

jest.setTimeout(240_000);

const assembly = synthesizedReplay();
const DAY = 86_400_000;

async function rehearse(servers: readonly Server[], story: (bench: FleetBench) => Promise<void>): Promise<void> {
  const bench = await FleetBench.start(assembly, servers);
  try {
    await story(bench);
  } finally {
    await bench.close();
  }
}

async function replay(bench: FleetBench, input: { [key: string]: Json } = {}): Promise<Execution> {
  const run = bench.rehearsal.startExecution('Replay', {
    destination: 'factory', instances: { ids: [...bench.ids.values()] }, transport: 'blocks', from: new Date(bench.began - 17 * DAY).toISOString(), horizon: 'P1D', ...input,
  });
  await bench.rehearsal.finish(run);
  return run;
}

/** The bucket's objects by their names. */
const objects = (bench: FleetBench): Map<string, string> => new Map([...bench.account.s3.buckets.values()].flatMap(bucket =>
  [...bucket.objects].map(([key, { body }]): [string, string] => [key, new TextDecoder().decode(body)])));
const states = ({ events }: Execution): string[] => events.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []);

test('weeks of metrics become a table and a page; nothing is moved, and nothing need be tagged for it', () => rehearse([
  { name: 'web', data: 10, tags: {} }, { name: 'db', data: 30, writes: hour => (hour >= 7 && hour < 11 ? 2e6 : 1000) }, { name: 'stopped', state: 'stopped' },
], async bench => {
  // what an earlier fleet took of the link is not the traffic of others
  const from = bench.began / 1000 - 5 * 86_400;
  const lesson = [{ book: `${VPN.id}#to-edge`, from, to: from + 7200, rate: 100_000, modelled: 7000, actual: 7200, resentShare: 0 }];
  await bench.account.call('S3', 'PutObject', {
    Bucket: [...bench.account.s3.buckets.keys()][0]!, Key: `past/${new Date(from * 1000).toISOString()}-run.json`, Body: new TextEncoder().encode(JSON.stringify(lesson)) as never,
  }, { callerArn: 'arn:aws:iam::111122223333:user/operator' });

  const run = await replay(bench);
  expectSuccess(run);
  expect(states(run).filter((state, index, all) => all.indexOf(state) === index)).toEqual([
    'Check replay request', 'Describe instances', 'Read metrics', 'Read instance metrics', 'Read link traffic', 'Replay windows', 'Replay strategies', 'Report replay',
  ]);
  const output = run.output as never as Pick<ReplayReport, 'strategies' | 'bound'> & { report: string; page: string };
  expect(output).toMatchObject({ windows: 2, instances: 2, refused: 1 });
  expect(output.strategies.map(({ strategy }) => strategy)).toEqual(['now', 'window', 'sameTimeOfDay', 'adaptive']);
  for (const each of output.strategies) expect(each).toMatchObject({ moved: 4, late: 0 });
  const [now, , , adaptive] = output.strategies;
  // the windows begin at nine and ten, in the busy hours
  expect(adaptive!.cost).toBeLessThan(0.5 * now!.cost);
  expect(adaptive!.cost).toBeGreaterThanOrEqual(output.bound);

  const stored = objects(bench);
  const report = JSON.parse(stored.get(output.report)!) as ReplayReport;
  // two instances with two volumes each, and one tunnel
  expect(report.metrics).toBe(7);
  expect(report.refusals).toEqual([{ id: bench.id('stopped'), reason: expect.stringContaining('is stopped') }]);
  expect(report.windows.map(({ begin }) => (begin - bench.began / 1000) / 3600).map(Math.round)).toEqual([-72, -47]);
  expect(stored.get(output.page)).toMatch(/^<!doctype html>[\s\S]*Replay: 2 instances to factory[\s\S]*is stopped/);
  expect(bench.rehearsal.executions.map(({ arn }) => arn)).toEqual([run.arn]);
}));

test('instances by their tag; where none can be moved, the table is empty, and says why', () => rehearse([{ name: 'disks', type: 'm5d.large' }], async bench => {
  const run = await replay(bench, { instances: { tag: { key: 'movable', value: 'yes' } }, strategies: ['adaptive'] });
  expectSuccess(run);
  expect(run.output).toMatchObject({ instances: 0, refused: 1, bound: 0, strategies: [{ strategy: 'adaptive', moved: 0, cost: 0 }] });
}));

test('a wrong request fails before anything is read', () => rehearse([], async bench => {
  const run = await replay(bench, { instances: { ids: ['i-00000000000000000'] }, horizon: 'P8D' });
  expect(run).toMatchObject({ status: 'FAILED', error: 'InvalidRequest', cause: expect.stringContaining('horizon') });
  expect(states(run)).toEqual(['Check replay request']);
}));
