import fc from 'fast-check';
import { filtered, plain } from '../../../rehearsal/cloud/ec2/filters';
import { world } from './world';

test('tags are set, replaced and deleted, with or without regard to their value', async () => {
  const { ec2, call } = world();
  const { instanceId, volumeIds: [root] } = ec2.addInstance({ name: 'db' });
  await call('CreateTags', { Resources: [instanceId, root!], Tags: [{ Key: 'a', Value: '1' }, { Key: 'b', Value: '2' }] });
  await call('CreateTags', { Resources: [root!], Tags: [{ Key: 'a', Value: '3' }] });
  expect(ec2.get(ec2.volumes, root!).Tags).toEqual([{ Key: 'a', Value: '3' }, { Key: 'b', Value: '2' }]);
  await call('DeleteTags', { Resources: [instanceId, root!], Tags: [{ Key: 'a', Value: '1' }, { Key: 'b' }] });
  expect(ec2.get(ec2.volumes, root!).Tags).toEqual([{ Key: 'a', Value: '3' }]);
  expect(ec2.get(ec2.instances, instanceId).Tags).toEqual([{ Key: 'Name', Value: 'db' }]);
  const { Tags } = await call('DescribeTags', { Filters: [{ Name: 'resource-type', Values: ['volume'] }] });
  expect(Tags).toEqual([{ Key: 'a', Value: '3', ResourceId: root, ResourceType: 'volume' }]);
});

test('fifty tags at most; keys of AWS are nobody else\'s; an unknown resource is an error and nothing is tagged', async () => {
  const { ec2, call, refusal } = world();
  const { instanceId } = ec2.addInstance();
  const tags = (count: number) => Array.from({ length: count }, (_, n) => ({ Key: `k${n}`, Value: '' }));
  await call('CreateTags', { Resources: [instanceId], Tags: tags(50) });
  expect(await refusal('CreateTags', { Resources: [instanceId], Tags: [{ Key: 'one more', Value: '' }] })).toBe('TagLimitExceeded');
  expect(await refusal('CreateTags', { Resources: [instanceId], Tags: [{ Key: 'aws:x', Value: '' }] })).toBe('InvalidParameterValue');
  expect(await refusal('CreateTags', { Resources: [instanceId, 'vol-0123456789abcdef0'], Tags: [{ Key: 'k0', Value: 'new' }] })).toBe('InvalidVolume.NotFound');
  expect(ec2.get(ec2.instances, instanceId).Tags!.find(tag => tag.Key === 'k0')!.Value).toBe('');
});

test('what an execution made is found by its tag, until it is terminated', async () => {
  const { ec2, call, pass } = world();
  const tag = { 'instance-mobility:execution': 'arn:x' };
  const { instanceId, volumeIds: [root] } = ec2.addInstance({ tags: tag, volumes: [{ tags: tag }] });
  ec2.addInstance({ tags: { 'instance-mobility:execution': 'arn:y' } });
  expect(ec2.ownedBy('arn:x')).toEqual([instanceId, root]);
  await call('TerminateInstances', { InstanceIds: [instanceId] });
  await pass(60);
  expect(ec2.ownedBy('arn:x')).toEqual([]);
});

describe('filters', () => {
  test('any of the values, all of the filters, tags, wildcards, and no unknown name', async () => {
    const { ec2, call, refusal } = world();
    const a = ec2.addInstance({ name: 'db-1', type: 'm5.large', tags: { tier: 'data' } });
    const b = ec2.addInstance({ name: 'web-1', type: 't3.micro', state: 'stopped' });
    const ids = async (...Filters: { Name: string; Values: string[] }[]) =>
      (await call('DescribeInstances', { Filters })).Reservations!.flatMap(each => each.Instances!.map(instance => instance.InstanceId));
    expect(await ids({ Name: 'tag:Name', Values: ['db-*', 'x'] })).toEqual([a.instanceId]);
    expect(await ids({ Name: 'instance-type', Values: ['t?.micro', 'm5.*'] })).toEqual([a.instanceId, b.instanceId]);
    expect(await ids({ Name: 'tag-key', Values: ['Name'] }, { Name: 'instance-state-name', Values: ['stopped'] })).toEqual([b.instanceId]);
    expect(await ids({ Name: 'block-device-mapping.volume-id', Values: [a.volumeIds[0]!] })).toEqual([a.instanceId]);
    expect(await refusal('DescribeInstances', { Filters: [{ Name: 'shoe-size', Values: ['45'] }] })).toBe('InvalidParameterValue');
  });

  test('a value without wildcards matches itself and nothing else', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (value, other) => {
      const escaped = value.replace(/[*?\\]/g, '\\$&');
      const found = filtered([{ v: value }, { v: other }], [{ Name: 'v', Values: [escaped] }], { v: plain(each => each.v) });
      expect(found.map(each => each.v)).toEqual([value, other].filter(each => each === value));
    }));
  });
});

test('pages are as long as asked for and tell everything once; ids and pages do not go together', async () => {
  const { ec2, call, refusal } = world();
  const ids = Array.from({ length: 12 }, () => ec2.addInstance().instanceId);
  const seen: (string | undefined)[] = [];
  let NextToken: string | undefined;
  let pages = 0;
  do {
    const answer = await call('DescribeInstances', { MaxResults: 5, NextToken });
    seen.push(...answer.Reservations!.flatMap(each => each.Instances!.map(instance => instance.InstanceId)));
    NextToken = answer.NextToken;
    pages++;
  } while (NextToken);
  expect([seen, pages]).toEqual([ids, 3]);
  expect(await refusal('DescribeInstances', { InstanceIds: [ids[0]!], MaxResults: 5 })).toBe('InvalidParameterCombination');
});

test('malformed ids', async () => {
  const { refusal } = world();
  expect(await refusal('DescribeInstances', { InstanceIds: ['i-x'] })).toBe('InvalidInstanceID.Malformed');
  expect(await refusal('DescribeImages', { ImageIds: ['ami-x'] })).toBe('InvalidAMIID.Malformed');
});
