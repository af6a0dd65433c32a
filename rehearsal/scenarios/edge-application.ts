import type { Account } from '../cloud/account';
import type { Load } from '../cloud/load/load';
import type { Expectation } from '../report/story';
import { duration } from '../report/format';
import { addressOf, type Served } from './edge-served';
import { expect } from './expectations';

export interface EdgeApplicationOptions {
  readonly service: string;
  /** The record by which clients find it. */
  readonly hostedZoneId: string;
  readonly record: string;
  /** What the instance that serves is busy with. */
  readonly load: Load;
  /** How often it writes; every two seconds unless told otherwise. */
  readonly everyMs?: number;
}

/** Blocks that it writes again and again, apart from those of its load. */
const firstBlock = 100;
const span = 40;

/**
 * A program that its clients reach by a name: it writes a block of each volume of whichever instance runs its service and has the name, and keeps
 * account of what was acknowledged. The load goes where it goes.
 */
export class EdgeApplication implements Served {
  /** By device: every block that was acknowledged, with its newest value. */
  private readonly acknowledged = new Map<string, Map<number, string>>();
  private readonly pauses: { readonly from: number; readonly until: number }[] = [];
  private lastAt: number;
  private busy?: string;
  private count = 0;
  private readonly everyMs: number;

  constructor(private readonly account: Account, private readonly options: EdgeApplicationOptions) {
    this.lastAt = account.clock.now();
    this.everyMs = options.everyMs ?? 2000;
    this.work();
  }

  /** The instances on which its service runs. */
  running(): string[] {
    const { ec2, ssm } = this.account;
    return [...ec2.instances.values()].filter(({ State }) => State.Name === 'running').map(({ InstanceId }) => InstanceId)
      .filter(id => ssm.guest(id).systemd.isActive(this.options.service));
  }

  /** The one that clients come to. */
  servedBy(): string | undefined {
    const address = addressOf(this.account, this.options.hostedZoneId, this.options.record);
    return this.running().find(id => this.account.ec2.instances.get(id)?.PrivateIpAddress === address);
  }

  servedAlone(what: string, instanceId: string | undefined): Expectation[] {
    const running = this.running();
    const missing = instanceId === undefined ? ['there is none'] : this.missingOn(instanceId);
    return [
      expect(`${what} serves, and nobody else`, running.join() === instanceId && this.servedBy() === instanceId, running.join(' ') || 'nobody serves'),
      expect(`every write that was acknowledged is on ${what}`, missing.length === 0, missing.slice(0, 5).join(', ') || `${this.count} writes`),
    ];
  }

  /** Clients were never without it for longer than this. */
  pausedAtMost(seconds: number): Expectation {
    const longest = Math.max(0, ...this.pauses.map(({ from, until }) => until - from));
    return expect(`clients waited for less than ${duration(seconds * 1000)}`, longest < seconds * 1000, duration(longest));
  }

  private missingOn(instanceId: string): string[] {
    const { ec2 } = this.account;
    const mappings = ec2.instances.get(instanceId)?.BlockDeviceMappings ?? [];
    return [...this.acknowledged].flatMap(([device, blocks]) => {
      const volumeId = mappings.find(each => each.DeviceName === device)?.Ebs?.VolumeId;
      const content = volumeId === undefined ? new Map<number, string>() : ec2.content(volumeId);
      return [...blocks].filter(([block, value]) => content.get(block) !== value).map(([block]) => `block ${block} of ${device}`);
    });
  }

  private work(): void {
    const { everyMs } = this;
    const { clock, ec2, loads } = this.account;
    const instanceId = this.servedBy();
    if (instanceId !== this.busy) {
      if (this.busy !== undefined) loads.end(this.busy);
      // what it was busy with before the rehearsal is its past, too
      if (instanceId !== undefined) loads.assign(instanceId, this.options.load, this.count === 0 ? -Infinity : clock.now());
      this.busy = instanceId;
    }
    if (instanceId !== undefined) {
      if (clock.now() - this.lastAt > everyMs) this.pauses.push({ from: this.lastAt, until: clock.now() });
      this.lastAt = clock.now();
      for (const { DeviceName: device = '', Ebs } of ec2.get(ec2.instances, instanceId).BlockDeviceMappings) {
        const [block, value] = [firstBlock + this.count % span, `write ${this.count} to ${device}`];
        ec2.write(Ebs!.VolumeId!, block, value);
        const blocks = this.acknowledged.get(device) ?? new Map<number, string>();
        this.acknowledged.set(device, blocks.set(block, value));
      }
      this.count++;
    }
    clock.after(everyMs, () => this.work());
  }
}
