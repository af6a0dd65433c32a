import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize, type Synthesized } from '../../../rehearsal/cli/synthesize';
import { jsonOf } from '../../../rehearsal/report/json';
import { scenarios } from '../../../rehearsal/scenarios';
import { appOf } from '../../../rehearsal/scenarios/apps';
import { databaseServer } from '../../../rehearsal/scenarios/database-server';
import { givenInput } from '../../../rehearsal/scenarios/given-input';
import { perform } from '../../../rehearsal/scenarios/perform';
import type { Scenario } from '../../../rehearsal/scenarios/scenario';
import { recorded } from '../hosts/fixture';

const keyOf = (scenario: Scenario): string => JSON.stringify(appOf(scenario).context);
let app: Synthesized;
/** By what is deployed, and how. */
const apps = new Map<string, Synthesized>();
/** Hosts that answer what the documents' contract says: what is tested here is the workflows, not the scripts. */
const recordings = mkdtempSync(join(tmpdir(), 'recordings-'));
beforeAll(async () => {
  for (const engine of ['drbd', 'md'] as const) writeFileSync(join(recordings, `replication-${engine}.json`), JSON.stringify(recorded(engine)));
  for (const scenario of scenarios) {
    const { context } = appOf(scenario);
    if (!apps.has(keyOf(scenario))) apps.set(keyOf(scenario), await synthesize(context));
  }
  app = apps.get(keyOf(scenarios[0]))!;
}, 120_000);
afterAll(() => {
  for (const each of apps.values()) each.remove();
  rmSync(recordings, { recursive: true });
});

// those that take days are played by .ci/run, once
describe.each(scenarios.filter(({ long }) => !long))('$name', scenario => {
  test('all turns out as expected', async () => {
    const story = await perform(scenario, { dir: apps.get(keyOf(scenario))!.dir, seed: 1, hosts: { recordings } });
    expect(story.expectations.filter(each => !each.holds)).toEqual([]);
    expect(story.expectations.length).toBeGreaterThan(4);
  }, 120_000);
});

test('without a recording the hosts of a replication can not be played', async () => {
  const scenario = scenarios.find(each => each.name === 'sync-plan-only')!;
  await expect(perform(scenario, { dir: apps.get(keyOf(scenario))!.dir, seed: 1, hosts: { recordings: join(recordings, 'none') } }))
    .rejects.toThrow('there is no recording of hosts');
}, 60_000);

test('the default scenario makes two clones whose every block is the source\'s at the snapshot\'s instant', async () => {
  const json = jsonOf(await perform(scenarios[0], { dir: app.dir, seed: 2 })) as {
    outcome: string; clones: { volumes: { equalsSourceAtSnapshot: boolean; blocksCompared: number; laterWritesSeen: number }[] }[];
    created: { type: string }[]; removed: { type: string }[]; permissions: { denied: string[] };
  };
  expect(json.outcome).toBe('SUCCEEDED');
  expect(json.clones.map(clone => clone.volumes.length)).toEqual([3, 3]);
  for (const volume of json.clones.flatMap(clone => clone.volumes)) {
    expect(volume).toMatchObject({ equalsSourceAtSnapshot: true, laterWritesSeen: 0 });
    expect(volume.blocksCompared).toBeGreaterThan(200);
  }
  const numberOf = (of: { type: string }[], type: string) => of.filter(each => each.type === type).length;
  expect([numberOf(json.created, 'instance'), numberOf(json.created, 'volume'), numberOf(json.removed, 'snapshot'), numberOf(json.removed, 'image')])
    .toEqual([2, 6, 3, 1]);
  expect(json.permissions.denied).toEqual([]);
}, 60_000);

test('the same seed gives the same rehearsal, another seed other ids', async () => {
  const planOnly = scenarios.find(each => each.name === 'clone-plan-only')!;
  const one = await perform(planOnly, { dir: app.dir, seed: 3 });
  const again = await perform(planOnly, { dir: app.dir, seed: 3 });
  const other = await perform(planOnly, { dir: app.dir, seed: 4 });
  expect(again.executions).toEqual(one.executions);
  expect(other.executions[0]!.arn).not.toBe(one.executions[0]!.arn);
}, 60_000);

test('an input of one\'s own that is refused does not pass for a success', async () => {
  const scenario = givenInput({ name: 'input', description: '', input: { count: 1001 }, prepare: stage => [databaseServer(stage).instanceId] });
  const story = await perform(scenario, { dir: app.dir, seed: 1 });
  expect(story.executions[0]).toMatchObject({ status: 'FAILED', error: 'InvalidRequest' });
  expect(story.expectations.filter(each => !each.holds).map(each => each.what)).toEqual(['the execution succeeds']);
}, 60_000);
