import type { Execution } from '../../rehearsal/asl';
import type { InstanceSpec } from '../../rehearsal/cloud/ec2/builder';
import type { Json } from '../../rehearsal/json';
import { hostedZoneId, traffic } from '../../rehearsal/scenarios/sync-server';
import { rehearseSync, type SyncBench, synthesizedSync } from '../support/sync';
import { definitionOf, statesOf } from '../support/synthesize';

jest.setTimeout(300_000);

const full = synthesizedSync();
const unprotected: InstanceSpec = { terminationProtection: false };

/** A story that an execution can take; all together pass every state of the machine. */
interface Story {
  readonly spec?: InstanceSpec;
  /** Executions that have to come before. */
  readonly after?: number;
  /** Starts the execution that is aborted. */
  start(bench: SyncBench): Execution | Promise<Execution>;
}

/** Answers every request for approval, as a person would some minutes later. */
function approving(bench: SyncBench): void {
  let answered = 0;
  const answer = () => {
    const asked = bench.account.sns.published.slice(answered);
    answered += asked.length;
    for (const { message } of asked) {
      const taskToken = /--task-token '?([^\s']+)/.exec(message)?.[1];
      void bench.account.call('SFN', 'SendTaskSuccess', { taskToken, output: '{}' }, { callerArn: 'arn:aws:iam::111122223333:user/operator' }).catch(() => undefined);
    }
    bench.account.clock.after(60_000, answer);
  };
  answer();
}

const failing = { status: 6, error: 'EngineFailed', message: 'ordered', times: Infinity };
const onto = (bench: SyncBench, more: { [key: string]: Json } = {}) => bench.start({ target: { instanceId: bench.addTarget() }, ...more });

/** The quickest that passes a state is taken, so the cheap ones come first. */
const STORIES: Record<string, Story> = {
  'a wrong input': { start: bench => bench.start({ surprise: true }) },
  'a plan only': { start: bench => bench.start({ planOnly: true }) },
  'to an existing target, with both approvals and a redirection by hand': {
    spec: unprotected,
    start: bench => {
      approving(bench);
      // caches may lead to the source for longer than the blocks take
      const zone = bench.account.route53.zone(hostedZoneId);
      zone.records = new Map([...zone.records].map(([key, set]) => [key, { ...set, TTL: 28_800 }]));
      return onto(bench, { approve: ['switch', 'release'], releaseSource: 'terminate', traffic: { ...traffic(bench.server), callback: true } });
    },
  },
  'copied ahead, with an approval': {
    start: bench => {
      approving(bench);
      return onto(bench, { copy: 'pre-copy', approve: ['switch'] });
    },
  },
  'preparations that fail': {
    start: bench => {
      bench.pair.fail('source', 'prepare-source', failing);
      return onto(bench);
    },
  },
  'a switch that fails': {
    start: bench => {
      bench.pair.fail('target', 'switch-target', { ...failing, times: 1 });
      // steps are still at work on both
      for (const side of ['target', 'source'] as const) bench.pair.fail(side, 'fall-back', { status: 3, error: 'HeldByAnother', message: 'another step runs on this host' });
      return onto(bench);
    },
  },
  'an end that fails, to fall back': {
    start: bench => {
      bench.pair.fail('target', 'finalize', failing);
      return onto(bench, { onFailure: 'fall-back' });
    },
  },
  'a launch, onto an agent that is slow to register, of a larger disk': {
    start: bench => {
      for (const disk of bench.account.ec2.instanceStores.of(bench.sourceInstanceId)) Object.assign(disk, { bytes: 8 * disk.bytes });
      bench.once('Finish instances', () => {
        const guest = bench.account.ssm.guest(bench.target()!);
        guest.online = false;
        bench.account.clock.after(30_000, () => { guest.online = true; });
      });
      return bench.start();
    },
  },
  'a launch that is rolled back': {
    start: bench => {
      bench.pair.fail('target', 'prepare-target', failing);
      return bench.start();
    },
  },
  'a session that is continued': {
    after: 1,
    start: async bench => {
      bench.pair.fail('target', 'verify', failing);
      const first = onto(bench);
      await bench.finish(first);
      return bench.rehearsal.startExecution('Sync', { sourceInstanceId: bench.sourceInstanceId, continueSession: JSON.parse(first.cause!).session });
    },
  },
  'a session that is continued, whose target had refused to hand over': {
    after: 1,
    start: async bench => {
      bench.pair.fail('target', 'finalize', { ...failing, times: 1 });
      const first = onto(bench);
      await bench.finish(first);
      bench.pair.fail('target', 'fall-back', { status: 5, error: 'Busy', message: 'ordered' });
      await bench.fallBack(first);
      return bench.rehearsal.startExecution('Sync', { sourceInstanceId: bench.sourceInstanceId, continueSession: JSON.parse(first.cause!).session });
    },
  },
  'a verified session that is continued': {
    after: 1,
    start: async bench => {
      bench.pair.fail('target', 'finalize', { ...failing, times: 1 });
      const first = onto(bench);
      await bench.finish(first);
      return bench.rehearsal.startExecution('Sync', { sourceInstanceId: bench.sourceInstanceId, continueSession: JSON.parse(first.cause!).session });
    },
  },
};

/** The states in which an execution can be aborted; where it fails or succeeds it is over. */
const resource = full.stacks[0]!.resources.find(({ type, path }) => type === 'AWS::StepFunctions::StateMachine' && path.startsWith('Sync/Machine/'))!;
const definition = statesOf(definitionOf({ Type: resource.type, Properties: resource.properties }));
const STATES = Object.entries(definition).filter(([, { Type }]) => !['Fail', 'Succeed'].includes(Type)).map(([name]) => name);
const storyOf = new Map<string, Story>();

beforeAll(async () => {
  for (const story of Object.values(STORIES)) {
    await rehearseSync(full, async bench => {
      const run = await story.start(bench);
      await bench.finish(run);
      for (const state of new Set(run.trace)) if (!storyOf.has(state)) storyOf.set(state, story);
    }, story.spec);
  }
});

test('the stories pass every state', () => expect(STATES.filter(state => !storyOf.has(state))).toEqual([]));

/** What holds in whatever instant an execution is aborted. */
async function expectSafe(bench: SyncBench, run: Execution): Promise<void> {
  const { sourceInstanceId } = bench;
  // what falls back leaves the target it had launched to the daily sweep
  await bench.finish(bench.rehearsal.startExecution('Janitor', {}));
  const [side, ...more] = bench.serving();
  expect({ side, more, phases: bench.pair.phases, trace: run.trace.slice(-4) }).toMatchObject({ side: expect.any(String), more: [] });
  await bench.expectServed(side!);
  // nothing is there without its place: what is left of the execution says in which phase it is
  const { instances, volumes, networkInterfaces } = bench.account.ec2;
  const unnamed = bench.account.ec2.ownedBy(run.arn).filter(id => {
    const record = instances.get(id) ?? volumes.get(id) ?? networkInterfaces.get(id);
    return !JSON.stringify(record ?? {}).includes('instance-mobility:phase');
  });
  expect(unnamed).toEqual([]);
  bench.expectLeasesFree();
  if (side === 'target') {
    const { 'instance-mobility:phase': phase, 'instance-mobility:verified': verified } = bench.tagsOf(sourceInstanceId);
    // until the release both hold on to each other
    if (bench.pair.phases.source === 'switched') expect(phase).toMatch(/^(serving|verified|falling-back)$/);
    if (bench.stateOf(sourceInstanceId) !== 'running') expect(verified).toBe(run.arn);
  } else {
    expect(bench.stateOf(sourceInstanceId)).toBe('running');
  }
}

describe('aborted', () => {
  test.each(STATES)('%s: one serves, and what is left has its place', state => rehearseSync(full, async bench => {
    let aborted: Execution | undefined;
    const story = storyOf.get(state)!;
    bench.rehearsal.listen((execution, event) => {
      if (aborted || event.stateEnteredEventDetails?.name !== state || execution !== bench.executionsOf('Sync')[story.after ?? 0]) return;
      aborted = execution;
      const abort = () => execution.stop('Test', 'aborted by the test');
      // a handler that is at work goes on after its execution is ended; where none works the first moment is as good as any
      if (definition[state].Type === 'Task') bench.account.clock.after(50, abort);
      else abort();
    });
    const run = await story.start(bench);
    await bench.finish(run);
    expect(aborted).toBe(run);
    await expectSafe(bench, run);
  }, storyOf.get(state)?.spec));
});

describe('a fall back that is aborted', () => {
  /** A target serves, and its session waits for somebody to decide. */
  const left = async (bench: SyncBench): Promise<Execution> => {
    bench.pair.fail('target', 'verify', failing);
    return bench.finish(onto(bench));
  };
  const passed: string[] = [];
  const machine = full.stacks[0]!.resources.find(({ type, path }) => type === 'AWS::StepFunctions::StateMachine' && path.startsWith('Sync/FallBack/Machine/'))!;
  const states = Object.entries(statesOf(definitionOf({ Type: machine.type, Properties: machine.properties })))
    .filter(([, { Type }]) => !['Fail', 'Succeed', 'Wait'].includes(Type)).map(([name]) => name)
    // what another story passes: preparations that are undone, steps that are sent again, redirection by hand
    .filter(name => !/Undo|undone|again\?$|Await redirection/.test(name));

  test.each(states)('%s: one serves, and what is left has its place', state => rehearseSync(full, async bench => {
    const run = await left(bench);
    let aborted: Execution | undefined;
    bench.rehearsal.listen((execution, event) => {
      if (aborted || event.stateEnteredEventDetails?.name !== state || execution !== bench.executionsOf('Sync/FallBack')[0]) return;
      aborted = execution;
      bench.account.clock.after(50, () => execution.stop('Test', 'aborted by the test'));
    });
    await bench.fallBack(run);
    expect(aborted?.trace).toContain(state);
    if (aborted?.status === 'ABORTED') passed.push(state);
    await expectSafe(bench, run);
    // whoever serves, clients are led there once all is over
    const [side] = bench.serving();
    const serving = side === 'source' ? bench.sourceInstanceId : bench.target()!;
    expect(bench.server.healthy()).toEqual([serving]);
  }));

  test('most of them were', () => expect(passed.length).toBeGreaterThan(15));
});
