import { diskSignature } from '../setup/image';
import { kernel } from '../setup/places';
import type { Boot } from '../setup/kernels';
import type { Disk } from './disk';

export interface Hardware {
  readonly name: string;
  readonly address: string;
  readonly tap: string;
  readonly megabytes: number;
  /** What it boots with instead of the lab's own kernel. */
  readonly boot?: Boot;
  readonly disks: readonly Disk[];
  /** Into how many places a disk can be put, and out of, while the machine runs; the disks that it has already are in the first of them. */
  readonly slots?: number;
  /** Whether name and machine id are those of its root disk, as on EC2; else the kernel's command line gives them. */
  readonly ownIdentity?: boolean;
  /** The instance id that its hardware tells cloud-init. */
  readonly instanceId?: string;
  /** The overlay of the root disk. */
  readonly root: string;
  /** Where its console is. */
  readonly folder: string;
  /** Where its channels are. */
  readonly sockets: string;
}

/** Tells the machines of one pair apart: MAC address, machine id. */
const lastByte = (address: string) => Number(address.split('.')[3]).toString(16).padStart(2, '0');

/**
 * The command line of a machine. No KVM: what runs here is to run on a machine that is itself virtual, too. The processor is an old one, for
 * whose instructions the C library needs less translated code than for those that the emulator could do at most.
 */
export function qemuArguments(hardware: Hardware): string[] {
  const { name, address, tap, megabytes, disks, root, folder, sockets, slots = 0, ownIdentity = false, instanceId, boot } = hardware;
  const channel = (id: string, number: number) => [
    '-chardev', `socket,path=${sockets}/${name}.${id},server=on,wait=off,id=${id}`,
    '-device', `virtserialport,chardev=${id},nr=${number},name=lab.${id}`,
  ];
  // What the machine has written is in the host's memory at once, which survives the end of the process, and never forced to the host's disk.
  // Without writeback=off the emulator keeps where the blocks of an overlay lie to itself until a flush; a write that is to be on the disk by
  // itself (FUA), such as the last one of a journal's transaction, is none for its NVMe, and was lost now and then.
  const drive = (id: string, file: string, format: string, serial: string, blockSize: number, more = '') => [
    '-drive', `file=${file},format=${format},if=none,id=${id},cache.writeback=off,cache.direct=off,cache.no-flush=on,discard=unmap`,
    '-device', `nvme,serial=${serial},drive=${id},logical_block_size=${blockSize},physical_block_size=${blockSize}${more}`,
  ];
  const place = (disk: Disk, index: number) => `${disk.shared ? ',share-rw=on' : ''}${slots > 0 ? `,bus=slot${index},id=${disk.serial}` : ''}`;
  return [
    '-name', name, '-accel', 'tcg,thread=multi,tb-size=256', '-M', 'q35', '-cpu', 'Nehalem', '-smp', '1', '-m', String(megabytes),
    '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot',
    '-kernel', boot?.kernel ?? kernel(), ...boot ? ['-initrd', boot.ramDisk] : [], '-append', kernelArguments(name, address, ownIdentity).join(' '),
    '-serial', `file:${folder}/${name}.console`,
    '-qmp', `unix:${sockets}/${name}.monitor,server=on,wait=off`,
    '-object', 'rng-random,filename=/dev/urandom,id=rng', '-device', 'virtio-rng-pci,rng=rng',
    '-device', 'virtio-serial-pci,max_ports=4', ...channel('agent', 1), ...channel('acknowledgements', 2),
    '-netdev', `tap,id=net,ifname=${tap},script=no,downscript=no`, '-device', `virtio-net-pci,netdev=net,mac=52:54:00:00:09:${lastByte(address)},romfile=`,
    ...drive('root', root, 'qcow2', `vol0000000000000${lastByte(address)}`, 512),
    ...instanceId === undefined ? [] : ['-smbios', `type=1,serial=ds=nocloud;i=${instanceId};`],
    ...Array.from({ length: slots }, (_, index) => ['-device', `pcie-root-port,id=slot${index},chassis=${index + 1}`]).flat(),
    ...disks.flatMap((disk, index) => drive(`disk${index}`, disk.file, 'raw', disk.serial, disk.blockSize, place(disk, index))),
  ];
}

function kernelArguments(name: string, address: string, ownIdentity: boolean): string[] {
  return [
    `root=PARTUUID=${diskSignature.toString(16).padStart(8, '0')}-01`, 'rw', 'rootwait', 'console=ttyS0', 'panic=-1',
    ...ownIdentity ? [] : [`systemd.hostname=${name}`, `systemd.machine_id=${'1ab'.padEnd(30, '0')}${lastByte(address)}`], `lab.address=${address}/24`,
    // fast under emulation: no messages on the slow console, no mitigations, no self-tests
    'quiet', 'systemd.show_status=0', 'systemd.log_target=journal', 'mitigations=off', 'audit=0', 'apparmor=0', 'cryptomgr.notests', 'no_timer_check',
    // the emulator translates a program anew for each address that it is loaded to: at the same ones, a process starts in a quarter of the time
    'norandmaps', 'init_on_alloc=0',
    // the kernel measures the speed of these clocks at boot, wrongly when the emulator has to wait; that of the HPET is known
    'tsc=unstable', 'nolapic_timer',
    '8250.nr_uarts=1', 'random.trust_cpu=on', 'raid=noautodetect', 'net.ifnames=0',
  ];
}
