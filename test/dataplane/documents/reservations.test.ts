import { document, runDocument } from '../harness/document';
import { Instances } from '../harness/instances';
import { patience } from '../lab/command';
import type { Machine } from '../lab/machine';
import { reservationsBoot } from '../setup/kernels';

jest.setTimeout(900_000 * patience);

const ID = 'vol-0abcdefabcdefabcd';
const DISK = `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${ID.replace('-', '')}`;
const HOLD = { Volumes: ID, Key: '1abcdef012345', Action: 'hold' };
/** As Linux says it of a reservation: EBADE. */
const CONFLICT = 'Invalid exchange';
const RELEASE = { ...HOLD, Action: 'release' };

/** A drive that both machines have, and that knows reservations: the original's kernel serves it by TCP. */
const serve = (backing: string) => `set -eu
  modprobe -a nvmet nvmet-tcp
  mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
  subsystem=/sys/kernel/config/nvmet/subsystems/nqn.2026-01.lab:shared
  mkdir $subsystem $subsystem/namespaces/1 /sys/kernel/config/nvmet/ports/1
  echo ${ID.replace('-', '')} >$subsystem/attr_serial
  echo 1 >$subsystem/attr_allow_any_host
  echo ${backing} >$subsystem/namespaces/1/device_path
  echo 1 >$subsystem/namespaces/1/resv_enable
  echo 1 >$subsystem/namespaces/1/enable
  cd /sys/kernel/config/nvmet/ports/1
  echo ipv4 >addr_adrfam; echo tcp >addr_trtype; echo 10.9.0.1 >addr_traddr; echo 4420 >addr_trsvcid
  ln -s $subsystem subsystems/`;

const attach = (machine: Machine, host: number) => machine.run(`set -eu
  modprobe nvme-tcp
  nvme connect --transport=tcp --traddr=10.9.0.1 --trsvcid=4420 --nqn=nqn.2026-01.lab:shared \\
    --hostnqn=nqn.2014-08.org.nvmexpress:uuid:00000000-0000-0000-0000-00000000000${host} --hostid=00000000-0000-0000-0000-00000000000${host}
  udevadm settle; for ((i = 0; i < 100; i++)); do [[ -b ${DISK} ]] && exit; sleep 0.2; done; exit 1`);

/** Two real kernels, and one drive that refuses what its reservation forbids. */
test('the drive refuses what a clone writes while its original holds the reservation, whatever the clone\'s kernel lets it do', async () => {
  const boot = reservationsBoot();
  const instances = await Instances.begin();
  try {
    const backing = await instances.volume();
    const original = await instances.launch('original', { volumes: [backing], boot });
    await original.run(serve(backing.path));
    await attach(original, 1);
    await original.run(`mkfs.ext4 -q ${DISK}; mkdir -p /srv/data; mount ${DISK} /srv/data; echo before >/srv/data/file; sync`);
    const clone = await instances.launch('clone', { boot });
    const write = (machine: Machine, block: number, text: string) =>
      machine.attempt(`blockdev --setrw ${DISK}; printf '%-4096s' '${text}' | dd of=${DISK} bs=4096 seek=${block} count=1 iflag=fullblock oflag=direct conv=notrunc status=none`, {}, 60 * patience);
    const read = (machine: Machine, block: number) => machine.run(`dd if=${DISK} bs=4096 skip=${block} count=1 iflag=direct status=none | tr --delete ' \\0'`);
    const held = { reservations: [{ volume: ID, type: 1, held: true }] };

    expect(await document(original, 'reserve', HOLD)).toEqual(held);
    expect(await document(original, 'reserve', HOLD)).toEqual(held);
    await document(clone, 'fence', { Volumes: ID });
    await attach(clone, 2);
    expect(await document(clone, 'mount-read-only', { Volumes: ID })).toMatchObject({ shares: [{ volume: ID, filesystem: 'ext4', reservation: 1 }] });
    expect(await clone.run(`cat /mnt/instance-mobility/${ID}/file`)).toBe('before\n');

    // its root takes the fence away
    const last = 32_000;
    await clone.run(`umount /mnt/instance-mobility/${ID}`);
    expect((await write(original, last, 'of the original')).status).toBe(0);
    expect(await write(clone, last, 'of the clone')).toMatchObject({ status: 1, stderr: expect.stringContaining(CONFLICT) });
    expect(await read(clone, last)).toBe('oftheoriginal');
    // neither by another key, nor by that of the original, which everybody can read
    for (const Key of ['2000000000000', HOLD.Key]) {
      expect(await runDocument(clone, 'reserve', { ...HOLD, Key })).toMatchObject({ status: 5, answer: { error: 'Reserved', type: 1 } });
    }
    expect(await document(clone, 'reserve', { ...RELEASE, Key: '2000000000000' })).toEqual({ reservations: [{ volume: ID, type: 1, held: false }] });
    expect(await write(clone, last, 'of the clone')).toMatchObject({ status: 1, stderr: expect.stringContaining(CONFLICT) });
    await original.run('echo after >>/srv/data/file; sync');

    const released = { reservations: [{ volume: ID, type: 0, held: false }] };
    expect(await document(original, 'reserve', RELEASE)).toEqual(released);
    expect(await document(original, 'reserve', RELEASE)).toEqual(released);
    // what kept it out was the reservation, then
    expect(await write(clone, last, 'of the clone')).toMatchObject({ status: 0, stderr: '' });
    expect(await read(original, last)).toBe('oftheclone');
    expect(await original.run('cat /srv/data/file')).toBe('before\nafter\n');

    // a source that is another host since it was started again releases what it held before
    expect(await document(original, 'reserve', HOLD)).toEqual(held);
    await original.run('umount /srv/data; nvme disconnect --nqn=nqn.2026-01.lab:shared');
    await attach(original, 3);
    expect(await write(original, last, 'of another host')).toMatchObject({ status: 1, stderr: expect.stringContaining(CONFLICT) });
    expect(await runDocument(original, 'reserve', HOLD)).toMatchObject({ status: 5, answer: { error: 'Reserved', message: expect.stringContaining('release it first') } });
    expect(await document(original, 'reserve', RELEASE)).toEqual(released);
    expect((await write(original, last, 'of another host')).status).toBe(0);
    expect(await document(original, 'reserve', HOLD)).toEqual(held);
  } finally {
    await instances.end();
  }
});
