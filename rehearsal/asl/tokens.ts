import type { Json } from '../json';
import type { Random } from '../random';

/** The task behind a token. */
export interface WaitingTask {
  succeed(output: Json): void;
  fail(error?: string, cause?: string): void;
  heartbeat(): void;
}

/** How the API refuses a callback; `name` is AWS's error code. */
export class TokenError extends Error {
  constructor(override readonly name: 'InvalidToken' | 'InvalidOutput' | 'TaskDoesNotExist' | 'TaskTimedOut', message: string) {
    super(message);
  }
}

/** The tokens of all tasks of an account that wait, or waited, for a callback. */
export class TaskTokens {
  private readonly tasks = new Map<string, WaitingTask | 'over'>();

  constructor(private readonly random: Random) {}

  create(task: WaitingTask): string {
    const token = `AQCoAAAAKgAAAAMAAAAA${this.random.hex(128)}`;
    this.tasks.set(token, task);
    return token;
  }

  /** Nobody waits any more: the task succeeded, failed, timed out or was aborted. */
  close(token: string): void {
    this.tasks.set(token, 'over');
  }

  /** SendTaskSuccess; the output is JSON text. */
  succeed(token: string, output: string): void {
    const task = this.find(token);
    let value: Json;
    try {
      value = JSON.parse(output) as Json;
    } catch {
      throw new TokenError('InvalidOutput', 'Invalid Output: \'Output is not valid JSON\'');
    }
    this.close(token);
    task.succeed(value);
  }

  /** SendTaskFailure; both texts may be missing. */
  fail(token: string, error?: string, cause?: string): void {
    const task = this.find(token);
    this.close(token);
    task.fail(error, cause);
  }

  /** SendTaskHeartbeat. */
  heartbeat(token: string): void {
    this.find(token).heartbeat();
  }

  private find(token: string): WaitingTask {
    const task = this.tasks.get(token);
    if (task === 'over') throw new TokenError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
    if (task) return task;
    if (/^AQC[0-9A-Za-z]{32,}$/.test(token)) throw new TokenError('TaskDoesNotExist', "Task does not exist: 'The task of the token does not exist'");
    throw new TokenError('InvalidToken', "Invalid Token: 'Invalid token'");
  }
}
