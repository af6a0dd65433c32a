import { mountShared } from './cluster-commands';
import { volumeOf } from './disks';
import type { Guest } from './guest';
import { isReservedByAnother, nvme } from './nvme';
import { CommandError, parse } from './options';

/** The commands by which a guest closes, mounts and describes block devices. */
export const blockCommands: Readonly<Record<string, (guest: Guest, argv: readonly string[]) => string>> = {
  blockdev: ({ disks, account }, argv) => {
    const { options, operands } = parse('blockdev', argv, { setro: 'flag', setrw: 'flag', getro: 'flag', getsize64: 'flag' });
    const volumeId = volumeOf(disks, operands[0]);
    if (options.has('getsize64')) return `${account.ec2.get(account.ec2.volumes, volumeId).Size * 2 ** 30}\n`;
    if (options.has('getro')) return `${disks.readOnly.has(volumeId) ? 1 : 0}\n`;
    if (options.has('setrw')) disks.readOnly.delete(volumeId);
    else disks.readOnly.add(volumeId);
    return '';
  },
  mkdir: (_guest, argv) => {
    parse('mkdir', argv, { parents: 'flag' });
    return '';
  },
  mount: (guest, argv) => {
    const { options, operands: [device, target] } = parse('mount', argv, { types: 'value', options: 'value' });
    const wanted = (options.get('options')?.[0] ?? 'rw').split(',');
    mount(guest, device ?? '', options.get('types')?.[0] ?? '', wanted, target ?? '');
    return '';
  },
  umount: ({ disks }, argv) => {
    disks.unmount(argv[0] ?? '');
    return '';
  },
  nvme,
  // the last argument is what it reads: see the sandbox
  tee: ({ system }, argv) => {
    const append = argv[0] === '--append';
    const [file = '', text = ''] = append ? argv.slice(1) : argv;
    system.files.set(file, append ? `${system.files.get(file) ?? ''}${text}` : text);
    return text;
  },
  udevadm: (_guest, argv) => {
    if (!/^(control --reload|settle|trigger --action=change --name-match=\S+)$/.test(argv.join(' '))) throw new CommandError(`udevadm: the rehearsal's guest knows no ${argv.join(' ')}`);
    return '';
  },
};

/** As Linux mounts a filesystem whose journal is dirty: it replays the journal, unless it is told not to, or can not write. */
function mount(guest: Guest, device: string, kind: string, options: readonly string[], target: string): void {
  const { disks } = guest;
  const volumeId = volumeOf(disks, device);
  if (disks.kindOf(volumeId) !== kind) throw new CommandError(`mount: ${target}: wrong fs type, bad option, bad superblock`, 32);
  const shared = mountShared(guest, volumeId, kind);
  // of a member that is mounted the others look after the journals
  const recovers = shared !== 'cluster' && !options.includes('noload') && !options.includes('norecovery');
  if (disks.readOnly.has(volumeId) && (recovers || !options.includes('ro'))) {
    throw new CommandError(`mount: ${target}: cannot mount read-only: write access unavailable, cannot proceed`, 32);
  }
  if ((recovers || !options.includes('ro')) && isReservedByAnother(guest, volumeId)) {
    throw new CommandError(`mount: ${target}: can't read superblock on ${device}.`, 32); // its writes end in a reservation conflict
  }
  disks.mount({ mounts: [target], kind, volumes: [volumeId], options: `${options.includes('ro') ? 'ro' : 'rw'},relatime${kind === 'ocfs2' ? `,heartbeat=${shared === 'cluster' ? 'local' : 'none'}` : ''}` }, recovers);
}
