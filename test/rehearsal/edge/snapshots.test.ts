/** Which way snapshots go, and where those of a volume must stay: EBS user guide, "snapshots-outposts" and "snapshots-localzones". */
import type { CopySnapshotResult } from '@aws-sdk/client-ec2';
import { person, world } from '../ec2/world';

function places(localSnapshots = true) {
  const it = world();
  const rack = it.account.outposts.add({ localSnapshots });
  const zone = it.ec2.addLocalZone({ name: 'us-east-1-bos-1a', localSnapshots });
  const sibling = it.ec2.addLocalZone({ name: 'us-east-1-bos-1b', localSnapshots });
  const far = it.ec2.addLocalZone({ name: 'us-east-1-chi-1a', localSnapshots });
  const made = (SnapshotId: string | undefined) => it.pass(7200).then(() => SnapshotId!);
  const snap = async (VolumeId: string | undefined, more: { OutpostArn?: string; Location?: 'local' | 'regional' } = {}) =>
    made((await it.call('CreateSnapshot', { VolumeId, ...more })).SnapshotId);
  const copy = async (SourceSnapshotId: string, more: object = {}) =>
    made((await it.call('CopySnapshot', { SourceRegion: 'us-east-1', SourceSnapshotId, ...more }) as CopySnapshotResult).SnapshotId);
  const volume = async (more: object) => {
    const { VolumeId } = await it.call('CreateVolume', { VolumeType: 'gp3', ...more });
    await it.pass(3600);
    return VolumeId!;
  };
  const onRack = (more: object) => volume({ AvailabilityZone: rack.zone, OutpostArn: rack.outpostArn, ...more });
  return {
    ...it, rack, zone, sibling, far, snap, copy, onRack, volume,
    inZone: (more: object) => volume({ AvailabilityZone: zone.zone, ...more }),
    refused: (what: Promise<unknown>) => what.then(() => 'not refused', (error: Error) => error.name),
  };
}

test('by default snapshots of an Outpost are in the Region: a round trip goes through them', async () => {
  const { ec2, snap, onRack, volume, snapshot } = places();
  const { volumeIds: [, data] } = ec2.addInstance({ volumes: [{}, { size: 20, encrypted: true }] });
  ec2.write(data!, 1, 'from the Region');
  const away = await onRack({ SnapshotId: await snap(data) });
  ec2.write(away, 2, 'at the edge');
  const back = await snap(away);
  expect(await snapshot(back)).not.toHaveProperty('OutpostArn');
  expect(Object.fromEntries(ec2.content(await volume({ AvailabilityZone: 'us-east-1b', SnapshotId: back })))).toEqual({ 1: 'from the Region', 2: 'at the edge' });
});

test('a local snapshot makes a volume stay: all later ones must be local, usable there only, and go nowhere', async () => {
  const { rack, snap, copy, onRack, refused, snapshot, volume } = places();
  const blank = await onRack({ Size: 10 });
  const local = await snap(blank, { OutpostArn: rack.outpostArn });
  expect(await snapshot(local)).toMatchObject({ OutpostArn: rack.outpostArn, Encrypted: true, State: 'completed' });
  expect(await refused(snap(blank))).toBe('InvalidParameterValue');
  expect(await refused(copy(local))).toBe('InvalidParameterValue');
  expect(await refused(volume({ AvailabilityZone: rack.zone, SnapshotId: local }))).toBe('InvalidParameterValue');
  const second = await onRack({ SnapshotId: local });
  expect(await refused(snap(second))).toBe('InvalidParameterValue');
  await snap(second, { OutpostArn: rack.outpostArn });
});

test('a volume of a Region snapshot has its snapshots in the Region', async () => {
  const { ec2, rack, snap, onRack, inZone, refused } = places();
  const { volumeIds: [, data] } = ec2.addInstance({ volumes: [{}, { size: 20 }] });
  const source = await snap(data);
  expect(await refused(snap(await onRack({ SnapshotId: source }), { OutpostArn: rack.outpostArn }))).toBe('InvalidParameterValue');
  expect(await refused(snap(await inZone({ SnapshotId: source }), { Location: 'local' }))).toBe('InvalidParameterValue');
});

test('without S3 there, and of volumes that are elsewhere, there are no local snapshots', async () => {
  const { ec2, rack, snap, copy, onRack, inZone, refused } = places(false);
  const { volumeIds: [, data] } = ec2.addInstance({ volumes: [{}, { size: 20 }] });
  expect(await refused(snap(await onRack({ Size: 10 }), { OutpostArn: rack.outpostArn }))).toBe('InvalidParameterValue');
  expect(await refused(snap(await inZone({ Size: 10 }), { Location: 'local' }))).toBe('InvalidParameterValue');
  expect(await refused(copy(await snap(data), { DestinationOutpostArn: rack.outpostArn }))).toBe('InvalidParameterValue');
  const other = places();
  const { volumeIds: [, region] } = other.ec2.addInstance({ volumes: [{}, { size: 20 }] });
  expect(await other.refused(other.snap(region, { OutpostArn: other.rack.outpostArn }))).toBe('InvalidParameterValue');
});

test('copies: from the Region anywhere, within a group of Local Zones, and back; content, line and tags as they should be', async () => {
  const { ec2, rack, zone, sibling, far, snap, copy, onRack, inZone, refused, snapshot } = places();
  const { volumeIds: [, data] } = ec2.addInstance({ volumes: [{}, { size: 20, tags: { a: 'b' } }] });
  ec2.write(data!, 1, 'x');
  const source = await snap(data);
  const onOutpost = await copy(source, { DestinationOutpostArn: rack.outpostArn, TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: 'of', Value: 'data' }] }] });
  expect(await snapshot(onOutpost)).toMatchObject({ OutpostArn: rack.outpostArn, Encrypted: true, VolumeId: 'vol-ffffffff', VolumeSize: 20, Tags: [{ Key: 'of', Value: 'data' }] });
  expect(Object.fromEntries(ec2.content(await onRack({ SnapshotId: onOutpost })))).toEqual({ 1: 'x' });
  const inBoston = await copy(source, { DestinationAvailabilityZone: zone.zone });
  expect(await snapshot(inBoston)).toMatchObject({ AvailabilityZone: zone.zone, Encrypted: false });
  expect(await snapshot(await copy(inBoston, { DestinationAvailabilityZone: sibling.zone }))).toMatchObject({ AvailabilityZone: sibling.zone });
  expect(await refused(copy(inBoston, { DestinationAvailabilityZone: far.zone }))).toBe('InvalidParameterValue');
  expect(await refused(copy(inBoston, { DestinationOutpostArn: rack.outpostArn }))).toBe('InvalidParameterValue');
  expect(await snapshot(await copy(inBoston))).not.toHaveProperty('AvailabilityZone');
  // one that came by a copy stays as one that was taken there
  expect(await refused(snap(await inZone({ SnapshotId: inBoston })))).toBe('InvalidParameterValue');
});

test('copies to the edge can not be timed, wait for complete snapshots, and are twenty at most', async () => {
  const { ec2, call, refusal, snap, rack } = places();
  const { volumeIds: [, data] } = ec2.addInstance({ volumes: [{}, { size: 20 }] });
  const done = { SourceRegion: 'us-east-1', SourceSnapshotId: await snap(data), DestinationOutpostArn: rack.outpostArn };
  const { SnapshotId: pending } = await call('CreateSnapshot', { VolumeId: data });
  expect(await refusal('CopySnapshot', { ...done, CompletionDurationMinutes: 15 })).toBe('InvalidParameterCombination');
  expect(await refusal('CopySnapshot', { ...done, SourceSnapshotId: pending })).toBe('IncorrectState');
  for (let n = 0; n < 20; n++) await call('CopySnapshot', done);
  expect(await refusal('CopySnapshot', done)).toBe('ResourceLimitExceeded');
});

test('the EBS direct APIs read what is in the Region, from both sides of a move, and nothing that is at the edge', async () => {
  const { account, ec2, rack, snap, copy, onRack, refused } = places();
  const { volumeIds: [, data] } = ec2.addInstance({ volumes: [{}, { size: 20 }] });
  const first = await snap(data);
  const away = await onRack({ SnapshotId: first });
  for (const block of [3, 5]) ec2.write(away, block, 'at the edge');
  const changes = (FirstSnapshotId: string, SecondSnapshotId: string) =>
    account.call('EBS', 'ListChangedBlocks', { FirstSnapshotId, SecondSnapshotId }, person) as Promise<{ ChangedBlocks: { BlockIndex: number }[] }>;
  const back = await snap(away);
  expect((await changes(first, back)).ChangedBlocks.map(each => each.BlockIndex)).toEqual([3, 5]);
  expect((await changes(await copy(first), back)).ChangedBlocks.map(each => each.BlockIndex)).toEqual([3, 5]);
  expect(await refused(changes(first, await copy(first, { DestinationOutpostArn: rack.outpostArn })))).toBe('ValidationException');
});

test('an image of an Outpost instance says where its snapshots are; one with local snapshots launches there only', async () => {
  const { ec2, call, refusal, pass, rack } = places();
  const { instanceId } = ec2.addInstance({ type: 'm5.large', subnetId: rack.subnetId, volumes: [{}] });
  // its root volume is of an image in the Region
  expect(await refusal('CreateImage', { InstanceId: instanceId, Name: 'unsaid', NoReboot: true })).toBe('InvalidParameterValue');
  expect(await refusal('CreateImage', { InstanceId: instanceId, Name: 'local', NoReboot: true, SnapshotLocation: 'local' })).toBe('InvalidParameterValue');
  const { ImageId } = await call('CreateImage', { InstanceId: instanceId, Name: 'regional', NoReboot: true, SnapshotLocation: 'regional' });
  await pass(3600);
  const { Instances } = await call('RunInstances', { ImageId, InstanceType: 'm5.large', MinCount: 1, MaxCount: 1 });
  expect(Instances![0]).not.toHaveProperty('OutpostArn');
});
