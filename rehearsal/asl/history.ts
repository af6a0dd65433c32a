import type { HistoryEvent, HistoryEventType } from '@aws-sdk/client-sfn';
import type { Clock } from '../clock';
import { StateFailure } from './failure';
import { historyLimit } from './limits';

/** The part of an event that its type brings along, such as `stateEnteredEventDetails`. */
export type EventDetails = Omit<HistoryEvent, 'id' | 'type' | 'timestamp' | 'previousEventId'>;

export type Listener = (event: HistoryEvent) => void;

/** The events of an execution, as `GetExecutionHistory` lists them. */
export class History {
  readonly events: HistoryEvent[] = [];
  private readonly listeners: Listener[] = [];
  private closed = false;

  constructor(private readonly clock: Clock) {}

  listen(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** Whether only the event that ends the execution has room left. */
  get full(): boolean {
    return this.events.length >= historyLimit - 1;
  }

  /** Whether an event of a running execution can be added. */
  get open(): boolean {
    return !this.closed && !this.full;
  }

  /** Adds an event of a running execution; the history's limit fails the execution. */
  add(type: HistoryEventType, previousEventId: number, details: EventDetails = {}): number {
    if (this.full) {
      throw new StateFailure('States.Runtime', `The execution reached the maximum number of history events (${historyLimit}).`);
    }
    return this.append(type, previousEventId, details);
  }

  /** Adds the event that ends the execution. */
  close(type: HistoryEventType, previousEventId: number, details: EventDetails = {}): void {
    this.closed = true;
    this.append(type, previousEventId, details);
  }

  private append(type: HistoryEventType, previousEventId: number, details: EventDetails): number {
    const id = this.events.length + 1;
    const event: HistoryEvent = { timestamp: new Date(this.clock.now()), type, id, previousEventId, ...details };
    this.events.push(event);
    for (const listener of this.listeners) listener(event);
    return id;
  }
}

/** AWS marks data that it had to cut; the rehearsal never cuts. */
export const whole = { truncated: false };

/** The fields of a failure that has them. */
export function errorDetails(error: string | undefined, cause: string | undefined): { error?: string; cause?: string } {
  return { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
}
