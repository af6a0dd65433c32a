import type { Account } from '../cloud/account';
import type { Blocks } from '../cloud/ec2/content';
import type { Reply } from '../guest/sandbox';
import type { JsonObject } from '../json';
import { between, onEbs, pageBytes, stretchedBy } from './answers';
import { Application } from './application';
import { bytesIn, type Moment, momentOf, type Progress, progressIn, progressing } from './course';
import type { Host, HostRun, Side } from './host';
import { type Line, LineCopy } from './line';
import { Mirror } from './mirror';
import { answerOf, type Mishap, Mishaps } from './mishaps';
import { after, idle, isCopying, type PairState, request, same, servingIn } from './pair-state';
import { type HostNames, type PairNames, withNames } from './placeholders';
import { answerIn, type RecordedCommand, type Recording } from './recording';
import { isDocumentOf } from './step';

export interface ReplayOptions {
  readonly sourceInstanceId: string;
  readonly mounts: readonly string[];
  readonly services: readonly string[];
  /**
   * The EBS device that is replicated.
   * @default - the instance store
   */
  readonly device?: string;
  /** The line between the hosts, where they are at two places; copying takes its recorded time otherwise. */
  readonly line?: Line;
}

/** A disk of an instance, by the link that udev makes of it. */
export interface PairDisk {
  readonly link: string;
  readonly bytes: number;
  readonly blocks: Blocks;
}

/** Steps whose answers depend on how long something has gone on. */
const watching = new Set(['status', 'verify']);
/** A step that is held by another, is busy, in a wrong state, without its peer, or whose service does not stop, leaves its host as it was. */
const UNCHANGED = new Set([3, 5, 8, 9, 13]);
const engines: readonly Recording['engine'][] = ['drbd', 'md'];

/**
 * Two hosts whose commands are answered as real virtual machines answered them (recording.ts), in virtual time.
 *
 * The recorded disks were small, those of the instances are not: bytes, and the time that copying and comparing them takes, are stretched
 * by what the first instance-store disks differ in; rates stay what they were. A pace that is set is told back, and changes nothing, unless there
 * is a line between the hosts: then copying goes as fast as the line and the pace let it. A step that was never recorded in its situation ends
 * the rehearsal.
 */
export class ReplayedPair {
  readonly application: Application;
  private readonly mirror = new Mirror(side => this.disks(side)[0]?.blocks);
  private state: PairState = idle;
  private stateSince = 0;
  private verifiedSince = 0;
  private session = '';
  private paused = false;
  private diskBytes: number | undefined;
  private targetInstanceId: string | undefined;
  private rates = { MinRate: '', MaxRate: '' };
  /** How much of the device was on the target, by the seconds since copying began. */
  private readonly courses: Readonly<Record<'mirrored' | 'switched', readonly Progress[]>>;
  private readonly copy: LineCopy | undefined;
  private readonly recordedBytes: number | undefined;
  private readonly done = new Map<string, Reply & { readonly left: PairState }>();
  private readonly turns: Record<Side, Promise<unknown>> = { source: Promise.resolve(), target: Promise.resolve() };
  private readonly changes: { readonly key: string; readonly change: (answer: JsonObject) => JsonObject }[] = [];
  private readonly mishaps = new Mishaps();

  constructor(private readonly account: Account, private readonly recording: Recording, private readonly options: ReplayOptions) {
    this.application = new Application(account, () => this.writable());
    this.courses = { mirrored: progressIn(recording, 'mirrored'), switched: progressIn(recording, 'switched') };
    this.copy = options.line && new LineCopy(options.line);
    this.recordedBytes = bytesIn(recording);
  }

  /** The host of an instance: the source, or whichever other instance is commanded first. */
  hostOf(instanceId: string): Host {
    const side: Side = instanceId === this.options.sourceInstanceId ? 'source' : 'target';
    return { plays: name => this.recordedStep(name) !== undefined, run: run => this.run(side, instanceId, run) };
  }

  /** Makes a step go wrong on one side. */
  fail(side: Side, step: string, mishap: Mishap): void {
    this.mishaps.add(side, step, mishap);
  }

  /** Changes what a step answers on one side, from now on. */
  alter(side: Side, step: string, change: (answer: JsonObject) => JsonObject): void {
    this.changes.push({ key: `${side} ${step}`, change });
  }

  /** The hosts see each other, and copy nothing over their line for a while. */
  hang(forMs: number): void {
    this.copy?.hang(true);
    this.account.clock.after(forMs, () => this.copy?.hang(false));
  }

  /** How far both sides are; one whose instance does not run is `off`. */
  get phases(): PairState {
    return { source: this.isUp('source') ? this.state.source : 'off', target: this.isUp('target') ? this.state.target : 'off' };
  }

  /** Which have the services started, by what their documents did. */
  get serving(): readonly Side[] {
    return servingIn(this.phases);
  }

  /** The disks of a side: its instance store, none once its instance was stopped or terminated, or its EBS volume. */
  disks(side: Side): readonly PairDisk[] {
    const id = this.instanceId(side);
    const { ec2 } = this.account;
    if (id === undefined) return [];
    if (this.options.device === undefined) {
      return ec2.instanceStores.of(id).map(({ serial, bytes, blocks }) => ({ link: `/dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_${serial}`, bytes, blocks }));
    }
    const attached = ec2.instances.get(id)?.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === this.options.device)?.Ebs?.VolumeId ?? '';
    const model = ec2.volumeModels.get(attached);
    return model ? [{
      link: `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${attached.replace('-', '')}`, bytes: ec2.volumes.get(attached)!.Size * 2 ** 30, blocks: model.blocks,
    }] : [];
  }

  /** How copying went on, where it is by now: before the switch, or after it. */
  private get course(): readonly Progress[] {
    return this.courses[this.state.target === 'mirrored' ? 'mirrored' : 'switched'];
  }

  /** Brings the blocks of both disks to where the recorded course is by now. */
  catchUp(): void {
    if (!isCopying(this.phases)) return;
    const { former, latter, part } = this.moment(this.course, this.stateSince);
    if (former) this.mirror.copied(former.share + part * ((latter ?? former).share - former.share));
  }

  /** Blocks that only the source has. */
  get blocksLeft(): number {
    this.catchUp();
    return this.mirror.blocksLeft;
  }

  private writable() {
    this.catchUp();
    return this.mirror.writable(this.phases, this.paused);
  }

  /** Steps of one host run one after the other, as their documents hold a lock; those that only look do not take it. */
  private async run(side: Side, instanceId: string, host: HostRun): Promise<Reply> {
    if (['status', 'inspect'].includes(this.stepOf(host.documentName))) return this.perform(side, instanceId, host);
    const turn = this.turns[side].then(() => this.perform(side, instanceId, host));
    this.turns[side] = turn.catch(() => undefined);
    return turn;
  }

  private async perform(side: Side, instanceId: string, { documentName, script, environment, killable }: HostRun): Promise<Reply> {
    const { clock } = this.account;
    const foreign = engines.find(each => each !== this.recording.engine && script.includes(`\n${each}_device() {`));
    if (foreign !== undefined) throw new Error(`${documentName} is for ${foreign}, but ${this.recording.engine} replicates`);
    const parameters = Object.fromEntries(Object.entries(environment).filter(([name]) => /^SSM_(?!COMMAND_ID$)/.test(name)).map(([name, value]) => [name.slice(4), value]));
    const step = this.stepOf(documentName);
    if (side === 'target') this.target(instanceId);
    this.begin(parameters);
    const startedAt = clock.now();
    if (step === 'prepare-target' && parameters.MaxRate) this.limit(parameters.MaxRate);
    if (step === 'verify' && parameters.Restart === 'yes') this.verifiedSince = startedAt;
    const mishap = this.mishaps.due(side, documentName);
    const key = `${side} ${request(step, parameters)}`;
    // the same again, with nothing changed on this host since: the documents answer as they did
    const again = mishap ? undefined : this.done.get(key);
    // a session that was released is still known, unlike one that never was
    const released = step === 'release-source' && again?.exitCode === 0 && again.left[side] === this.phases[side];
    const recorded = mishap || released ? undefined : this.find(side, step, parameters);
    const repeated = recorded ? undefined : again;
    const unchanged = repeated && (watching.has(step) ? same(repeated.left, this.phases) : repeated.left[side] === this.phases[side]);
    if (!mishap && !recorded && !unchanged) throw this.unrecorded(side, step, parameters);
    // what was never handed over is not handed back
    const pauses = step.startsWith('switch-') || step === 'pre-copy' && side === 'source' || step === 'fall-back' && !['preparing', 'prepared', 'mirrored'].includes(this.state.source);
    const silent = mishap !== undefined && 'silent' in mishap;
    const { paused } = this;
    if (pauses && !silent) this.paused = true;
    let killed = false;
    const over = silent ? new Promise<never>(() => undefined) : clock.sleep((recorded?.seconds ?? 0.5) * 1000);
    await Promise.race([over, new Promise<void>(resolve => killable(() => {
      killed = true;
      resolve();
    }))]);
    if (killed || silent) return { exitCode: 137, stdout: '', stderr: '' };
    const reply = mishap ? answerOf(mishap)
      : recorded ? { exitCode: recorded.status, stdout: this.text(recorded, parameters, startedAt), stderr: '' } : repeated!;
    this.enter(side, step, reply);
    // a target that refuses to hand over has started its services again
    if (step === 'fall-back' && side === 'target' && UNCHANGED.has(reply.exitCode)) this.paused = paused;
    this.done.set(key, { ...reply, left: this.phases });
    return { exitCode: reply.exitCode, stdout: reply.stdout, stderr: reply.stderr };
  }

  /** What a step did to the state, and to the blocks. */
  private enter(side: Side, step: string, { exitCode, stdout }: Reply): void {
    const answer = answerIn(stdout, step);
    this.catchUp();
    const next = after(this.state, { side, step, status: exitCode, answer });
    if (step === 'finalize' && exitCode === 0) this.mirror.copied(1);
    if (!same(next, this.state)) {
      const [before, now] = [isCopying(this.state), isCopying(next)];
      if (now && !before) {
        this.mirror.begin();
        this.copy?.begin(this.diskBytes ?? 0);
      }
      if (before && !now) this.copy?.end();
      this.state = next;
      if (!before || !now) this.stateSince = this.account.clock.now();
    }
    // who hands over stays stopped until the other one serves; a source that could not hand over serves on
    if (step === 'switch-target' || step === 'fall-back' && side === 'source') this.paused = exitCode !== 0;
    if (step === 'switch-source' && exitCode !== 0 || step === 'pre-copy') this.paused = false;
  }

  private begin({ Session: session }: Readonly<Record<string, string>>): void {
    if (session === undefined || session === this.session) return;
    this.session = session;
    this.state = idle;
    this.stateSince = this.account.clock.now();
    this.done.clear();
  }

  /** Another target than before has nothing of what the former had. */
  private target(instanceId: string): void {
    if (this.targetInstanceId !== undefined && this.targetInstanceId !== instanceId) this.state = { ...this.state, target: 'none' };
    this.targetInstanceId = instanceId;
  }

  /** What was recorded of a step in this situation; between two looks at something that goes on, its numbers lie between theirs. */
  private find(side: Side, step: string, parameters: Readonly<Record<string, string>>): RecordedCommand | undefined {
    const wanted = request(step, parameters);
    // the answer that began a verification is the first of what is seen of it
    const alike = this.recording.commands.filter(each => each.side === side && each.step === step
      && (request(step, each.parameters) === wanted || step === 'verify' && parameters.Restart !== 'yes'));
    const exact = alike.filter(each => same(each.before, this.phases));
    // these look at their own host only
    const fitting = exact.length > 0 ? exact : alike.filter(each => step === 'inspect'
      || (step === 'release-source' || step === 'fall-back' && side === 'target' && !isServing(this.phases)) && each.before[side] === this.phases[side]);
    if (!watching.has(step)) return fitting[0];
    const { former, latter, part } = this.moment(progressing(fitting), step === 'verify' ? this.verifiedSince : this.stateSince);
    if (!former || !latter || former.status !== 0 || latter.status !== 0) return former;
    return { ...former, stdout: `${JSON.stringify(between(answerIn(former.stdout, step), answerIn(latter.stdout, step), part))}\n` };
  }

  private moment<T extends { readonly since: number }>(recorded: readonly T[], began: number): Moment<T> {
    const overLine = this.copy && isCopying(this.state) && began === this.stateSince;
    return momentOf(recorded, overLine ? this.copy.momentIn(this.course) : (this.account.clock.now() - began) / 1000 / this.stretch());
  }

  private text(recorded: RecordedCommand, parameters: Readonly<Record<string, string>>, startedAt: number): string {
    const answer = stretchedBy(answerIn(withNames(recorded.stdout, this.names(), startedAt), recorded.step), this.stretch()) as JsonObject;
    if (recorded.step === 'status' && recorded.status === 0) {
      for (const [name, member] of [['MinRate', 'minRate'], ['MaxRate', 'maxRate']] as const) {
        this.rates[name] = parameters[name] || this.rates[name];
        if (this.rates[name] !== '') answer[member] = Number(this.rates[name]);
      }
      if (this.rates.MaxRate !== '') this.limit(this.rates.MaxRate);
      if (this.copy && recorded.side === 'target' && isCopying(this.state)) this.tellRate(answer);
    }
    if (recorded.step === 'inspect' && this.options.device !== undefined) onEbs(answer);
    const key = `${recorded.side} ${recorded.step}`;
    return `${JSON.stringify(this.changes.filter(each => each.key === key).reduce((told, { change }) => change(told), answer))}\n`;
  }

  /** KiB per second that copying never exceeds. */
  private limit(rate: string): void {
    this.rates.MaxRate = rate;
    this.copy?.pace(Number(rate) * 1024);
  }

  /** What goes over the line, in the place of what was recorded. Before the first that was recorded of it, as much is left as was not sent yet. */
  private tellRate(answer: JsonObject): void {
    const { rate, share } = this.copy!;
    const { bytes, bytesLeft } = answer;
    const recorded = typeof bytesLeft === 'number' ? bytesLeft : 0;
    const unsent = typeof bytes === 'number' ? Math.floor(bytes * (1 - share) / pageBytes) * pageBytes : 0;
    const left = recorded > 0 ? Math.max(recorded, unsent) : recorded;
    const [volume] = Array.isArray(answer.volumes) ? answer.volumes as JsonObject[] : [];
    for (const each of [answer, ...volume ? [volume] : []]) Object.assign(each, { bytesLeft: left });
    Object.assign(answer, { bytesPerSecond: left > 0 ? Math.round(rate) : 0, secondsLeft: left > 0 && rate > 0 ? Math.ceil(left / rate) : 0 });
  }

  /** How many times larger the disk of the source is than the recorded one. */
  private stretch(): number {
    // once the source is stopped, its disk is as large as it was
    this.diskBytes = this.disks('source')[0]?.bytes ?? this.diskBytes;
    return this.recordedBytes !== undefined && this.diskBytes !== undefined ? this.diskBytes / this.recordedBytes : 1;
  }

  private names(): PairNames {
    return { session: this.session, mounts: this.options.mounts, services: this.options.services, source: this.hostNames('source'), target: this.hostNames('target') };
  }

  private hostNames(side: Side): HostNames {
    const id = this.instanceId(side);
    return {
      address: this.account.ec2.instances.get(id ?? '')?.PrivateIpAddress ?? '',
      disks: this.disks(side).map(({ link }) => link),
    };
  }

  private instanceId(side: Side): string | undefined {
    return side === 'source' ? this.options.sourceInstanceId : this.targetInstanceId;
  }

  private isUp(side: Side): boolean {
    const id = this.instanceId(side);
    // a target that nobody has commanded yet is no reason to take it for lost
    return id === undefined || this.account.ec2.instances.get(id)?.State.Name === 'running';
  }

  private stepOf(documentName: string): string {
    const step = this.recordedStep(documentName);
    if (step === undefined) throw new Error(`no step of the document ${documentName} was recorded`);
    return step;
  }

  private recordedStep(documentName: string): string | undefined {
    return this.recording.commands.find(({ step }) => isDocumentOf(documentName, step))?.step;
  }

  private unrecorded(side: Side, step: string, parameters: Readonly<Record<string, string>>): Error {
    const { source, target } = this.phases;
    return new Error(`the recording has no '${request(step, parameters)}' on the ${side} while the source is ${source} and the target is ${target}`);
  }
}

/** Whether the target has taken over: what it does then depends on the source. */
function isServing({ target }: PairState): boolean {
  return target === 'switched' || target === 'finalized';
}
