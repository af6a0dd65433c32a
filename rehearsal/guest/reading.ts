import type { DataFile } from '../cloud/ec2/first-reads';
import { read, secondsToRead } from '../cloud/ec2/first-reads';
import { typeInfo } from '../cloud/ec2/instance-types';
import type { Guest } from './guest';
import { CommandError } from './options';

/** The size of the blocks that the model of a volume knows. */
const blockBytes = 524_288;
const mebibyte = 2 ** 20;
/** How `find -atime -2` counts: less than two whole days. */
const lately = 2 * 86_400_000;

interface Found extends DataFile {
  readonly at: string;
  readonly volumeId: string;
  readonly device: number;
}

/** The commands by which a guest finds and reads what lies on its disks. */
export const readingCommands: Readonly<Record<string, (guest: Guest, argv: readonly string[]) => string>> = {
  dd: (guest, argv) => {
    const { device, count, iflag, bs, skip } = parts(argv);
    const at = whatIsRead(guest, device);
    const { ec2 } = guest.account;
    if (at.file) {
      read(ec2, at.volumeId, at.file.mib, 'file');
      return '';
    }
    if (!iflag.includes('direct')) throw new CommandError('dd: the rehearsal\'s guest reads disks past the page cache');
    // what the model knows of a block, which is larger than what is read here, stands for its bytes
    if (count === 1) return ec2.content(at.volumeId).get(Math.floor(bs * skip / blockBytes)) ?? 'zeros';
    read(ec2, at.volumeId, mibOf(guest, at.volumeId, argv), 'blocks');
    return '';
  },
  sort: (_guest, argv) => {
    const [order, from, input = ''] = argv;
    if (order !== '--numeric-sort' || from !== '-') throw new CommandError(`sort: the rehearsal's guest knows no ${argv.slice(0, 2).join(' ')}`);
    return input.split('\n').filter(Boolean).sort((a, b) => Number.parseFloat(a) - Number.parseFloat(b)).map(line => `${line}\n`).join('');
  },
  stat: (guest, argv) => {
    const [format = '', dashes, ...paths] = argv;
    if (dashes !== '--') throw new CommandError('stat: the rehearsal\'s guest wants -- before the paths');
    if (format === '--format=%d') return paths.map(path => `${deviceAt(guest, path) ?? 0}\n`).join('');
    if (format !== '--format=%d %f %s %n') throw new CommandError(`stat: the rehearsal's guest knows no ${format}`);
    const files = filesOf(guest);
    return paths.map(path => {
      const file = files.find(({ at }) => at === path);
      return file ? `${file.device} 81a4 ${file.mib * mebibyte} ${path}\n` : `5 21b6 0 ${path}\n`;
    }).join('');
  },
};

/** What `find … -printf` tells: what processes have open, or what was used lately. */
export function findFiles(guest: Guest, argv: readonly string[]): string {
  if (argv[0] === '/proc') return ['/dev/null', 'socket:[17]', ...filesOf(guest).filter(({ open }) => open).map(({ at }) => at)].map(line => `${line}\n`).join('');
  const mounts = argv.slice(0, argv.indexOf('-xdev'));
  const since = guest.account.clock.now() - lately;
  return filesOf(guest).filter(({ at, path, usedAt }) => usedAt > since && mounts.includes(at.slice(0, -path.length) || '/'))
    .map(({ at, mib }) => `${mib * mebibyte} ${at}\n`).join('');
}

/** Of a computer of this type half is in use. */
export function meminfo({ account: { ec2 }, instanceId }: Guest): string {
  const kib = (typeInfo(ec2.get(ec2.instances, instanceId).InstanceType)?.mebibytes ?? 8192) * 1024;
  return `MemTotal: ${kib} kB\nMemAvailable: ${kib / 2} kB\n`;
}

/** How many milliseconds a command takes that reads a disk; undefined for any other. */
export function readingTime(guest: Guest, name: string, argv: readonly string[]): number | undefined {
  const { device, count } = parts(argv);
  if (name !== 'dd' || count === 1) return undefined;
  try {
    const { volumeId, file } = whatIsRead(guest, device);
    return Math.max(2, 1000 * secondsToRead(guest.account.ec2, volumeId, file?.mib ?? mibOf(guest, volumeId, argv), file ? 'file' : 'blocks'));
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

function parts(argv: readonly string[]) {
  const { if: device = '', bs = '512', skip = '0', count = 'Infinity', iflag = '' } = Object.fromEntries(argv.map(operand => operand.split('=', 2))) as
    Record<string, string | undefined>;
  return { device, bs: Number(bs), skip: Number(skip), count: Number(count), iflag: iflag.split(',') };
}

function whatIsRead(guest: Guest, path: string): { readonly volumeId: string; readonly file?: Found } {
  const file = filesOf(guest).find(({ at }) => at === path);
  if (file) return { volumeId: file.volumeId, file };
  const disk = guest.disks.disks().find(({ name }) => path === name || path === `${name}p1`);
  if (!disk) throw new CommandError(`dd: failed to open '${path}': No such file or directory`);
  return { volumeId: disk.volumeId };
}

/** No more than there is. */
function mibOf({ account: { ec2 } }: Guest, volumeId: string, argv: readonly string[]): number {
  const { bs, skip, count } = parts(argv);
  return Math.max(0, Math.min(count * bs, ec2.get(ec2.volumes, volumeId).Size * 2 ** 30 - skip * bs)) / mebibyte;
}

/** Every file that the models of the mounted volumes tell of. */
function filesOf(guest: Guest): Found[] {
  const { ec2 } = guest.account;
  return guest.disks.filesystems.flatMap(({ mounts: [mount = '/'], volumes: [volumeId = ''] }) => (ec2.volumeModels.get(volumeId)?.data ?? [])
    .map(file => ({ ...file, volumeId, at: `${mount === '/' ? '' : mount}${file.path}`, device: deviceAt(guest, mount) ?? 0 })));
}

/** As st_dev has it. */
function deviceAt({ disks }: Guest, path: string): number | undefined {
  const [major, minor] = disks.numberAt(path)?.split(':').map(Number) ?? [];
  return major === undefined || minor === undefined ? undefined : major * 256 + minor;
}
