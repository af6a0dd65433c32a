import type { Execution } from '../../rehearsal/asl';
import type { InstanceSpec } from '../../rehearsal/cloud/ec2/builder';
import { type MigrationBench, rehearseMigration, synthesizedMigration } from '../support/migration';
import { definitionOf, statesOf } from '../support/synthesize';

jest.setTimeout(120_000);

const full = synthesizedMigration();

/** A story that an execution can take; all together pass every state of the machine. */
interface Story {
  readonly spec?: InstanceSpec;
  start(bench: MigrationBench): Execution;
}

/** Answers every request for approval, as a person would some minutes later. */
function approving(bench: MigrationBench, minutes = 1): void {
  let [answered, seen] = [0, 0];
  const answer = () => {
    const asked = bench.account.sns.published.slice(answered, seen);
    [answered, seen] = [seen, bench.account.sns.published.length];
    for (const { message } of asked) {
      const taskToken = /--task-token '?([^\s']+)/.exec(message)?.[1];
      void bench.account.call('SFN', 'SendTaskSuccess', { taskToken, output: '{}' }, { callerArn: 'arn:aws:iam::111122223333:user/operator' }).catch(() => undefined);
    }
    bench.account.clock.after(minutes * 60_000, answer);
  };
  answer();
}

/** The quickest that passes a state is taken, so the cheap ones come first. */
const STORIES: Record<string, Story> = {
  'a wrong input': { start: bench => bench.start({ surprise: true }) },
  'a refusal': { start: bench => bench.start({ destination: 'home' }) },
  'a plan only': { start: bench => bench.start({ planOnly: true }) },
  'to an Outpost, with all approvals, of frozen filesystems': {
    start: bench => {
      approving(bench);
      return bench.start({ approve: ['cut-over', 'release'], consistency: 'filesystem', traffic: { ...bench.traffic, callback: true } });
    },
  },
  'with an approval that comes late': {
    start: bench => {
      approving(bench, 20);
      return bench.start({ approve: ['cut-over'] });
    },
  },
  'a switch that fails': {
    start: bench => {
      bench.once('Start services', () => bench.account.ssm.guest(bench.target()!).breakCommand('systemctl', { exitCode: 1, where: argv => argv[0] === 'start' }));
      bench.once('Launch instances', () => undefined);
      return bench.start();
    },
  },
  'a switch that fails, of a stopped source': {
    start: bench => {
      bench.account.fail('CreateSnapshots', 'OrderedFailure', { times: Infinity, ...bench.by('Snapshot quiesced volumes') });
      return bench.start({ stopSource: true });
    },
  },
  'an end that fails': {
    start: bench => {
      bench.account.fail('CreateTags', 'OrderedFailure', { times: Infinity, ...bench.by('Mark verified') });
      return bench.start();
    },
  },
  'a move whose group does not come': {
    start: bench => bench.start({ gate: { id: 'friday', members: [bench.sourceInstanceId, 'i-0123456789abcdef0'], until: new Date(bench.account.clock.now() + 420_000).toISOString() } }),
  },
  'a move that waits for the link, for an agent, and between rounds': {
    start: bench => {
      const { instanceId } = bench.account.ec2.addInstance({
        name: 'other', tags: { movable: 'yes' }, subnetId: bench.account.ec2.instances.get(bench.sourceInstanceId)!.SubnetId!, volumes: [{ size: 8, written: 1 }],
      });
      bench.start({ instanceId, services: [], traffic: {}, keepSource: 'PT0S' });
      bench.once('Finish instances', () => undefined);
      return bench.start();
    },
  },
};

/** The states in which an execution can be aborted; where it fails or succeeds it is over. */
const resource = full.stacks[0]!.resources.find(({ type, path }) => type === 'AWS::StepFunctions::StateMachine' && path.startsWith('Edge/Machine/'))!;
const definition = statesOf(definitionOf({ Type: resource.type, Properties: resource.properties }));
const STATES = Object.entries(definition).filter(([name, { Type }]) => !['Fail', 'Succeed'].includes(Type) && !/: (answered\?|wait)$/.test(name)).map(([name]) => name);
const storyOf = new Map<string, Story>();
/** Waits that only faults or slowness lead into, and that end as the look before them does; workflow.test.ts aborts one at 'Wait for source'. */
const RARE = ['Wait for agent', 'Wait for image', 'Try again?', 'Wait for source', 'Start it first?'];

beforeAll(async () => {
  for (const story of Object.values(STORIES)) {
    await rehearseMigration(full, async bench => {
      const run = story.start(bench);
      await bench.finish(run);
      for (const state of new Set(run.trace)) if (!storyOf.has(state)) storyOf.set(state, story);
    }, story.spec);
  }
}, 600_000);

test('the stories pass every state', () => expect(STATES.filter(state => !storyOf.has(state) && !RARE.includes(state))).toEqual([]));

/** What holds in whatever instant an execution is aborted. */
async function expectSafe(bench: MigrationBench, run: Execution): Promise<void> {
  await bench.finish(bench.rehearsal.startExecution('Janitor', {}));
  const ours = [bench.sourceInstanceId, ...bench.others().filter(id => bench.tagsOf(id).Name === 'orders')];
  const serving = bench.serving().filter(id => ours.includes(id));
  expect({ serving, trace: run.trace.slice(-4) }).toMatchObject({ serving: [expect.any(String)] });
  const [one] = serving;
  const phase = bench.tagsOf(bench.sourceInstanceId)['instance-mobility:phase'];
  // clients may still be on their way where the target is said to serve; what they find has every byte
  if (one === bench.sourceInstanceId || bench.servedBy() !== undefined) await bench.expectContent(one!);
  expect(bench.servedBy() === one || phase === 'serving').toBe(true);
  // nothing is there without its place: what is left of the execution says in which phase it is
  const { instances, volumes, networkInterfaces } = bench.account.ec2;
  const unnamed = bench.account.ec2.ownedBy(run.arn).filter(id => !JSON.stringify(instances.get(id) ?? volumes.get(id) ?? networkInterfaces.get(id) ?? {}).includes('instance-mobility:phase'));
  expect(unnamed).toEqual([]);
  bench.expectLeasesFree();
  if (one === bench.sourceInstanceId) expect(phase).toBeUndefined();
}

describe('aborted', () => {
  test.each(STATES)('%s: one serves, and what is left has its place', state => {
    const story = storyOf.get(state);
    if (!story) return Promise.resolve();
    return rehearseMigration(full, async bench => {
      let aborted: Execution | undefined;
      bench.rehearsal.listen((execution, event) => {
        // another move may go before it
        if (aborted || event.stateEnteredEventDetails?.name !== state || !JSON.stringify(execution.input).includes(bench.sourceInstanceId)) return;
        aborted = execution;
        const abort = () => execution.stop('Test', 'aborted by the test');
        // a handler that is at work goes on after its execution is ended; where none works the first moment is as good as any
        if (definition[state].Type === 'Task') bench.account.clock.after(50, abort);
        else abort();
      });
      const run = story.start(bench);
      await bench.finish(run);
      expect(aborted).toBe(run);
      await expectSafe(bench, run);
    }, story.spec);
  });
});
