import fc from 'fast-check';
import { Clock } from '../../../rehearsal/clock';
import type { Json, JsonObject } from '../../../rehearsal/json';
import { Random } from '../../../rehearsal/random';
import { chain, functionArn, only, prepare, refuse, run, Service, times } from './machine';

const task = { Type: 'Task', Resource: functionArn };

test('Retry timing: attempt n starts min(MaxDelay, Interval · Backoff^(n−1)) after the one before failed', async () => {
  const retrier = fc.record({
    IntervalSeconds: fc.integer({ min: 1, max: 100 }), MaxAttempts: fc.integer({ min: 0, max: 8 }),
    BackoffRate: fc.double({ min: 1, max: 4, noNaN: true }), extra: fc.option(fc.integer({ min: 1, max: 1000 })), work: fc.integer({ min: 0, max: 50 }),
  });
  await fc.assert(fc.asyncProperty(retrier, async ({ extra, work, ...fields }) => {
    const limit: { MaxDelaySeconds?: number } = extra === null ? {} : { MaxDelaySeconds: fields.IntervalSeconds + extra };
    const clock = new Clock();
    const service = new Service(() => clock.sleep(work * 1000).then(() => refuse('Broken')));
    const execution = await run(only({ ...task, Retry: [{ ErrorEquals: ['Broken'], ...fields, ...limit } as JsonObject] }), { clock, integrations: service });
    let expected = 0;
    const starts = times(execution, 'LambdaFunctionScheduled');
    expect(starts).toHaveLength(fields.MaxAttempts + 1);
    for (const [index, start] of starts.entries()) {
      expect(start).toBeCloseTo(expected, 2);
      expected += work + Math.min(limit.MaxDelaySeconds ?? Infinity, fields.IntervalSeconds * fields.BackoffRate ** index);
    }
    expect(execution.error).toBe('Broken');
  }), { numRuns: 60 });
});

test('Retry timing with JitterStrategy FULL: each delay lies between 0 and the one without jitter', async () => {
  await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 6 }), fc.integer(), async (interval, attempts, seed) => {
    const retrier = { ErrorEquals: ['Broken'], IntervalSeconds: interval, MaxAttempts: attempts, JitterStrategy: 'FULL' };
    const execution = await run(only({ ...task, Retry: [retrier] }), { random: new Random(seed), integrations: new Service(() => refuse('Broken')) });
    const starts = times(execution, 'LambdaFunctionScheduled');
    for (let index = 1; index < starts.length; index++) {
      const delay = starts[index]! - starts[index - 1]!;
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThanOrEqual(interval * 2 ** (index - 1) + 0.001);
    }
  }), { numRuns: 40 });
});

/** A tree of scopes: each assigns own variables, may wait, and may have inner scopes. */
interface ScopeTree { readonly names: readonly string[]; readonly wait: number; readonly inner: readonly ScopeTree[] }

test('variable scope: a scope sees exactly its own variables and those of the scopes around it', async () => {
  const { tree } = fc.letrec<{ tree: ScopeTree }>(tie => ({
    tree: fc.record({
      names: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 2 }), wait: fc.integer({ min: 0, max: 5 }),
      inner: fc.oneof({ maxDepth: 3, depthSize: 'small' }, fc.constant([]), fc.array(tie('tree'), { minLength: 1, maxLength: 2 })),
    }),
  }));
  await fc.assert(fc.asyncProperty(tree, async root => {
    let count = 0;
    const all = ['a', 'b', 'c', 'd'];
    const probe = `{% {${all.map(name => `"${name}": $exists($${name}) ? $${name} : null`).join(', ')}} %}`;
    const values = (visible: JsonObject) => Object.fromEntries(all.map(name => [name, visible[name] ?? null]));

    /** The states of a scope, which end with what it sees, before and after its inner scopes. */
    const scope = (node: ScopeTree, outer: JsonObject): { machine: JsonObject; result: Json } => {
      const id = ++count;
      const own = Object.fromEntries(node.names.filter(name => !(name in outer)).map(name => [name, `${name} of ${id}`]));
      const visible = { ...outer, ...own };
      const inner = node.inner.map(child => scope(child, visible));
      const states: Record<string, JsonObject> = {
        [`assign ${id}`]: { Type: 'Pass', Assign: own }, [`wait ${id}`]: { Type: 'Wait', Seconds: node.wait },
        ...(inner.length > 0 ? { [`inner ${id}`]: { Type: 'Parallel', Branches: inner.map(({ machine }) => machine) } } : { [`none ${id}`]: { Type: 'Pass', Output: [] } }),
        [`probe ${id}`]: { Type: 'Pass', Output: { inner: '{% $states.input %}', seen: probe } },
      };
      return { machine: chain(states), result: { inner: inner.map(({ result }) => result), seen: values(visible) } };
    };
    const { machine, result } = scope(root, {});
    expect((await run(machine)).output).toEqual(result);
  }), { numRuns: 60 });
});

test('Map order: results are in item order, never more run than allowed, and every item runs once', async () => {
  const seconds = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 60 });
  await fc.assert(fc.asyncProperty(seconds, fc.integer({ min: 0, max: 50 }), fc.boolean(), async (items, concurrency, distributed) => {
    const clock = new Clock();
    let running = 0;
    let most = 0;
    const service = new Service(async ({ arguments: args }) => {
      most = Math.max(most, ++running);
      await clock.sleep((args as { seconds: number }).seconds * 1000);
      running--;
      return args;
    });
    const config: JsonObject = distributed ? { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } } : {};
    const execution = await run(only({
      Type: 'Map', MaxConcurrency: concurrency, Items: '{% $states.input %}',
      ItemSelector: { seconds: '{% $states.context.Map.Item.Value %}', index: '{% $states.context.Map.Item.Index %}' },
      ItemProcessor: { ...config, ...chain({ T: task }) },
    }), { clock, input: items, integrations: service });
    expect(execution.output).toEqual(items.map((value, index) => ({ seconds: value, index })));
    expect(service.calls).toHaveLength(items.length);
    const allowed = distributed ? concurrency || Infinity : Math.min(concurrency || 40, 40);
    expect(most).toBeLessThanOrEqual(allowed);
    expect(most).toBe(Math.min(allowed, items.length));
  }), { numRuns: 60 });
});

test('a stop at any event ends the execution at once: done resolves, nothing follows, every call is aborted or answered', async () => {
  const definition: JsonObject = {
    StartAt: 'A',
    States: {
      A: { ...task, Retry: [{ ErrorEquals: ['Broken'] }], Next: 'P' },
      P: {
        Type: 'Parallel', Next: 'M', Catch: [{ ErrorEquals: ['States.ALL'], Next: 'M' }],
        Branches: [chain({ W: { Type: 'Wait', Seconds: 5 }, X: { Type: 'Pass', Assign: { x: 1 } } }), chain({ T: task }), chain({ N: { Type: 'Map', Items: [1, 2, 3], MaxConcurrency: 2, ItemProcessor: chain({ I: task }) } })],
      },
      M: { Type: 'Map', Items: [1, 2], ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, ...chain({ D: task }) }, End: true },
    },
  };
  const attempt = async (seed: number, stopAt: number) => {
    const clock = new Clock();
    const random = new Random(seed);
    let settled = 0;
    const service = new Service(async (_, call) => {
      await clock.sleep(Math.floor(random.next() * 8) * 1000);
      settled++;
      return call % 4 === 1 ? refuse('Broken') : call;
    });
    const execution = prepare(definition, { clock, random, integrations: service, listener: ({ id }) => { if (id === stopAt) execution.stop('Stopped'); } });
    execution.start();
    await clock.run(execution.done);
    const waiting = service.calls.length - settled;
    const aborted = service.calls.filter(({ signal }) => signal.aborted).length;
    const count = execution.events.length;
    await clock.advance(3_600_000);
    return { execution, count, waiting, aborted };
  };
  await fc.assert(fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 70 }), async (seed, stopAt) => {
    const { execution, count, waiting, aborted } = await attempt(seed, stopAt);
    expect(execution.status).not.toBe('RUNNING');
    expect(execution.events).toHaveLength(count);
    expect(aborted).toBeGreaterThanOrEqual(waiting);
    if (stopAt < count && execution.status === 'ABORTED') expect(execution.events.at(-1)!.type).toBe('ExecutionAborted');
    expect(execution.events.filter(({ type }) => /^Execution(Succeeded|Failed|Aborted|TimedOut)$/.test(type!))).toHaveLength(1);
    expect(execution.events.map(({ id }) => id)).toEqual(execution.events.map((_, index) => index + 1));
    for (const { id, previousEventId } of execution.events) expect(previousEventId).toBeLessThan(id!);
  }), { numRuns: 80 });
});
