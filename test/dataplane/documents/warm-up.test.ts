import { readFileSync } from 'node:fs';
import { filesystems, furnish } from '../harness/application';
import { document, runDocument } from '../harness/document';
import { Instances } from '../harness/instances';
import { patience, until } from '../lab/command';

jest.setTimeout(600_000 * patience);

interface Reading {
  readonly volumes: readonly {
    readonly volume: string; readonly state: string; readonly bytes: number; readonly read: number;
    readonly hot: { readonly files: number; readonly bytes: number; readonly larger: number } | null; readonly problem: string | null;
  }[];
}

/** The documents that read the volumes of a clone once, on real filesystems. */
describe('warming up', () => {
  let instances: Instances;
  beforeAll(async () => { instances = await Instances.begin(); });
  afterAll(() => instances?.end());

  test('reads what is in use first, then every block, and writes nothing', async () => {
    const own = await filesystems(instances);
    const machine = await instances.launch('clone', { volumes: own.map(({ volume }) => volume) });
    await furnish(machine, instances, own);
    // whoever lists a directory for the first time after it was changed writes down when: the readers do so by find, and it is done before.
    // Of the ext4: two files that were used lately, one of them not read for long; one that is open; the rest is old. Of the xfs: all is old
    await machine.run(`set -e; systemctl stop writer.service
      cd /srv/data; touch -d '9 days ago' *; touch -a -d '1 day ago' f1; touch -m -d '1 day ago' f2
      cd /srv/logs; touch -d '9 days ago' *; cd /; find /srv/data /srv/logs >/dev/null
      umount /srv/data /srv/logs; sync; mount /srv/data; mount /srv/logs
      systemd-run --quiet --unit=holder sh -c 'exec sleep 100000 </srv/data/f3'; sync
      fsfreeze --freeze /srv/logs; fsfreeze --unfreeze /srv/logs; fsfreeze --freeze /srv/data; fsfreeze --unfreeze /srv/data
      echo 3 >/proc/sys/vm/drop_caches`);
    const before = await Promise.all(own.map(({ volume }) => instances.snapshot(volume)));
    const sectorsWritten = async () => (await machine.run(`for path in ${own.map(({ volume }) => volume.path).join(' ')}; do
      read -ra fields <"/sys/class/block/$(basename "$(readlink -f $path)")/stat"; echo "\${fields[6]}"; done`)).trim().split('\n').map(Number);
    const written = await sectorsWritten();

    const Volumes = own.map(({ volume }) => volume.id).join(',');
    const first = await document(machine, 'warm-up', { Volumes }) as unknown as Reading;
    expect(first.volumes.map(({ volume }) => volume)).toEqual(own.map(({ volume }) => volume.id));
    const done = await until('the readers', 300, async () => {
      const { volumes } = await document(machine, 'warm-up-status') as unknown as Reading;
      return volumes.every(({ state }) => state !== 'reading') && volumes;
    });
    const byId = new Map(done.map(each => [each.volume, each]));
    const bytes = own[0].volume.bytes;
    expect(byId.get(own[0].volume.id)).toEqual({
      volume: own[0].volume.id, state: 'complete', bytes, read: bytes, hot: { files: 3, bytes: 3_000_000, larger: 0 }, problem: null,
    });
    expect(byId.get(own[1].volume.id)).toEqual({ volume: own[1].volume.id, state: 'complete', bytes, read: bytes, hot: { files: 0, bytes: 0, larger: 0 }, problem: null });
    // sent again, nothing is read again
    const again = await document(machine, 'warm-up', { Volumes }) as unknown as Reading;
    expect(again.volumes.every(({ state }) => state === 'complete')).toBe(true);

    await machine.run('sync; sleep 8; sync');
    expect(await sectorsWritten()).toEqual(written);
    own.forEach(({ volume }, index) => expect(readFileSync(volume.file).equals(readFileSync(before[index]!))).toBe(true));
    expect(await runDocument(machine, 'warm-up', { Volumes: 'vol-0abcdefabcdefabcd' })).toMatchObject({ status: 4, answer: { error: 'VolumeNotFound' } });
  });
});
