import type { Account } from '../cloud/account';
import { placeOfInstance, siteAt } from '../cloud/ec2/edge/site';
import { reboot } from '../cloud/ec2/lifecycle';
import { windows } from '../cloud/ec2/state';
import { mayRegister } from './agent-access';
import { ClusterNode } from './cluster';
import { play } from './commands';
import { Disks } from './disks';
import { CommandError } from './options';
import { readingTime } from './reading';
import { runShell, type Reply, type RunningShell } from './sandbox';
import { System } from './system';
import { Systemd } from './systemd';
import { Vss } from './vss';

/** How a command is broken, for scenarios in which something goes wrong inside an instance. */
export interface Breakage {
  /** What it exits with; its work is not done. */
  readonly exitCode?: number;
  readonly stderr?: string;
  /** It never ends. */
  readonly hang?: boolean;
  /** It takes so many milliseconds, and then does its work. */
  readonly slow?: number;
  /** How often; for good unless told otherwise. */
  readonly times?: number;
  /** Only with such arguments. */
  readonly where?: (argv: readonly string[]) => boolean;
}

/** What the agent is to run: a script, what it finds in its environment, and how long it may take. */
export interface ScriptRun {
  readonly script: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly killable?: (kill: () => void) => void;
}

/** Real work that holds virtual time, except while it waits for it. */
interface Work {
  shell?: RunningShell;
  begin(): void;
  end(): void;
  ended(): boolean;
  /** Lets virtual time pass; Infinity never comes back. */
  wait(milliseconds: number): Promise<void>;
}

const commandNames = [
  'blockdev', 'cat', 'cloud-init', 'curl', 'date', 'dd', 'find', 'findmnt', 'fsck.ocfs2', 'fsfreeze', 'hostnamectl', 'ionice', 'ln', 'lsblk', 'mkdir', 'mount', 'nvme', 'readlink', 'rm',
  'sha256sum', 'sleep', 'sort', 'ssh-keygen', 'stat', 'sync', 'systemctl', 'systemd-machine-id-setup', 'systemd-run', 'tee', 'timedatectl', 'timeout', 'true', 'tunefs.ocfs2', 'tunegfs2', 'udevadm', 'umount',
] as const;

/** What runs inside one instance: a Linux with systemd (or a Windows, of which there is VSS only), its disks, and the SSM agent. */
export class Guest {
  /** Whether the agent answers just now. */
  online = true;
  agentVersion = '3.3.3572.0';
  platform: 'Linux' | 'Windows';
  /** Of a Windows. */
  readonly vss = new Vss();
  systemVersion: string;
  /** Milliseconds by which the clock of this instance is ahead of AWS's. */
  clockOffset = 0;
  clockSynchronized = true;
  /** Milliseconds until a command reaches the agent, and until its result reaches SSM. Measured nowhere: an assumption. */
  deliveryDelay = 700;
  reportDelay = 300;
  /** Milliseconds that a command takes; 2 where nothing is said. Assumptions as well. */
  readonly durations: Record<string, number> = { 'sync': 900, 'fsfreeze': 60, 'systemd-run': 25 };
  /** Commands that this system does not have. */
  readonly without = new Set<string>();
  /** Every command that ran, with its arguments. */
  readonly history: string[] = [];
  readonly disks: Disks;
  readonly systemd: Systemd;
  readonly system: System;
  readonly cluster: ClusterNode;
  /** The instance id under which the agent has registered; its own, as it should be. */
  registeredAs: string;
  private told: boolean | undefined;
  private readonly breakages: { name: string; left: number; breakage: Breakage }[] = [];
  private bootedAt: number | undefined;

  constructor(readonly account: Account, readonly instanceId: string) {
    const { ec2, clock } = account;
    this.registeredAs = instanceId;
    this.platform = ec2.get(ec2.instances, instanceId).Platform === windows ? 'Windows' : 'Linux';
    this.systemVersion = this.platform === 'Windows' ? '10.0.20348' : '2023';
    this.disks = new Disks(ec2, instanceId);
    this.system = new System(ec2, instanceId);
    this.system.boot();
    this.systemd = new Systemd(clock, async (argv, stoppable) => {
      // the priority of its reads, which the model has no scheduler for
      const [name = '', ...rest] = argv[0] === 'ionice' ? argv.slice(3) : argv;
      if (name === 'bash') return this.run({ script: this.system.files.get(rest[0] ?? '') ?? '', environment: {}, killable: stoppable }, rest);
      if (name !== 'sh') return this.alone(name, rest);
      if (rest[0] !== '-c' || rest[1] === undefined) throw new Error('a service of the rehearsal\'s guest runs sh with -c only');
      return this.run({ script: rest[1], environment: {}, killable: stoppable }, rest.slice(2));
    }, () => this.system.files, unit => this.cluster?.started(unit));
    this.cluster = new ClusterNode(this);
    for (const unit of this.systemd.activeUnits) this.cluster.started(unit);
    this.bootedAt = this.runningSince();
  }

  /** Makes a command fail, hang or take long from now on. */
  breakCommand(name: typeof commandNames[number], breakage: Breakage): void {
    this.breakages.push({ name, left: breakage.times ?? Infinity, breakage });
  }

  /** Whether SSM knows this instance at all: where profile and network let the agent register, unless told otherwise. */
  get managed(): boolean {
    return this.told ?? mayRegister(this.account, this);
  }

  set managed(managed: boolean) {
    this.told = managed;
  }

  /** Whether the agent takes commands: the instance is up, SSM knows it, and nothing froze what the agent writes to. */
  get reachable(): boolean {
    return this.up && this.managed && this.online && this.connected && !this.disks.isFrozenAt('/');
  }

  /** Whether the Region is reached from where it is: Systems Manager is there, and an Outpost may be cut off. */
  get connected(): boolean {
    const { ec2 } = this.account;
    const instance = ec2.instances.get(this.instanceId);
    return !instance || (siteAt(ec2, placeOfInstance(instance))?.connected() ?? true);
  }

  /** Runs, and is not in the middle of a reboot. */
  get up(): boolean {
    return this.running && (this.runningSince() ?? Infinity) <= this.account.clock.now();
  }

  /** Goes down and comes up again, as the agent makes it when a script asks for it. */
  async reboot(): Promise<void> {
    const { ec2, clock } = this.account;
    reboot(ec2, ec2.get(ec2.instances, this.instanceId));
    await clock.sleep(ec2.timing.instanceReboot * 1000);
    this.noticeReboot();
  }

  get running(): boolean {
    const { ec2 } = this.account;
    return ec2.instances.get(this.instanceId)?.State.Name === 'running';
  }

  /** Forgets what does not survive a reboot, if there was one. */
  noticeReboot(): void {
    if (this.runningSince() === this.bootedAt) return;
    this.bootedAt = this.runningSince();
    this.disks.reboot();
    this.systemd.reboot();
    this.system.boot();
  }

  /** Runs a script; virtual time stands still while bash is at work, and goes on where the script waits. */
  async run({ script, environment, killable }: ScriptRun, argv: readonly string[] = []): Promise<Reply> {
    const host = this.account.ssm.hostOf(this.instanceId);
    const command = this.account.ssm.commands.get(environment.SSM_COMMAND_ID ?? '');
    if (host && command && host.plays(command.documentName)) {
      const { documentName, document: { step: { timeoutSeconds } } } = command;
      return host.run({ documentName, script, environment, timeoutSeconds, killable: killable ?? (() => undefined) });
    }
    const work = this.work();
    try {
      return await runShell(script, argv, {
        commands: commandNames.filter(name => !this.without.has(name)),
        call: (name, rest) => this.command(name, rest, work),
        environment,
        started: shell => {
          work.shell = shell;
          killable?.(() => {
            work.begin();
            shell.kill();
          });
        },
      });
    } finally {
      work.end();
    }
  }

  /** A command that no shell started. */
  private async alone(name: string, argv: readonly string[]): Promise<Reply> {
    const work = this.work();
    try {
      return await this.command(name, argv, work);
    } finally {
      work.end();
    }
  }

  private async command(name: string, argv: readonly string[], work: Work): Promise<Reply> {
    this.history.push([name, ...argv].join(' '));
    // nothing that logs comes back while the root filesystem is frozen
    if (this.disks.isFrozenAt('/')) await work.wait(Infinity);
    const broken = this.breakages.find(each => each.name === name && each.left > 0 && (each.breakage.where?.(argv) ?? true));
    if (broken) broken.left--;
    await work.wait(broken?.breakage.hang ? Infinity : broken?.breakage.slow ?? this.durations[name] ?? readingTime(this, name, argv) ?? 2);
    if (name === 'sleep') await work.wait(Number(argv[0]) * 1000);
    // a signal ends a command that waits, but not one that waits inside the kernel for a disk
    if (work.ended() && name !== 'fsfreeze') return reply('', '', 137);
    const { exitCode, stderr = '' } = broken?.breakage ?? {};
    if (exitCode !== undefined) return reply('', stderr, exitCode);
    try {
      return reply(play(this, name, argv));
    } catch (error) {
      if (error instanceof CommandError) return reply('', error.message && `${error.message}\n`, error.exitCode);
      throw error;
    }
  }

  private work(): Work {
    const { clock } = this.account;
    let release: (() => void) | undefined;
    let ended = false;
    const pause = () => {
      release?.();
      release = undefined;
      work.shell?.keepAlive(false);
    };
    const begin = () => {
      if (release || ended) return;
      void clock.during(new Promise<void>(resolve => { release = resolve; }));
      work.shell?.keepAlive(true);
    };
    const work: Work = {
      begin,
      end: () => {
        ended = true;
        pause();
      },
      ended: () => ended,
      wait: milliseconds => new Promise<void>(resolve => {
        if (milliseconds < Infinity) {
          clock.after(milliseconds, () => {
            begin();
            resolve();
          });
        }
        pause();
      }),
    };
    begin();
    return work;
  }

  private runningSince(): number | undefined {
    const { ec2 } = this.account;
    return ec2.instanceModels.get(this.instanceId)?.runningSince;
  }
}

function reply(stdout = '', stderr = '', exitCode = 0): Reply {
  return { exitCode, stdout, stderr };
}
