import type { HistoryEventType } from '@aws-sdk/client-sfn';
import type { Json } from '../json';
import { Aborted } from './failure';
import type { EventDetails } from './history';
import type { Run } from './run';
import type { Variables } from './variables';

/** The state that a thread is in, as far as an abort needs to know it. */
export interface OpenState {
  /** The event that tells of its abort; undefined for states that have none, or whose end is told already. */
  readonly abortedEvent: HistoryEventType | undefined;
}

export interface MapItem {
  readonly Index: number;
  readonly Value: Json;
}

/**
 * One line of control: the execution's own, a Parallel's branch, or a Map's iteration.
 * Events form a chain per thread by `previousEventId`; `previous` is its end.
 */
export class Thread {
  state: OpenState | undefined;
  private aborted = false;
  private parent: Thread | undefined;
  private readonly children = new Set<Thread>();
  private readonly onAborts = new Set<() => void>();

  constructor(
    readonly run: Run,
    readonly variables: Variables,
    public previous: number,
    readonly item?: MapItem,
    /** Tells that the thread itself was aborted, as Map iterations do. */
    private readonly tellAborted?: (thread: Thread) => void,
  ) {}

  fork(previous: number, item = this.item, tellAborted?: (thread: Thread) => void): Thread {
    this.check();
    const child = new Thread(this.run, this.variables.inner(), previous, item, tellAborted);
    child.parent = this;
    this.children.add(child);
    return child;
  }

  /** A child came to its end. */
  join(child: Thread): void {
    this.children.delete(child);
    child.variables.drop();
  }

  /** Adds an event to the thread's chain. */
  emit(type: HistoryEventType, details: EventDetails = {}, previous = this.previous): number {
    this.previous = this.aside(type, details, previous);
    return this.previous;
  }

  /** Adds an event that hangs on the chain, but is no link of it. */
  aside(type: HistoryEventType, details: EventDetails = {}, previous = this.previous): number {
    this.check();
    const id = this.run.history.add(type, previous, details);
    // who hears of the event may stop the execution
    this.check();
    return id;
  }

  /** Throws when the thread is over. */
  check(): void {
    if (this.aborted) throw new Aborted();
  }

  /** Waits for a promise, but no longer than the thread lives. */
  async abortable<T>(promise: Promise<T>): Promise<T> {
    this.check();
    let forget: () => void = () => undefined;
    const end = new Promise<never>((_, reject) => { forget = this.onAbort(() => reject(new Aborted())); });
    try {
      const value = await Promise.race([promise, end]);
      this.check();
      return value;
    } finally {
      forget();
    }
  }

  async sleepUntil(time: number): Promise<void> {
    let cancel: () => void = () => undefined;
    try {
      await this.abortable(new Promise<void>(resolve => {
        const timer = this.run.clock.at(time, resolve);
        cancel = () => timer.cancel();
      }));
    } finally {
      cancel();
    }
  }

  /** Calls back when the thread is aborted, until the returned function is called. */
  onAbort(callback: () => void): () => void {
    this.onAborts.add(callback);
    return () => this.onAborts.delete(callback);
  }

  /** Ends all that runs in here, innermost first; `silently` without events. */
  abort(silently = false): void {
    if (this.aborted) return;
    this.aborted = true;
    for (const child of [...this.children]) child.abort(silently);
    const { history } = this.run;
    const event = this.state?.abortedEvent;
    if (event && !silently && history.open) history.add(event, this.previous);
    if (!silently && history.open) this.tellAborted?.(this);
    for (const callback of [...this.onAborts]) callback();
    this.variables.drop();
    this.parent?.children.delete(this);
  }
}
