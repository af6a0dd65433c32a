import { Folding } from '../../../rehearsal/report/fold';
import { count, duration } from '../../../rehearsal/report/format';
import type { CallStory, ExecutionStory, Visit } from '../../../rehearsal/report/story';
import { plain, styleFor } from '../../../rehearsal/report/style';
import { Timeline } from '../../../rehearsal/report/timeline';

const nine = Date.parse('2026-01-05T09:00:00Z');

/** Stays one after the other, `type state seconds` each. */
function stays(...steps: readonly string[]): Visit[] {
  let time = nine;
  return steps.map(step => {
    const [type, state, seconds] = step.split(' ') as [string, string, string];
    const from = time;
    time += Number(seconds) * 1000;
    return { state, type, depth: 0, from, to: time, outcome: 'left', failures: [] };
  });
}

const loop = ['Task Look 1', 'Choice Ready? 0', 'Wait Pause 60'];

function folded(visits: readonly Visit[]): string[] {
  const folding = new Folding();
  return [...visits.flatMap(visit => folding.add({ visit, calls: [] })), ...folding.flush()]
    .map(({ stays: all, turns }) => `${all[0]!.visit.state}${turns > 1 ? ` × ${turns}` : ''}`);
}

describe('loops', () => {
  test('all turns of a loop are one passage, whatever state it is entered by', () => {
    expect(folded(stays('Task Start 1', ...loop, ...loop, ...loop, 'Task Look 1', 'Choice Ready? 0', 'Task Next 2')))
      .toEqual(['Start', 'Look × 4', 'Next']);
  });

  test('one turn is no loop', () => {
    expect(folded(stays('Task Look 1', 'Choice Ready? 0', 'Task Next 2'))).toEqual(['Look', 'Ready?', 'Next']);
  });

  test('two loops in a row stay two', () => {
    expect(folded(stays('Task A 1', 'Wait B 1', 'Task A 1', 'Task C 1', 'Wait D 1', 'Task C 1'))).toEqual(['A × 2', 'C × 2']);
  });

  test('nothing is lost or told twice, however long the way', () => {
    const visits = stays(...Array.from({ length: 40 }, (_, n) => `Task S${n} 1`));
    expect(folded(visits)).toEqual(visits.map(visit => visit.state));
  });
});

describe('the printed timeline', () => {
  const told = (visits: readonly Visit[], calls: Readonly<Record<string, CallStory[]>> = {}, execution: Partial<ExecutionStory> = {}) => {
    const lines: string[] = [];
    const story: ExecutionStory = {
      arn: 'arn:aws:states:us-east-1:111122223333:execution:Clone:one', machine: 'Clone', input: {}, from: nine, to: visits.at(-1)!.to!,
      status: 'SUCCEEDED', transitions: 0, historyEvents: 0, visits: [...visits], ...execution,
    };
    const timeline = new Timeline(line => lines.push(line), plain);
    for (const visit of visits) {
      timeline.entered(story, visit);
      for (const call of calls[visit.state] ?? []) timeline.called(call);
      timeline.left(story, visit);
    }
    timeline.ended(story);
    return lines;
  };
  const call = (operation: string, ids: string[] = [], error?: string): CallStory => ({
    time: nine, service: 'EC2', operation, changes: !operation.startsWith('Describe'), dryRun: false, ids, error,
  });

  test('one line per state, calls that change something below, loops in one line', () => {
    expect(told(stays('Task Snapshot 2', ...loop, ...loop, 'Task Look 1', 'Task Done 1'), {
      Snapshot: [call('DescribeVolumes'), call('CreateSnapshots', ['snap-0123456789abcdef0'])],
      Look: [call('DescribeSnapshots')],
    })).toEqual([
      'Clone  one',
      '09:00:00           2 s  Snapshot',
      '                              EC2 CreateSnapshots  snap-0123456789abcdef0',
      '09:00:02     2 min 3 s  Look  ⟲ 3 times',
      '09:02:05           1 s  Done',
      '09:02:06                Clone SUCCEEDED',
    ]);
  });

  test('failures, refused calls and the end of a failed execution are told', () => {
    const [launch, end] = stays('Task Launch 3', 'Fail End 0') as [Visit, Visit];
    const error = 'InsufficientInstanceCapacity';
    expect(told(
      [{ ...launch, outcome: 'failed', failures: [{ time: nine, error }, { time: nine, error }] }, end], { Launch: [call('RunInstances', [], error)] },
      { status: 'FAILED', error, cause: JSON.stringify({ errorMessage: 'No room.' }) },
    )).toEqual([
      'Clone  one',
      '09:00:00           3 s  Launch  ✗ InsufficientInstanceCapacity × 2',
      '                              EC2 RunInstances  ✗ InsufficientInstanceCapacity',
      '09:00:03           0 s  End',
      '09:00:03                Clone FAILED · InsufficientInstanceCapacity',
      '                              No room.',
    ]);
  });

  test('a new day is announced', () => {
    expect(told(stays('Wait Long 90000', 'Task Next 1'))).toContain('— 2026-01-06 —');
  });
});

test.each([
  [0, '0 s'], [1200, '1.2 s'], [45_000, '45 s'], [59_600, '1 min'], [723_000, '12 min 3 s'], [3_600_000, '1 h'], [9_060_000, '2 h 31 min'],
  [7_199_000, '2 h'], [93_600_000, '1 d 2 h'],
])('%d ms are said as %s', (milliseconds, text) => expect(duration(milliseconds)).toBe(text));

test('one has no plural', () => expect([count(1, 'volume'), count(1234, 'volume')]).toEqual(['1 volume', '1,234 volumes']));

test('colours need a terminal and nobody who objects', () => {
  expect(styleFor({ isTTY: true }, {}).bad('x')).toContain('\x1b[31m');
  expect(styleFor({ isTTY: true }, { NO_COLOR: '1' })).toBe(plain);
  expect(styleFor({ isTTY: false }, {})).toBe(plain);
});
