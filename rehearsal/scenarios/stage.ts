import type { Execution } from '../asl';
import type { Account } from '../cloud/account';
import type { Traces } from '../cloud/load/traces';
import type { Json } from '../json';
import { type Follower, Recorder } from '../report/recorder';
import type { ExecutionStory, Visit } from '../report/story';
import type { Rehearsal } from '../rehearsal';
import { Hosts } from './hosts';

/** What an instance must carry to be cloned: the default of bin/app.ts, which scenarios deploy it with. */
export const clonable = { 'instance-mobility:clonable': 'true' };

/** What instances and links are busy with. */
export interface Chance {
  readonly seed: number;
  /** Real ones, if there are any. */
  readonly traces?: Traces;
}

/** Where a scenario is played: the deployed app in its account. */
export class Stage {
  readonly recorder: Recorder;
  private readonly awaited: { readonly moment: (execution: ExecutionStory, visit: Visit) => boolean; readonly act: () => void }[] = [];

  /**
   * @param machine the machine that the scenario is about: a construct in bin/app.ts
   * @param hosts what plays the inside of hosts that replicate
   * @param chance what loads are made of
   */
  constructor(
    readonly rehearsal: Rehearsal, follower: Follower = {}, private readonly machine = 'InstanceClone', readonly hosts = new Hosts(),
    readonly chance: Chance = { seed: 1 },
  ) {
    this.recorder = new Recorder(rehearsal.account, {
      left: follower.left?.bind(follower),
      called: follower.called?.bind(follower),
      ended: follower.ended?.bind(follower),
      entered: (execution, visit) => {
        follower.entered?.(execution, visit);
        const due = this.awaited.findIndex(({ moment }) => moment(execution, visit));
        if (due >= 0) this.awaited.splice(due, 1)[0]!.act();
      },
    });
    rehearsal.listen(({ arn }, event) => this.recorder.hear({ arn, machine: machineOf(rehearsal, arn) }, event));
  }

  get account(): Account {
    return this.rehearsal.account;
  }

  start(input: Json, machine = this.machine): Execution {
    return this.rehearsal.startExecution(machine, input);
  }

  /** Runs an execution to its end, and what follows from it. */
  async run(input: Json, machine = this.machine): Promise<Execution> {
    return this.finish(this.start(input, machine));
  }

  /** Runs another machine of the construct, named by its place in the tree: Extend, Report, Fleet, Replay. */
  operate(name: string, input: Json): Promise<Execution> {
    return this.finish(this.rehearsal.startExecution(name, input));
  }

  async finish(run: Execution): Promise<Execution> {
    await this.rehearsal.finish(run);
    await this.settle();
    return run;
  }

  /** Lets time pass until nothing is going on any more. */
  async settle(): Promise<void> {
    await this.rehearsal.settle();
    this.recorder.catchUp();
  }

  /** The first execution of a machine by its construct, such as `InstanceStoreSync/FallBack`, whoever started it. */
  executionOf(construct: string): Execution | undefined {
    return this.rehearsal.executions.find(({ arn }) => machineOf(this.rehearsal, arn) === construct);
  }

  /** Calls AWS as the person at the console, who may do anything. */
  asOperator(service: string, operation: string, input: object): Promise<object> {
    return this.account.call(service, operation, input, { callerArn: `arn:${this.account.partition}:iam::${this.account.accountId}:user/operator` });
  }

  /** Does something when a state is entered that fits, the first time. */
  once(moment: (execution: ExecutionStory, visit: Visit) => boolean, act: () => void): void {
    this.awaited.push({ moment, act });
  }
}

/** The construct that a machine stands for, by the execution's ARN: `InstanceClone`, `InstanceClone/Janitor`. */
function machineOf(rehearsal: Rehearsal, arn: string): string {
  const machine = rehearsal.deployment.machines.all().find(({ name }) => arn.includes(`:execution:${name}:`));
  return machine ? machine.path.replace(/(\/(Machine|Resource))+$/, '') : arn;
}
