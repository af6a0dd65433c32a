import type { Json } from '../../json';
import { TaskFailure } from '../failure';
import type { TaskTokens } from '../tokens';
import type { Watch } from './deadlines';

/** The token of one attempt, and the answer that comes by it: perhaps before the attempt's own call has returned. */
export class Callback {
  readonly token: string;
  private readonly answer: Promise<Json>;
  private heartbeat: () => void = () => undefined;

  constructor(private readonly tokens: TaskTokens) {
    let succeed: (output: Json) => void;
    let fail: (failure: TaskFailure) => void;
    this.answer = new Promise((resolve, reject) => {
      succeed = resolve;
      fail = reject;
    });
    this.answer.catch(() => undefined);
    this.token = tokens.create({
      succeed: output => succeed(output),
      fail: (error, cause) => fail(new CallbackFailure(error, cause)),
      heartbeat: () => this.heartbeat(),
    });
  }

  wait(watch: Watch): Promise<Json> {
    this.heartbeat = () => watch.heartbeat();
    return this.answer;
  }

  close(): void {
    this.tokens.close(this.token);
  }
}

/** SendTaskFailure may leave out error and cause. */
class CallbackFailure extends TaskFailure {
  constructor(error: string | undefined, cause: string | undefined) {
    super(error as string, cause);
  }
}
