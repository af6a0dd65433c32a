import { blockCommands } from './block-devices';
import { nameOf } from './cluster';
import { clusterCommands } from './cluster-commands';
import type { Guest } from './guest';
import { identityCommands } from './identity-commands';
import { CommandError, parse } from './options';
import { findFiles, meminfo, readingCommands } from './reading';

/** Does what a command does, and tells what it prints. */
export function play(guest: Guest, name: string, argv: readonly string[]): string {
  const command = commands[name] ?? identityCommands[name];
  if (!command) throw new Error(`the rehearsal's guest has no command ${name}`);
  return command(guest, argv);
}

const commands: Readonly<Record<string, (guest: Guest, argv: readonly string[]) => string>> = {
  ...blockCommands,
  ...clusterCommands,
  ...readingCommands,
  cat: (guest, argv) => (argv[0] === '/proc/meminfo' ? meminfo(guest) : identityCommands.cat!(guest, argv)),
  date,
  find: (guest, argv) => (argv.includes('-printf') ? findFiles(guest, argv) : identityCommands.find!(guest, argv)),
  findmnt,
  fsfreeze,
  lsblk,
  'sleep': () => '',
  'sync': () => '',
  'systemctl': (guest, argv) => guest.systemd.systemctl(argv),
  'systemd-run': (guest, argv) => {
    guest.systemd.systemdRun(argv);
    return '';
  },
  timedatectl,
  timeout: (guest, [, name = '', ...rest]) => play(guest, name, rest),
  'true': () => '',
};

function date(guest: Guest, argv: readonly string[]): string {
  const { options, operands } = parse('date', argv, { date: 'value' });
  const offset = options.get('date')?.[0] ?? '0 seconds';
  const seconds = /^(\d+) seconds$/.exec(offset)?.[1];
  if (seconds === undefined) throw new CommandError(`date: the rehearsal's guest knows no date ${offset}`);
  if (operands[0] !== '+%Y-%m-%dT%H:%M:%S.%3NZ') throw new CommandError(`date: the rehearsal's guest knows no format ${operands[0]}`);
  return `${new Date(guest.account.clock.now() + guest.clockOffset + Number(seconds) * 1000).toISOString()}\n`;
}

function findmnt(guest: Guest, argv: readonly string[]): string {
  const { options, operands } = parse('findmnt', argv,
    { noheadings: 'flag', raw: 'flag', nofsroot: 'flag', output: 'value', target: 'value', source: 'value', fstab: 'flag', evaluate: 'flag', 'first-only': 'flag' });
  if (operands.length > 0) throw new CommandError('findmnt: the rehearsal\'s guest takes no operands');
  const target = options.get('target')?.[0];
  const columns = columnsOf('findmnt', options);
  const source = options.get('source')?.[0];
  if (source !== undefined) return line(columns, options.has('fstab') ? inFstab(guest, source) : mountOf(guest, source));
  if (target === undefined) {
    return guest.disks.table().map(({ number, kind, mount, source }) =>
      line(columns, { 'MAJ:MIN': number, FSTYPE: kind, TARGET: mount, SOURCE: source })).join('');
  }
  const number = guest.disks.numberAt(target);
  if (number === undefined) throw new CommandError('');
  return line(columns, { 'MAJ:MIN': number });
}

/** findmnt fails where it finds nothing. */
function mountOf({ disks }: Guest, device: string): Record<string, string> {
  const found = disks.mountedAt(device);
  if (!found) throw new CommandError('');
  return { TARGET: found.mounts[0] ?? '', OPTIONS: found.options ?? 'rw,relatime' };
}

/** The line of fstab for a device; this guest's fstab names devices by their volume: `UUID=vol-… /data xfs defaults 0 2`. */
function inFstab({ disks, system }: Guest, device: string): Record<string, string> {
  const volumeId = disks.disks().find(({ name }) => device.startsWith(name))?.volumeId;
  const found = (system.files.get('/etc/fstab') ?? '').split('\n').map(text => text.split(/\s+/)).find(([spec]) => spec === `UUID=${volumeId}`);
  if (!found) throw new CommandError('');
  return { TARGET: found[1] ?? '', OPTIONS: found[3] ?? '' };
}

function lsblk(guest: Guest, argv: readonly string[]): string {
  const { options, operands } = parse('lsblk', argv,
    { nodeps: 'flag', noheadings: 'flag', raw: 'flag', paths: 'flag', output: 'value' });
  const columns = columnsOf('lsblk', options);
  // of a disk, or what stands on it, by itself
  const of = options.has('nodeps') && guest.disks.disks().find(({ name }) => operands[0]?.startsWith(name));
  if (of) return line(columns, { UUID: nameOf(guest, of.volumeId), LABEL: '' });
  if (options.has('nodeps')) return guest.disks.disks().map(({ name, serial }) => line(columns, { NAME: name, SERIAL: serial })).join('');
  return operands.flatMap(disk => guest.disks.tree(disk)).map(({ number, name }) => {
    const disk = guest.disks.disks().find(each => name.startsWith(each.name));
    const kind = !disk || name === disk.name ? '' : guest.disks.mountedAt(name)?.kind ?? guest.disks.kindOf(disk.volumeId);
    return line(columns, { 'MAJ:MIN': number, NAME: name, FSTYPE: kind });
  }).join('');
}

function fsfreeze(guest: Guest, argv: readonly string[]): string {
  const { options, operands } = parse('fsfreeze', argv, { freeze: 'flag', unfreeze: 'flag' });
  const [mount] = operands;
  if (mount === undefined || options.size !== 1) throw new CommandError('fsfreeze: neither --freeze or --unfreeze specified');
  if (options.has('freeze')) guest.disks.freeze(mount);
  else guest.disks.unfreeze(mount);
  return '';
}

function timedatectl(guest: Guest, argv: readonly string[]): string {
  // `show` is new in systemd 239
  if (argv[0] !== 'show' || guest.systemd.version < 239) throw new CommandError(`Unknown operation ${argv[0]}`);
  const { options } = parse('timedatectl', argv.slice(1), { property: 'value' });
  if (options.get('property')?.[0] !== 'NTPSynchronized') throw new CommandError('timedatectl: the rehearsal\'s guest knows no such property');
  return `NTPSynchronized=${guest.clockSynchronized ? 'yes' : 'no'}\n`;
}

function columnsOf(command: string, options: ReadonlyMap<string, readonly string[]>): string[] {
  // without these, the output is a table for people
  if (!options.has('raw') || !options.has('noheadings')) throw new CommandError(`${command}: the rehearsal's guest wants --raw and --noheadings`);
  return (options.get('output')?.[0] ?? '').split(',');
}

/** Raw output: columns parted by one blank, blanks inside escaped as in util-linux. */
function line(columns: readonly string[], values: Readonly<Record<string, string>>): string {
  return `${columns.map(column => {
    const value = values[column];
    if (value === undefined) throw new CommandError(`the rehearsal's guest shows no column ${column} here`);
    return value.replace(/[^!-[\]-~]/g, byte => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
  }).join(' ')}\n`;
}
