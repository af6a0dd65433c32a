/** The same workflow where kernels have no DRBD, by what machines answered with md: each step sends the documents of the engine found, or of the session. */
import type { Json, JsonObject } from '../../rehearsal/json';
import { expectSuccess } from '../support/rehearse';
import { rehearseSync, type SyncBench, synthesizedSync } from '../support/sync';

jest.setTimeout(60_000);

const full = synthesizedSync();
/** The machines that answered had both engines. */
const withoutDrbd = (answer: JsonObject): JsonObject => ({ ...answer, engines: { ...answer.engines as JsonObject, drbd: { available: false, version: null, missing: ['drbd'], installable: false } } });
const rehearse = (story: (bench: SyncBench) => Promise<void>) => rehearseSync(full, async bench => {
  for (const side of ['source', 'target'] as const) bench.pair.alter(side, 'inspect', withoutDrbd);
  await story(bench);
}, undefined, undefined, { engine: 'md' });

/** The documents that were sent, each step once, by the engine in their names. */
function sent(bench: SyncBench): string[] {
  const names = bench.account.calls.filter(({ operation, error }) => operation === 'SendCommand' && !error).map(({ input }) => (input as { DocumentName: string }).DocumentName);
  return [...new Set(names.map(name => `${/Documents(Md|Drbd)/.exec(name)?.[1] ?? ''} ${/(\w+?)Document/.exec(name.split('-').find(part => part.includes('Document') && !part.includes('Documents')) ?? name)![1]}`))];
}
const engineTag = (bench: SyncBench) => bench.tagsOf(bench.sourceInstanceId)['instance-mobility:engine'];
const ofDrbd = (bench: SyncBench) => sent(bench).filter(name => name.startsWith('Drbd'));

test('a whole move', () => rehearse(async bench => {
  let told: string | undefined;
  bench.once('Switch source', () => { told = engineTag(bench); });
  const run = await bench.run();
  expectSuccess(run);
  expect(run.output).toMatchObject({ engine: 'md' });
  expect(told).toBe('md');
  // all but the inspections and what falls back
  expect(sent(bench).filter(name => name.startsWith('Md'))).toHaveLength(8);
  expect(ofDrbd(bench)).toEqual([]);
  await bench.expectServed('target');
  expect(engineTag(bench)).toBeUndefined();
  bench.expectNothingLeft(run);
}));

test.each<[string, 'source' | 'target', string]>([
  ['a preparation that fails is undone', 'source', 'prepare-source'], ['a switch that fails goes back', 'target', 'switch-target'],
])('%s', (_, side, document) => rehearse(async bench => {
  bench.pair.fail(side, document, { status: 6, error: 'EngineFailed', message: 'ordered', times: Infinity });
  const run = await bench.run();
  expect(run).toMatchObject({ status: 'FAILED', error: 'EngineFailed' });
  // what had switched is finalized after it fell back
  expect(run.trace.includes('Finalize source')).toBe(document === 'switch-target');
  expect(ofDrbd(bench)).toEqual([]);
  await bench.expectServed('source');
  expect(engineTag(bench)).toBeUndefined();
  bench.expectNothingLeft(run);
}));

test('an execution that is aborted as its switch begins: its source is asked by the documents of its engine', () => rehearse(async bench => {
  const run = bench.start();
  bench.once('Switch source', execution => execution.stop('Test', 'aborted by the test'));
  await bench.finish(run);
  expect(run.status).toBe('ABORTED');
  const [back] = bench.executionsOf('Sync/FallBack');
  expectSuccess(back!);
  expect(back!.trace).toContain('Undo source');
  expect(ofDrbd(bench)).toEqual([]);
  await bench.expectServed('source');
}));

describe('a session that another execution left', () => {
  const left = async (bench: SyncBench) => {
    bench.pair.fail('target', 'finalize', { status: 6, error: 'EngineFailed', message: 'ordered' });
    const run = await bench.run();
    expect(run).toMatchObject({ status: 'FAILED', error: 'EngineFailed' });
    await bench.expectServed('target');
    return run;
  };

  test('is continued with its engine, whatever is asked for', () => rehearse(async bench => {
    const { session } = JSON.parse((await left(bench)).cause!) as { session: string };
    const run = await bench.run({ continueSession: session, target: { instanceId: bench.target()! } as Json });
    expectSuccess(run);
    expect(run.output).toMatchObject({ engine: 'md' });
    expect(ofDrbd(bench)).toEqual([]);
    await bench.expectServed('target');
  }));

  test('is continued where its target refused to fall back: the target is asked by the documents of its engine', () => rehearse(async bench => {
    const run = await left(bench);
    bench.pair.fail('target', 'fall-back', { status: 5, error: 'Busy', message: 'ordered' });
    expect(await bench.fallBack(run)).toMatchObject({ status: 'FAILED', error: 'MountBusy' });
    const next = await bench.run({ continueSession: (JSON.parse(run.cause!) as { session: string }).session, target: { instanceId: bench.target()! } as Json });
    expectSuccess(next);
    expect(next.trace).toContain('Ask target');
    expect(ofDrbd(bench)).toEqual([]);
    await bench.expectServed('target');
  }));

  test('falls back with its engine', () => rehearse(async bench => {
    expectSuccess(await bench.fallBack(await left(bench)));
    expect(ofDrbd(bench)).toEqual([]);
    await bench.expectServed('source');
    expect(engineTag(bench)).toBeUndefined();
  }));

  test('is refused, with what to do, where its tag does not tell the engine', () => rehearse(async bench => {
    const run = await left(bench);
    const tags = bench.account.ec2.instances.get(bench.sourceInstanceId)!.Tags!;
    tags.splice(tags.findIndex(({ Key }) => Key === 'instance-mobility:engine'), 1);
    const back = await bench.fallBack(run);
    expect(back).toMatchObject({ status: 'FAILED', error: 'SessionNotFound', cause: expect.stringContaining('/proc/drbd') });
    await bench.expectServed('target');
  }));

  test('falls back where its target is gone for good, with all writes', () => rehearse(async bench => {
    const run = await left(bench);
    const target = bench.target()!;
    bench.account.ec2.instanceModels.get(target)!.disableApiTermination = false;
    await bench.stage.asOperator('EC2', 'TerminateInstances', { InstanceIds: [target] });
    await bench.account.clock.advance(60_000);
    expect(bench.serving()).toEqual([]);
    expectSuccess(await bench.fallBack(run, { targetLost: true }));
    expect(ofDrbd(bench)).toEqual([]);
    await bench.expectServed('source');
  }));
});
