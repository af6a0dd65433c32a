// Runs one Lambda handler, unmodified, in a worker thread: the thread's clock is the rehearsal's, and its only network is
// the look-alike account. Plain JavaScript, because a worker thread is started without a compiler.
import http from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import timersModule from 'node:timers';
import timersPromises from 'node:timers/promises';
import { promisify, types } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { loadHandler } from './load-handler.mjs';

const real = {
  Date, setTimeout, setImmediate, request: http.request,
  // the first immediate of a turn sees what the turn before has started
  nextTurn: () => new Promise(resolve => real.setImmediate(resolve)),
};

/** Virtual milliseconds since 1970, as the rehearsal last told. */
let now = workerData.now;
/** The port on which the account of the current rehearsal listens: sandboxes outlive rehearsals. */
let port;
/** The invocation under way. */
let current;
/** Counts whatever shows that the handler is at work. */
let activity = 0;
/** How many messages the rehearsal has sent: it ignores what was told before it sent its last. */
let heard = 0;

// ---- time -----------------------------------------------------------------------------------------------------------

const pending = new Map();
let order = 0;

class VirtualTimeout {
  constructor(callback, delay, args, repeat) {
    // Node's own rule: what is no delay is 1 ms
    const milliseconds = delay >= 1 && delay <= 2147483647 ? Math.trunc(delay) : 1;
    Object.assign(this, { callback, args, milliseconds, repeat, id: ++order });
    this.refresh();
  }
  refresh() { this.at = now + this.milliseconds; this.turn = ++order; pending.set(this.id, this); stir(); return this; }
  close() { pending.delete(this.id); stir(); return this; }
  fire() {
    if (this.repeat) this.refresh(); else pending.delete(this.id);
    try {
      this.callback(...this.args);
    } catch (error) {
      crash(describe(error));
    }
  }
  ref() { return this; }
  unref() { return this; }
  hasRef() { return true; }
  [Symbol.toPrimitive]() { return this.id; }
  [Symbol.dispose ?? Symbol.for('dispose')]() { this.close(); }
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

globalThis.Date = new Proxy(real.Date, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length > 0 ? args : [now], newTarget),
  apply: target => new target(now).toString(),
});
real.Date.now = () => now;
real.Date.prototype.constructor = globalThis.Date;
const origin = now;
Object.defineProperty(performance, 'now', { value: () => now - origin });

// ---- network --------------------------------------------------------------------------------------------------------

let inFlight = 0;

function refuse(host) {
  throw new Error(`the rehearsal has no network but the look-alike account: ${host}`);
}

http.request = function request(...args) {
  const from = typeof args[0] === 'string' || args[0] instanceof URL ? new URL(args[0]) : undefined;
  const options = {
    ...(from && { protocol: from.protocol, hostname: from.hostname, port: from.port, path: `${from.pathname}${from.search}` }),
    ...args.slice(from ? 1 : 0).find(argument => typeof argument === 'object'),
  };
  if ((options.hostname ?? options.host) !== '127.0.0.1') refuse(options.hostname ?? options.host);
  const sent = real.request({ ...options, port }, args.find(argument => typeof argument === 'function'));
  inFlight++;
  stir();
  sent.once('close', () => { inFlight--; stir(); });
  return sent;
};
http.get = (...args) => { const sent = http.request(...args); sent.end(); return sent; };
https.request = https.get = (first, second) => refuse(String(first?.hostname ?? first?.host ?? second?.hostname ?? first));
globalThis.fetch = async input => refuse(String(input?.url ?? input));
syncBuiltinESMExports();

// ---- what is printed ------------------------------------------------------------------------------------------------

// by message rather than by the thread's own streams: a stream that is read keeps the whole process from ending
for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk, encoding, callback) => {
    tell({ type: 'printed', text: typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString() });
    (typeof encoding === 'function' ? encoding : callback)?.();
    return true;
  };
}

// ---- chance ---------------------------------------------------------------------------------------------------------

/** Seeded for each invocation: the SDK's retries wait random times. */
let chance = 0;

Math.random = () => {
  chance = (chance + 0x6d2b79f5) | 0;
  let t = Math.imul(chance ^ (chance >>> 15), 1 | chance);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};

// ---- sleep ----------------------------------------------------------------------------------------------------------

const QUIET_TURNS = 3;
const HOPELESS_TURNS = 50;
/** What the event loop of a resting sandbox holds: the way to the rehearsal, and connections kept alive. */
const RESTING = /^(MessagePort|Worker|TCPSocketWrap|PipeWrap|TTYWrap|Timeout|Immediate|.*Stream.*)$/;
let watching = false;

function stir() {
  activity++;
  if (current && !watching) void watch();
}

/**
 * Tells the rehearsal when the handler waits for nothing but time. Node has no event for that: the handler counts as
 * asleep when no request is in flight, the event loop has nothing to do, and some turns of it have changed nothing.
 */
async function watch() {
  watching = true;
  let quiet = 0;
  let seen = activity;
  while (current && inFlight === 0) {
    await real.nextTurn();
    if (seen !== activity) { quiet = 0; seen = activity; continue; }
    if (process.getActiveResourcesInfo().some(resource => !RESTING.test(resource))) {
      await new Promise(resolve => real.setTimeout(resolve, 1));
      quiet = 0;
      continue;
    }
    quiet++;
    if (pending.size > 0 && quiet >= QUIET_TURNS) {
      tell({ type: 'asleep', heard, until: Math.min(...[...pending.values()].map(({ at }) => at)) });
      break;
    }
    if (quiet >= QUIET_TURNS) await new Promise(resolve => real.setTimeout(resolve, 1));
    if (quiet >= HOPELESS_TURNS) {
      // the managed runtime's answer when the event loop is empty and the handler's promise is not settled (nodejs24.x)
      finish({ type: 'failed', error: {
        errorType: 'Runtime.NodeJsExit',
        errorMessage: 'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled.',
        trace: [],
      } });
    }
  }
  watching = false;
}

/** Fires what is due, one timer per turn, as Node does. */
async function fireDue() {
  for (;;) {
    const [due] = [...pending.values()].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at || a.turn - b.turn);
    if (!due) break;
    activity++;
    due.fire();
    await real.nextTurn();
  }
  stir();
}

// ---- invocations ----------------------------------------------------------------------------------------------------

let handler;

async function invoke({ id, event, context, deadline }) {
  current = id;
  stir();
  try {
    handler ??= await loadHandler(workerData.root, workerData.handler);
    const result = await handler(JSON.parse(event), {
      ...context,
      callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => Math.max(0, deadline - now),
    });
    if (current === id) finish({ type: 'done', payload: stringify(result) });
  } catch (error) {
    if (current === id) finish({ type: 'failed', error: describe(error) });
  }
}

function stringify(result) {
  try {
    return JSON.stringify(result === undefined ? null : result);
  } catch {
    throw new Error('Unable to stringify response body');
  }
}

function finish(outcome) {
  const id = current;
  current = undefined;
  tell({ ...outcome, id, leftTimers: pending.size > 0 });
}

/** As the managed runtime writes an error down: name, message and stack. */
function describe(error) {
  if (types.isNativeError(error) || (typeof error?.name === 'string' && typeof error?.message === 'string' && typeof error?.stack === 'string')) {
    return { errorType: error.name, errorMessage: error.message, trace: error.stack.split('\n') };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

function tell(message) {
  parentPort.postMessage(message);
}

/** What nobody catches ends the sandbox, and the invocation with it. */
function crash(error) {
  if (current) finish({ type: 'failed', crashed: true, error });
}

process.on('unhandledRejection', reason => crash({ ...describe(reason), errorType: 'Runtime.UnhandledPromiseRejection' }));
process.on('uncaughtException', error => crash(describe(error)));

parentPort.on('message', message => {
  heard++;
  now = message.now;
  if (message.type === 'invoke') {
    ({ port, seed: chance } = message);
    void invoke(message);
  }
  void fireDue();
});
