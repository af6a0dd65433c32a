import { EBSClient, ListChangedBlocksCommand } from '@aws-sdk/client-ebs';

const ebs = new EBSClient({});

/** "MaxResults: 100 to 10,000" (ListChangedBlocks). */
const BLOCKS_PER_PAGE = 10_000;
/** A page is some tenths of a second, and a step has a minute: 200 GiB of changes are more than any pause can wait for. */
const MOST_PAGES = 40;

export interface Changed {
  readonly bytes: number;
  /** There are more than were counted. */
  readonly atLeast: boolean;
}

/** How much of a volume differs between two of its snapshots, in whole blocks. */
export async function changedBetween(firstSnapshotId: string, secondSnapshotId: string): Promise<Changed> {
  let bytes = 0;
  let NextToken: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await ebs.send(new ListChangedBlocksCommand({
      FirstSnapshotId: firstSnapshotId, SecondSnapshotId: secondSnapshotId, MaxResults: BLOCKS_PER_PAGE, ...NextToken === undefined ? {} : { NextToken },
    }));
    bytes += (answer.ChangedBlocks ?? []).length * (answer.BlockSize ?? 0);
    NextToken = answer.NextToken;
    if (NextToken === undefined) return { bytes, atLeast: false };
  }
  return { bytes, atLeast: true };
}
