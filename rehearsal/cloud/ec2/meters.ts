import type { Ec2, InstanceRecord, VolumeRecord } from './state';

/** A stretch of time, in virtual milliseconds; without end while it lasts. */
export interface Span { readonly from: number; readonly until: number }

export interface Run extends Span {
  readonly type: string;
  readonly outpostArn?: string;
}

export interface Use extends Span {
  readonly instanceId: string;
  readonly device: string;
}

/** What ran and was attached when: metrics tell of it after it is over. */
export class Meters {
  private readonly pastRuns = new Map<string, Run[]>();
  private readonly pastUses = new Map<string, Use[]>();

  constructor(private readonly ec2: Ec2) {}

  /** An instance stops running, just now. */
  ran(instance: InstanceRecord): void {
    const now = this.ec2.account.clock.now();
    const past = this.currentRun(instance);
    if (past && past.from < now) push(this.pastRuns, instance.InstanceId, { ...past, until: now });
  }

  /** A volume is detached, just now. */
  used(volume: VolumeRecord, instanceId: string): void {
    const now = this.ec2.account.clock.now();
    const over = this.currentUses(volume).filter(use => use.instanceId === instanceId && use.from < now);
    for (const use of over) push(this.pastUses, volume.VolumeId, { ...use, until: now });
  }

  /** When an instance ran, and runs. */
  runsOf(instanceId: string): Run[] {
    const instance = this.ec2.instances.get(instanceId);
    const current = instance?.State.Name === 'running' ? this.currentRun(instance) : undefined;
    return [...this.pastRuns.get(instanceId) ?? [], ...current ? [current] : []];
  }

  /** When a volume was attached to what, and is. */
  usesOf(volumeId: string): Use[] {
    const volume = this.ec2.volumes.get(volumeId);
    return [...this.pastUses.get(volumeId) ?? [], ...volume ? this.currentUses(volume) : []];
  }

  /** Every instance that ever ran. */
  instances(): string[] {
    return [...new Set([...this.pastRuns.keys(), ...this.ec2.instances.keys()])];
  }

  /** Every volume that was ever attached. */
  volumes(): string[] {
    return [...new Set([...this.pastUses.keys(), ...this.ec2.volumes.keys()])];
  }

  private currentRun({ InstanceId, InstanceType: type, OutpostArn: outpostArn }: InstanceRecord): Run | undefined {
    const from = this.ec2.instanceModels.get(InstanceId)?.runningSince;
    return from === undefined ? undefined : { from, until: Infinity, type, ...outpostArn !== undefined && { outpostArn } };
  }

  private currentUses({ Attachments }: VolumeRecord): Use[] {
    return Attachments.map(({ AttachTime, InstanceId = '', Device = '' }) => ({ from: Number(AttachTime ?? 0), until: Infinity, instanceId: InstanceId, device: Device }));
  }
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const known = map.get(key);
  if (known) known.push(value); else map.set(key, [value]);
}
