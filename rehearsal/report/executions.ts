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
  private readonly attempts = new Map<Visit, number>();

  constructor({ arn, machine }: Heard, first: HistoryEvent) {
    this.story = { arn, machine, from: timeOf(first), input: undefined, status: 'RUNNING', transitions: 0, historyEvents: 0, visits: [] };
  }

  /** Takes in one event; returns the stay that it began or ended. */
  hear(event: HistoryEvent): { entered?: Visit; left?: Visit } {
    this.story.historyEvents++;
    const type = String(event.type);
    if (event.executionStartedEventDetails) (this.story as { input: unknown }).input = parsed(event.executionStartedEventDetails.input);
    if (type.endsWith('StateEntered')) return { entered: this.enter(type.slice(0, -'StateEntered'.length), event) };
    const visit = this.belongsTo(event);
    if (visit) this.visitOf.set(event.id!, visit);
    if (type.endsWith('StateExited')) return { left: visit && this.leave(visit, event, 'left') };
    if (type.endsWith('StateAborted')) return { left: visit && this.leave(visit, event, 'aborted') };
    if (type === 'TaskScheduled' || type === 'LambdaFunctionScheduled') this.countAttempt(visit);
    const failure = failureOf(event);
    if (failure && visit && !type.startsWith('Execution')) visit.failures.push({ time: timeOf(event), ...failure });
    if (type.startsWith('Execution') && type !== 'ExecutionStarted') this.end(type.slice('Execution'.length), event, failure);
    return {};
  }

  private enter(type: string, event: HistoryEvent): Visit {
    const visit: Visit = { state: event.stateEnteredEventDetails!.name!, type, from: timeOf(event), outcome: 'running', failures: [] };
    this.story.visits.push(visit);
    this.story.transitions++;
    this.visitOf.set(event.id!, visit);
    return visit;
  }

  private leave(visit: Visit, event: HistoryEvent, outcome: Visit['outcome']): Visit {
    visit.to = timeOf(event);
    // a caught failure leaves the state by its exit, too
    visit.outcome = outcome === 'left' && visit.failures.length > 0 && this.lastAttemptFailed(visit, event) ? 'failed' : outcome;
    return visit;
  }

  private lastAttemptFailed(visit: Visit, exit: HistoryEvent): boolean {
    return this.failed.has(exit.previousEventId ?? -1) && visit.failures.length > 0;
  }

  /** Ids of the events that tell of a failed attempt. */
  private readonly failed = new Set<number>();

  /** The stay that an event belongs to: by name where the event has one, else that of the event before it. */
  private belongsTo(event: HistoryEvent): Visit | undefined {
    if (failureOf(event)) this.failed.add(event.id!);
    const before = this.visitOf.get(event.previousEventId ?? -1);
    const name = event.stateExitedEventDetails?.name;
    if (name === undefined || before?.state === name) return before;
    return this.story.visits.find(visit => visit.state === name && visit.outcome === 'running');
  }

  /** A retry is billed as a transition of its own. */
  private countAttempt(visit: Visit | undefined): void {
    if (!visit) return;
    const attempts = (this.attempts.get(visit) ?? 0) + 1;
    this.attempts.set(visit, attempts);
    if (attempts > 1) this.story.transitions++;
  }

  private end(status: string, event: HistoryEvent, failure: { error: string; cause?: string } | undefined): void {
    const { story } = this;
    story.status = status === 'TimedOut' ? 'TIMED_OUT' : status.toUpperCase();
    story.to = timeOf(event);
    story.error = status === 'Failed' ? failure?.error : undefined;
    story.cause = failure?.cause;
    story.output = parsed(event.executionSucceededEventDetails?.output);
    for (const visit of story.visits) {
      if (visit.outcome !== 'running') continue;
      visit.to = story.to;
      visit.outcome = status === 'Failed' ? 'failed' : status === 'Succeeded' ? 'left' : 'aborted';
    }
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
