import { Blocks } from './content';
import { typeInfo } from './instance-types';
import type { Ec2 } from './state';

/** A disk of the host that an instance runs on. No call of EC2 tells of it but the description of the type. */
export interface InstanceStoreDisk {
  /** Of the NVMe device: another one on each host. Its form is unverified against AWS. */
  readonly serial: string;
  readonly bytes: number;
  readonly blocks: Blocks;
}

/**
 * The instance store of all instances. It comes empty with the host that an instance is placed on, outlives a reboot, and is erased
 * when the instance is stopped or terminated (EC2 user guide, "Instance store volume and data lifetime").
 */
export class InstanceStores {
  private readonly disks = new Map<string, readonly InstanceStoreDisk[]>();

  constructor(private readonly ec2: Ec2) {}

  /** The disks of an instance; none while it has no host. */
  of(instanceId: string): readonly InstanceStoreDisk[] {
    const known = this.disks.get(instanceId);
    if (known) return known;
    const instance = this.ec2.instances.get(instanceId);
    if (!instance || instance.State.Name === 'stopped' || instance.State.Name === 'terminated') return [];
    const { random } = this.ec2.account;
    const made = (typeInfo(instance.InstanceType)?.description.InstanceStorageInfo?.Disks ?? [])
      .flatMap(({ Count = 0, SizeInGB = 0 }) => Array.from({ length: Count }, (): InstanceStoreDisk =>
        ({ serial: `AWS${random.hex(17).toUpperCase()}`, bytes: SizeInGB * 1e9, blocks: new Blocks() })));
    this.disks.set(instanceId, made);
    return made;
  }

  /** The instance leaves its host. */
  erase(instanceId: string): void {
    this.disks.delete(instanceId);
  }
}
