/** EventBridge: patterns, schedules, targets, on the virtual clock. */
import { Account } from '../../../rehearsal/cloud/account';
import { eventPattern } from '../../../rehearsal/cloud/events/pattern';
import { schedule } from '../../../rehearsal/cloud/events/schedule';
import { targetInput } from '../../../rehearsal/cloud/events/target';
import type { Json, JsonObject } from '../../../rehearsal/json';

const event = {
  source: 'aws.ec2', 'detail-type': 'EBS Snapshot Notification', resources: ['arn:aws:ec2::us-east-1:snapshot/snap-1'],
  detail: { event: 'createSnapshot', result: 'succeeded', count: 5, none: null, tags: ['a', 'b'], parts: [{ id: 1, ok: true }, { id: 2, ok: false }] },
};

test.each<[string, Json, boolean]>([
  ['exact', { source: ['aws.ec2'] }, true],
  ['one of several', { source: ['aws.ebs', 'aws.ec2'] }, true],
  ['case counts', { source: ['AWS.EC2'] }, false],
  ['all fields', { source: ['aws.ec2'], detail: { result: ['failed'] } }, false],
  ['nested', { detail: { result: ['succeeded'], event: ['createSnapshot'] } }, true],
  ['a field that is not there', { detail: { nothing: ['x'] } }, false],
  ['a number is no string', { detail: { count: ['5'] } }, false],
  ['number', { detail: { count: [5] } }, true],
  ['null', { detail: { none: [null] } }, true],
  ['one of the values of a list', { detail: { tags: ['b', 'z'] } }, true],
  ['an object in a list, whose fields match together', { detail: { parts: { id: [2], ok: [false] } } }, true],
  ['not across objects in a list', { detail: { parts: { id: [1], ok: [false] } } }, false],
  ['prefix', { resources: [{ prefix: 'arn:aws:ec2::' }] }, true],
  ['prefix without case', { source: [{ prefix: { 'equals-ignore-case': 'AWS' } }] }, true],
  ['suffix', { resources: [{ suffix: 'snap-2' }] }, false],
  ['equals-ignore-case', { source: [{ 'equals-ignore-case': 'AWS.ec2' }] }, true],
  ['wildcard', { resources: [{ wildcard: 'arn:*:snapshot/snap-*' }] }, true],
  ['wildcard, no', { resources: [{ wildcard: 'arn:*:volume/*' }] }, false],
  ['anything-but', { detail: { result: [{ 'anything-but': 'failed' }] } }, true],
  ['anything-but a list', { detail: { result: [{ 'anything-but': ['failed', 'succeeded'] }] } }, false],
  ['anything-but a prefix', { detail: { event: [{ 'anything-but': { prefix: 'copy' } }] } }, true],
  ['anything-but of what is not there', { detail: { nothing: [{ 'anything-but': 'x' }] } }, false],
  ['exists', { detail: { result: [{ exists: true }] } }, true],
  ['exists, null too', { detail: { none: [{ exists: true }] } }, true],
  ['exists not', { detail: { nothing: [{ exists: false }] } }, true],
  ['exists not, but does', { detail: { result: [{ exists: false }] } }, false],
  ['not there, or of a value', { detail: { result: [{ exists: false }, 'succeeded'] } }, true],
  ['numeric', { detail: { count: [{ numeric: ['>', 0, '<=', 5] }] } }, true],
  ['numeric, no', { detail: { count: [{ numeric: ['=', 4] }] } }, false],
  ['numeric of text', { detail: { result: [{ numeric: ['>', 0] }] } }, false],
  ['$or', { $or: [{ source: ['x'] }, { detail: { count: [{ numeric: ['>=', 5] }] } }] }, true],
  ['$or, no', { source: ['aws.ec2'], $or: [{ source: ['x'] }, { detail: { count: [6] } }] }, false],
])('pattern %s', (_, pattern, expected) => {
  expect(eventPattern(pattern)(event)).toBe(expected);
});

test.each<[Json, string]>([
  [{}, 'must be an object with fields'], [{ source: 'aws.ec2' }, '$.source must be a list'], [{ source: [] }, '$.source must not be empty'],
  [{ source: [{ cidr: '10.0.0.0/8' }] }, 'does not know the operator cidr'], [{ source: [{ numeric: ['~', 1] }] }, 'numeric does not know'],
  [{ source: [{ exists: 'yes' }] }, 'exists must be true or false'], [{ source: [{ prefix: 'a', suffix: 'b' }] }, 'one operator each'],
])('the pattern %j is refused when it is made', (pattern, message) => {
  expect(() => eventPattern(pattern)).toThrow(message);
});

describe('schedules', () => {
  const next = (expression: string, after: string, times = 1) => {
    const of = schedule(expression);
    let time: number | undefined = Date.parse(after);
    for (let turn = 0; turn < times; turn++) time = of(time!);
    return time === undefined ? undefined : new Date(time).toISOString();
  };

  test.each([
    ['rate(5 minutes)', '2026-01-05T09:00:00Z', 2, '2026-01-05T09:10:00.000Z'],
    ['rate(1 hour)', '2026-01-05T09:00:30Z', 1, '2026-01-05T10:00:30.000Z'],
    ['rate(1 day)', '2026-01-05T09:00:00Z', 3, '2026-01-08T09:00:00.000Z'],
    ['cron(0 3 * * ? *)', '2026-01-05T09:00:00Z', 1, '2026-01-06T03:00:00.000Z'],
    ['cron(0 3 * * ? *)', '2026-01-06T03:00:00Z', 1, '2026-01-07T03:00:00.000Z'],
    ['cron(0/15 * * * ? *)', '2026-01-05T09:46:00Z', 1, '2026-01-05T10:00:00.000Z'],
    ['cron(15 10 ? * 6L-7 *)'.replace('6L', '6'), '2026-01-05T09:00:00Z', 1, '2026-01-09T10:15:00.000Z'],
    ['cron(0 18 ? * MON-FRI *)', '2026-01-09T18:00:00Z', 1, '2026-01-12T18:00:00.000Z'],
    ['cron(0 0 1 JAN,JUL ? *)', '2026-01-05T09:00:00Z', 2, '2027-01-01T00:00:00.000Z'],
    ['cron(0 0 29 2 ? *)', '2026-01-05T09:00:00Z', 1, '2028-02-29T00:00:00.000Z'],
    ['cron(0 0 1 1 ? 2025)', '2026-01-05T09:00:00Z', 1, undefined],
  ])('%s after %s, %d times', (expression, after, times, expected) => {
    expect(next(expression, after, times)).toBe(expected);
  });

  test.each(['rate(0 minutes)', 'rate(5 weeks)', 'cron(0 3 * *)', 'cron(0 3 * * * *)', 'cron(0 3 ? * ? *)', 'cron(0 3 L * ? *)', 'cron(60 3 * * ? *)', 'at(2026-01-01T00:00:00)'])(
    '%s is refused', expression => {
      expect(() => schedule(expression)).toThrow();
    });
});

describe('what a target gets', () => {
  const base = { Id: 't', Arn: 'arn' };
  const whole = event as JsonObject;

  test.each<[string, object, Json]>([
    ['the event', {}, whole],
    ['a constant', { Input: '{"a":1}' }, { a: 1 }],
    ['a part', { InputPath: '$.detail.parts[1].id' }, 2],
    ['a transformed event', {
      InputTransformer: {
        InputPathsMap: { result: '$.detail.result', n: '$.detail.count', first: '$.resources[0]', tags: '$.detail.tags' },
        InputTemplate: '{"text": "it <result> at \\"<n>\\"", "n": <n>, "snapshot": <first>, "tags": <tags>}',
      },
    }, { text: 'it succeeded at "5"', n: 5, snapshot: 'arn:aws:ec2::us-east-1:snapshot/snap-1', tags: ['a', 'b'] }],
  ])('%s', (_, target, expected) => {
    expect(targetInput({ ...base, ...target }, whole)).toEqual(expected);
  });

  test('a template that names what has no path is refused', () => {
    expect(() => targetInput({ ...base, InputTransformer: { InputTemplate: '<x>' } }, whole)).toThrow('<x>');
  });
});

describe('the bus', () => {
  const target = { Id: 'sweep', Arn: 'arn:aws:states:us-east-1:111122223333:stateMachine:janitor' };

  function accountWithRules(...rules: Parameters<Account['events']['addRule']>[0][]) {
    const account = new Account();
    const delivered: [string, string, Json][] = [];
    account.events.deliver = ({ Arn }, input) => delivered.push([account.clock.timestamp(), Arn, input]);
    for (const rule of rules) account.events.addRule(rule);
    return { account, delivered };
  }

  test('an event reaches the targets of rules that match it, a little later, in its envelope', async () => {
    const { account, delivered } = accountWithRules(
      { name: 'yes', pattern: { source: ['aws.states'] }, targets: [target, { ...target, Arn: 'arn:second', InputPath: '$.detail.status' }] },
      { name: 'no', pattern: { source: ['aws.ec2'] }, targets: [target] },
      { name: 'off', pattern: { source: ['aws.states'] }, enabled: false, targets: [target] },
    );
    account.events.put({ source: 'aws.states', 'detail-type': 'Step Functions Execution Status Change', detail: { status: 'ABORTED' }, resources: ['arn:x'] });
    expect(delivered).toEqual([]);
    await account.clock.advance(1000);
    expect(delivered).toEqual([
      ['2026-01-05T09:00:00.500Z', target.Arn, {
        version: '0', id: expect.stringMatching(/^[0-9a-f-]{36}$/), source: 'aws.states', 'detail-type': 'Step Functions Execution Status Change',
        account: '111122223333', time: '2026-01-05T09:00:00Z', region: 'us-east-1', resources: ['arn:x'], detail: { status: 'ABORTED' },
      }],
      ['2026-01-05T09:00:00.500Z', 'arn:second', 'ABORTED'],
    ]);
  });

  test('events are best effort: a scenario may lose them', async () => {
    const { account, delivered } = accountWithRules({ name: 'r', pattern: { source: ['aws.ec2'] }, targets: [target] });
    account.events.lost = each => (each.detail as JsonObject).lose === true;
    account.events.put({ source: 'aws.ec2', 'detail-type': 'x', detail: { lose: true } });
    account.events.put({ source: 'aws.ec2', 'detail-type': 'x', detail: { lose: false } });
    await account.clock.advance(1000);
    expect(delivered).toHaveLength(1);
    expect(account.events.log).toHaveLength(2);
  });

  test('a schedule fires again and again, until its rule is replaced or removed', async () => {
    const { account, delivered } = accountWithRules({ name: 'daily', schedule: 'cron(0 3 * * ? *)', targets: [{ ...target, Input: '{}' }] });
    await account.clock.advance(3 * 24 * 3600_000);
    expect(delivered.map(([time]) => time)).toEqual(['2026-01-06T03:00:00.500Z', '2026-01-07T03:00:00.500Z', '2026-01-08T03:00:00.500Z']);
    account.events.addRule({ name: 'daily', schedule: 'rate(1 hour)', targets: [target] });
    await account.clock.advance(2 * 3600_000);
    expect(delivered.slice(3).map(([time]) => time)).toEqual(['2026-01-08T10:00:00.500Z']);
    expect(delivered[3]![2]).toMatchObject({ 'detail-type': 'Scheduled Event', resources: ['arn:aws:events:us-east-1:111122223333:rule/daily'] });
    account.events.removeRule('daily');
    await account.clock.advance(24 * 3600_000);
    expect(delivered).toHaveLength(5);
  });

  test('a rule has a pattern or a schedule', () => {
    const { account } = accountWithRules();
    expect(() => account.events.addRule({ name: 'r', targets: [] })).toThrow('either a pattern or a schedule');
  });
});
