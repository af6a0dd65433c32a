import { type CommandInvocation, ListCommandInvocationsCommand, SendCommandCommand } from '@aws-sdk/client-ssm';
import { committed } from '../../../rehearsal/cloud/ec2/writers';
import { closeRegions, type Region, region } from './region';

afterEach(closeRegions);

const DOCUMENT = 'AWSEC2-CreateVssSnapshot';

/** Runs AWS's document to its end, on an instance that is told to be a Windows. */
async function run(here: Region, parameters: { [name: string]: string } = {}): Promise<CommandInvocation> {
  const { account, client, instanceId, guest } = here;
  guest.platform = 'Windows';
  const Parameters = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]]));
  const { Command } = await client.send(new SendCommandCommand({ InstanceIds: [instanceId], DocumentName: DOCUMENT, Parameters }));
  await account.clock.advance(700_000);
  const { CommandInvocations } = await client.send(new ListCommandInvocationsCommand({ CommandId: Command?.CommandId, Details: true }));
  return CommandInvocations![0]!;
}

const tagsOf = ({ account }: Region): Record<string, string>[] =>
  [...account.ec2.snapshots.values()].map(({ Tags }) => Object.fromEntries(Tags!.map(({ Key, Value }) => [Key!, Value!])));

test('takes snapshots of all volumes of one instant, within a freeze, with the tags that were asked for and its own', async () => {
  const here = await region();
  const { ec2, ssm } = here.account;
  const volumeIds = ec2.get(ec2.instances, here.instanceId).BlockDeviceMappings.map(({ Ebs }) => Ebs!.VolumeId!);
  for (const volumeId of volumeIds) ec2.keepWriting(volumeId, { blocksPerSecond: 3 });
  expect(await run(here, { tags: 'Key=Environment,Value=Test;Key=a:b/c,Value=', description: 'why' })).toMatchObject({ Status: 'Success' });
  const snapshots = [...ec2.snapshots.values()];
  expect(snapshots.map(({ VolumeId }) => VolumeId)).toEqual(volumeIds);
  expect(new Set(snapshots.map(({ StartTime }) => StartTime.getTime())).size).toBe(1);
  expect(snapshots.map(({ Description }) => Description)).toEqual(['why', 'why']);
  for (const { SnapshotId } of snapshots) expect(committed(ec2.content(SnapshotId))).toBe(true);
  expect(tagsOf(here)).toEqual(['/dev/xvda', '/dev/sdf'].map(device =>
    ({ 'Environment': 'Test', 'a:b/c': '', 'AwsVssConfig': expect.stringContaining('2.5.1') as string, 'Device': device, 'AppConsistent': 'True' })));
  expect(ssm.guest(here.instanceId).disks.isFrozen(volumeIds[0]!)).toBe(false);
});

test('leaves the boot volume out when it is told to', async () => {
  const here = await region();
  await run(here, { ExcludeBootVolume: 'True' });
  expect(tagsOf(here).map(({ Device }) => Device)).toEqual(['/dev/sdf']);
});

test.each<[string, { [name: string]: string }, RegExp]>([
  ['a reserved tag', { tags: 'Key=AppConsistent,Value=True' }, /AppConsistent is reserved/],
  ['characters that AWS does not take', { tags: 'Key=a,Value=b&c' }, /not valid/],
  ['no tags at all', { tags: 'a=b' }, /not valid/],
])('fails for %s, and takes nothing', async (_, parameters, message) => {
  const here = await region();
  const { Status, CommandPlugins } = await run(here, parameters);
  expect(Status).toBe('Failed');
  expect(CommandPlugins![0]!.Output).toMatch(message);
  expect(here.account.ec2.snapshots.size).toBe(0);
});

test('writers are released after ten seconds, and what comes later is not confirmed', async () => {
  const here = await region();
  here.guest.vss.duration.call = 30_000;
  const [volumeId] = [...here.account.ec2.volumes.keys()];
  const held: boolean[] = [];
  for (const second of [5, 6, 13, 16]) here.account.clock.after(second * 1000, () => held.push(here.guest.disks.isFrozen(volumeId!)));
  expect(await run(here)).toMatchObject({ Status: 'Failed' });
  expect(held).toEqual([true, true, true, false]);
  expect(tagsOf(here).map(tags => 'AppConsistent' in tags)).toEqual([false, false]);
});

test('does nothing on Linux, and has parameters that are checked', async () => {
  const { account, client, instanceId } = await region();
  await client.send(new SendCommandCommand({ InstanceIds: [instanceId], DocumentName: DOCUMENT }));
  await account.clock.advance(60_000);
  expect(account.ec2.snapshots.size).toBe(0);
  await expect(client.send(new SendCommandCommand({ InstanceIds: [instanceId], DocumentName: DOCUMENT, Parameters: { CopyOnly: ['yes'] } })))
    .rejects.toMatchObject({ name: 'InvalidParameters' });
});

test('commands are found from a moment on', async () => {
  const here = await region();
  const { account, client, instanceId } = here;
  await run(here);
  const list = async (value: string) => (await client.send(new ListCommandInvocationsCommand({ InstanceId: instanceId, Filters: [{ key: 'InvokedAfter', value }] }))).CommandInvocations;
  const second = (time: number) => `${new Date(time).toISOString().slice(0, 19)}Z`;
  expect(await list(second(account.clock.now() - 3_600_000))).toHaveLength(1);
  expect(await list(second(account.clock.now()))).toEqual([]);
  await expect(list('yesterday')).rejects.toMatchObject({ name: 'ValidationException' });
});
