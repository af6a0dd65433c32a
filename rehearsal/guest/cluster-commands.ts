import { clusterKinds, nameOf, uuidOf } from './cluster';
import { volumeOf } from './disks';
import type { Guest } from './guest';
import { CommandError } from './options';

/** The commands that make a filesystem of a cluster one for a single node, as gfs2-utils 3.5 and ocfs2-tools 1.8 do it. */
export const clusterCommands: Readonly<Record<string, (guest: Guest, argv: readonly string[]) => string>> = {
  'tunegfs2': (guest, [option, ...rest]) => {
    const device = rest.at(-1);
    const model = modelOf(guest, device, 'gfs2');
    if (option === '-l') return `File system volume name: lab:data\nLock protocol: ${model.cluster?.local ? 'lock_nolock' : 'lock_dlm'}\n`;
    if (option !== '-o' || rest[0] !== 'lockproto=lock_nolock') throw new CommandError(`tunegfs2: the rehearsal's guest knows no ${option} ${rest[0]}`);
    refuseMounted(guest, device);
    model.cluster = { ...model.cluster, local: true };
    return '';
  },
  'fsck.ocfs2': (guest, argv) => {
    const [sure, device] = argv;
    if (sure !== '-y') throw new CommandError(`fsck.ocfs2: the rehearsal's guest knows no ${argv.join(' ')}`);
    const model = modelOf(guest, device, 'ocfs2');
    refuseMounted(guest, device);
    if (!model.cluster?.local) lockName(guest, device ?? '', 'fsck.ocfs2');
    guest.account.ec2.write(volumeOf(guest.disks, device), 0, `journal replayed by ${guest.instanceId}`);
    model.cluster = { ...model.cluster, clean: true };
    return 'All passes succeeded.\n';
  },
  'tunefs.ocfs2': (guest, [sure, ...rest]) => {
    const device = rest.at(-1);
    const model = modelOf(guest, device, 'ocfs2');
    if (sure !== '--yes') throw new CommandError('tunefs.ocfs2: nobody answers', 1);
    refuseMounted(guest, device);
    const [how = ''] = rest;
    if (how === '--cloned-volume') {
      model.cluster = { ...model.cluster, name: uuidOf(`${nameOf(guest, volumeOf(guest.disks, device))} cloned`) };
    } else if (how === '-M' && rest[1] === 'local') {
      if (!model.cluster?.local) lockName(guest, device ?? '', 'tunefs.ocfs2');
      if (!model.cluster?.clean) throw new CommandError(`tunefs.ocfs2: The journal is dirty while opening device "${device}"`, 3);
      model.cluster = { ...model.cluster, local: true };
    } else if (how.startsWith('--uuid-reset=')) {
      if (!model.cluster?.local && !guest.cluster.joined) throw new CommandError(`tunefs.ocfs2: Unable to access cluster service while opening device "${device}"`, 3);
      model.cluster = { ...model.cluster, name: how.slice('--uuid-reset='.length) };
    } else {
      throw new CommandError(`tunefs.ocfs2: the rehearsal's guest knows no ${rest.join(' ')}`);
    }
    return '';
  },
};

/** They lock the filesystem's name in the whole cluster first; seen on Debian 12. */
function lockName(guest: Guest, device: string, command: string): void {
  const name = nameOf(guest, volumeOf(guest.disks, device));
  if (!guest.cluster.joined) throw new CommandError(`${command}: Unable to access cluster service while opening device "${device}"`, 8);
  if ([...guest.account.ssm.clusters.nodes.values()].some(node => node.joined && node.mounted.some(each => each.name === name))) {
    throw new CommandError(`${command}: Trylock failed while opening device "${device}"`, 8);
  }
}

function modelOf(guest: Guest, device = '', kind: string) {
  const { account: { ec2 }, disks } = guest;
  const volumeId = volumeOf(disks, device);
  if (disks.kindOf(volumeId) !== kind) throw new CommandError(`Bad magic number in superblock on ${device}`, 16);
  return ec2.get(ec2.volumeModels, volumeId);
}

function refuseMounted({ disks }: Guest, device = ''): void {
  if (disks.mountedAt(device)) throw new CommandError(`${device} is mounted`, 32);
}

/** What becomes of a mount of such a filesystem: refused without the cluster; done by a stranger to it, it destroys what the others have mounted. */
export function mountShared(guest: Guest, volumeId: string, kind: string): 'cluster' | 'local' | undefined {
  if (!clusterKinds.includes(kind)) return undefined;
  const { account: { ec2, ssm: { clusters } } } = guest;
  const local = ec2.get(ec2.volumeModels, volumeId).cluster?.local ?? false;
  if (!local && !guest.cluster.joined) throw new CommandError(`mount.${kind}: Unable to access cluster service`, 32);
  const others = [...clusters.nodes.values()].filter(node => node !== guest.cluster && node.joined).flatMap(node => node.mounted);
  const name = nameOf(guest, volumeId);
  if (others.some(each => (local ? each.volumeId === volumeId : each.name === name && each.volumeId !== volumeId))) {
    clusters.incidents.push(`${guest.instanceId} has mounted ${volumeId} beside ${others.map(each => each.volumeId).join(' ')}: both are destroyed`);
  }
  return local ? 'local' : 'cluster';
}
