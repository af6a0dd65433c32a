import { readFileSync } from 'node:fs';
import { type Filesystem, filesystems, furnish, wroteMore } from '../harness/application';
import { document, runDocument } from '../harness/document';
import { Instances } from '../harness/instances';
import { prove } from '../harness/proof';
import { command, patience, sleep } from '../lab/command';
import type { Machine } from '../lab/machine';

jest.setTimeout(300_000 * patience);

const one = 'arn:aws:states:eu-west-1:111122223333:execution:InstanceClone:one';
const two = 'arn:aws:states:eu-west-1:111122223333:execution:InstanceClone:two';

/** The documents that freeze and thaw, under an application that never stops writing. */
describe('freeze and thaw', () => {
  let instances: Instances;
  let machine: Machine;
  let own: readonly [Filesystem, Filesystem];
  let Volumes: string;
  const mounts = () => own.map(({ mount }) => mount);
  const proof = () => ({ options: { mounts: mounts() }, acknowledgements: instances.acknowledgements });
  /** Whether the superblock says that the journal has to be replayed. */
  const isDirty = async (file: string) => (await command('dumpe2fs', '-h', file)).includes('needs_recovery');

  beforeAll(async () => {
    instances = await Instances.begin();
    own = await filesystems(instances);
    machine = await instances.launch('original', { volumes: own.map(({ volume }) => volume) });
    await furnish(machine, instances, own);
    Volumes = ['vol-000000000000001', ...own.map(({ volume }) => volume.id)].join(',');
  });
  afterAll(() => instances?.end());

  test('what is on the disks while they are frozen stays, and is whole without a replay of the journals', async () => {
    const [data] = own;
    expect(await machine.still(async () => isDirty(await instances.snapshot(data.volume)))).toBe(true);
    const answer = await document(machine, 'freeze', { Owner: one, Volumes, Seconds: '300' });
    expect(answer).toMatchObject({
      owner: one, frozen: ['/srv/logs', '/srv/data'], unmounted: [], skipped: [{ mount: '/', reason: 'the running system or the SSM agent writes to it' }],
    });
    const told = instances.acknowledgements.newest();
    // who wants to write waits, and nobody else does
    const writing = machine.run('echo late >/srv/data/late; echo late >/srv/logs/late; date +%s.%N');
    const snapshots = await Promise.all(own.map(({ volume }) => instances.snapshot(volume)));
    await sleep(8);
    own.forEach(({ volume }, index) => expect(readFileSync(volume.file).equals(readFileSync(snapshots[index]!))).toBe(true));
    expect(instances.acknowledgements.newest()).toBe(told);
    expect(await document(machine, 'freeze', { Owner: one, Volumes, Seconds: '300' })).toEqual(answer);
    expect(await runDocument(machine, 'freeze', { Owner: two, Volumes })).toMatchObject({ status: 3, answer: { error: 'HeldByAnother', owner: one, until: answer.until } });
    expect(await runDocument(machine, 'thaw', { Owner: two })).toMatchObject({ status: 3, answer: { error: 'HeldByAnother', owner: one } });

    const thawed = await document(machine, 'thaw', { Owner: one });
    expect(thawed).toMatchObject({ owner: one, thawed: ['/srv/logs', '/srv/data'], since: answer.since, by: 'command' });
    expect(await document(machine, 'thaw', { Owner: one })).toEqual(thawed);
    await wroteMore(instances);
    expect(Number(await writing) * 1000).toBeGreaterThanOrEqual(Date.parse(String(thawed.frozenUntil)));

    expect(await isDirty(snapshots[0]!)).toBe(false);
    const copies = [await instances.copy(snapshots[0]!), await instances.copy(snapshots[1]!)];
    const reader = await instances.launch('reader', { volumes: copies });
    await reader.run(`set -eu; mkdir -p ${mounts().join(' ')}
      mount -o ro,noload ${copies[0]!.path} ${mounts()[0]}; mount -o ro,norecovery ${copies[1]!.path} ${mounts()[1]}
      for mount in ${mounts().join(' ')}; do cd $mount; md5sum -c --quiet SUMS; [[ ! -s late ]]; done; cd /`);
    for (const line of (await reader.run(`python3 /usr/local/lib/lab/writer.py check ${mounts().join(' ')}`)).trim().split('\n')) {
      const [, records, brokenRecords, brokenPages] = line.split(' ').map(Number);
      expect({ records, brokenRecords, brokenPages }).toEqual({ records: expect.any(Number), brokenRecords: 0, brokenPages: 0 });
      expect(records).toBeGreaterThan(told);
    }
    // a frozen xfs has counters to be made up by the next mount, as after every freeze
    await reader.run(`set -e; umount ${mounts().join(' ')}; e2fsck -fn ${copies[0]!.path}; mount ${copies[1]!.path} /mnt; umount /mnt; xfs_repair -n ${copies[1]!.path}`);
    await reader.powerOff();
  });

  test('whoever forgets to thaw: the timer does it, and the thaw says so', async () => {
    const { until } = await document(machine, 'freeze', { Owner: one, Volumes, Seconds: '10' });
    await wroteMore(instances);
    expect(await document(machine, 'thaw', { Owner: one })).toMatchObject({ by: 'timer', frozenUntil: until, thawed: ['/srv/logs', '/srv/data'] });
    // the lock went with the timer
    expect(await document(machine, 'freeze', { Owner: two, Volumes })).toMatchObject({ owner: two });
    expect(await document(machine, 'thaw', { Owner: two })).toMatchObject({ by: 'command' });
  });

  test('a thaw without a freeze finds nothing, and somebody else\'s thaw is told', async () => {
    expect(await document(machine, 'thaw', { Owner: `${one}-other` })).toMatchObject({ thawed: [], since: null, frozenUntil: null, by: null });
    await document(machine, 'freeze', { Owner: one, Volumes });
    await machine.run('fsfreeze --unfreeze /srv/data');
    expect(await document(machine, 'thaw', { Owner: one })).toMatchObject({ by: 'other', frozenUntil: null });
  });

  test('a volume that is not there, and volumes on which there is nothing to freeze', async () => {
    expect(await runDocument(machine, 'freeze', { Owner: one, Volumes: 'vol-0abcdefabcdefabcd' })).toMatchObject({ status: 4, answer: { error: 'VolumeNotFound' } });
    expect(await document(machine, 'freeze', { Owner: one, Volumes: 'vol-000000000000001' })).toMatchObject({ frozen: [], since: null, until: null });
    expect(await runDocument(machine, 'thaw', { Owner: one })).toMatchObject({ status: 0 });
  });

  test('the application saw no error, and nothing it was told of is lost', async () => {
    await wroteMore(instances);
    expect(await prove(proof(), machine)).toBeGreaterThan(100);
  });
});
