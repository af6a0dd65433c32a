import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Execution } from '../../rehearsal/asl';
import type { Background } from '../../rehearsal/cloud/links/background';
import type { Side } from '../../rehearsal/hosts/host';
import { readRecording } from '../../rehearsal/hosts/recording';
import { ReplayedPair } from '../../rehearsal/hosts/replay';
import type { Assembly } from '../../rehearsal/rehearsal';
import { type MigrationBench, outpostArn, rehearseMigration } from './migration';

export const DEVICE = '/dev/sdf';
const file = join(__dirname, '../../rehearsal/recordings/replication-drbd.json');
/** GiB of the volume that is sent. */
const SMALL = 1;
/** What moves by blocks ask for. */
export const moving = { transport: 'blocks', services: ['writer.service'], keepSource: 'PT10M' };

/** A server whose data lie on an EBS volume, with hosts that answer as virtual machines did, and the service link between them. */
export interface Site { readonly bench: MigrationBench; readonly pair: ReplayedPair }

/** Rehearses one story in an account with such a server. */
export function rehearseBlocks(assembly: Assembly, story: (site: Site) => Promise<void>, size = SMALL, others?: Background): Promise<void> {
  return rehearseMigration(assembly, async bench => {
    const { account, sourceInstanceId } = bench;
    const link = account.links.of(account.outposts.site(outpostArn)!);
    const pair = new ReplayedPair(account, readRecording(readFileSync(file, 'utf8'), file), {
      sourceInstanceId, mounts: ['/srv/data'], services: moving.services, device: DEVICE, line: { link, direction: 'to-edge' },
    });
    account.ssm.hostOf = id => pair.hostOf(id);
    pair.application.keepWriting();
    await account.clock.advance(10_000);
    await story({ bench, pair });
  }, { volumes: [{ size: 8, written: 1 }, { size, written: 1 }] }, { ...others && { others }, writes: false, counts: /\/(Reserve link|Announce hand-over|Is group ready for hand-over|Hand over|Is replicated|Give link back) handler\// });
}

/** The executions that sent blocks. */
export const replications = ({ bench }: Site): Execution[] => bench.executionsOf('Sync');

/** The application writes on at one place, where everything is that it was ever told to be safe. */
export async function expectServed({ bench, pair }: Site, side: Side): Promise<void> {
  expect({ phases: pair.phases, serving: pair.serving }).toMatchObject({ serving: [side] });
  expect(bench.stateOf(side === 'source' ? bench.sourceInstanceId : bench.target())).toBe('running');
  const before = pair.application.acknowledged.length;
  await bench.account.clock.advance(10_000);
  expect(pair.application.acknowledged.length).toBeGreaterThan(before);
  expect(pair.application.missingOn(pair.disks(side)[0]!.blocks)).toEqual([]);
}
