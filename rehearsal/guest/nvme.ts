import { volumeOf } from './disks';
import type { Guest } from './guest';
import { CommandError, parse } from './options';

type Options = ReadonlyMap<string, readonly string[]>;

/** What all reservation commands of nvme-cli answer when the host has no right to them. */
const CONFLICT = 'NVMe status: Reservation Conflict: The command was aborted due to a conflict with a reservation held on the accessed namespace (0x83)';
const WRITE_EXCLUSIVE = 1;

/**
 * The reservation commands of nvme-cli, as far as scripts use them: NVM Express base specification, "Reservations". EBS has them for io2 volumes with
 * Multi-Attach (EBS user guide, "nvme-reservations"); every instance is a host of its own. What becomes of a reservation when its holder stops is
 * told nowhere: here it stays. Unverified against AWS.
 */
export function nvme(guest: Guest, [action = '', ...argv]: readonly string[]): string {
  const command = commands[action];
  if (!command) throw new CommandError(`nvme: the rehearsal's guest knows no ${action}`);
  const { options, operands: [device] } = parse('nvme', argv, command.options);
  const { account: { ec2 }, disks } = guest;
  const volumeId = volumeOf(disks, device);
  const { MultiAttachEnabled, VolumeType } = ec2.get(ec2.volumes, volumeId);
  if (!MultiAttachEnabled || VolumeType !== 'io2') throw new CommandError('NVMe status: Invalid Command Opcode: A reserved coded value or an unsupported value in the command opcode field(0x1)');
  const model = ec2.get(ec2.volumeModels, volumeId);
  return command.run(model.reservation ??= { type: 0, holder: null, keys: new Map() }, guest.instanceId, options);
}

/** Whether what this guest writes to a volume is refused. */
export function isReservedByAnother({ account: { ec2 }, instanceId }: Guest, volumeId: string): boolean {
  const { type, holder } = ec2.get(ec2.volumeModels, volumeId).reservation ?? { type: 0, holder: null };
  return type === WRITE_EXCLUSIVE && holder !== instanceId;
}

interface Reservation { type: number; holder: string | null; readonly keys: Map<string, bigint> }
interface Command {
  readonly options: Readonly<Record<string, 'flag' | 'value'>>;
  readonly run: (reservation: Reservation, host: string, options: Options) => string;
}

const commands: Readonly<Record<string, Command>> = {
  'resv-report': {
    options: { 'output-format': 'value', 'eds': 'flag', 'cdw11': 'value' },
    run: ({ type, holder, keys }) => JSON.stringify({
      gen: keys.size, rtype: type, regctl: keys.size, ptpls: 0,
      regctls: [...keys].map(([host, key], index) => ({ cntlid: index, rcsts: host === holder ? 1 : 0, hostid: index + 1, rkey: Number(key) })),
    }, null, 2),
  },
  'resv-register': {
    options: { crkey: 'value', nrkey: 'value', rrega: 'value' },
    run: (reservation, host, options) => {
      const { keys } = reservation;
      if (number(options, 'rrega') === 0n) {
        const key = number(options, 'nrkey');
        if (keys.has(host) && keys.get(host) !== key) throw new CommandError(CONFLICT);
        keys.set(host, key);
        return 'NVME Reservation  success\n';
      }
      if (keys.get(host) !== number(options, 'crkey')) throw new CommandError(CONFLICT);
      keys.delete(host);
      if (reservation.holder === host) Object.assign(reservation, { holder: null, type: 0 });
      return 'NVME Reservation  success\n';
    },
  },
  'resv-acquire': {
    options: { crkey: 'value', prkey: 'value', rtype: 'value', racqa: 'value' },
    run: (reservation, host, options) => {
      const { holder, keys } = reservation;
      if (keys.get(host) !== number(options, 'crkey')) throw new CommandError(CONFLICT);
      if (number(options, 'racqa') === 0n) {
        if (holder !== null && holder !== host) throw new CommandError(CONFLICT);
      } else {
        // preempts all others that are registered by that key, the holder among them
        if (holder !== null && keys.get(holder) !== number(options, 'prkey')) throw new CommandError("nvme: the rehearsal's guest preempts only who holds the reservation");
        for (const [other, key] of keys) if (other !== host && key === number(options, 'prkey')) keys.delete(other);
      }
      Object.assign(reservation, { holder: host, type: Number(number(options, 'rtype')) });
      return 'NVME Reservation Acquire success\n';
    },
  },
};

function number(options: Options, name: string): bigint {
  return BigInt(options.get(name)?.[0] ?? 0);
}
