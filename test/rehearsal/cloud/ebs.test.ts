/** The EBS direct APIs through their real client: what differs between two snapshots. */
import type { ListChangedBlocksResponse } from '@aws-sdk/client-ebs';
import fc from 'fast-check';
import type { Account } from '../../../rehearsal/cloud/account';
import { connect, type Connection } from './clients';

let connection: Connection;
let account: Account;
let volumeId: string;
const send = (operation: string, input: object) => connection.send('EBS', operation, input);
beforeEach(async () => {
  connection = await connect();
  ({ account } = connection);
  volumeId = account.ec2.addInstance({ volumes: [{ size: 8 }, { size: 100 }] }).volumeIds[1]!;
});
afterEach(() => connection.close());

async function snapshot(of = volumeId): Promise<string> {
  const { SnapshotId } = await connection.send('EC2', 'CreateSnapshot', { VolumeId: of });
  await account.clock.advance(3_600_000);
  return SnapshotId as string;
}

async function changed(FirstSnapshotId: string, SecondSnapshotId: string, MaxResults = 100): Promise<number[]> {
  const found: number[] = [];
  let NextToken: string | undefined;
  do {
    const page = await send('ListChangedBlocks', { FirstSnapshotId, SecondSnapshotId, MaxResults, NextToken }) as unknown as ListChangedBlocksResponse;
    expect(page).toMatchObject({ BlockSize: 524_288, VolumeSize: 100 });
    found.push(...page.ChangedBlocks!.map(({ BlockIndex }) => BlockIndex!));
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  return found;
}

test('tells exactly the blocks that were written with another value, page by page', async () => {
  let value = 0;
  let before = await snapshot();
  await fc.assert(fc.asyncProperty(fc.uniqueArray(fc.nat(5000), { maxLength: 350 }), async blocks => {
    for (const block of blocks) account.ec2.write(volumeId, block, `value ${++value}`);
    const after = await snapshot();
    expect(await changed(before, after)).toEqual([...blocks].sort((a, b) => a - b));
    before = after;
  }), { numRuns: 8 });
});

test('a block that has its old value again has not changed', async () => {
  account.ec2.write(volumeId, 7, 'a');
  const first = await snapshot();
  account.ec2.write(volumeId, 7, 'b');
  account.ec2.write(volumeId, 7, 'a');
  account.ec2.write(volumeId, 9, 'new');
  const second = await snapshot();
  const { ChangedBlocks } = await send('ListChangedBlocks', { FirstSnapshotId: first, SecondSnapshotId: second }) as unknown as ListChangedBlocksResponse;
  expect(ChangedBlocks).toEqual([{ BlockIndex: 9, SecondBlockToken: expect.any(String) }]);
});

test('a volume that was made from a snapshot goes on with its lineage; another volume does not belong to it', async () => {
  account.ec2.write(volumeId, 1, 'a');
  const first = await snapshot();
  const { VolumeId } = await connection.send('EC2', 'CreateVolume', { SnapshotId: first, AvailabilityZone: 'us-east-1a', VolumeType: 'gp3' });
  await account.clock.advance(60_000);
  account.ec2.write(VolumeId as string, 2, 'b');
  expect(await changed(first, await snapshot(VolumeId as string))).toEqual([2]);
  const { volumeIds: [other] } = account.ec2.addInstance({ volumes: [{ size: 100 }] });
  await expect(changed(first, await snapshot(other))).rejects.toMatchObject({ name: 'ValidationException', Reason: 'UNRELATED_SNAPSHOTS' });
});

test('refuses pending snapshots, unknown ones, and pages out of bounds', async () => {
  const first = await snapshot();
  const { SnapshotId: pending } = await connection.send('EC2', 'CreateSnapshot', { VolumeId: volumeId });
  await expect(changed(first, pending as string)).rejects.toMatchObject({ name: 'ValidationException' });
  await expect(changed(first, 'snap-0123456789abcdef0')).rejects.toMatchObject({ name: 'ResourceNotFoundException', $metadata: { httpStatusCode: 404 } });
  await expect(changed(first, first, 99)).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining('between 100 and 10000') });
  await expect(send('ListChangedBlocks', { SecondSnapshotId: first })).rejects.toMatchObject({ name: 'ValidationException' });
});

test('lists what a snapshot holds', async () => {
  for (const block of [30, 2, 11]) account.ec2.write(volumeId, block, `v${block}`);
  const { Blocks } = await send('ListSnapshotBlocks', { SnapshotId: await snapshot() });
  expect((Blocks as { BlockIndex: number }[]).map(({ BlockIndex }) => BlockIndex)).toEqual([2, 11, 30]);
});
