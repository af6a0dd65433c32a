import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { Account } from '../cloud/account';
import { storyOf } from './calls';
import { ExecutionRecorder, type Heard } from './executions';
import { LaneRecorder } from './lanes';
import type { CallStory, ExecutionStory, Lane, Moment, Visit } from './story';

/** Who follows a rehearsal while it runs. */
export interface Follower {
  entered?(execution: ExecutionStory, visit: Visit): void;
  left?(execution: ExecutionStory, visit: Visit): void;
  called?(call: CallStory): void;
  ended?(execution: ExecutionStory): void;
}

/** Listens to a rehearsal and keeps what reports need. */
export class Recorder {
  readonly calls: CallStory[] = [];
  readonly moments: Moment[] = [];
  private readonly executions = new Map<string, ExecutionRecorder>();
  private readonly lanes: LaneRecorder;
  private callsRead: number;

  constructor(private readonly account: Account, private readonly follower: Follower = {}) {
    this.lanes = new LaneRecorder(account);
    this.callsRead = account.calls.length;
  }

  /** The first execution starts: what the account holds by now was there before. */
  private begin(): void {
    if (this.executions.size === 0) this.lanes.begin();
  }

  /** Every history event of every execution comes here. */
  hear(heard: Heard, event: HistoryEvent): void {
    this.begin();
    this.catchUp();
    const recorder = this.executions.get(heard.arn) ?? new ExecutionRecorder(heard, event);
    this.executions.set(heard.arn, recorder);
    const { entered, left } = recorder.hear(event);
    if (entered) this.follower.entered?.(recorder.story, entered);
    for (const visit of left) this.follower.left?.(recorder.story, visit);
    if (recorder.story.to !== undefined && !entered) this.follower.ended?.(recorder.story);
  }

  /** Takes in what has been called since, and looks at the account. */
  catchUp(): void {
    const { calls } = this.account;
    while (this.callsRead < calls.length) {
      const record = calls[this.callsRead]!;
      // still in flight: its answer is not known yet
      if (!record.output && !record.error) break;
      this.callsRead++;
      const call = storyOf(record);
      this.calls.push(call);
      this.follower.called?.(call);
    }
    this.lanes.look();
  }

  mark(label: string, time = this.account.clock.now()): void {
    this.moments.push({ time, label });
  }

  executionStories(): ExecutionStory[] {
    return [...this.executions.values()].map(each => each.story);
  }

  /** The lives of what took part: what came up since, and what these ids name. */
  lanesOf(concerned: ReadonlySet<string>): Lane[] {
    return this.lanes.stories(id => concerned.has(id));
  }
}
