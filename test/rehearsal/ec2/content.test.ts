import fc from 'fast-check';
import { Blocks, type FrozenBlocks } from '../../../rehearsal/cloud/ec2/content';
import { committed } from '../../../rehearsal/cloud/ec2';
import { world } from './world';

test('a picture holds what was there at its instant, and volumes made from it go their own ways', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('write' as const), device: fc.nat(5), block: fc.nat(8), value: fc.string({ maxLength: 2 }) }),
    fc.record({ do: fc.constant('freeze' as const), device: fc.nat(5) }),
    fc.record({ do: fc.constant('thaw' as const), picture: fc.nat(5) }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 120 }), steps => {
    const devices = [{ blocks: new Blocks(), expected: new Map<number, string>() }];
    const pictures: { frozen: FrozenBlocks; expected: Map<number, string> }[] = [];
    for (const each of steps) {
      if (each.do === 'thaw') {
        const picture = pictures[each.picture % Math.max(1, pictures.length)];
        if (picture) devices.push({ blocks: picture.frozen.thaw(), expected: new Map(picture.expected) });
        continue;
      }
      const device = devices[each.device % devices.length]!;
      if (each.do === 'write') {
        device.blocks.write(each.block, each.value);
        device.expected.set(each.block, each.value);
      } else pictures.push({ frozen: device.blocks.freeze(), expected: new Map(device.expected) });
    }
    for (const { blocks, expected } of devices) {
      expect(new Map(blocks.all())).toEqual(expected);
      for (const [block, value] of expected) expect(blocks.read(block)).toBe(value);
    }
    for (const { frozen, expected } of pictures) expect(new Map(frozen.all())).toEqual(expected);
  }));
});

test('a volume with many snapshots stays whole', () => {
  const blocks = new Blocks();
  const pictures = Array.from({ length: 100 }, (_, n) => {
    blocks.write(n % 7, `${n}`);
    return blocks.freeze();
  });
  expect(blocks.all().get(99 % 7)).toBe('99');
  expect(pictures[3]!.all()).toEqual(new Map([[0, '0'], [1, '1'], [2, '2'], [3, '3']]));
});

test('a volume from a snapshot shows the content of its instant, not what was written while the snapshot was pending', async () => {
  const { ec2, call, pass } = world();
  const { volumeIds: [, data] } = ec2.addInstance({ volumes: [{}, { size: 100 }] });
  ec2.write(data!, 7, 'before');
  const { SnapshotId } = await call('CreateSnapshot', { VolumeId: data! });
  ec2.write(data!, 7, 'after');
  await pass(3600);
  const { VolumeId } = await call('CreateVolume', { AvailabilityZone: 'us-east-1a', SnapshotId, VolumeType: 'gp3' });
  expect(ec2.content(SnapshotId!).get(7)).toBe('before');
  expect(ec2.content(VolumeId!).get(7)).toBe('before');
  ec2.write(VolumeId!, 7, 'of the clone');
  expect(ec2.content(data!).get(7)).toBe('after');
  expect(ec2.content(SnapshotId!).get(7)).toBe('before');
});

describe('programs that keep writing', () => {
  test('write on as time goes by, until they are stopped', async () => {
    const { ec2, pass } = world();
    const { volumeIds: [root] } = ec2.addInstance();
    const stop = ec2.keepWriting(root!, { blocksPerSecond: 3 });
    await pass(10);
    const size = ec2.content(root!).size;
    expect(size).toBeGreaterThan(40);
    stop();
    const before = new Map(ec2.content(root!));
    await pass(10);
    expect(ec2.content(root!)).toEqual(before);
  });

  test('are caught in the middle by a snapshot, but not while their filesystem is frozen', async () => {
    const { account, ec2, call } = world();
    const { volumeIds: [root] } = ec2.addInstance();
    ec2.keepWriting(root!);
    await account.clock.advance(10_250); // a change is open, its commit not yet written
    const torn = await call('CreateSnapshot', { VolumeId: root! });
    expect(committed(ec2.content(torn.SnapshotId!))).toBe(false);

    await account.clock.advance(20_000);
    ec2.writesHeld = () => true;
    const whole = await call('CreateSnapshot', { VolumeId: root! });
    expect(committed(ec2.content(whole.SnapshotId!))).toBe(true);
    const frozen = new Map(ec2.content(root!));
    await account.clock.advance(30_000);
    expect(ec2.content(root!)).toEqual(frozen);
    ec2.writesHeld = () => false;
    await account.clock.advance(2000);
    expect(ec2.content(root!)).not.toEqual(frozen);
  });

  test('end with their instance', async () => {
    const { ec2, call, pass } = world();
    const { instanceId, volumeIds: [, data] } = ec2.addInstance({ volumes: [{}, { deleteOnTermination: false }] });
    ec2.keepWriting(data!);
    await call('TerminateInstances', { InstanceIds: [instanceId] });
    await pass(120);
    const left = new Map(ec2.content(data!));
    await pass(60);
    expect(ec2.content(data!)).toEqual(left);
  });
});
