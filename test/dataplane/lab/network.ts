import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { command } from './command';

/** The most that the shaped link holds back before it drops: a switch has little. */
const BURST = ['burst', '256kb', 'latency', '50ms'];

/** A switch without an uplink, in a namespace of its own: several pairs of machines have the same addresses and never meet. */
export class Network {
  private service: ChildProcess | undefined;

  private constructor(readonly namespace: string) {}

  static async create(namespace: string): Promise<Network> {
    await command('ip', 'netns', 'add', namespace);
    const network = new Network(namespace);
    await network.inside('ip', 'link', 'add', 'switch', 'type', 'bridge');
    await network.inside('ip', 'link', 'set', 'switch', 'up');
    return network;
  }

  /** A socket of the switch: the tap device of that name. */
  async addPort(tap: string): Promise<void> {
    await this.inside('ip', 'tuntap', 'add', tap, 'mode', 'tap');
    await this.inside('ip', 'link', 'set', tap, 'master', 'switch', 'up');
  }

  /** How fast a machine is sent to; undefined: as fast as the emulator can. */
  async shape(tap: string, megabytesPerSecond: number | undefined): Promise<void> {
    const shaped = (await this.inside('tc', 'qdisc', 'show', 'dev', tap)).includes('tbf');
    if (shaped) await this.inside('tc', 'qdisc', 'delete', 'dev', tap, 'root');
    if (megabytesPerSecond !== undefined) {
      await this.inside('tc', 'qdisc', 'add', 'dev', tap, 'root', 'tbf', 'rate', `${Math.round(megabytesPerSecond * 8000)}kbit`, ...BURST);
    }
  }

  /** Pulls the plug of a machine: it sees its card as before, and nothing passes. */
  async cut(tap: string): Promise<void> {
    await this.inside('ip', 'link', 'set', tap, 'down');
  }

  async restore(tap: string): Promise<void> {
    await this.inside('ip', 'link', 'set', tap, 'up');
  }

  /** Serves the instance metadata of machines, by their addresses: for each the values by their paths below `meta-data`. */
  async serveMetadata(known: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<void> {
    await this.inside('ip', 'address', 'add', '169.254.169.254/32', 'dev', 'switch');
    await this.inside('ip', 'route', 'add', '10.9.0.0/24', 'dev', 'switch');
    const service = spawn('ip', ['netns', 'exec', this.namespace, 'setpriv', '--pdeathsig', 'KILL', process.execPath, join(__dirname, 'metadata.mjs'), JSON.stringify(known)], {
      stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    });
    this.service = service;
    await new Promise<void>((resolve, reject) => {
      service.stdout.once('data', () => resolve());
      service.once('close', status => reject(new Error(`the metadata service ended with ${status}`)));
    });
  }

  async remove(): Promise<void> {
    this.service?.kill('SIGKILL');
    await command('ip', 'netns', 'delete', this.namespace);
  }

  private inside(...words: string[]): Promise<string> {
    return command('ip', 'netns', 'exec', this.namespace, ...words);
  }
}
