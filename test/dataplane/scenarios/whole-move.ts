import type { ReplicationEngine } from '../../../lib/private/replication-documents';
import { prove, rawDifferences } from '../harness/proof';
import type { Status } from '../harness/replication';
import { until } from '../lab/command';
import { measured, scenario } from './scenario';

/** The whole move with an engine: each has a file of its own, for only one of them guards every push. */
export function wholeMove(engine: ReplicationEngine): void {
  describe(`${engine}: from the switch to the release`, () => {
    scenario('ext4 on a disk', { engine, megabytesPerSecond: 8 }, async ({ pair, replication, source, target, acknowledgements }) => {
      // slow until everything about the beginning was looked at: on a busy computer that takes its time
      const { steps, silent } = await replication.begin({}, { MinRate: '500', MaxRate: '1000' });
      // a connection that breaks for a moment makes itself anew, which is not what this is about
      const first = await until('a target that sees the source', 30, async () => {
        const status = await replication.status(target);
        return status.peerConnected && status;
      });
      expect(first).toMatchObject({ phase: 'switched', serving: true, suspended: false, peerConnected: true, errors: [] });
      // the application serves while most blocks are not here yet
      expect(first.bytesLeft).toBeGreaterThan(first.bytes / 4);
      expect(await source.run('systemctl is-active writer.service; grep -c " /srv/data " /proc/mounts; true')).toBe('inactive\n0\n');
      // a file that is not here yet is read from the source
      expect(await target.run('cd /srv/data && grep "f15$" SUMS | md5sum -c --quiet && echo right')).toBe('right\n');
      const from = Date.now();
      const { bytesLeft } = await replication.step<Status>(target, 'status', { MinRate: '100000', MaxRate: '4194304' });
      await replication.synchronised();
      const seconds = (Date.now() - from) / 1000;
      measured(`${engine} happy path`, {
        'steps of the switch s': steps, 'silence of the application s': silent, 'synchronised after s': seconds, 'MB/s': bytesLeft / seconds / 1e6,
        'longest silence meanwhile s': acknowledgements.longestSilence(from, Date.now()),
      });
      await replication.verified();
      await target.run('systemctl stop writer.service');
      expect(await rawDifferences(pair)).toEqual([]);
      await target.run('systemctl start writer.service');
      const { silentMillis } = await replication.finish();
      measured(`${engine} finalize`, { 'silence ms': silentMillis });
      const before = acknowledgements.newest();
      expect(await prove(pair, target)).toBeGreaterThan(before);
      // nothing is mounted, and no loop device or mapping is left; which of the two drives comes first differs from boot to boot
      expect(await source.run('grep -c " /srv/data " /proc/mounts; lsblk --noheadings --raw --output TYPE | sort; true')).toBe('0\ndisk\ndisk\npart\n');
    });
  });
}
