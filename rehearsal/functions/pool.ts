import { type Code, Sandbox } from './sandbox';

const IDLE_MS = 60_000;
/** A machine has up to some 80 functions. */
const MOST_IDLE = 96;

interface Idle {
  readonly sandbox: Sandbox;
  readonly timer: NodeJS.Timeout;
}

/**
 * Sandboxes that wait for work, shared by all rehearsals of this process: to load a bundle takes 0.1 s, and a test file
 * starts many rehearsals. What a handler keeps between invocations it must not rely on: on AWS, too, a sandbox serves
 * executions that know nothing of each other.
 */
const idle = new Map<string, Idle[]>();

/** A sandbox for this code: one that waits, or a new one. */
export function takeSandbox(code: Code, now: number): Sandbox {
  const waiting = idle.get(keyOf(code))?.pop();
  if (!waiting) return new Sandbox(code, now);
  clearTimeout(waiting.timer);
  return waiting.sandbox.alive ? waiting.sandbox : takeSandbox(code, now);
}

/** Gives a sandbox back; unless someone takes it soon, it ends. */
export function returnSandbox(sandbox: Sandbox): void {
  sandbox.onOutput = () => undefined;
  if (!sandbox.alive) return;
  if (sandbox.leftTimers) return end(sandbox);
  const key = keyOf(sandbox.code);
  const waiting = idle.get(key) ?? [];
  if ([...idle.values()].reduce((sum, list) => sum + list.length, 0) >= MOST_IDLE) return end(sandbox);
  const entry: Idle = { sandbox, timer: setTimeout(() => {
    waiting.splice(waiting.indexOf(entry), 1);
    end(sandbox);
  }, IDLE_MS) };
  entry.timer.unref();
  waiting.push(entry);
  idle.set(key, waiting);
}

function end(sandbox: Sandbox): void {
  sandbox.kill({ errorType: 'Runtime.ExitError', errorMessage: 'the sandbox was not needed any more' });
}

function keyOf({ root, handler, environment, memoryMb }: Code): string {
  return JSON.stringify([root, handler, memoryMb, Object.entries(environment).sort()]);
}
