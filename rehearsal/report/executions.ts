import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { ExecutionStory, Visit } from './story';

/** What a recorder needs to know of an execution when it hears of it first. */
export interface Heard {
  readonly arn: string;
  readonly machine: string;
}

/** Makes stays in states out of history events. */
export class ExecutionRecorder {
  readonly story: ExecutionStory;
  /** The stay that each event belongs to, by event id. */
  private readonly visitOf = new Map<number, Visit>();
  /** The Parallel or Map state that a stay lies in. */
  private readonly around = new Map<Visit, Visit | undefined>();
  private readonly attempts = new Map<Visit, number>();
  /** Ids of the events that tell of a failure. */
  private readonly failed = new Set<number>();

  constructor({ arn, machine }: Heard, first: HistoryEvent) {
    this.story = { arn, machine, from: timeOf(first), input: undefined, status: 'RUNNING', transitions: 0, historyEvents: 0, visits: [] };
  }

  /** Takes in one event; returns the stays that it began or ended, inner ones first. */
  hear(event: HistoryEvent): { entered?: Visit; left: Visit[] } {
    this.story.historyEvents++;
    const type = String(event.type);
    if (event.executionStartedEventDetails) this.story.input = parsed(event.executionStartedEventDetails.input);
    if (type.endsWith('StateEntered')) return { entered: this.enter(type.slice(0, -'StateEntered'.length), event), left: [] };
    const visit = this.belongsTo(event);
    if (visit) this.visitOf.set(event.id!, visit);
    // a branch that nobody catches ends by TaskFailed and TaskStateAborted
    const failedBefore = this.failed.has(event.previousEventId ?? -1);
    if (type.endsWith('StateExited')) return { left: visit ? this.leave(visit, event, failedBefore ? 'failed' : 'left') : [] };
    if (type.endsWith('StateAborted')) return { left: visit ? this.leave(visit, event, failedBefore ? 'failed' : 'aborted') : [] };
    if (type === 'TaskScheduled' || type === 'LambdaFunctionScheduled') this.countAttempt(visit);
    const failure = failureOf(event);
    if (failure) this.failed.add(event.id!);
    if (type.startsWith('Execution') && type !== 'ExecutionStarted') return { left: this.end(type.slice('Execution'.length), event, failure) };
    // a Parallel or Map state fails by what failed inside, which is told there
    if (failure && visit && !/^(Parallel|Map)State/.test(type)) visit.failures.push({ time: timeOf(event), ...failure });
    return { left: [] };
  }

  private enter(type: string, event: HistoryEvent): Visit {
    const before = this.visitOf.get(event.previousEventId ?? -1);
    const inside = before && this.starts.has(event.previousEventId!) ? before : before && this.around.get(before);
    const visit: Visit = {
      state: event.stateEnteredEventDetails!.name!, type, depth: inside ? inside.depth + 1 : 0, from: timeOf(event), outcome: 'running', failures: [],
    };
    this.around.set(visit, inside);
    this.story.visits.push(visit);
    this.story.transitions++;
    this.visitOf.set(event.id!, visit);
    return visit;
  }

  /** Ends a stay, and with it whatever is still open inside. */
  private leave(visit: Visit, event: HistoryEvent, outcome: Visit['outcome']): Visit[] {
    const open = this.story.visits.filter(each => each.outcome === 'running' && (each === visit || this.liesIn(each, visit))).reverse();
    for (const each of open) {
      each.to = timeOf(event);
      each.outcome = each === visit ? outcome : each.failures.length > 0 || each.type === 'Fail' ? 'failed' : 'aborted';
    }
    return open;
  }

  private liesIn(visit: Visit, container: Visit): boolean {
    for (let outer = this.around.get(visit); outer; outer = this.around.get(outer)) if (outer === container) return true;
    return false;
  }

  /** Ids of the events after which states lie inside the state before. */
  private readonly starts = new Set<number>();

  /** The stay that an event belongs to: by name where the event has one, else that of the event before it. */
  private belongsTo(event: HistoryEvent): Visit | undefined {
    if (/^(ParallelStateStarted|MapStateStarted|MapIterationStarted)$/.test(String(event.type))) this.starts.add(event.id!);
    const before = this.visitOf.get(event.previousEventId ?? -1);
    const name = event.stateExitedEventDetails?.name;
    if (name === undefined || before?.state === name) return before;
    return this.story.visits.findLast(visit => visit.state === name && visit.outcome === 'running');
  }

  /** A retry is billed as a transition of its own. */
  private countAttempt(visit: Visit | undefined): void {
    if (!visit) return;
    const attempts = (this.attempts.get(visit) ?? 0) + 1;
    this.attempts.set(visit, attempts);
    if (attempts > 1) this.story.transitions++;
  }

  private end(status: string, event: HistoryEvent, failure: { error: string; cause?: string } | undefined): Visit[] {
    const { story } = this;
    story.status = status === 'TimedOut' ? 'TIMED_OUT' : status.toUpperCase();
    story.to = timeOf(event);
    story.error = status === 'Failed' ? failure?.error : undefined;
    story.cause = failure?.cause;
    story.output = parsed(event.executionSucceededEventDetails?.output);
    const open = story.visits.filter(visit => visit.outcome === 'running').reverse();
    for (const visit of open) {
      visit.to = story.to;
      visit.outcome = status === 'Failed' ? 'failed' : status === 'Succeeded' ? 'left' : 'aborted';
    }
    return open;
  }
}

export function timeOf(event: HistoryEvent): number {
  return event.timestamp!.getTime();
}

/** Error and cause of an event that tells of a failure, whatever its details are called. */
function failureOf(event: HistoryEvent): { error: string; cause?: string } | undefined {
  if (!/(Failed|TimedOut|Aborted)$/.test(String(event.type)) || String(event.type).endsWith('StateAborted')) return undefined;
  const details = Object.entries(event).find(([key]) => key.endsWith('EventDetails'))?.[1] as { error?: string; cause?: string } | undefined;
  return { error: details?.error ?? String(event.type), cause: details?.cause };
}

function parsed(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text);
}
