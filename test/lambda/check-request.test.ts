import fc from 'fast-check';
import { InvalidRequest } from '../../lambda/shared/errors';
import { handler } from '../../lambda/clone/check-request';
import { checkRequest } from '../../lambda/shared/request/check';
import { OWNER, EXECUTION, SOURCE_ID } from './support/fixtures';

function problemsOf(input: unknown, approvable = false): string[] {
  try {
    checkRequest(input, approvable);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidRequest);
    return (error as Error).message.split('\n');
  }
}
const withId = (over: object) => ({ sourceInstanceId: SOURCE_ID, ...over });

const WRITING = { strategy: 'shared', access: 'read-write', clusterServices: ['corosync.service'] };

test('the smallest request gets every default', async () => {
  const { request } = await handler({ request: { sourceInstanceId: SOURCE_ID }, approvable: false, execution: EXECUTION, owner: OWNER });
  expect(request).toEqual({
    sourceInstanceId: SOURCE_ID, count: 1, minCount: 1, subnetId: null, instanceType: null, keyName: null, securityGroupIds: null, instanceProfile: 'source', userData: 'none', tags: {},
    consistency: 'crash', isolation: true, identity: 'reset', ready: 'launched', warmUp: 'auto', strategy: 'auto', volumes: {}, volumeInitializationRate: null, keepSnapshots: 'none',
    expireAfter: null, ownVolumeAbove: null, maxCost: null, approve: false, planOnly: false,
  });
});

test('a full request is taken as it is, its user data left behind', () => {
  const given = {
    sourceInstanceId: 'i-01234567', count: 20, subnetId: 'subnet-0123456789abcdef0', instanceType: 'u7i-12tb.224xlarge', keyName: 'my key', securityGroupIds: ['sg-01234567'],
    instanceProfile: 'a.b+c', userData: Buffer.from('#!/bin/sh').toString('base64'), tags: { Name: '' }, consistency: 'filesystem', isolation: false, identity: 'keep', ready: 'warmed',
    warmUp: 'read', strategy: 'snapshot', volumes: { '/dev/sdf': { exclude: true }, xvdb: { strategy: 'volume-copy', type: 'io2', iops: 200000, size: 65536, kmsKeyId: 'alias/a' } },
    volumeInitializationRate: 300, keepSnapshots: 'latest', expireAfter: 'P7DT12H30M', ownVolumeAbove: { latencyMillis: 5, queueDepth: 2 }, maxCost: 12.5, approve: true, planOnly: false,
  };
  expect(checkRequest(given, true)).toEqual({
    ...given, userData: 'given', minCount: 20,
    volumes: {
      '/dev/sdf': { exclude: true, strategy: null, type: null, iops: null, throughput: null, size: null, kmsKeyId: null, access: null, reservation: null, clusterServices: null, services: null },
      xvdb: { exclude: false, strategy: 'volume-copy', type: 'io2', iops: 200000, throughput: null, size: 65536, kmsKeyId: 'alias/a', access: null, reservation: null, clusterServices: null, services: null },
    },
  });
});

test.each<[string, unknown, string[]]>([
  ['no object', 'i-0123456789abcdef0', ['input:']],
  ['nothing', undefined, ['input:']],
  ['a list', [], ['input:']],
  ['no source', {}, ['sourceInstanceId: got nothing']],
  ['an id of wrong length', { sourceInstanceId: 'i-0123456789' }, ['sourceInstanceId: got "i-0123456789", allowed is an id like "i-0123456789abcdef0"']],
  ['an id with more behind it', { sourceInstanceId: `${SOURCE_ID}\n` }, ['sourceInstanceId']],
  ['an unknown field', withId({ subnet: 'x' }), ['subnet: unknown, allowed is only sourceInstanceId, ']],
  ['a field of the prototype', JSON.parse(`{"sourceInstanceId":"${SOURCE_ID}","__proto__":1,"constructor":2}`), ['__proto__', 'constructor']],
  ['count 0', withId({ count: 0 }), ['count: got 0, allowed is a whole number from 1 to 1000']],
  ['count 1001', withId({ count: 1001 }), ['count']],
  ['more than all', withId({ count: 5, minCount: 6 }), ['minCount: got 6, allowed is at most count, which is 5']],
  ['more than one', withId({ minCount: 2 }), ['minCount: got 2, allowed is at most count, which is 1']],
  ['none at least', withId({ count: 5, minCount: 0 }), ['minCount: got 0']],
  ['isolation as text', withId({ isolation: 'false' }), ['isolation: got "false", allowed is true or false']],
  ['an identity of its own kind', withId({ identity: 'new' }), ['identity: got "new", allowed is "reset" or "keep"']],
  ['access to a volume of its own', withId({ volumes: { sdf: { access: 'read-write' } } }), ['volumes.sdf.access: got "read-write", allowed is nothing, unless "strategy" is "shared"']],
  ['a cluster for who only reads', withId({ volumes: { sdf: { strategy: 'shared', clusterServices: ['a.service'] } } }), ['volumes.sdf.clusterServices: got ["a.service"], allowed is nothing, unless "access" is "read-write"']],
  ['writing without a cluster', withId({ volumes: { sdf: { strategy: 'shared', access: 'read-write' } } }), ['volumes.sdf.clusterServices: got nothing, allowed is the systemd units by which']],
  ['units that are none', withId({ volumes: { sdf: { strategy: 'shared', access: 'read-write', clusterServices: ['a'], services: [] } } }), ['volumes.sdf.clusterServices', 'volumes.sdf.services']],
  ['writing with the source\'s identity', withId({ identity: 'keep', isolation: false, volumes: { sdf: WRITING } }), ['identity: got "keep", allowed is "reset" with', 'isolation: got false, allowed is true with']],
  ['two that are written to', withId({ volumes: { sdf: WRITING, sdg: WRITING } }), ['volumes: got ["sdf","sdg"], allowed is one volume at most']],
  ['a way of warming up for nobody', withId({ warmUp: 'read' }), ['warmUp: got "read", allowed is "auto", unless together with "ready": "warmed"']],
  ['a readiness of its own kind', withId({ ready: true }), ['ready: got true, allowed is "launched" or "warmed"']],
  ['limits that are none', withId({ ownVolumeAbove: { latency: 5 } }), ['ownVolumeAbove: got {"latency":5}, allowed is {}, or "latencyMillis"']],
  ['a limit of nothing', withId({ ownVolumeAbove: { queueDepth: 0 } }), ['ownVolumeAbove']],
  ['count as text', withId({ count: '2' }), ['count: got "2"']],
  ['half a clone', withId({ count: 1.5 }), ['count']],
  ['a subnet of wrong form', withId({ subnetId: 'vpc-0123456789abcdef0' }), ['subnetId']],
  ['an instance type of wrong form', withId({ instanceType: 'm7i' }), ['instanceType']],
  ['no security group', withId({ securityGroupIds: [] }), ['securityGroupIds']],
  ['a security group twice', withId({ securityGroupIds: ['sg-01234567', 'sg-01234567'] }), ['securityGroupIds']],
  ['a group as text', withId({ securityGroupIds: 'sg-01234567' }), ['securityGroupIds']],
  ['a profile ARN', withId({ instanceProfile: 'arn:aws:iam::1:instance-profile/x' }), ['instanceProfile']],
  ['user data that is not base64', withId({ userData: '#!/bin/sh' }), ['userData: got "a text of 9 characters"']],
  ['too much user data', withId({ userData: Buffer.alloc(16385).toString('base64') }), ['userData']],
  ['an unknown consistency', withId({ consistency: 'application' }), ['consistency: got "application", allowed is "crash" or "filesystem"']],
  ['a rate below', withId({ volumeInitializationRate: 99 }), ['volumeInitializationRate: got 99, allowed is a whole number from 100 to 300']],
  ['a rate above', withId({ volumeInitializationRate: 301 }), ['volumeInitializationRate']],
  ['keep as flag', withId({ keepSnapshots: true }), ['keepSnapshots']],
  ...['', 'P', 'PT', 'P1W', '7d', 'PT9M', 'P366D', 'P1DT', 'PT1H30', 'P-1D', ' P1D', 'P1.5D'].map((expireAfter): [string, unknown, string[]] =>
    [`the lifetime ${expireAfter}`, withId({ expireAfter }), [`expireAfter: got "${expireAfter}", allowed is a duration from "PT10M" to "P365D"`]]),
  ...[0, -1, '10', true].map((maxCost): [string, unknown, string[]] => [`a cost limit of ${JSON.stringify(maxCost)}`, withId({ maxCost }), [`maxCost: got ${JSON.stringify(maxCost)}, allowed is a number above 0`]]),
  ['a lifetime in seconds', withId({ expireAfter: 86400 }), ['expireAfter: got 86400']],
  ['approval as text', withId({ approve: 'yes' }), ['approve']],
  ['tags as list', withId({ tags: [{ Key: 'a', Value: 'b' }] }), ['tags']],
  ['a tag of AWS', withId({ tags: { 'aws:x': '1', 'AWS:y': '1' } }), ['tags.aws:x', 'tags.AWS:y']],
  ['a tag of ours', withId({ tags: { 'instance-mobility:owner': 'me' } }), ['tags.instance-mobility:owner']],
  ['a tag of number', withId({ tags: { a: 1 } }), ['tags.a']],
  ['an empty key', withId({ tags: { '': 'x' } }), ['tags']],
  ['too long tags', withId({ tags: { ['k'.repeat(129)]: 'v'.repeat(257) } }), ['tags', 'tags.kkk']],
  // a kept snapshot carries six tags of ours at the end: owner, execution, source, set, device, created-by
  ['45 tags', withId({ tags: Object.fromEntries(Array.from({ length: 45 }, (_, i) => [`k${i}`, 'v'])) }), ['tags: got "45 tags", allowed is at most 44']],
  ['volumes as list', withId({ volumes: [] }), ['volumes']],
  ['a device of wrong form', withId({ volumes: { '/mnt/x y': { exclude: true } } }), ['volumes./mnt/x y']],
  ['a volume as flag', withId({ volumes: { '/dev/sdf': true } }), ['volumes./dev/sdf']],
  ['an unknown setting', withId({ volumes: { '/dev/sdf': { encrypted: true } } }), ['volumes./dev/sdf.encrypted']],
  ['an unknown type', withId({ volumes: { '/dev/sdf': { type: 'gp4' } } }), ['volumes./dev/sdf.type']],
  ['excluded with settings', withId({ volumes: { '/dev/sdf': { exclude: true, size: 9 } } }), ['volumes./dev/sdf: ']],
  ['gp3 with too few IOPS', withId({ volumes: { '/dev/sdf': { type: 'gp3', iops: 2999 } } }), ['volumes./dev/sdf.iops: got 2999, allowed is 3000 to 80000 for gp3']],
  ['io1 with io2 IOPS', withId({ volumes: { '/dev/sdf': { type: 'io1', iops: 64001 } } }), ['volumes./dev/sdf.iops']],
  ['throughput of io2', withId({ volumes: { '/dev/sdf': { type: 'io2', throughput: 200 } } }), ['volumes./dev/sdf.throughput: got 200, allowed is nothing']],
  ['IOPS of gp2', withId({ volumes: { '/dev/sdf': { type: 'gp2', iops: 3000 } } }), ['volumes./dev/sdf.iops']],
  ['st1 too small', withId({ volumes: { '/dev/sdf': { type: 'st1', size: 124 } } }), ['volumes./dev/sdf.size']],
  ['too much throughput', withId({ volumes: { '/dev/sdf': { throughput: 2001 } } }), ['volumes./dev/sdf.throughput']],
  ['a key that is none', withId({ volumes: { '/dev/sdf': { kmsKeyId: 'mykey' } } }), ['volumes./dev/sdf.kmsKeyId']],
  ['41 excluded', withId({ volumes: Object.fromEntries(Array.from({ length: 41 }, (_, i) => [`/dev/sd${String.fromCharCode(97 + i % 26)}${i}`, { exclude: true }])) }),
    ['volumes: got "41 excluded or shared", allowed is at most 40']],
  ['40 excluded and one shared', withId({ volumes: {
    ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`/dev/sd${String.fromCharCode(97 + i % 26)}${i}`, { exclude: true }])), '/dev/sdz': { strategy: 'shared' },
  } }), ['volumes: got "41 excluded or shared", allowed is at most 40']],
  ['approval without anybody to ask', withId({ approve: true }), ['approve: got true']],
  ['several problems', { sourceInstanceId: 'x', count: 9999, foo: 1 }, ['foo', 'sourceInstanceId', 'count']],
])('refuses %s', (_, input, expected) => {
  const problems = problemsOf(input);
  expect(problems).toHaveLength(expected.length);
  expected.forEach((beginning, index) => expect(problems[index]?.startsWith(beginning) ? beginning : problems[index]).toBe(beginning));
});

test.each(['11111111-2222-3333-4444-555555555555', 'mrk-0123456789abcdef0123456789abcdef', 'alias/x/y', 'arn:aws-us-gov:kms:us-gov-west-1:111122223333:alias/x',
  'arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555'])('takes the KMS key %s', kmsKeyId => {
  expect(problemsOf(withId({ volumes: { '/dev/sdf': { kmsKeyId } } }))).toEqual([]);
});

test('approval needs somebody to ask, but a plan alone asks nobody', () => {
  expect(problemsOf(withId({ approve: true }), true)).toEqual([]);
  expect(problemsOf(withId({ approve: true, planOnly: true }), false)).toEqual([]);
});

test('the message never has the user data, not even where it is misspelt, misplaced or no text', () => {
  for (const over of [{ userData: 'secret!' }, { userData: ['secret'] }, { userdata: 'secret' }, { volumes: { '/dev/sdf': { userData: 'secret' } } }]) {
    const problems = problemsOf(withId(over));
    expect(problems).toHaveLength(1);
    expect(problems.join()).toMatch(/^(userData|userdata|volumes\.\/dev\/sdf\.userData): /);
    expect(problems.join()).not.toContain('secret');
  }
});

test('whatever is given, nothing but InvalidRequest is thrown, and what passes is taken again unchanged', () => {
  const nearly = fc.record({
    sourceInstanceId: fc.oneof(fc.constant(SOURCE_ID), fc.jsonValue()), count: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.jsonValue()),
    volumes: fc.dictionary(fc.constantFrom('/dev/sdf', 'xvdb', '__proto__'), fc.oneof(fc.jsonValue(), fc.record({ type: fc.constantFrom('gp3', 'io2'), size: fc.nat(70000) }, { requiredKeys: [] }))),
    tags: fc.oneof(fc.dictionary(fc.string(), fc.string()), fc.jsonValue()), userData: fc.oneof(fc.base64String(), fc.jsonValue()), approve: fc.boolean(),
  }, { requiredKeys: [] });
  fc.assert(fc.property(fc.oneof(nearly, fc.jsonValue()), fc.boolean(), (input, approvable) => {
    let first;
    try {
      first = checkRequest(input, approvable);
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidRequest);
      return;
    }
    const again = { ...first, userData: first.userData === 'given' ? 'none' : first.userData };
    expect(checkRequest(again, approvable)).toEqual(again);
  }), { numRuns: 500 });
});
