import type {
  ListChangedBlocksRequest, ListChangedBlocksResponse, ListSnapshotBlocksRequest, ListSnapshotBlocksResponse, ValidationExceptionReason,
} from '@aws-sdk/client-ebs';
import { storedAt } from '../ec2/edge/snapshot-places';
import type { Ec2, SnapshotRecord } from '../ec2/state';
import { AwsError, type Call } from '../service';

/** "BlockSize: the size of the blocks in the snapshot, in bytes", of 512 KiB (user guide, "Elements of the EBS direct APIs"). */
const blockBytes = 524_288;
/** Block tokens are valid for seven days (user guide, "FAQ of the EBS direct APIs"). */
const tokensLastMs = 7 * 86_400_000;
/** A page token is valid for 60 minutes (likewise). */
const pagesLastMs = 3_600_000;
const page = { least: 100, most: 10_000 };

/** The blocks that differ between two snapshots, in their order. */
export function listChangedBlocks(input: ListChangedBlocksRequest, { account }: Call): ListChangedBlocksResponse {
  const { FirstSnapshotId, SecondSnapshotId } = input;
  if (FirstSnapshotId === undefined) throw invalid('INVALID_PARAMETER_VALUE', 'FirstSnapshotId must be specified with SecondSnapshotId.');
  const { ec2 } = account;
  const [first, second] = [readable(ec2, FirstSnapshotId), readable(ec2, SecondSnapshotId)];
  if (lineage(ec2, first) !== lineage(ec2, second)) throw invalid('UNRELATED_SNAPSHOTS', 'The specified snapshots do not belong to the same volume.');
  const [before, after] = [ec2.content(first.SnapshotId), ec2.content(second.SnapshotId)];
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(block => before.get(block) !== after.get(block)).sort((a, b) => a - b);
  const { indexes, NextToken } = pageOf(changed, input, account.clock.now());
  return {
    ...common(second, account.clock.now(), NextToken),
    ChangedBlocks: indexes.map(BlockIndex => ({
      BlockIndex,
      ...before.has(BlockIndex) && { FirstBlockToken: tokenOf(first, BlockIndex) },
      ...after.has(BlockIndex) && { SecondBlockToken: tokenOf(second, BlockIndex) },
    })),
  };
}

/** The blocks that a snapshot holds. */
export function listSnapshotBlocks(input: ListSnapshotBlocksRequest, { account }: Call): ListSnapshotBlocksResponse {
  const snapshot = readable(account.ec2, input.SnapshotId);
  const { indexes, NextToken } = pageOf([...account.ec2.content(snapshot.SnapshotId).keys()].sort((a, b) => a - b), input, account.clock.now());
  return {
    ...common(snapshot, account.clock.now(), NextToken),
    Blocks: indexes.map(BlockIndex => ({ BlockIndex, BlockToken: tokenOf(snapshot, BlockIndex) })),
  };
}

function common({ VolumeSize }: SnapshotRecord, now: number, NextToken: string | undefined) {
  return { ExpiryTime: new Date(now + tokensLastMs), VolumeSize, BlockSize: blockBytes, ...NextToken !== undefined && { NextToken } };
}

/** Pending snapshots are not readable (FAQ); the words and the reason of that refusal are unverified against AWS. */
function readable({ snapshots }: Ec2, id = ''): SnapshotRecord {
  if (!/^snap-[0-9a-f]{8,17}$/.test(id)) throw invalid('INVALID_SNAPSHOT_ID', `The snapshot ID '${id}' is not valid.`);
  const snapshot = snapshots.get(id);
  if (!snapshot) throw new AwsError('ResourceNotFoundException', `The snapshot '${id}' does not exist.`, 404, { Reason: 'SNAPSHOT_NOT_FOUND' });
  // "The EBS direct APIs do not support local snapshots" (EBS user guide, "snapshots-outposts", "snapshots-localzones"); the reason is unverified against AWS
  if (storedAt(snapshot) !== 'region') throw invalid('INVALID_SNAPSHOT_ID', `The snapshot '${id}' is not stored in the Region.`);
  if (snapshot.State !== 'completed') throw invalid('INVALID_SNAPSHOT_ID', `The snapshot '${id}' is not completed..`);
  return snapshot;
}

/** The volume at the beginning of a snapshot's lineage: volumes that were made from a snapshot, and copies of it, go on with it. */
function lineage(ec2: Ec2, { SnapshotId, VolumeId }: SnapshotRecord): string {
  return ec2.snapshotModels.get(SnapshotId)?.lineage ?? VolumeId;
}

interface Paging {
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
  readonly StartingBlockIndex?: number | undefined;
}

function pageOf(all: readonly number[], { NextToken, MaxResults = page.most, StartingBlockIndex = 0 }: Paging, now: number) {
  if (MaxResults < page.least || MaxResults > page.most) {
    throw invalid('INVALID_PARAMETER_VALUE', `MaxResults must be between ${page.least} and ${page.most}.`);
  }
  const from = NextToken === undefined ? StartingBlockIndex : startOf(NextToken, now);
  const rest = all.filter(index => index >= from);
  const next = rest[MaxResults];
  return {
    indexes: rest.slice(0, MaxResults),
    NextToken: next === undefined ? undefined : Buffer.from(JSON.stringify({ from: next, until: now + pagesLastMs })).toString('base64url'),
  };
}

function startOf(token: string, now: number): number {
  let read: { from?: number; until?: number };
  try {
    read = JSON.parse(Buffer.from(token, 'base64url').toString()) as typeof read;
  } catch {
    throw invalid('INVALID_PAGE_TOKEN', 'The page token is not valid.');
  }
  if (read.until === undefined || read.until < now) throw invalid('INVALID_PAGE_TOKEN', 'The page token has expired.');
  return read.from!;
}

function tokenOf({ SnapshotId }: SnapshotRecord, index: number): string {
  return Buffer.from(`${SnapshotId}/${index}`).toString('base64url');
}

function invalid(Reason: ValidationExceptionReason, message: string): AwsError {
  return new AwsError('ValidationException', message, 400, { Reason });
}
