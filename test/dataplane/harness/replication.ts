import { randomBytes } from 'node:crypto';
import { sleep, until } from '../lab/command';
import type { Machine } from '../lab/machine';
import type { ReplicationStep } from '../../../lib/private/replication-documents';
import type { Pair } from './pair';
import { environment, runStep, type StepOutcome } from './step';

/** What `inspect` answers, as far as it is used here. */
interface Inspection {
  readonly mounts: readonly {
    readonly mountPoint: string; readonly device: string; readonly bytes: number; readonly blockSize: number;
    readonly fstype: string; readonly options: string; readonly layout: string; readonly onInstanceStore: boolean;
  }[];
  readonly disks: readonly { readonly id: string; readonly bytes: number; readonly instanceStore: boolean; readonly inUse: string | null }[];
}

export interface Status {
  readonly phase: string;
  readonly serving: boolean;
  readonly suspended: boolean;
  readonly peerConnected: boolean;
  readonly bytes: number;
  readonly bytesLeft: number;
  readonly bytesPerSecond: number;
  readonly application: { readonly readBytesPerSecond: number; readonly writeBytesPerSecond: number; readonly awaitMillis: number };
  readonly volumes: readonly { readonly state: string; readonly bytesLeft: number }[];
  readonly errors: readonly string[];
}

/** A step that was run. */
export interface Ran {
  readonly machine: Machine;
  readonly step: ReplicationStep;
  /** Its environment: the parameters of its document. */
  readonly variables: Record<string, string>;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly outcome: StepOutcome;
}

/** The services of the application. */
export const SERVICES = 'writer.service';

/** One session of replication, its steps given as the workflow gives them. */
export class Replication {
  readonly session = randomBytes(6).toString('hex');

  /** `heard` is told of every step that was run. */
  constructor(private readonly pair: Pair, private readonly heard: (ran: Ran) => void = () => undefined, private readonly services = SERVICES) {}

  /** A step that must succeed. */
  async step<A = Record<string, unknown>>(machine: Machine, name: ReplicationStep, given: Record<string, string> = {}): Promise<A> {
    const { status, answer, stderr } = await this.attempt(machine, name, given);
    if (status !== 0) throw new Error(`${name} on ${machine.name} ended with ${status}: ${JSON.stringify(answer)}\n${stderr.slice(-3000)}`);
    return answer as A;
  }

  async attempt(machine: Machine, step: ReplicationStep, given: Record<string, string> = {}): Promise<StepOutcome> {
    const variables = environment(step, step === 'inspect' ? given : { Session: this.session, ...given });
    const startedAt = Date.now();
    const outcome = await runStep(machine, step, this.pair.options.engine, variables);
    this.heard({ machine, step, variables, startedAt, outcome });
    return outcome;
  }

  inspect(machine: Machine): Promise<Inspection> {
    // no mount points: all that are not the system's
    return this.step<Inspection>(machine, 'inspect', { Mounts: '', Services: this.services });
  }

  /** What both sides are told alike. */
  side(machine: Machine): Record<string, string> {
    const { engine, encryption } = this.pair.options;
    return {
      Owner: `arn:aws:states:eu-west-1:111122223333:execution:Sync:${this.session}`, Engine: engine, Services: this.services,
      OwnAddress: machine.address, PeerAddress: this.pair.other(machine).address, Encryption: encryption,
    };
  }

  /** The volumes of the target: for each filesystem of the source as many disks as it has there. */
  async volumes(): Promise<string> {
    const [source, target] = await Promise.all([this.inspect(this.pair.source), this.inspect(this.pair.target)]);
    const meant = this.pair.target.disks.filter(disk => !this.pair.spareDisks.includes(disk)).map(disk => disk.path);
    const free = target.disks.filter(({ id, instanceStore }) => instanceStore && meant.includes(id)).map(({ id }) => id).sort();
    const { layout } = this.pair.options;
    return this.pair.options.mounts.map((mountPoint, index) => {
      const mount = source.mounts.find(each => each.mountPoint === mountPoint);
      if (!mount) throw new Error(`inspect does not tell of ${mountPoint}: ${JSON.stringify(source.mounts)}`);
      if (mount.layout !== layout || !mount.onInstanceStore) throw new Error(`inspect tells of another mount than there is: ${JSON.stringify(mount)}`);
      const disks = layout === 'disk' ? [free[index]!] : layout === 'lvm' ? free : free.slice(2 * index, 2 * index + 2);
      return [mount.mountPoint, mount.bytes, mount.blockSize, mount.fstype, mount.layout, disks.join('+'), mount.options].join(':');
    }).join(';');
  }

  prepareTarget(given: Record<string, string>): Promise<{ readonly publicKey: string | null; readonly peerReachable: boolean | null }> {
    return this.step(this.pair.target, 'prepare-target', { ...this.side(this.pair.target), ...given });
  }

  prepareSource(given: Record<string, string> = {}): Promise<{ readonly publicKey: string | null; readonly peerReachable: boolean | null }> {
    return this.step(this.pair.source, 'prepare-source', { ...this.side(this.pair.source), Mounts: this.pair.options.mounts.join(','), ...given });
  }

  /** Both sides, in the order of the workflow. */
  async prepare(given: Record<string, string> = {}): Promise<void> {
    const target = { Volumes: await this.volumes(), ...given };
    const { publicKey: targetKey } = await this.prepareTarget(target);
    if (this.pair.options.encryption === 'none') {
      await this.prepareSource();
      return;
    }
    const { publicKey: sourceKey } = await this.prepareSource({ PeerKey: targetKey ?? '' });
    const { peerReachable } = await this.prepareTarget({ ...target, PeerKey: sourceKey ?? '' });
    if (!targetKey || !sourceKey || peerReachable !== true) throw new Error(`the tunnel is not up: ${JSON.stringify({ targetKey, sourceKey, peerReachable })}`);
  }

  /** Copies ahead, the application having written some records; returns the silence of the application on the source. */
  async preCopy(rates: Record<string, string> = { MinRate: '6000' }): Promise<{ readonly silent: number }> {
    const { source, target, acknowledgements } = this.pair;
    await until('records of the source', 30, () => acknowledgements.newest() > 30);
    await this.prepare();
    await this.step(target, 'status', rates);
    await this.step(target, 'pre-copy');
    const began = Date.now();
    await this.step(source, 'pre-copy');
    const served = Date.now();
    const first = await until('the application on the source', 30, () => acknowledgements.firstAfter(served, source.name));
    return { silent: acknowledgements.longestSilence(began, first.at) };
  }

  /** The switch; returns how long the two steps took, and from the last acknowledged record on the source to the first on the target. */
  async switchOver(): Promise<{ readonly steps: number; readonly silent: number }> {
    const { source, target, acknowledgements } = this.pair;
    const began = Date.now();
    const { hotFiles } = await this.step<{ hotFiles: string }>(source, 'switch-source');
    await this.step(target, 'switch-target', { HotFiles: hotFiles });
    const steps = (Date.now() - began) / 1000;
    const first = await until('the application on the target', 30, () => acknowledgements.firstAfter(began, target.name));
    return { steps, silent: (first.at - acknowledgements.of('record', source.name).at(-1)!.at) / 1000 };
  }

  /** Everything up to the switch, the application having written some records; the target's own limits are lifted, or are these. */
  async begin(given: Record<string, string> = {}, rates: Record<string, string> = { MinRate: '6000' }): Promise<{ readonly steps: number; readonly silent: number }> {
    await until('records of the source', 30, () => this.pair.acknowledgements.newest() > 30);
    await this.prepare(given);
    await this.step(this.pair.target, 'status', rates);
    return this.switchOver();
  }

  status(machine: Machine): Promise<Status> {
    return this.step<Status>(machine, 'status');
  }

  /** Waits until the synchronisation has begun and is not near its end; returns the status. From then on it is slow, until `finish`. */
  async midway(): Promise<Status> {
    await this.step(this.pair.target, 'status', { MinRate: '1000', MaxRate: '2000' });
    return until('a synchronisation that is under way', 60, async () => {
      const status = await this.status(this.pair.target);
      const done = 1 - status.bytesLeft / status.bytes;
      if (done > 0.8) throw new Error(`the synchronisation is too far already: ${JSON.stringify(status)}`);
      return done > 0.1 && status;
    });
  }

  /** Waits until both sides have every block; returns the last status. */
  synchronised(seconds = 180): Promise<Status> {
    return until('the end of the synchronisation', seconds, async () => {
      const status = await this.status(this.pair.target);
      if (status.volumes.every(({ state, bytesLeft }) => state === 'synchronised' && bytesLeft === 0)) return status;
      await sleep(1);
      return undefined;
    });
  }

  /** Compares all blocks; fails if one differs. */
  async verified(machine: Machine = this.pair.target, seconds = 180): Promise<void> {
    const { bytes, bytesChecked, outOfSyncBytes } = await until('the end of the comparison', seconds, async () => {
      const answer = await this.step<{ state: string; bytes: number; bytesChecked: number; outOfSyncBytes: number }>(machine, 'verify');
      return answer.state === 'done' && answer;
    });
    if (!(bytes > 0 && bytesChecked >= bytes && outOfSyncBytes === 0)) throw new Error(`the two sides differ: ${JSON.stringify({ bytes, bytesChecked, outOfSyncBytes })}`);
  }

  /** To the end, as fast as the machines can: waits, compares, takes the engine away, releases the source. */
  async finish(): Promise<{ readonly silentMillis: number }> {
    await this.pair.unshape();
    await this.step(this.pair.target, 'status', { MinRate: '100000', MaxRate: '4194304' });
    await this.synchronised();
    await this.verified();
    const answer = await this.step<{ silentMillis: number }>(this.pair.target, 'finalize');
    await this.step(this.pair.source, 'release-source');
    return answer;
  }
}
