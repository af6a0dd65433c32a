import { prove } from '../harness/proof';
import type { PairOptions } from '../harness/options';
import { sleep, until } from '../lab/command';
import { engines, scenario } from './scenario';

/** What the data may lie on, and how it may travel: each through a switch, a power-off of the target, and the end. */
const kinds: [string, Partial<PairOptions>][] = [
  ['xfs on a disk', { filesystem: 'xfs' }],
  ['two filesystems on two disks', { mounts: ['/srv/data', '/srv/data/inner'] }],
  ['two logical volumes of one group over two disks', { layout: 'lvm', mounts: ['/srv/data', '/srv/more'] }],
  ['xfs on a RAID 0 of two disks', { layout: 'raid0', filesystem: 'xfs' }],
  ['through WireGuard', { encryption: 'wireguard', megabytesPerSecond: undefined }],
];

describe.each(engines)('%s', engine => {
  for (const [name, options] of kinds) {
    scenario(name, { engine, megabytes: 96, megabytesPerSecond: undefined, ...options }, async ({ pair, replication, source, target }) => {
      await replication.begin();
      await target.powerOff();
      await target.start();
      await replication.finish();
      await prove(pair, target);
      await source.powerOff();
      await target.reboot();
      await target.settled();
      await prove(pair, target);
    });
  }

  scenario('an engine that does not leave the second of two filesystems: the end goes on from there', { engine, megabytes: 64, mounts: ['/srv/data', '/srv/more'] },
    async ({ pair, replication, source, target, acknowledgements }) => {
      await replication.begin();
      await pair.unshape();
      await replication.step(target, 'status', { MinRate: '100000', MaxRate: '4194304' });
      await replication.synchronised();
      await replication.verified();
      await target.run(`device=$(dmsetup deps -o blkdevname im-${replication.session}-1-mid | sed 's/.*(\\(.*\\)).*/\\1/')
        systemd-run --quiet --unit=hold sh -c "exec sleep 1000 3</dev/$device"; sleep 1; systemctl is-active hold.service`);
      expect(await replication.attempt(target, 'finalize')).toMatchObject({ status: 6, answer: { error: 'EngineFailed' } });
      // both serve on; the first one's writes are on the target alone by now, so nobody goes back
      const left = Date.now();
      await until('the application on the target', 30, () => acknowledgements.firstAfter(left + 2000, target.name));
      expect(await replication.status(target)).toMatchObject({ phase: 'finalizing' });
      expect(await replication.attempt(target, 'fall-back')).toMatchObject({ status: 8, answer: { error: 'WrongState' } });
      await target.run('systemctl stop hold.service');
      expect(await replication.step(target, 'finalize')).toMatchObject({ phase: 'finalized' });
      await replication.step(source, 'release-source');
      await sleep(2);
      await prove(pair, target);
      await target.reboot();
      await target.settled();
      await prove(pair, target);
    });

  scenario('nothing of the data is in the clear on the way', { engine, encryption: 'wireguard', megabytesPerSecond: undefined }, async ({ pair, replication, source, target }) => {
    const marker = 'seen-on-the-way-'.repeat(256);
    await source.run(`for ((i = 0; i < 64; i++)); do printf '%s' '${marker}'; done >/srv/data/marker; sync`);
    const sniff = (seconds: number) => source.run(`python3 - <<'END'
import socket, time
sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
sniffer.bind(('eth0', 0)); sniffer.settimeout(1)
end, packets, seen = time.time() + ${seconds}, 0, 0
while time.time() < end:
    try: packet = sniffer.recv(65536)
    except socket.timeout: continue
    packets += 1; seen += b'seen-on-the-way' in packet
print(packets, seen)
END`);
    // the sniffer sees what is in the clear
    const clear = sniff(4);
    await target.run(`sleep 1; for ((i = 0; i < 3; i++)); do printf '%s' '${marker}' >/dev/udp/10.9.0.1/9; done`);
    expect(Number((await clear).split(' ')[1])).toBeGreaterThan(0);
    await replication.begin();
    const sniffed = sniff(10);
    await target.run('dd if=/srv/data/marker of=/dev/null bs=64k iflag=direct 2>&1');
    const [packets, seen] = (await sniffed).trim().split(' ').map(Number);
    expect(packets).toBeGreaterThan(50);
    expect(seen).toBe(0);
    await replication.finish();
    await prove(pair, target);
  });
});
