import type { Hosts } from '../hosts';
import type { Step } from '../step';
import { sendStep, type SentCommand } from './command';
import type { ReplicatedVolume, Replication } from './replication';

export interface PrepareInput extends Step {
  readonly session: string;
  readonly replication: Replication;
  readonly hosts: Hosts;
  readonly documentName: string;
}

/** As the documents take it: an execution name may have characters that they do not. */
function owner(execution: string): string {
  return execution.replace(/[^A-Za-z0-9_.:+=@/-]/g, '_');
}

/** What both sides are told. */
function sideParameters({ session, replication, hosts, execution }: PrepareInput, side: keyof Hosts, peerKey: string | null): Record<string, string> {
  return {
    Session: session,
    Owner: owner(execution),
    Engine: replication.engine,
    Services: replication.services.join(','),
    OwnAddress: hosts[side].address ?? '',
    PeerAddress: hosts[side === 'source' ? 'target' : 'source'].address ?? '',
    Port: `${replication.port}`,
    Encryption: replication.encryption,
    PeerKey: peerKey ?? '',
    InstallPackages: yesOrNo(replication.installPackages),
    MetadataDirectory: replication.metadataDirectory,
    MaxRate: `${replication.maxRate ?? ''}`,
  };
}

export function prepareSource(input: PrepareInput, peerKey: string | null): Promise<SentCommand> {
  return sendStep(input.hosts.source.instanceId, input.documentName, {
    ...sideParameters(input, 'source', peerKey),
    Mounts: input.replication.volumes.map(({ mountPoint }) => mountPoint).join(','),
  });
}

/** Called twice: with the key of the source it brings the tunnel up and proves that the source is reachable. */
export function prepareTarget(input: PrepareInput, peerKey: string | null): Promise<SentCommand> {
  return sendStep(input.hosts.target.instanceId, input.documentName, {
    ...sideParameters(input, 'target', peerKey),
    Volumes: volumeList(input.replication.volumes),
    OverwriteTarget: yesOrNo(input.replication.overwriteTarget),
  });
}

/** MOUNT:BYTES:BLOCKSIZE:FSTYPE:LAYOUT:DEVICE[+DEVICE…]:OPTIONS, separated by semicolons. */
export function volumeList(volumes: readonly ReplicatedVolume[]): string {
  return volumes.map(({ mountPoint, bytes, blockSize, fstype, layout, devices, options }) =>
    [mountPoint, bytes, blockSize, fstype, layout, devices.join('+'), options].join(':')).join(';');
}

export function yesOrNo(value: boolean): 'yes' | 'no' {
  return value ? 'yes' : 'no';
}
