import { world } from './world';

test('a data base that keeps writing is cloned twice; every block of the clones is of the snapshot\'s instant', async () => {
  const { ec2, call, pass } = world({ seed: 7 });
  const source = ec2.addInstance({ name: 'db', type: 'm5.large', volumes: [{}, { size: 100, type: 'io2', iops: 2000 }, { size: 20 }] });
  for (const id of source.volumeIds) ec2.keepWriting(id);
  await pass(100);
  const { Snapshots } = await call('CreateSnapshots', { InstanceSpecification: { InstanceId: source.instanceId } });
  const atThatInstant = source.volumeIds.map(id => new Map(ec2.content(id)));
  await pass(3600);
  const byVolume = new Map(Snapshots!.map(each => [each.VolumeId, each.SnapshotId]));
  const mapping = (index: number, DeviceName: string) => ({ DeviceName, Ebs: { SnapshotId: byVolume.get(source.volumeIds[index]), VolumeType: 'gp3' as const } });
  const { ImageId } = await call('RegisterImage', {
    Name: 'clone of db', RootDeviceName: '/dev/xvda', Architecture: 'x86_64', VirtualizationType: 'hvm', EnaSupport: true,
    BlockDeviceMappings: [mapping(0, '/dev/xvda'), mapping(1, '/dev/sdf'), mapping(2, '/dev/sdg')],
  });
  await pass(60);
  const { Instances } = await call('RunInstances', { ImageId, InstanceType: 'm5.large', MinCount: 2, MaxCount: 2, SubnetId: source.subnetId });
  await pass(600);
  for (const { InstanceId } of Instances!) {
    const clone = ec2.get(ec2.instances, InstanceId!);
    expect(clone.State.Name).toBe('running');
    expect(clone.BlockDeviceMappings.map(each => new Map(ec2.content(each.Ebs!.VolumeId!)))).toEqual(atThatInstant);
  }
  expect(source.volumeIds.map(id => new Map(ec2.content(id)))).not.toEqual(atThatInstant);
  expect(ec2.instanceModels.get(source.instanceId)!.reboots).toBe(0);
});
