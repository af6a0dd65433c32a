import { performance } from 'node:perf_hooks';

/** Something that will happen at a virtual time, unless it is cancelled first. */
export interface Timer {
  cancel(): void;
}

interface Scheduled {
  readonly at: number;
  readonly order: number;
  run?: () => void;
}

/**
 * The virtual clock that state machines, functions and the account share.
 *
 * Time moves only from one scheduled event to the next, and stands still while real work is in flight: a six hour
 * snapshot takes as long as what it makes the handlers do. Events of the same instant run in the order of scheduling.
 */
export class Clock {
  private readonly queue: Scheduled[] = [];
  private inFlight = new Set<Promise<unknown>>();
  /** How far virtual time may be by now, for each real work that it keeps pace with. */
  private readonly paces = new Set<() => number>();
  private wake: () => void = () => undefined;
  private order = 0;
  private time: number;

  constructor(start = new Date('2026-01-05T09:00:00.000Z')) {
    this.time = start.getTime();
  }

  /** Virtual milliseconds since 1970. */
  now(): number {
    return this.time;
  }

  /** The virtual time as AWS writes it. */
  timestamp(): string {
    return new Date(this.time).toISOString();
  }

  /** Runs something at a virtual time; what lies in the past runs next. */
  at(time: number, run: () => void): Timer {
    const scheduled: Scheduled = { at: Math.max(time, this.time), order: this.order++, run };
    this.push(scheduled);
    return { cancel: () => { scheduled.run = undefined; } };
  }

  /** Runs something after so many virtual milliseconds. */
  after(milliseconds: number, run: () => void): Timer {
    return this.at(this.time + milliseconds, run);
  }

  /** Resolves after so many virtual milliseconds. */
  sleep(milliseconds: number): Promise<void> {
    return new Promise(resolve => this.after(milliseconds, resolve));
  }

  /** Holds time still until real work (a handler, a call over HTTP) has settled. */
  during<T>(work: Promise<T>): Promise<T> {
    this.inFlight.add(work);
    const forget = () => { this.inFlight.delete(work); };
    work.then(forget, forget);
    return work;
  }

  /**
   * Lets virtual time go by as real time does until real work has settled, whatever is due meanwhile happening in its turn: the work of
   * machines that have a clock of their own.
   */
  paced<T>(work: Promise<T>): Promise<T> {
    const [real, virtual] = [performance.now(), this.time];
    const pace = () => virtual + performance.now() - real;
    this.paces.add(pace);
    return new Promise<T>((resolve, reject) => {
      const settle = (how: () => void) => {
        this.paces.delete(pace);
        this.at(Math.round(pace()), how);
        this.wake();
      };
      work.then(value => settle(() => resolve(value)), (error: unknown) => settle(() => reject(error instanceof Error ? error : new Error(String(error)))));
    });
  }

  /** Lets time pass until the promise settles. */
  async run<T>(goal: Promise<T>): Promise<T> {
    let settled = false;
    goal.then(() => { settled = true; }, () => { settled = true; });
    for (;;) {
      await this.quiet();
      if (settled) return goal;
      if (await this.held()) continue;
      if (!this.step()) throw new Error(`nothing is scheduled at ${this.timestamp()}, yet the rehearsal is not over`);
    }
  }

  /** Lets so much virtual time pass. */
  async advance(milliseconds: number): Promise<void> {
    const until = this.time + milliseconds;
    for (;;) {
      await this.quiet();
      if (await this.held(until)) continue;
      if (!this.step(until)) break;
    }
    this.time = until;
    await this.quiet();
  }

  /** Waits (in real time) until no real work is in flight and every promise that could settle has. */
  private async quiet(): Promise<void> {
    do {
      await new Promise(resolve => setImmediate(resolve));
      if (this.inFlight.size > 0) await Promise.race([...this.inFlight].map(work => work.catch(() => undefined)));
    } while (this.inFlight.size > 0);
    await new Promise(resolve => setImmediate(resolve));
    if (this.inFlight.size > 0) return this.quiet();
  }

  /** Waits (in real time) while what comes next is still to come at the pace of work that goes on. */
  private async held(until = Infinity): Promise<boolean> {
    if (this.paces.size === 0) return false;
    while (this.queue[0] && !this.queue[0].run) this.pop();
    const ahead = Math.min(this.queue[0]?.at ?? Infinity, until) - Math.min(...[...this.paces].map(pace => pace()));
    if (ahead <= 0) return false;
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, Math.min(ahead, 1000));
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    return true;
  }

  /** Moves to the next event that is not later than `until` and runs it. */
  private step(until = Infinity): boolean {
    for (;;) {
      const next = this.queue[0];
      if (!next || next.at > until) return false;
      this.pop();
      if (!next.run) continue;
      this.time = next.at;
      next.run();
      return true;
    }
  }

  private push(entry: Scheduled): void {
    const queue = this.queue;
    let index = queue.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (before(queue[parent]!, entry)) break;
      queue[index] = queue[parent]!;
      index = parent;
    }
    queue[index] = entry;
  }

  private pop(): void {
    const queue = this.queue;
    const last = queue.pop()!;
    if (queue.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= queue.length) break;
      if (child + 1 < queue.length && before(queue[child + 1]!, queue[child]!)) child++;
      if (before(last, queue[child]!)) break;
      queue[index] = queue[child]!;
      index = child;
    }
    queue[index] = last;
  }
}

function before(a: Scheduled, b: Scheduled): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
