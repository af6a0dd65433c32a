import { Acknowledgements } from '../lab/acknowledgements';
import { Disk, MiB } from '../lab/disk';
import { newRun, removeRun, type Run } from '../lab/folder';
import { Machine } from '../lab/machine';
import { Network } from '../lab/network';
import { defaults, diskCount, type PairOptions, sourceDevice } from './options';
import { sourceDisks } from './volumes';

/** Two machines on one network: the source serves, the target has the same disks, empty. */
export class Pair {
  private ended = false;

  private constructor(
    readonly options: PairOptions, readonly network: Network, readonly source: Machine, readonly target: Machine,
    readonly acknowledgements: Acknowledgements, private readonly run: Run,
  ) {}

  /** One that does not come up is told of, and booted once more: that is about the lab, not about what is tested in it. */
  static async boot(wanted: Partial<PairOptions> = {}): Promise<Pair> {
    try {
      return await Pair.bootOnce(wanted);
    } catch (error) {
      process.stderr.write(`a pair did not boot, and is booted once more: ${(error as Error).message}\n`);
      return Pair.bootOnce(wanted);
    }
  }

  private static async bootOnce(wanted: Partial<PairOptions>): Promise<Pair> {
    const options = { ...defaults, ...wanted };
    const content = await sourceDisks(options);
    const run = await newRun();
    const { folder } = run;
    const network = await Network.create(run.name);
    const acknowledgements = new Acknowledgements();
    const machine = async (role: string, address: string, digit: string) => {
      const disks = Array.from({ length: diskCount(options) }, (_, index) =>
        new Disk(`${folder}/${role}-${index}.raw`, options.megabytes * MiB, `AWS${digit.repeat(14)}${index}`));
      for (const [index, disk] of disks.entries()) await (role === 'source' ? disk.fill(content[index]!) : disk.erase());
      if (role === 'target') {
        for (const [index, { megabytes, blockSize }] of options.spareDisks.entries()) {
          disks.push(new Disk(`${folder}/spare-${index}.raw`, megabytes * MiB, `AWS${'C'.repeat(14)}${index}`, blockSize));
          await disks.at(-1)!.erase();
        }
      }
      return new Machine({ ...run, name: role, address, network, disks, acknowledgements });
    };
    const pair = new Pair(options, network, await machine('source', '10.9.0.1', 'A'), await machine('target', '10.9.0.2', 'B'), acknowledgements, run);
    try {
      await Promise.all([pair.source.start(), pair.target.start()]);
      await Promise.all([pair.source, pair.target].map(each => pair.checkBoot(each)));
      await pair.furnish();
    } catch (error) {
      await pair.end();
      throw error;
    }
    return pair;
  }

  /** The devices of the filesystems on the source, by their lasting names. */
  get devices(): string[] {
    return this.options.mounts.map((_, index) => sourceDevice(this.options, index, this.source.disks));
  }

  /** The disks of the target that are not meant for the data. */
  get spareDisks(): readonly Disk[] {
    return this.target.disks.slice(diskCount(this.options));
  }

  /** The source as its owner has set it up: mounted at boot, the application enabled and running. */
  private async furnish(): Promise<void> {
    const { filesystem, mounts, megabytesPerSecond } = this.options;
    const application = `echo DIRECTORIES='"${mounts.join(' ')}"' >/etc/default/writer
      mkdir -p /etc/systemd/system/writer.service.d
      printf '[Unit]\\nRequiresMountsFor=%s\\n' '${mounts.join(' ')}' >/etc/systemd/system/writer.service.d/mounts.conf
      systemctl daemon-reload`;
    // one after the other: the place of a mount may lie on the one before it
    const lines = mounts.map((mount, index) => `${this.devices[index]} ${mount} ${filesystem} defaults,nofail 0 2`);
    await Promise.all([
      this.source.run(`set -eu; udevadm settle
        printf '%s\\n' ${lines.map(line => `'${line}'`).join(' ')} >>/etc/fstab
        ${application}; ${mounts.map(mount => `mkdir -p ${mount}; mount ${mount}`).join('; ')}; systemctl enable --quiet --now writer.service; sync`),
      this.target.run(`set -eu; udevadm settle; ${application}; sync`),
    ]);
    for (const machine of [this.source, this.target]) await this.network.shape(machine.tap, megabytesPerSecond);
  }

  /** From here on the network is as fast as the emulator can. */
  async unshape(): Promise<void> {
    for (const machine of [this.source, this.target]) await this.network.shape(machine.tap, undefined);
  }

  /** Every unit of a fresh machine must have started: a test that begins with less would tell of the lab, not of the data plane. */
  private async checkBoot(machine: Machine): Promise<void> {
    const state = await machine.settled();
    if (state !== 'running') throw new Error(`${machine.name} is ${state || 'not up'}:\n${await machine.run('systemctl --no-pager --failed; systemctl --no-pager list-jobs')}`);
  }

  other(machine: Machine): Machine {
    return machine === this.source ? this.target : this.source;
  }

  cut(machine: Machine): Promise<void> {
    return this.network.cut(machine.tap);
  }

  restore(machine: Machine): Promise<void> {
    return this.network.restore(machine.tap);
  }

  /** Adds to the time that what a machine sends is on its way. */
  async delay(machine: Machine, milliseconds: number): Promise<void> {
    await machine.run(`tc qdisc replace dev eth0 root netem limit 10000 delay ${milliseconds}ms`);
  }

  /** From now on, until it boots, nothing comes to a machine's root disk by itself, as else in half a minute: a power-off finds out what was not flushed. */
  async writeLate(machine: Machine): Promise<void> {
    await machine.run('echo 0 >/proc/sys/vm/dirty_writeback_centisecs; mount -o remount,commit=3600 /');
  }

  /** Switches both off and leaves nothing behind. */
  async end(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    await Promise.all([this.source.powerOff(), this.target.powerOff()]);
    await this.network.remove();
    removeRun(this.run);
  }
}
