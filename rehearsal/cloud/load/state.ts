import type { Account } from '../account';
import type { Use } from '../ec2/meters';
import { binMs } from '../links/background';
import { idle, integral, type Load } from './load';

interface Assignment {
  readonly load: Load;
  readonly from: number;
  until: number;
}

/** What a volume got of its load's writes so far, as blocks. */
interface Written {
  until: number;
  /** Bytes that are not yet a whole block. */
  rest: number;
  fresh: number;
}

const blockBytes = 524_288;
/** Where loads write, in volumes that are large enough; scenarios and writers write below. */
const firstBlock = 16_384;
/** More than that at once is not written block by block: it would be a history, not a delta. */
const mostBlocks = 60_000;

/** Loads are steady within five minutes, whenever they begin and end. */
const binOf = (time: number) => Math.floor(time / binMs) * binMs;

/**
 * What the instances of the account are busy with. Metrics are computed from it when they are asked for; blocks are written when somebody looks
 * at a volume or takes a picture of it, so that both tell of the same writes.
 */
export class Loads {
  private readonly assigned = new Map<string, Assignment[]>();
  private readonly written = new Map<string, Written>();
  private sequence = 0;

  constructor(private readonly account: Account) {}

  /** Gives an instance something to do; as if it had always done it, unless told since when. */
  assign(instanceId: string, load: Load, from = -Infinity): void {
    this.end(instanceId);
    const devices = load.devices ?? this.sharesOf(instanceId);
    this.assigned.set(instanceId, [...this.assigned.get(instanceId) ?? [], { load: { ...load, devices }, from, until: Infinity }]);
    // what it wrote before the rehearsal is in what its volumes hold already
    for (const volumeId of this.volumesOf(instanceId)) this.written.set(volumeId, { until: this.account.clock.now(), rest: 0, fresh: 0 });
  }

  /** What an instance does goes on at another one, from now on. */
  move(from: string, to: string): void {
    const load = this.current(from);
    if (!load) throw new Error(`the instance ${from} has nothing to do that could go on elsewhere`);
    this.end(from);
    this.assign(to, load, this.account.clock.now());
  }

  /** Stops it: from now on the instance is idle. */
  end(instanceId: string): void {
    const last = this.assigned.get(instanceId)?.at(-1);
    if (!last || last.until < Infinity) return;
    for (const volumeId of this.volumesOf(instanceId)) this.catchUp(volumeId);
    last.until = this.account.clock.now();
  }

  /** What an instance is busy with just now. */
  current(instanceId: string): Load | undefined {
    const last = this.assigned.get(instanceId)?.at(-1);
    return last?.until === Infinity ? last.load : undefined;
  }

  /** Percent of CPU; idle where it has nothing to do. */
  cpu(instanceId: string, time: number): number {
    return this.at(instanceId, time).cpu(binOf(time));
  }

  /** Bytes per second that an attached volume gets; an idle instance logs a little to its root volume. */
  writesTo({ instanceId, device }: Pick<Use, 'instanceId' | 'device'>, time: number): number {
    const load = this.at(instanceId, time);
    const share = load.devices?.[device] ?? 0;
    return share === 0 ? 0 : share * load.writes(binOf(time));
  }

  /** Writes into a volume's blocks what its load has written by now. Nothing of instances that were given none. */
  catchUp(volumeId: string): void {
    const { clock, ec2 } = this.account;
    const [use] = ec2.meters.usesOf(volumeId).filter(each => each.until === Infinity);
    const load = use && this.current(use.instanceId);
    const model = ec2.volumeModels.get(volumeId);
    if (!use || !load || !model) return;
    const now = clock.now();
    const written = this.written.get(volumeId) ?? { until: Number(use.from), rest: 0, fresh: 0 };
    this.written.set(volumeId, written);
    const running = ec2.instances.get(use.instanceId)?.State.Name === 'running';
    // a program on a frozen filesystem waits, one on a stopped instance is not there
    if (running && !ec2.writesHeld(volumeId)) {
      const bytes = written.rest + integral(time => this.writesTo(use, time), written.until, now) / 1000;
      written.rest = bytes % blockBytes;
      this.writeBlocks(volumeId, load, written, Math.min(mostBlocks, Math.floor(bytes / blockBytes)));
    }
    written.until = now;
  }

  private writeBlocks(volumeId: string, { hotBlocks = 2048, fresh = 0.1 }: Load, written: Written, blocks: number): void {
    const size = this.account.ec2.get(this.account.ec2.volumes, volumeId).Size * 2048;
    const first = Math.min(firstBlock, Math.floor(size / 2));
    const hot = Math.min(hotBlocks, Math.floor((size - first) / 2));
    const fresher = Math.round(blocks * fresh);
    // hot blocks are overwritten: only the last of a thousand writes to a block is ever seen
    const again = Math.min(blocks - fresher, 4 * hot);
    const write = (block: number) => this.account.ec2.write(volumeId, block, `load ${++this.sequence}`);
    for (let n = 0; n < again; n++) write(first + Math.floor(this.account.random.next() * hot));
    for (let n = 0; n < fresher; n++) write(first + hot + (written.fresh++ % (size - first - hot)));
  }

  private at(instanceId: string, time: number): Load {
    return this.assigned.get(instanceId)?.findLast(each => time >= each.from && time < each.until)?.load ?? idle;
  }

  private volumesOf(instanceId: string): string[] {
    return this.account.ec2.instances.get(instanceId)?.BlockDeviceMappings.flatMap(each => each.Ebs?.VolumeId ?? []) ?? [];
  }

  /** A tenth goes to the root volume, where there are others. */
  private sharesOf(instanceId: string): Record<string, number> {
    const { BlockDeviceMappings, RootDeviceName } = this.account.ec2.get(this.account.ec2.instances, instanceId);
    const others = BlockDeviceMappings.length - 1;
    return Object.fromEntries(BlockDeviceMappings.map(({ DeviceName = '' }) =>
      [DeviceName, others === 0 ? 1 : DeviceName === RootDeviceName ? 0.1 : 0.9 / others]));
  }
}
