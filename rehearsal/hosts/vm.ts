import type { Account } from '../cloud/account';
import type { Reply } from '../guest/sandbox';
import type { Host, HostRun, Proof, Side } from './host';
import type { Lab } from './lab';
import { answerOf, type Mishap, Mishaps } from './mishaps';
import { isDocumentOf } from './step';

/** The addresses of the lab's machines. */
const addresses: Readonly<Record<Side, string>> = { source: '10.9.0.1', target: '10.9.0.2' };

/** What looks again at something that goes on by itself. */
const WATCHING = ['status', 'verify'];
/** How long a step takes that goes wrong on purpose, in virtual milliseconds. */
const MISHAP_MS = 500;

/**
 * Two hosts whose commands run on the virtual machines of the lab: the documents' own scripts, real kernels, real disks. Virtual time keeps
 * pace with real time while one runs; between commands it goes by as fast as ever, and the machines do not notice.
 * But for what they do by themselves, copying and comparing: of a wait for that they are given the first seconds, for otherwise a workflow's
 * quarter of an hour without progress would have been a minute of theirs.
 */
export class VmPair {
  private targetInstanceId: string | undefined;
  private isLost = false;
  private readonly mishaps = new Mishaps();
  /** When the latest command was over, in virtual and in real milliseconds. */
  private over = { virtual: 0, real: 0 };

  constructor(
    private readonly account: Account, private readonly lab: Lab, private readonly sourceInstanceId: string, private readonly longestRest = 10_000,
  ) {}

  hostOf(instanceId: string): Host {
    const side: Side = instanceId === this.sourceInstanceId ? 'source' : 'target';
    return { plays: () => true, run: run => this.run(side, instanceId, run) };
  }

  /** Makes a step go wrong on one side: the machine is not asked. */
  fail(side: Side, step: string, mishap: Mishap): void {
    this.mishaps.add(side, step, mishap);
  }

  /** Stops the application, and compares what the machine has, read from its disk, with every record that was acknowledged. */
  async proof(machine: Side): Promise<Proof> {
    const { status, stdout, stderr } = await this.lab.script(machine,
      'set -e\nsystemctl stop writer.service\nsync\necho 3 >/proc/sys/vm/drop_caches\npython3 /usr/local/lib/lab/writer.py check /srv/data\ncd /srv/data\nmd5sum -c --quiet SUMS');
    if (status !== 0) return { holds: false, detail: (stderr || stdout).trim().split('\n').pop() ?? '' };
    const newest = (await this.lab.ask('acknowledgements')).stdout.trim().split('\n').map(line => line.split(' '))
      .reduce((most, [, , kind, number]) => kind === 'record' ? Math.max(most, Number(number)) : most, -1);
    const [, records, brokenRecords, brokenPages] = stdout.trim().split(' ').map(Number);
    const holds = newest > 0 && records! > newest && brokenRecords === 0 && brokenPages === 0;
    return { holds, detail: `${records} records, the newest acknowledged is ${newest}; broken: ${brokenRecords} records, ${brokenPages} pages` };
  }

  private async run(side: Side, instanceId: string, { documentName, script, environment, timeoutSeconds, killable }: HostRun): Promise<Reply> {
    if (side === 'target') {
      if (this.targetInstanceId !== undefined && this.targetInstanceId !== instanceId) {
        throw new Error('the lab has one target: a second one can not be rehearsed in virtual machines');
      }
      this.targetInstanceId = instanceId;
    }
    await this.loseTarget();
    const killed = new Promise<Reply>(settle => killable(() => settle({ exitCode: 137, stdout: '', stderr: '' })));
    const mishap = this.mishaps.due(side, documentName);
    if (mishap) return Promise.race(['silent' in mishap ? killed : this.account.clock.sleep(MISHAP_MS).then(() => answerOf(mishap)), killed]);
    const rested = WATCHING.some(step => isDocumentOf(documentName, step)) ? this.rest() : Promise.resolve();
    const answered = rested.then(() => this.lab.script(side, script, this.inLab(environment))).then(({ status, stdout, stderr }): Reply => {
      if (status === 125) throw new Error(`the lab could not run a command on its ${side}: ${stderr.trim()}`);
      if (status === 124) throw new Error(`the lab gave up a command on its ${side} that may take ${timeoutSeconds} s`);
      return { exitCode: status, stdout: this.inAccount(stdout), stderr };
    });
    const reply = await this.account.clock.paced(Promise.race([answered, killed]));
    this.over = { virtual: this.account.clock.now(), real: performance.now() };
    return reply;
  }

  /** A target that was stopped or terminated is off from the next command on. */
  private async loseTarget(): Promise<void> {
    const { instances } = this.account.ec2;
    if (this.isLost || this.targetInstanceId === undefined || instances.get(this.targetInstanceId)?.State.Name === 'running') return;
    this.isLost = true;
    const { status, stderr } = await this.account.clock.paced(this.lab.ask('off', 'target'));
    if (status !== 0) throw new Error(`the lab could not switch its target off: ${stderr.trim()}`);
  }

  /** Waits really until as much time has passed as virtually has since the latest command, or the longest rest is over. */
  private async rest(): Promise<void> {
    const waited = Math.min(this.account.clock.now() - this.over.virtual, this.longestRest);
    const due = waited - (performance.now() - this.over.real);
    if (due > 0) await new Promise(settle => { setTimeout(settle, due); });
  }

  /** Only what the document gave: the agent of the lab sets the rest. */
  private inLab(environment: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(Object.entries(environment).filter(([name]) => /^SSM_(?!COMMAND_ID$)/.test(name)).map(([name, value]) => [name, this.translate(value, true)]));
  }

  private inAccount(text: string): string {
    return this.translate(text, false);
  }

  /** The machines have other addresses than the instances. */
  private translate(text: string, toLab: boolean): string {
    const { instances } = this.account.ec2;
    const pairs = ([['source', this.sourceInstanceId], ['target', this.targetInstanceId]] as const).flatMap(([side, id]) => {
      const own = instances.get(id ?? '')?.PrivateIpAddress;
      return own === undefined ? [] : [toLab ? [own, addresses[side]] as const : [addresses[side], own] as const];
    });
    return pairs.reduce((result, [from, to]) => result.replace(new RegExp(`(?<![0-9.])${from.replaceAll('.', '\\.')}(?![0-9.])`, 'g'), to), text);
  }
}
