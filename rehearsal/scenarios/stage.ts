import type { Execution } from '../asl';
import type { Account } from '../cloud/account';
import type { Json } from '../json';
import type { Recorder } from '../report/recorder';
import type { Rehearsal } from '../rehearsal';

/** The machine that the scenarios are about: the construct in bin/app.ts. */
const machine = 'InstanceClone/InstanceClone/Machine';

/** Where a scenario is played: the deployed app in its account. */
export class Stage {
  constructor(readonly rehearsal: Rehearsal, readonly recorder: Recorder) {}

  get account(): Account {
    return this.rehearsal.account;
  }

  start(input: Json): Execution {
    return this.rehearsal.startExecution(machine, input);
  }

  /** Runs an execution to its end, and what follows from it. */
  async run(input: Json): Promise<Execution> {
    return this.finish(this.start(input));
  }

  async finish(run: Execution): Promise<Execution> {
    await this.rehearsal.finish(run);
    await this.rehearsal.settle();
    this.recorder.catchUp();
    return run;
  }
}
