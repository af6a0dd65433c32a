import fc from 'fast-check';
import { handler as checkFallBack } from '../../lambda/sync/check-fall-back';
import { handler } from '../../lambda/sync/check-request';
import { InvalidRequest } from '../../lambda/shared/errors';
import { checkFallBackRequest, checkSyncRequest, launchRequest, sessionOf } from '../../lambda/shared/sync/check';
import { replicationParameters } from '../../lib/private/replication-documents';
import { EXECUTION, SOURCE_ID, STEP } from './support/fixtures';

const GROUP = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/db/0123456789abcdef';
const ZONE = 'Z0123456789ABCDEFGHIJ';
const TARGET_ID = 'i-0fedcba9876543210';
const ADMITTED = { targetGroupArns: [GROUP], hostedZoneIds: [`/hostedzone/${ZONE}`], approvable: true, verifyDocuments: ['orders-are-served'] };
const NOW = Date.parse('2026-05-01T00:00:00Z');
const check = (input: unknown, approvable = true) => checkSyncRequest(input, { ...ADMITTED, approvable }, NOW);
const withId = (over: object) => ({ sourceInstanceId: SOURCE_ID, ...over });

function problemsOf(what: () => unknown): string[] {
  try {
    what();
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidRequest);
    return (error as Error).message.split('\n');
  }
}

test('the smallest request gets every default, and a session of its own that a retry has, too', async () => {
  const input = { ...STEP, request: { sourceInstanceId: SOURCE_ID }, approvable: false, targetGroupArns: [], hostedZoneIds: [], verifyDocuments: [] };
  const answer = await handler(input);
  expect(answer.request).toEqual({
    sourceInstanceId: SOURCE_ID, target: { launch: { instanceType: null, subnetId: null, securityGroupIds: null, keyName: null, instanceProfile: 'source', tags: {}, volumes: {} }, instanceId: null },
    mountPoints: [], ebsVolumes: false, services: [], engine: 'auto', encryption: 'wireguard', installPackages: false, overwriteTarget: false, rateLimit: null, favour: 'balanced', finishBy: null, copy: 'post-copy', switchBy: null,
    metadataDirectory: '/var/lib/instance-mobility', traffic: { targetGroupArns: [], records: [], elasticIps: [], callback: false }, approve: [], releaseSource: 'keep', onFailure: 'wait',
    verifyDocument: null, continueSession: null, planOnly: false,
  });
  expect(answer.session).toMatch(/^[0-9a-f]{12}$/);
  expect((await handler(input)).session).toBe(answer.session);
  expect((await handler({ ...input, execution: `${EXECUTION}-2` })).session).not.toBe(answer.session);
});

test('a session that is continued keeps its name', async () => {
  const { session, request } = await handler({ ...STEP, ...ADMITTED, approvable: false, request: withId({ continueSession: '0123456789ab' }) });
  expect(session).toBe('0123456789ab');
  expect(request.continueSession).toBe('0123456789ab');
});

test('a full request is taken as it is', () => {
  const given = {
    sourceInstanceId: 'i-01234567', target: { launch: { instanceType: 'i4i.large', subnetId: 'subnet-01234567', securityGroupIds: ['sg-01234567'], keyName: 'k', instanceProfile: 'p', tags: { a: 'b' }, volumes: { '/dev/sdf': { type: 'gp3' } } } },
    mountPoints: ['/data', '/var/lib/pg-data_1'], ebsVolumes: true, services: ['postgresql@15-main.service', 'x.socket'], engine: 'drbd', encryption: 'none', installPackages: true, overwriteTarget: true,
    rateLimit: 200, favour: 'sync', finishBy: '2026-05-02T06:00:00+02:00', copy: 'pre-copy', switchBy: '2026-05-02T06:00:00+02:00', metadataDirectory: '/opt/im',
    traffic: { targetGroupArns: [GROUP], records: [{ hostedZoneId: ZONE, name: '*.DB.example.com' }], elasticIps: ['eipalloc-0123456789abcdef0'], callback: true },
    approve: ['switch', 'release'], releaseSource: 'terminate', onFailure: 'fall-back', verifyDocument: 'orders-are-served', planOnly: false,
  };
  expect(check(given)).toEqual({
    ...given, continueSession: null, target: { ...given.target, instanceId: null },
    traffic: { ...given.traffic, records: [{ hostedZoneId: ZONE, name: '\\052.db.example.com.', type: 'A' }] },
  });
  expect(check(withId({ target: { instanceId: TARGET_ID } })).target).toEqual({ launch: null, instanceId: TARGET_ID });
});

test.each<[string, unknown, string[]]>([
  ['no object', 'i-0123456789abcdef0', ['input:']],
  ['no source', {}, ['sourceInstanceId: got nothing']],
  ['an unknown field', withId({ service: [] }), ['service: unknown']],
  ['a field of the prototype', JSON.parse(`{"sourceInstanceId":"${SOURCE_ID}","__proto__":1}`), ['__proto__']],
  ['a relative mount point', withId({ mountPoints: ['data'] }), ['mountPoints']],
  ['a mount point that climbs', withId({ mountPoints: ['/data/../etc'] }), ['mountPoints']],
  ['a mount point with a command', withId({ mountPoints: ['/data;reboot'] }), ['mountPoints']],
  ['a mount point with a line behind it', withId({ mountPoints: ['/data\n'] }), ['mountPoints']],
  ['a volume that the target would lack', withId({ target: { launch: { volumes: { '/dev/sdf': { exclude: true } } } } }), ['target.launch.volumes./dev/sdf.exclude']],
  ['a volume that the target would share', withId({ target: { launch: { volumes: { '/dev/sdf': { strategy: 'shared' } } } } }), ['target.launch.volumes./dev/sdf.strategy']],
  ['the root', withId({ mountPoints: ['/'] }), ['mountPoints']],
  ['a mount point twice', withId({ mountPoints: ['/a', '/a'] }), ['mountPoints']],
  ['nine mount points', withId({ mountPoints: Array.from({ length: 9 }, (_, i) => `/m${i}`) }), ['mountPoints']],
  ['mount points longer than the parameter', withId({ mountPoints: Array.from({ length: 8 }, (_, i) => `/${'m'.repeat(200)}${i}`) }), ['mountPoints']],
  ['a service without its kind', withId({ services: ['postgresql'] }), ['services']],
  ['a service with a shell in it', withId({ services: ['$(reboot).service'] }), ['services']],
  ['an unknown engine', withId({ engine: 'rsync' }), ['engine: got "rsync", allowed is "auto" or "drbd"']],
  ['no rate at all', withId({ rateLimit: 0 }), ['rateLimit']],
  ['a time without a zone', withId({ finishBy: '2026-05-02T06:00:00' }), ['finishBy']],
  ['a time that has gone', withId({ finishBy: '2026-04-30T06:00:00Z' }), ['finishBy: got "2026-04-30T06:00:00Z", allowed is a time in the future: it is 2026-05-01']],
  ['a month that there is not', withId({ finishBy: '2026-13-02T06:00:00Z' }), ['finishBy']],
  ['a directory that climbs', withId({ metadataDirectory: '/var/../etc' }), ['metadataDirectory']],
  ['both kinds of target', withId({ target: { launch: {}, instanceId: TARGET_ID } }), ['target: got']],
  ['the source as target', withId({ target: { instanceId: SOURCE_ID } }), ['target.instanceId: got']],
  ['a target with another field', withId({ target: { id: TARGET_ID } }), ['target.id: unknown']],
  ['a launch with wrong and unknown fields', withId({ target: { launch: { instanceType: 'i4i', count: 2 } } }), ['target.launch.count: unknown', 'target.launch.instanceType: got "i4i"']],
  ['a launch with reserved tags', withId({ target: { launch: { tags: { 'instance-mobility:phase': 'x' } } } }), ['target.launch.tags.instance-mobility:phase']],
  ['a foreign target group', withId({ traffic: { targetGroupArns: ['arn:other'] } }), [`traffic.targetGroupArns[0]: got "arn:other", allowed is ${GROUP}`]],
  ['a foreign zone', withId({ traffic: { records: [{ hostedZoneId: 'ZOTHER', name: 'a.b' }] } }), ['traffic.records[0].hostedZoneId']],
  ['a record of another type', withId({ traffic: { records: [{ hostedZoneId: ZONE, name: 'a.b', type: 'MX' }] } }), ['traffic.records[0].type']],
  ['a record without a name', withId({ traffic: { records: [{ hostedZoneId: ZONE }] } }), ['traffic.records[0].name']],
  ['a callback that is no flag', withId({ traffic: { callback: 'yes' } }), ['traffic.callback']],
  ['an address instead of its allocation', withId({ traffic: { elasticIps: ['1.2.3.4'] } }), ['traffic.elasticIps']],
  ['unknown traffic', withId({ traffic: { dns: [] } }), ['traffic.dns: unknown']],
  ['a foreign document', withId({ verifyDocument: 'AWS-RunShellScript' }), ['verifyDocument: got "AWS-RunShellScript", allowed is "orders-are-served"']],
  ['an approval that there is not', withId({ approve: ['all'] }), ['approve']],
  ['a plan of what goes on', withId({ planOnly: true, continueSession: '0123456789ab' }), ['continueSession']],
  ['a session of wrong form', withId({ continueSession: '0123456789AB' }), ['continueSession']],
  ['many problems at once', { engine: 1, favour: 2, onFailure: 3 }, ['sourceInstanceId', 'engine', 'favour', 'onFailure']],
])('%s is refused', (_, input, beginnings) => {
  const problems = problemsOf(() => check(input));
  for (const beginning of beginnings) expect(problems).toEqual(expect.arrayContaining([expect.stringMatching(new RegExp(`^${beginning.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`))]));
  expect(problems).toHaveLength(beginnings.length);
});

test('approval is refused only where nobody can be asked', () => {
  expect(problemsOf(() => check(withId({ approve: ['switch'] }), false))).toEqual([expect.stringMatching(/^approve: .*notificationTopic/)]);
  expect(problemsOf(() => check(withId({ approve: ['switch'], planOnly: true }), false))).toEqual([]);
  expect(problemsOf(() => check(withId({ approve: [] }), false))).toEqual([]);
});

test('a callback is refused where nobody can be asked', () => {
  expect(problemsOf(() => check(withId({ traffic: { callback: true } }), false))).toEqual([expect.stringMatching(/^traffic.callback: .*notificationTopic/)]);
  expect(problemsOf(() => check(withId({ traffic: { callback: false } }), false))).toEqual([]);
});

test('where the construct was given nothing, the message says so', () => {
  const nothing = { approvable: true, targetGroupArns: [], hostedZoneIds: [], verifyDocuments: [] };
  const problems = problemsOf(() => checkSyncRequest(withId({ traffic: { targetGroupArns: [GROUP] } }), nothing, NOW));
  expect(problems).toEqual([expect.stringMatching(/nothing, for the construct was given no `targetGroups`/)]);
  expect(problemsOf(() => checkSyncRequest(withId({ verifyDocument: 'orders-are-served' }), nothing, NOW))).toEqual([expect.stringMatching(/^verifyDocument: .*no `verifyDocuments`/)]);
});

test('whatever passes fits into the documents\' parameters', () => {
  const pattern = (name: string) => new RegExp(replicationParameters('prepare-source')[name]!.allowedPattern!);
  const part = fc.string({ unit: fc.constantFrom(...'aZ09.@+-_'), minLength: 1, maxLength: 5 });
  const stray = fc.constantFrom('', '', '', '', ';', '$', ' ', '\n', ',', '/', ':');
  const path = fc.tuple(fc.array(part, { minLength: 1, maxLength: 3 }), stray).map(([parts, end]) => `/${parts.join('/')}${end}`);
  const unit = fc.tuple(part, stray).map(([name, end]) => `${name}.service${end}`);
  const passed = { mountPoints: 0, services: 0, metadataDirectory: 0 };
  fc.assert(fc.property(fc.array(path, { maxLength: 3 }), fc.array(unit, { maxLength: 3 }), path, (mountPoints, services, metadataDirectory) => {
    for (const [field, value, name] of [['mountPoints', mountPoints, 'Mounts'], ['services', services, 'Services'], ['metadataDirectory', metadataDirectory, 'MetadataDirectory']] as const) {
      if (problemsOf(() => check(withId({ [field]: value }))).length > 0) continue;
      passed[field] += 1;
      expect(typeof value === 'string' ? value : value.join(',')).toMatch(pattern(name));
    }
  }), { numRuns: 1000 });
  for (const count of Object.values(passed)) expect(count).toBeGreaterThan(100);
});

test('no value whatsoever makes it fail with anything but its own verdict', () => {
  const field = fc.constantFrom('sourceInstanceId', 'target', 'mountPoints', 'services', 'rateLimit', 'finishBy', 'traffic', 'approve', 'continueSession', 'planOnly');
  fc.assert(fc.property(fc.dictionary(field, fc.jsonValue()), input => { problemsOf(() => check(input)); }), { numRuns: 1000 });
});

describe('the launch of a target', () => {
  test('is a single clone\'s, without user data', () => {
    expect(launchRequest(check(withId({ target: { launch: { instanceType: 'i4i.large', tags: { a: 'b' } } } })))).toMatchObject({
      sourceInstanceId: SOURCE_ID, count: 1, instanceType: 'i4i.large', tags: { a: 'b' }, instanceProfile: 'source', userData: 'none', keepSnapshots: 'none',
    });
  });
  test('needs no passable role where there is none', () => {
    expect(launchRequest(check(withId({ target: { instanceId: TARGET_ID } }))).instanceProfile).toBe('none');
  });
});

describe('a fall back', () => {
  const request = { sourceInstanceId: SOURCE_ID, targetInstanceId: TARGET_ID, session: '0123456789ab' };
  test('takes what an execution that falls back passes on', async () => {
    const { traffic } = check(withId({ traffic: { targetGroupArns: [GROUP], records: [{ hostedZoneId: ZONE, name: '*.db.example.com.' }] } }));
    expect(await checkFallBack({ ...STEP, ...ADMITTED, request: { ...request, traffic } }))
      .toEqual({ request: { ...request, targetLost: false, targetAddress: null, traffic } });
  });
  test.each<[string, object, string]>([
    ['a missing session', { session: undefined }, 'session: got nothing'],
    ['a missing target', { targetInstanceId: undefined }, 'targetInstanceId: got nothing'],
    ['one instance as both', { targetInstanceId: SOURCE_ID }, 'targetInstanceId: got'],
    ['an address of a target that lives', { targetAddress: '10.0.0.5' }, 'targetAddress: got'],
    ['an address that is none', { targetLost: true, targetAddress: '10.0.0.256' }, 'targetAddress: got'],
    ['an unknown field', { force: true }, 'force: unknown'],
  ])('refuses %s', (_, over, beginning) => {
    expect(problemsOf(() => checkFallBackRequest({ ...request, ...over }, ADMITTED))).toEqual([expect.stringContaining(beginning)]);
  });
});

test('a session is 12 hexadecimal digits of the execution', () => expect(sessionOf('arn:aws:states:eu-west-1:111122223333:execution:Sync:run-1')).toMatch(/^[0-9a-f]{12}$/));
