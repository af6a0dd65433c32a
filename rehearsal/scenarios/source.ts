import type { Execution } from '../asl';
import type { CallRecord } from '../cloud/account';
import { count } from '../report/format';
import type { CloneProof, Expectation } from '../report/story';
import { expect, Untouched } from './expectations';
import type { Stage } from './stage';
import { Tap } from './tap';

interface CloneVolume { readonly device: string; readonly volumeId: string; readonly snapshotId: string; readonly copyOf?: string | null }

/** The part of a clone machine's output that tells what was made. */
interface Output {
  readonly clones?: readonly { readonly instanceId: string; readonly volumes?: readonly CloneVolume[] }[];
}

/** An instance that is about to be cloned, watched from all sides. */
export class Source {
  readonly taps: ReadonlyMap<string, Tap>;
  /** The instance and all that belongs to it. */
  readonly ids: readonly string[];
  private readonly untouched: Untouched;

  /** @param home where it is, if not in the account and Region of the stage */
  constructor(private readonly stage: Stage, readonly instanceId: string, private readonly home = stage.account.ec2) {
    const ec2 = home;
    const instance = this.instance();
    const volumeIds = instance.BlockDeviceMappings.flatMap(mapping => mapping.Ebs?.VolumeId ?? []);
    this.taps = new Map(volumeIds.map(id => [id, new Tap(ec2, id)]));
    this.ids = [instanceId, ...volumeIds, ...instance.NetworkInterfaces.flatMap(each => each.NetworkInterfaceId ?? [])];
    this.untouched = new Untouched(home.account, this.ids);
  }

  /** Its programs write to every volume, until the end. */
  keepWriting(): this {
    for (const volumeId of this.taps.keys()) this.home.keepWriting(volumeId);
    return this;
  }

  /** When the snapshots of the source were taken. */
  snapshotInstants(): number[] {
    const found = [...snapshotsIn(this.stage.account.calls).values()].filter(({ volumeId }) => this.taps.has(volumeId));
    return [...new Set(found.map(each => each.instant))];
  }

  /** When its volumes were copied, each at an instant of its own. */
  copyInstants(): number[] {
    return [...copiesIn(this.stage.account.calls).values()].filter(({ volumeId }) => this.taps.has(volumeId)).map(each => each.instant);
  }

  /** The volume behind a device. */
  volumeAt(device: string): string {
    return this.instance().BlockDeviceMappings.find(mapping => mapping.DeviceName === device)?.Ebs?.VolumeId ?? '';
  }

  /** Whether a device is another than the root. */
  isData(device: string): boolean {
    return device !== this.instance().RootDeviceName;
  }

  /** The taps on all volumes but the root. */
  dataTaps(): Tap[] {
    return this.instance().BlockDeviceMappings.filter(mapping => this.isData(mapping.DeviceName ?? ''))
      .flatMap(mapping => this.taps.get(mapping.Ebs?.VolumeId ?? '') ?? []);
  }

  /** Compares each volume of each clone with what the source's volume held at the instant of the snapshot. */
  prove({ output }: Execution): CloneProof[] {
    const { ec2, calls } = this.stage.account;
    const snapshots = snapshotsIn(calls);
    const copies = copiesIn(calls);
    const originals = copiedSnapshotsIn(calls);
    // in another account a copy may be one of a copy
    const first = (snapshotId: string): string => (originals.has(snapshotId) ? first(originals.get(snapshotId)!) : snapshotId);
    for (const instant of this.snapshotInstants()) this.stage.recorder.mark('the snapshots’ instant', instant);
    return ((output ?? {}) as Output).clones?.map(({ instanceId, volumes = this.volumesOf(instanceId) }) => ({
      instanceId,
      volumes: volumes.map(({ device, volumeId, snapshotId, copyOf }) => {
        const snapshot = copyOf ? copies.get(volumeId) : snapshots.get(first(snapshotId));
        const tap = this.taps.get(snapshot?.volumeId ?? '');
        if (!snapshot || !tap) throw new Error(`${volumeId} of ${instanceId} comes from ${copyOf ?? snapshotId}, which is neither a snapshot of the source nor a volume of it`);
        const { equal, blocksCompared, laterWritesSeen } = tap.compare(ec2.content(volumeId), snapshot.instant);
        return { device, volumeId, equalsSourceAtSnapshot: equal, blocksCompared, laterWritesSeen };
      }),
    })) ?? [];
  }

  /** The volumes of a fleet's clone, which the output does not list. */
  private volumesOf(instanceId: string): CloneVolume[] {
    const { ec2 } = this.stage.account;
    return ec2.get(ec2.instances, instanceId).BlockDeviceMappings.map(({ DeviceName: device = '', Ebs }) => {
      const volumeId = Ebs?.VolumeId ?? '';
      return { device, volumeId, snapshotId: ec2.volumes.get(volumeId)?.SnapshotId ?? '', copyOf: null };
    });
  }

  /** Whether a volume, found in the account, holds just what the source's held at the instant of the snapshot that it was made from. */
  isTrue(volumeId: string): boolean {
    const { ec2, calls } = this.stage.account;
    const snapshot = snapshotsIn(calls).get(ec2.volumes.get(volumeId)?.SnapshotId ?? '');
    const compared = snapshot && this.taps.get(snapshot.volumeId)?.compare(ec2.content(volumeId), snapshot.instant);
    return compared !== undefined && compared.equal && compared.blocksCompared > 0 && compared.laterWritesSeen === 0;
  }

  noticedNothing(what?: string): Expectation {
    return this.untouched.expectation(what);
  }

  /** It went on writing after the snapshots: without that, equal blocks would prove nothing. */
  wroteOn(): Expectation {
    const instants = this.snapshotInstants();
    const later = [...this.taps.values()].flatMap(tap => tap.writes).filter(write => write.time > Math.max(...instants));
    return expect('the source went on writing after the snapshots', instants.length > 0 && later.length > 0, count(later.length, 'block write'));
  }

  private instance() {
    return this.home.get(this.home.instances, this.instanceId);
  }
}

/** Every block of every clone is the source's at the snapshot's instant. */
export function clonesAreTrue(clones: readonly CloneProof[], expected: number, volumes: number): Expectation {
  const all = clones.flatMap(clone => clone.volumes);
  const wrong = all.filter(volume => !volume.equalsSourceAtSnapshot || volume.laterWritesSeen > 0 || volume.blocksCompared === 0);
  const holds = clones.length === expected && all.length === expected * volumes && wrong.length === 0;
  const blocks = all.reduce((sum, volume) => sum + volume.blocksCompared, 0);
  return expect(
    `every block of ${count(expected, 'clone')} with ${count(volumes, 'volume')} each is the source's at the snapshot's instant, and none later`, holds,
    holds ? `${count(blocks, 'block')} compared` : `${clones.length} clones, ${all.length} volumes; wrong: ${wrong.map(each => each.volumeId).join(' ') || 'none'}`,
  );
}

/** The instant and volume of every snapshot that a call told of; afterwards the snapshots themselves may be gone. */
function snapshotsIn(calls: readonly CallRecord[]): Map<string, { instant: number; volumeId: string }> {
  const found = new Map<string, { instant: number; volumeId: string }>();
  for (const { operation, output } of calls) {
    if (!output || !['CreateSnapshots', 'CreateSnapshot', 'DescribeSnapshots'].includes(operation)) continue;
    const { Snapshots = [output] } = output as { Snapshots?: readonly object[] };
    for (const each of Snapshots as readonly { SnapshotId?: string; StartTime?: Date; VolumeId?: string }[]) {
      if (each.SnapshotId && each.StartTime && each.VolumeId) found.set(each.SnapshotId, { instant: Number(each.StartTime), volumeId: each.VolumeId });
    }
  }
  return found;
}

/** The snapshot that each copied one was copied from. */
function copiedSnapshotsIn(calls: readonly CallRecord[]): Map<string, string> {
  return new Map(calls.filter(({ operation, output }) => operation === 'CopySnapshot' && output).map(({ input, output }) =>
    [(output as { SnapshotId: string }).SnapshotId, (input as { SourceSnapshotId: string }).SourceSnapshotId]));
}

/** The instant and the source of every copy that a call made, by the copy's id. */
function copiesIn(calls: readonly CallRecord[]): Map<string, { instant: number; volumeId: string }> {
  const made = calls.filter(({ operation, output }) => operation === 'CopyVolumes' && output)
    .flatMap(({ output }) => (output as { Volumes?: readonly { VolumeId?: string; SourceVolumeId?: string; CreateTime?: Date }[] }).Volumes ?? []);
  return new Map(made.map(({ VolumeId = '', SourceVolumeId = '', CreateTime }) => [VolumeId, { instant: Number(CreateTime), volumeId: SourceVolumeId }]));
}
