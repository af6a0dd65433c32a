// The clock of a sandbox: Date and timers go by the rehearsal's virtual time, which moves only when it is told to.
import { syncBuiltinESMExports } from 'node:module';
import timersModule from 'node:timers';
import timersPromises from 'node:timers/promises';
import { promisify } from 'node:util';
import { workerData } from 'node:worker_threads';
import { stir } from './activity.mjs';

/** Node's own, for what must take real time. */
export const realSetTimeout = globalThis.setTimeout;
const RealDate = Date;

export const time = {
  /** Virtual milliseconds since 1970, as the rehearsal last told. */
  now: workerData.now,
  /** Told what a timer's callback throws. */
  onError: () => undefined,
};

/** When the next timer is due; undefined if none is set. */
export function nextDue() {
  return pending.size === 0 ? undefined : Math.min(...[...pending.values()].map(({ at }) => at));
}

const pending = new Map();
let order = 0;

class VirtualTimeout {
  constructor(callback, delay, args, repeat) {
    // Node's own rule: what is no delay is 1 ms
    const milliseconds = delay >= 1 && delay <= 2147483647 ? Math.trunc(delay) : 1;
    Object.assign(this, { callback, args, milliseconds, repeat, id: ++order });
    this.refresh();
  }

  refresh() {
    this.at = time.now + this.milliseconds;
    this.turn = ++order;
    pending.set(this.id, this);
    stir();
    return this;
  }

  close() {
    pending.delete(this.id);
    stir();
    return this;
  }

  fire() {
    if (this.repeat) this.refresh(); else pending.delete(this.id);
    try {
      this.callback(...this.args);
    } catch (error) {
      time.onError(error);
    }
  }

  ref() { return this; }
  unref() { return this; }
  hasRef() { return true; }
  [Symbol.toPrimitive]() { return this.id; }
}

const virtualSetTimeout = (callback, delay, ...args) => new VirtualTimeout(callback, delay, args, false);
const virtualSetInterval = (callback, delay, ...args) => new VirtualTimeout(callback, delay, args, true);
const virtualClear = timer => {
  const found = timer instanceof VirtualTimeout ? timer : pending.get(Number(timer));
  found?.close();
};
const sleep = (delay, value, { signal } = {}) => new Promise((resolve, reject) => {
  signal?.throwIfAborted();
  const timer = virtualSetTimeout(() => resolve(value), delay);
  signal?.addEventListener('abort', () => { timer.close(); reject(signal.reason); }, { once: true });
});
Object.defineProperty(virtualSetTimeout, promisify.custom, { value: sleep });

for (const holder of [globalThis, timersModule]) {
  Object.assign(holder, {
    setTimeout: virtualSetTimeout, setInterval: virtualSetInterval, clearTimeout: virtualClear, clearInterval: virtualClear,
  });
}
timersPromises.setTimeout = sleep;
timersPromises.setInterval = async function* (delay, value, options) {
  for (;;) yield await sleep(delay, value, options);
};
timersPromises.scheduler.wait = (delay, options) => sleep(delay, undefined, options);
syncBuiltinESMExports(); // for `import { setTimeout } from 'node:timers/promises'`

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length > 0 ? args : [time.now], newTarget),
  apply: target => new target(time.now).toString(),
});
RealDate.now = () => time.now;
RealDate.prototype.constructor = globalThis.Date;
const origin = time.now;
Object.defineProperty(globalThis.performance, 'now', { value: () => time.now - origin });

/** Fires what is due, one timer per turn, as Node does. */
export async function fireDue() {
  for (;;) {
    const [due] = [...pending.values()].filter(({ at }) => at <= time.now).sort((a, b) => a.at - b.at || a.turn - b.turn);
    if (!due) break;
    due.fire();
    await new Promise(resolve => setImmediate(resolve));
  }
  stir();
}
