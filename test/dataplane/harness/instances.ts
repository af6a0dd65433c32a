import { Acknowledgements } from '../lab/acknowledgements';
import { command } from '../lab/command';
import { MiB, Volume } from '../lab/disk';
import { newRun, removeRun, type Run } from '../lab/folder';
import { Machine } from '../lab/machine';
import { Network } from '../lab/network';
import type { Boot } from '../setup/kernels';

export interface InstanceOptions {
  readonly volumes?: readonly Volume[];
  /** The file of the root disk that its own is a copy of. */
  readonly rootOf?: string;
  /** Whether host name and machine id are what its root disk says. */
  readonly ownIdentity?: boolean;
  readonly instanceId?: string;
  /** What it boots with instead of the lab's own kernel. */
  readonly boot?: Boot;
}

/** Machines with volumes that several of them may have, and that come and go while they run: what a clone and its original are. */
export class Instances {
  private readonly machines: Machine[] = [];
  private volumes = 0;
  private copies = 0;

  private constructor(readonly network: Network, readonly acknowledgements: Acknowledgements, private readonly run: Run) {}

  static async begin(): Promise<Instances> {
    const run = await newRun();
    return new Instances(await Network.create(run.name), new Acknowledgements(), run);
  }

  /** An empty volume. */
  async volume(megabytes = 128): Promise<Volume> {
    const id = `vol-0${String(++this.volumes).repeat(16)}`;
    const volume = new Volume(id, `${this.run.folder}/${id}.raw`, megabytes * MiB);
    await volume.erase();
    return volume;
  }

  /** What a volume holds now, in a file of its own: a snapshot. Whoever writes to it must stand still. */
  async snapshot(volume: Volume): Promise<string> {
    const file = `${this.run.folder}/${volume.id}.${++this.copies}`;
    await volume.keep(file);
    return file;
  }

  /** What a root disk holds now, as `snapshot`. */
  async snapshotOf(root: string): Promise<string> {
    const file = `${root}.${++this.copies}`;
    await command('cp', '--sparse=always', root, file);
    return file;
  }

  /** A volume made of a snapshot. */
  async copy(snapshot: string, megabytes = 128): Promise<Volume> {
    const volume = await this.volume(megabytes);
    await volume.fill(snapshot);
    return volume;
  }

  /** Boots a machine; the first has the address 10.9.0.1. */
  async launch(name: string, { volumes = [], ...rest }: InstanceOptions = {}): Promise<Machine> {
    const { run, network, acknowledgements } = this;
    const machine = new Machine({ ...run, ...rest, name, address: `10.9.0.${this.machines.length + 1}`, network, acknowledgements, disks: volumes, slots: 4 });
    this.machines.push(machine);
    await machine.start().catch(async (error: Error) => {
      process.stderr.write(`a machine did not boot, and is booted once more: ${error.message}\n`);
      await machine.powerOff();
      await machine.start();
    });
    await machine.settled();
    return machine;
  }

  async end(): Promise<void> {
    await Promise.all(this.machines.map(machine => machine.powerOff()));
    await this.network.remove();
    removeRun(this.run);
  }
}
