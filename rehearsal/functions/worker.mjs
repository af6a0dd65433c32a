// Runs one Lambda handler, unmodified, in a worker thread. Plain JavaScript, because a worker thread is started without a compiler.
import { types } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { activity, stir } from './activity.mjs';
import { seedChance } from './chance.mjs';
import { loadHandler } from './load-handler.mjs';
import { network } from './network.mjs';
import { fireDue, nextDue, realSetTimeout, time } from './time.mjs';

/** The invocation under way. */
let current;
/** How many messages the rehearsal has sent: it ignores what was told before it sent its last. */
let heard = 0;

// by message rather than by the thread's own streams: a stream that is read keeps the whole process from ending
for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk, encoding, callback) => {
    tell({ type: 'printed', text: typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString() });
    (typeof encoding === 'function' ? encoding : callback)?.();
    return true;
  };
}

const QUIET_TURNS = 3;
const HOPELESS_TURNS = 50;
/** What the event loop of a resting sandbox holds: the way to the rehearsal, and connections kept alive. */
const RESTING = /^(MessagePort|Worker|TCPSocketWrap|PipeWrap|TTYWrap|Timeout)$/;
let watching = false;

activity.onStir = () => {
  if (current && !watching) void watch();
};

/**
 * Tells the rehearsal when the handler waits for nothing but time. Node has no event for that: the handler counts as
 * asleep when no request is in flight, the event loop has nothing to do, and some turns of it have changed nothing.
 */
async function watch() {
  watching = true;
  let quiet = 0;
  let seen = activity.count;
  while (current && network.inFlight === 0) {
    await new Promise(resolve => setImmediate(resolve));
    if (seen !== activity.count) {
      quiet = 0;
      seen = activity.count;
      continue;
    }
    if (process.getActiveResourcesInfo().some(resource => !RESTING.test(resource))) {
      await new Promise(resolve => realSetTimeout(resolve, 1));
      quiet = 0;
      continue;
    }
    quiet++;
    const until = nextDue();
    if (until !== undefined && quiet >= QUIET_TURNS) {
      tell({ type: 'asleep', heard, until });
      break;
    }
    if (quiet >= QUIET_TURNS) await new Promise(resolve => realSetTimeout(resolve, 1));
    if (quiet >= HOPELESS_TURNS) {
      // the managed runtime's answer when the event loop is empty and the handler's promise is not settled (nodejs24.x)
      finish({ type: 'failed', error: {
        errorType: 'Runtime.NodeJsExit',
        errorMessage: 'The Lambda runtime client detected an unexpected Node.js exit code. '
          + 'This is most commonly caused by a Promise that was never settled.',
        trace: [],
      } });
    }
  }
  watching = false;
}

let handler;

async function invoke({ id, event, context, deadline }) {
  current = id;
  stir();
  try {
    handler ??= await loadHandler(workerData.root, workerData.handler);
    const result = await handler(JSON.parse(event), {
      ...context,
      callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => Math.max(0, deadline - time.now),
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
  tell({ ...outcome, id, leftTimers: nextDue() !== undefined });
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

time.onError = error => crash(describe(error));
process.on('unhandledRejection', reason => crash({ ...describe(reason), errorType: 'Runtime.UnhandledPromiseRejection' }));
process.on('uncaughtException', error => crash(describe(error)));

parentPort.on('message', message => {
  heard++;
  time.now = message.now;
  if (message.type === 'invoke') {
    network.port = message.port;
    seedChance(message.seed);
    void invoke(message);
  }
  void fireDue();
});
