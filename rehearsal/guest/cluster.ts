import { digest } from '../cloud/ec2/system-files';
import { letsOut } from '../cloud/ec2/security-groups';
import type { Guest } from './guest';

/** Filesystems that several nodes of a cluster may have mounted at once. */
export const clusterKinds = ['gfs2', 'ocfs2'];

/** Who a node says it is; on its root volume, so that a copy says the same. */
const nodeFile = '/etc/cluster/node';
/** What makes a unit one of the cluster, in the text of its file: it is a member while it runs; it gives the node an id of its own. */
const marks = { member: 'X-Cluster=member', identity: 'X-Cluster=identity' };
/** The port of corosync. */
const port = 5405;

/** All clusters of an account: which nodes are members now, and what went wrong among them. */
export class Clusters {
  /** What ends in fencing, or in a destroyed filesystem: none of it shows in a call. */
  readonly incidents: string[] = [];
  readonly nodes = new Map<string, ClusterNode>();
}

/** An instance as a node of a cluster. */
export class ClusterNode {
  constructor(private readonly guest: Guest) {}

  /** Makes it a member, as an administrator does it: a unit for the stack, one that takes an id from the instance's own, and who it is now. */
  install(node: string, { enabled = true, also = [] }: { enabled?: boolean; also?: readonly string[] } = {}): void {
    const { systemd, system } = this.guest;
    system.files.set(nodeFile, node);
    systemd.install('node-id.service', { enabled: false, text: `[Service]\nType=oneshot\n${marks.identity}` });
    systemd.install('cluster.service', { enabled, text: `[Service]\n${marks.member}` });
    for (const unit of also) systemd.install(unit);
    this.started('cluster.service');
  }

  get id(): string | undefined {
    return this.guest.system.files.get(nodeFile);
  }

  /** Whether a unit of the cluster runs, whomever it reaches. */
  get joined(): boolean {
    const { systemd } = this.guest;
    return this.guest.up && systemd.activeUnits.some(unit => systemd.textOf(unit).includes(marks.member));
  }

  /** Whatever a unit does when it starts. */
  started(unit: string): void {
    const { account, systemd, system, instanceId } = this.guest;
    const text = systemd.textOf(unit);
    const { nodes, incidents } = account.ssm.clusters;
    if (text.includes(marks.identity)) system.files.set(nodeFile, digest(instanceId, 'node').slice(0, 8));
    if (!text.includes(marks.member)) return;
    nodes.set(instanceId, this);
    for (const other of nodes.values()) {
      if (other === this || !other.joined || other.id !== this.id || !(this.reaches(other) && other.reaches(this))) continue;
      incidents.push(`${instanceId} and ${other.guest.instanceId} are both node ${this.id}: one fences the other`);
    }
  }

  /** The names by which filesystems are known in the cluster, of those that this node has mounted as a member. */
  get mounted(): { volumeId: string; name: string }[] {
    const { disks, account: { ec2 } } = this.guest;
    return disks.filesystems.filter(({ kind }) => clusterKinds.includes(kind)).flatMap(({ volumes: [volumeId] }) =>
      (volumeId === undefined || ec2.volumeModels.get(volumeId)?.cluster?.local ? [] : [{ volumeId, name: nameOf(this.guest, volumeId) }]));
  }

  private reaches({ guest: { instanceId } }: ClusterNode): boolean {
    const { account: { ec2 } } = this.guest;
    const address = ec2.instances.get(instanceId)?.PrivateIpAddress ?? '';
    const groups = (ec2.instances.get(this.guest.instanceId)?.SecurityGroups ?? []).flatMap(({ GroupId }) => ec2.securityGroups.get(GroupId ?? '') ?? []);
    return groups.some(group => letsOut(group, port, address));
  }
}

/** A copy of a volume has its name, until it is given another. */
export function nameOf({ account: { ec2 } }: Guest, volumeId: string): string {
  const model = ec2.get(ec2.volumeModels, volumeId);
  return model.cluster?.name ?? uuidOf(model.cluster?.of ?? volumeId);
}

export function uuidOf(text: string): string {
  return digest(text, 'uuid').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}
