import { type Side, sides } from './host';
import { after, idle, isCopying, type PairState, same } from './pair-state';
import { type PairNames, withPlaceholders } from './placeholders';
import { answerIn, type RecordedCommand, type Recording } from './recording';

/** A step that ran. Times are wall-clock milliseconds since 1970. */
export interface Heard {
  readonly side: Side;
  readonly step: string;
  /** The document's parameters, without `SSM_`. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly startedAt: number;
  readonly seconds: number;
  readonly status: number;
  readonly stdout: string;
}

/**
 * Records what a pair of machines answers. Whoever runs the steps tells of each when it is over, and of machines that were switched off
 * or on; several stories (a move, a fall back, an undoing) make one recording, each begun with `story`.
 */
export class Recorder {
  private readonly commands: RecordedCommand[] = [];
  private names: PairNames | undefined;
  private state: PairState = idle;
  private phases: PairState = idle;
  private stateSince = 0;
  private verifiedSince = 0;

  constructor(private readonly engine: Recording['engine'], private readonly of: Recording['of']) {}

  /** A pair at the beginning: nothing is prepared. */
  story(names: PairNames): void {
    this.names = names;
    this.state = this.phases = idle;
    this.stateSince = this.verifiedSince = 0;
  }

  /** A machine was switched off, or is up again. */
  power(side: Side, on: boolean, at = Date.now()): void {
    this.enter({ ...this.state, [side]: on ? this.phases[side] : 'off' }, at);
  }

  hear({ side, step, parameters, startedAt, seconds, status, stdout }: Heard): void {
    const { names } = this;
    if (!names) throw new Error('no story has begun');
    const restart = step === 'verify' && parameters.Restart === 'yes';
    if (restart) this.verifiedSince = startedAt;
    // until something has changed, nothing has begun
    const began = step === 'verify' ? this.verifiedSince : this.stateSince;
    const given = Object.entries(parameters).filter(([, value]) => value !== '')
      .map(([name, value]): [string, string] => [name, withPlaceholders(value, names, startedAt)]);
    this.commands.push({
      side, step, parameters: Object.fromEntries(given), before: this.state, since: began === 0 ? 0 : round(Math.max(0, startedAt - began) / 1000),
      stdout: withPlaceholders(stdout, names, startedAt), status, seconds: round(seconds),
    });
    const next = after(this.state, { side, step, status, answer: answerIn(stdout, `${step} on the ${side}`) });
    this.phases = { ...this.phases, ...Object.fromEntries(sides.filter(each => next[each] !== 'off').map(each => [each, next[each]])) };
    this.enter(next, startedAt + seconds * 1000);
  }

  /** The recording so far, as it is kept in a file. */
  json(): string {
    const recording: Recording = { format: 1, engine: this.engine, of: this.of, commands: this.commands };
    return `${JSON.stringify(recording, undefined, 2)}\n`;
  }

  private enter(state: PairState, at: number): void {
    if (same(state, this.state)) return;
    // what is copied goes on with a switch, and so does its time
    if (!isCopying(state) || !isCopying(this.state)) this.stateSince = at;
    this.state = state;
  }
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
