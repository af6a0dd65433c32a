import type { Side } from '../../rehearsal/hosts/host';
import { expectSuccess } from '../support/rehearse';
import { rehearseSync, type SyncBench, synthesizedSync } from '../support/sync';

jest.setTimeout(120_000);

const full = synthesizedSync();
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- causes are JSON that tests look into */
type Any = any;

/** Every command of a move, in its order: on which host, which document, the step that sends it, and who serves when it fails. */
const COMMANDS: [side: Side, document: string, step: string, serves: Side][] = [
  ['source', 'inspect', 'Inspect source', 'source'],
  ['target', 'inspect', 'Inspect target', 'source'],
  ['target', 'prepare-target', 'Prepare target', 'source'],
  ['source', 'prepare-source', 'Prepare source', 'source'],
  ['target', 'prepare-target', 'Connect target', 'source'],
  ['source', 'switch-source', 'Switch source', 'source'],
  ['target', 'switch-target', 'Switch target', 'source'],
  ['target', 'status', 'Ask for status', 'target'],
  ['target', 'verify', 'Verify blocks', 'target'],
  ['target', 'finalize', 'Finalize target', 'target'],
  ['source', 'release-source', 'Disconnect source', 'target'],
];

test('the commands are all that a move sends', () => rehearseSync(full, async bench => {
  const run = await bench.run({ target: { instanceId: bench.addTarget() } });
  expectSuccess(run);
  const sent = bench.account.calls.filter(({ operation }) => operation === 'SendCommand').map(({ principal }) => /Workflow(\w+?)handler/.exec(principal.callerArn)![1]!);
  expect([...new Set(sent)]).toEqual(COMMANDS.map(([, , step]) => step.replaceAll(' ', '')));
}));

describe.each([
  ['says that it failed', (bench: SyncBench, side: Side, document: string) => {
    bench.pair.fail(side, document, { status: 6, error: 'EngineFailed', message: 'ordered', times: Infinity });
  }],
  ['never ends', (bench: SyncBench, side: Side, document: string) => {
    bench.pair.fail(side, document, { silent: true, times: Infinity });
  }],
  ['reaches no agent any more', (bench: SyncBench, side: Side) => {
    bench.account.ssm.guest(side === 'source' ? bench.sourceInstanceId : bench.target()!).online = false;
  }],
] as const)('a command that %s', (_, breakIt) => {
  test.each(COMMANDS)('on the %s: %s (%s): the %s serves', (side, document, step, serves) => rehearseSync(full, async bench => {
    const target = { instanceId: bench.addTarget() };
    bench.once(step, () => breakIt(bench, side, document));
    const run = await bench.run({ target, releaseSource: 'stop' });
    expect(run.status).toBe('FAILED');
    await bench.expectServed(serves);
    expect(bench.stateOf(bench.sourceInstanceId)).toBe('running');
    expect(bench.stateOf(target.instanceId)).toBe('running');
    bench.expectNothingLeft(run);
    const { phase, leftOver = [] } = JSON.parse(run.cause!) as Any;
    // what could not be undone is told
    if (serves === 'source' && phase === 'preparing' && leftOver.length === 0) bench.expectSourceUntouched();
    if (serves === 'target') expect(phase).toBe('serving');
  }));
});

test('a target that is terminated while the execution looks: it fails, both are told of, and the source takes over with all writes', () => rehearseSync(full, async bench => {
  let lost: string | undefined;
  // a larger disk, so that there is something left to copy
  for (const disk of bench.account.ec2.instanceStores.of(bench.sourceInstanceId)) Object.assign(disk, { bytes: 8 * disk.bytes });
  bench.once('Wait for blocks', () => {
    lost = bench.target();
    bench.account.ec2.instanceModels.get(lost!)!.disableApiTermination = false;
    bench.account.clock.after(1000, () => void bench.stage.asOperator('EC2', 'TerminateInstances', { InstanceIds: [lost] }));
  });
  const run = await bench.run();
  expect(run).toMatchObject({ status: 'FAILED', error: expect.stringMatching(/^(TargetUnreachable|HostUnreachable)$/) });
  expect(bench.serving()).toEqual([]);
  expectSuccess(await bench.fallBack(run, { targetLost: true }));
  await bench.expectServed('source');
}));
