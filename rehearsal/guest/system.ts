import { digest, makeHostKeys, systemFiles } from '../cloud/ec2/system-files';
import type { Ec2 } from '../cloud/ec2/state';

const link = '/var/lib/cloud/instance';
const instances = '/var/lib/cloud/instances/';

/** Who a guest says it is: the files on its root volume, and what a boot makes of them. */
export class System {
  /** Changes with every boot. */
  bootId: string;
  /** What `cloud-init status` says. */
  cloudInitStatus: 'running' | 'done' = 'done';
  private boots = 0;
  /** Of an instance whose root volume is gone, or was never imported. */
  private readonly nowhere = new Map<string, string>();

  constructor(private readonly ec2: Ec2, private readonly instanceId: string) {
    this.bootId = this.newBootId();
  }

  /** By path; of a link its text. */
  get files(): Map<string, string> {
    const root = this.root();
    return root ? systemFiles(this.ec2, root) : this.nowhere;
  }

  get hostname(): string {
    return (this.files.get('/etc/hostname') ?? 'localhost').trim();
  }

  set hostname(name: string) {
    this.files.set('/etc/hostname', `${name}\n`);
  }

  /** The name that EC2 gives, as the instance metadata tell it. */
  get ec2Name(): string {
    return this.ec2.get(this.ec2.instances, this.instanceId).PrivateDnsName ?? '';
  }

  /**
   * A boot. A cloud-init that finds another instance id than the one it worked for takes it for the first: new host keys, the
   * name that EC2 gives (cloud-init documentation, "First boot determination"); unless it was told to trust its cache.
   */
  boot(): void {
    this.boots++;
    this.bootId = this.newBootId();
    const { files } = this;
    for (const path of [...files.keys()]) if (path.startsWith('/run/')) files.delete(path);
    if (!files.has('/etc/machine-id')) this.setUpMachineId();
    if (![...files.keys()].some(path => path.startsWith('/var/lib/cloud'))) return;
    const own = `${instances}${this.instanceId}`;
    if (files.get(link) === own || files.has(`${link}/manual-clean`)) return;
    files.set(link, own);
    files.set(`${own}/user-data.txt`, '');
    for (const path of [...files.keys()]) if (path.startsWith('/etc/ssh/ssh_host_')) files.delete(path);
    makeHostKeys(files, `${this.instanceId} ${this.boots}`);
    this.hostname = this.ec2Name;
  }

  /** In EC2 the id follows from the instance's own UUID (systemd, machine-id-setup), unless D-Bus still knows one. */
  setUpMachineId(): void {
    this.files.set('/etc/machine-id', this.files.get('/var/lib/dbus/machine-id') ?? `${digest(this.instanceId, 'uuid').slice(0, 32)}\n`);
  }

  makeHostKeys(): void {
    makeHostKeys(this.files, `${this.instanceId} ${this.boots} ssh-keygen`);
  }

  /** What `cloud-init clean` does: everything is forgotten, and the next boot is a first one. */
  cleanCloudInit(): void {
    for (const path of [...this.files.keys()]) if (path.startsWith(`${link}`)) this.files.delete(path);
    this.files.set('/var/lib/cloud/seed', '');
  }

  /** Paths at most so deep below a folder, folders included, as find sees them. */
  below(folder: string, depth: number): string[] {
    const found = [...this.files.keys()].filter(path => path.startsWith(`${folder}/`)).map(path => path.slice(folder.length + 1).split('/'));
    return [...new Set(found.map(parts => `${folder}/${parts.slice(0, depth).join('/')}`))].sort();
  }

  private newBootId(): string {
    const text = digest(this.instanceId, 'boot', `${this.boots}`);
    return `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-8${text.slice(17, 20)}-${text.slice(20, 32)}`;
  }

  private root() {
    const { RootDeviceName, BlockDeviceMappings = [] } = this.ec2.instances.get(this.instanceId) ?? {};
    const mapping = BlockDeviceMappings.find(({ DeviceName }) => DeviceName === RootDeviceName);
    return this.ec2.volumes.get(mapping?.Ebs?.VolumeId ?? '');
  }
}
