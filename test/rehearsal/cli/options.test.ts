import { optionsOf, UsageError } from '../../../rehearsal/cli/options';

const scenarios = ['clone', 'clone-freeze'];

test('without arguments nothing is asked for, and chance takes its usual course', () => {
  expect(optionsOf([], scenarios)).toMatchObject({ scenario: undefined, list: false, json: false, seed: 1, context: {} });
});

test('every option is read', () => {
  expect(optionsOf(['clone-freeze', '--json', '--seed', '7', '--input', 'a.json', '--hosts', 'vm', '--recordings', 'r', '-c', 'sourceTag=a=b'], scenarios)).toMatchObject({
    scenario: 'clone-freeze', json: true, seed: 7, input: 'a.json', hosts: 'vm', recordings: 'r', context: { sourceTag: 'a=b' },
  });
  expect(optionsOf(['--account', 'inventory', '--list'], scenarios)).toMatchObject({ account: 'inventory', list: true });
});

test.each([
  [['colne'], "no scenario is called 'colne'; there are clone, clone-freeze"],
  [['clone', 'clone-freeze'], 'one scenario at a time, got clone, clone-freeze'],
  [['--jsno'], "Unknown option '--jsno'; the options are --list, --help, --json, --seed, --input, --account, --hosts, --recordings, --traces, --context"],
  [['--hosts', 'docker'], "--hosts takes replay or vm, got 'docker'"],
  [['--seed', 'x'], "--seed takes a whole number from 0 to 4294967295, got 'x'"],
  [['--seed', '1.5'], "--seed takes a whole number from 0 to 4294967295, got '1.5'"],
  [['--context', 'key'], "--context takes KEY=VALUE, got 'key'"],
  [['clone', '--account', 'x'], 'a scenario brings its own account: give either a scenario or --account'],
])('%j is refused, and what is valid is told', (argv, message) => {
  expect(() => optionsOf(argv, scenarios)).toThrow(new UsageError(message));
});
