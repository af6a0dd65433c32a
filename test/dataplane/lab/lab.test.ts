import { readdirSync } from 'node:fs';
import { patience, until } from './command';
import { Pair } from '../harness/pair';
import { prove, rawDifferences } from '../harness/proof';

jest.setTimeout(180_000 * patience);

/** The lab itself: a test of the data plane is worth what its machines are worth. */
describe('the lab', () => {
  let pair: Pair;
  beforeAll(async () => { pair = await Pair.boot({ megabytesPerSecond: 8 }); });
  afterAll(() => pair?.end());

  test('boots systemd without a failed unit, and the application writes', async () => {
    for (const machine of [pair.source, pair.target]) {
      expect(await machine.settled()).toBe('running');
      expect(await machine.run('cat /proc/1/comm')).toBe('systemd\n');
    }
    await until('records', 10, () => pair.acknowledgements.newest() > 20);
    expect(await pair.target.run('systemctl is-active writer.service || true')).toBe('inactive\n');
  });

  test('finds disks by lasting names and tells instance store by its model', async () => {
    for (const machine of [pair.source, pair.target]) {
      const [disk] = machine.disks;
      expect(await machine.run(`lsblk --nodeps --noheadings --bytes --output SIZE,MODEL ${disk!.path}`)).toMatch(new RegExp(`^ *${disk!.bytes} Amazon EC2 NVMe Instance Storage`));
      expect(await machine.run('lsblk --nodeps --noheadings --output MODEL "/dev/$(lsblk --noheadings --output PKNAME $(findmnt --noheadings --output SOURCE /))"'))
        .toMatch('Amazon Elastic Block Store');
    }
  });

  test('runs scripts as the agent does', async () => {
    const outcome = await pair.source.attempt('echo "$SSM_Text"; echo aside >&2; pwd; [[ -z ${HOME+set} ]] || exit 9; exit 7', { SSM_Text: '$(reboot) "\'; ü' });
    expect(outcome).toMatchObject({ status: 7, stdout: '$(reboot) "\'; ü\n/\n', stderr: 'aside\n' });
    expect(await pair.source.run('#!/bin/sh\necho "${BASH_VERSION-none}"')).toBe('none\n');
  });

  test('a script that hangs holds up no other one, and its time limit ends it', async () => {
    const hanging = pair.source.attempt('echo begun; sleep 1000', {}, 15);
    expect(await pair.source.run('echo meanwhile')).toBe('meanwhile\n');
    expect(await hanging).toMatchObject({ status: undefined, stdout: 'begun\n' });
  });

  test('slows the network, cuts it, and restores it', async () => {
    const receive = `python3 -c "
import socket, time
listener = socket.create_server(('', 9)); peer, _ = listener.accept(); start = time.time(); size = 0
while data := peer.recv(65536): size += len(data)
print(size / (time.time() - start) / 1e6)"`;
    const receiving = pair.target.run(receive);
    await pair.target.run('until ss --listening --tcp --numeric | grep -q ":9 "; do sleep 0.2; done');
    await pair.source.run('head -c 16000000 /dev/zero >/dev/tcp/10.9.0.2/9');
    const rate = Number(await receiving);
    // shaped to 8: less where others use the computer, too, never more
    expect(rate).toBeGreaterThan(0.5);
    expect(rate).toBeLessThan(9.5);
    const ping = async () => (await pair.source.attempt('ping -c 1 -W 2 10.9.0.2')).status === 0;
    await until('the link', 20, ping);
    await pair.cut(pair.target);
    expect(await ping()).toBe(false);
    await pair.restore(pair.target);
    await until('the restored link', 20, ping);
    await pair.delay(pair.target, 150);
    const [, fastest] = /min\/avg\/max\/mdev = ([\d.]+)\//.exec(await pair.source.run('ping -c 3 10.9.0.2'))!;
    expect(Number(fastest)).toBeGreaterThanOrEqual(149);
  });

  test('a power failure keeps what was flushed, on the root disk and on instance store', async () => {
    await pair.source.run('echo kept >/root/flushed; sync; echo lost >/root/unflushed');
    const before = pair.acknowledgements.newest();
    await pair.source.powerOff();
    expect(pair.source.isOn).toBe(false);
    await expect(pair.source.run('true')).rejects.toThrow('is off');
    await pair.source.start();
    expect(await pair.source.run('cat /root/flushed; cat /root/unflushed 2>&1 || true')).toMatch(/^kept\n/);
    await until('the application, at boot', 30, () => pair.acknowledgements.newest() > before + 20);
    expect(await prove(pair, pair.source)).toBeGreaterThan(before);
  });

  test('a reboot stops the application in good order', async () => {
    await pair.source.run('systemctl start writer.service');
    const stops = pair.acknowledgements.of('stop').length;
    await pair.source.reboot();
    expect(pair.acknowledgements.of('stop')).toHaveLength(stops + 1);
    expect(await pair.source.run('cat /root/flushed')).toBe('kept\n');
  });

  test('proves that records, pages and files are lost or changed, and that a disk complained', async () => {
    await prove(pair, pair.source);
    await pair.source.run(`cd /srv/data; for file in journal pages f3; do cp $file /root/$file; done
      truncate --size=-512 journal
      printf x | dd of=journal bs=1 seek=5000 conv=notrunc status=none
      head -c 4096 /dev/zero | dd of=pages bs=4096 conv=notrunc status=none
      printf x | dd of=f3 bs=1 seek=99 conv=notrunc status=none
      echo '<3>I/O error, dev nvme1n1, sector 1' >/dev/kmsg`);
    const { message } = await prove(pair, pair.source).then(() => new Error('nothing found'), (error: Error) => error);
    expect(message).toMatch(/: 1 acknowledged records are lost/);
    expect(message).toMatch(/: 1 acknowledged records are other ones, the first 9 of source/);
    expect(message).toMatch(/: 1 records are broken/);
    expect(message).toMatch(/: [12] pages are broken/);
    expect(message).toMatch(/f3: FAILED/);
    expect(message).toMatch(/I\/O error/);
    await pair.source.run('cd /srv/data; for file in journal pages f3; do cp /root/$file $file; done; dmesg --clear');
    await prove(pair, pair.source);
  });

  test('finds the blocks in which two disks differ', async () => {
    await pair.source.run('umount /srv/data');
    expect((await rawDifferences(pair)).length).toBeGreaterThan(1000);
    await pair.target.disks[0]!.fill(pair.source.disks[0]!.file);
    expect(await rawDifferences(pair)).toEqual([]);
    await pair.source.run(`printf x | dd of=${pair.source.disks[0]!.path} bs=1 seek=8195 conv=notrunc,fsync status=none`);
    expect(await rawDifferences(pair)).toEqual([8192]);
  });

  test('leaves no machine and no namespace', async () => {
    const { namespace } = pair.network;
    expect(readdirSync('/run/netns')).toContain(namespace);
    await pair.end();
    expect(readdirSync('/run/netns')).not.toContain(namespace);
    expect(pair.source.isOn || pair.target.isOn).toBe(false);
  });
});
