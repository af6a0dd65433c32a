import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, rmSync, closeSync } from 'node:fs';
import { image } from '../setup/places';
import type { Acknowledgements } from './acknowledgements';
import { Agent, Lines, type Outcome } from './agent';
import { command, patience } from './command';
import type { Disk } from './disk';
import { Monitor } from './monitor';
import type { Network } from './network';
import { type Hardware, qemuArguments } from './qemu';

export interface MachineProps extends Omit<Hardware, 'root' | 'tap' | 'megabytes'> {
  readonly network: Network;
  readonly acknowledgements: Acknowledgements;
  readonly megabytes?: number;
  /** The file of a root disk that its own begins as; else it is a fresh one. */
  readonly rootOf?: string;
}

const BOOT_SECONDS = 60 * patience;

/** A virtual machine with systemd, a root disk that outlives a power-off, and instance store. */
export class Machine {
  readonly name: string;
  readonly address: string;
  readonly tap: string;
  private readonly hardware: Hardware;
  private readonly agent: Agent;
  private process: ChildProcess | undefined;
  private ended: Promise<void> = Promise.resolve();
  private acknowledgements: Lines | undefined;
  private monitor: Monitor | undefined;
  /** The disks by the slots that they are in. */
  private slots: (Disk | undefined)[];
  private mayEnd = false;
  private breakDown!: (error: Error) => void;
  /** Rejects if the machine ends without having been told to, which is never part of a test. */
  readonly broken = new Promise<never>((_, reject) => { this.breakDown = reject; });

  constructor(private readonly props: MachineProps) {
    this.name = props.name;
    this.address = props.address;
    this.tap = `tap-${props.name}`;
    this.hardware = { megabytes: 512, ...props, tap: this.tap, root: `${props.folder}/${props.name}.root` };
    this.slots = [...props.disks];
    this.agent = new Agent(props.name);
    this.broken.catch(() => undefined);
  }

  get disks(): readonly Disk[] {
    return this.slots.filter(disk => disk !== undefined);
  }

  /** The file of its root disk. */
  get root(): string {
    return this.hardware.root;
  }

  get isOn(): boolean {
    return this.process !== undefined;
  }

  /** Switches it on, and waits until its agent listens. */
  async start(): Promise<void> {
    const { folder, network, sockets: place } = this.props;
    if (this.process) throw new Error(`${this.name} is on already`);
    if (!existsSync(this.hardware.root)) {
      if (!existsSync(image())) throw new Error('the image of the machines is missing, or its recipe has changed: npm run dataplane:setup');
      if (this.props.rootOf) await command('cp', '--sparse=always', this.props.rootOf, this.hardware.root);
      else await command('qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', image(), this.hardware.root);
      await network.addPort(this.tap);
    }
    const sockets = ['agent', 'acknowledgements', 'monitor'].map(id => `${place}/${this.name}.${id}`);
    sockets.forEach(socket => rmSync(socket, { force: true }));
    const complaints = `${folder}/${this.name}.qemu`;
    const log = openSync(complaints, 'w');
    // setpriv: the kernel kills the machine when this process ends, however it ends
    const child = spawn('ip', ['netns', 'exec', network.namespace, 'setpriv', '--pdeathsig', 'KILL', 'qemu-system-x86_64', ...qemuArguments({ ...this.hardware, disks: this.disks })], {
      stdio: ['ignore', 'ignore', log], env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    });
    closeSync(log);
    this.process = child;
    this.slots = [...this.disks];
    this.mayEnd = false;
    this.ended = new Promise(resolve => child.on('close', (status, signal) => {
      this.process = undefined;
      this.agent.disconnect();
      this.acknowledgements?.close();
      this.monitor?.close();
      if (!this.mayEnd) this.breakDown(new Error(`${this.name} ended by itself (${status ?? signal}): ${readFileSync(complaints, 'utf8')}\n${this.console().slice(-3000)}`));
      resolve();
    }));
    let late: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      late = setTimeout(() => reject(new Error(`${this.name} did not boot in ${BOOT_SECONDS} s: ${this.console().slice(-2000)}`)), BOOT_SECONDS * 1000);
    });
    try {
      await Promise.race([this.connect(sockets[0]!, sockets[1]!, sockets[2]!), this.broken, tooLate]);
    } finally {
      clearTimeout(late);
    }
  }

  private async connect(agent: string, acknowledgements: string, monitor: string): Promise<void> {
    const ready = this.agent.connect(agent);
    this.monitor = await Monitor.open(monitor);
    this.acknowledgements = await Lines.open(acknowledgements, line => this.props.acknowledgements.receive(this.name, line));
    await ready;
  }

  /** Runs a script as root and tells what came of it, whatever that is. May be called while another script runs, or hangs. */
  attempt(script: string, environment: Record<string, string> = {}, seconds = 60 * patience): Promise<Outcome> {
    return this.agent.run(script, environment, seconds);
  }

  /** Runs a script that must succeed; returns what it printed. */
  async run(script: string, environment: Record<string, string> = {}, seconds = 60 * patience): Promise<string> {
    const { status, stdout, stderr } = await this.attempt(script, environment, seconds);
    if (status === 0) return stdout;
    const how = status === undefined ? `had not ended after ${seconds} s` : `ended with ${status}`;
    throw new Error(`on ${this.name} a script ${how}\n--- script\n${script.slice(-600)}\n--- stdout\n${stdout.slice(-1500)}\n--- stderr\n${stderr.slice(-3000)}`);
  }

  /** Power failure: what the machine had not flushed is lost. */
  async powerOff(): Promise<void> {
    this.mayEnd = true;
    this.process?.kill('SIGKILL');
    await this.ended;
  }

  /** Puts a disk into the running machine. */
  async attach(disk: Disk): Promise<void> {
    const slot = Array.from({ length: this.props.slots ?? 0 }, (_, index) => index).find(index => this.slots[index] === undefined);
    if (slot === undefined) throw new Error(`${this.name} has no free slot`);
    const [node, size] = [`${disk.serial}-file`, disk.blockSize];
    await this.monitor!.execute('blockdev-add', {
      'driver': 'raw', 'node-name': node, 'cache': { 'direct': false, 'no-flush': true }, 'discard': 'unmap', 'file': { driver: 'file', filename: disk.file },
    });
    await this.monitor!.execute('device_add', {
      'driver': 'nvme', 'id': disk.serial, 'serial': disk.serial, 'drive': node, 'bus': `slot${slot}`, 'share-rw': disk.shared,
      'logical_block_size': size, 'physical_block_size': size,
    });
    this.slots[slot] = disk;
  }

  /** Takes a disk out of the running machine, which is told first, and may take its time. */
  async detach(disk: Disk): Promise<void> {
    const gone = this.monitor!.event('DEVICE_DELETED', disk.serial);
    await this.monitor!.execute('device_del', { id: disk.serial });
    await gone;
    // of a disk that was there when the machine was switched on, the emulator does this by itself
    await this.monitor!.execute('blockdev-del', { 'node-name': `${disk.serial}-file` }).catch(() => undefined);
    this.slots[this.slots.indexOf(disk)] = undefined;
  }

  /** The machine stands still while `look` runs: what is in the files of its disks then is the content of one instant. */
  async still<T>(look: () => Promise<T>): Promise<T> {
    await this.monitor!.execute('stop');
    try {
      return await look();
    } finally {
      await this.monitor!.execute('cont');
    }
  }

  /** Reboots as an administrator does: services are stopped, filesystems unmounted. */
  async reboot(seconds = 120 * patience): Promise<void> {
    await this.shutDown('reboot', seconds);
    await this.start();
  }

  /** Ends the machine in an orderly way; without an end it is switched off. */
  async shutDown(how: 'reboot' | 'poweroff' = 'poweroff', seconds = 120 * patience): Promise<void> {
    this.mayEnd = true;
    // the agent goes down with the machine: its answer may come or not
    void this.attempt(`systemctl ${how}`, {}, seconds).catch(() => undefined);
    let late: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      late = setTimeout(() => reject(new Error(`${this.name} did not shut down in ${seconds} s: ${this.console().slice(-3000)}`)), seconds * 1000);
    });
    try {
      await Promise.race([this.ended, tooLate]);
    } finally {
      clearTimeout(late);
    }
  }

  /** Waits until every unit that starts at boot has started, or failed. */
  async settled(seconds = 60 * patience): Promise<string> {
    return (await this.attempt('systemctl is-system-running --wait', {}, seconds)).stdout.trim();
  }

  /** What the kernel and systemd have written to the serial console since the machine was last switched on. */
  console(): string {
    const file = `${this.props.folder}/${this.name}.console`;
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }
}
