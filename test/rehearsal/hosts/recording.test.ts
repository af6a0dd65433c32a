import { differences } from '../../../rehearsal/hosts/compare';
import { withNames, withPlaceholders } from '../../../rehearsal/hosts/placeholders';
import { Recorder } from '../../../rehearsal/hosts/recorder';
import { type RecordedCommand, readRecording, type Recording } from '../../../rehearsal/hosts/recording';
import { names, recorded } from './fixture';

const start = Date.parse('2026-10-01T10:00:00Z');
const edited = (change: (command: RecordedCommand) => RecordedCommand | undefined): Recording =>
  ({ ...recorded(), commands: recorded().commands.flatMap(command => change(command) ?? []) });

test('names and instants become placeholders, and those the names of another pair at another time', () => {
  const text = `{"device":"${names.source.disks[0]}","mount":"/srv/data","peer":"10.9.0.2","at":"2026-10-01T10:00:01.250Z","before":"2026-10-01T09:59:59.000Z","s":"0123456789ab"}`;
  const marked = withPlaceholders(text, names, start);
  expect(marked).toBe('{"device":"${source.disk.0}","mount":"${mount.0}","peer":"${target.address}","at":"${at+1.250}","before":"${at-1.000}","s":"${session}"}');
  const others = {
    session: 'ffffffffffff', mounts: ['/data'], services: ['db.service'],
    source: { address: '172.31.0.4', disks: ['/dev/x'] }, target: { address: '172.31.0.5', disks: [] },
  };
  expect(withNames(marked, others, Date.parse('2027-01-01T00:00:00Z')))
    .toBe('{"device":"/dev/x","mount":"/data","peer":"172.31.0.5","at":"2027-01-01T00:00:01.250Z","before":"2026-12-31T23:59:59.000Z","s":"ffffffffffff"}');
  expect(() => withNames('${target.disk.0}', others, 0)).toThrow('which the rehearsal\'s pair does not have');
  expect(() => withPlaceholders('${x}', names, 0)).toThrow('has placeholders already');
});

test('a recorder notes how far both sides were, and since when', () => {
  const { commands } = recorded();
  const told = (step: string) => commands.filter(each => each.step === step).slice(0, 3)
    .map(({ side, before, since }) => [side, before.source, before.target, since]);
  expect(told('switch-target')[0]).toEqual(['target', 'switched', 'prepared', 0]);
  expect(told('status')).toEqual([['target', 'switched', 'switched', 0], ['target', 'switched', 'switched', 4], ['target', 'switched', 'switched', 8]]);
  expect(told('verify')).toEqual([['target', 'switched', 'switched', 0], ['target', 'switched', 'switched', 4.4], ['target', 'switched', 'switched', 8.7]]);
  expect(commands.find(each => each.parameters.PeerLost === 'yes')!.before).toEqual({ source: 'switched', target: 'off' });
  expect(JSON.stringify(commands)).not.toMatch(/10\.9\.0|0123456789ab|AWSAAAA|2026-/);
});

test('nothing is recorded before a story has begun, nor what is no answer', () => {
  const recorder = new Recorder('drbd', {});
  const heard = { side: 'source', step: 'status', parameters: {}, startedAt: start, seconds: 1, status: 0, stdout: '{}\n' } as const;
  expect(() => recorder.hear(heard)).toThrow('no story has begun');
  recorder.story(names);
  expect(() => recorder.hear({ ...heard, stdout: 'hello\n' })).toThrow('not one line of JSON');
});

test.each([['{"format":2,"commands":[]}'], ['{"format":1}'], ['{"format":1,"commands":[{"side":"left"}]}'],
  ['{"format":1,"commands":[{"side":"source","step":"x","parameters":{},"before":{},"since":0,"stdout":"no","status":0,"seconds":1}]}']])('refused: %s', text => {
  expect(() => readRecording(text, 'a file')).toThrow('a file');
});

describe('a recording made anew', () => {
  const changed = (step: string, change: (answer: Record<string, unknown>) => object) => edited(command =>
    command.step === step ? { ...command, stdout: `${JSON.stringify(change(JSON.parse(command.stdout) as Record<string, unknown>))}\n` } : command);

  test('is the same but for sizes, times and texts', () => {
    expect(differences(recorded(), recorded())).toEqual([]);
    expect(differences(recorded(), changed('status', answer => ({ ...answer, bytesLeft: 7, errors: ['slow'], secondsLeft: null })))).toEqual([]);
  });

  test.each<[string, Recording, string]>([
    ['a member that is gone', changed('finalize', ({ silentMillis, ...rest }) => (void silentMillis, rest)), '.silentMillis is gone'],
    ['a new member', changed('finalize', answer => ({ ...answer, more: 1 })), '.more has come'],
    ['another type', changed('status', answer => ({ ...answer, bytes: 'many' })), '.bytes is string, no longer number'],
    ['another exit status', edited(command => command.step === 'finalize' ? { ...command, status: 8 } : command), 'exit status 8: is not in the kept recording'],
    ['a step less', edited(command => command.step === 'verify' ? undefined : command), 'was not recorded again'],
  ])('%s is told', (_, made, message) => {
    expect(differences(recorded(), made).join('\n')).toContain(message);
  });
});
