/** A line of the writer, at the host's time. */
export interface Acknowledgement {
  /** Milliseconds since 1970, of the host's clock. */
  readonly at: number;
  readonly machine: string;
  readonly kind: 'start' | 'record' | 'stop' | 'error';
  readonly number: number;
  /** Of a record: its sum. Of an error: its number and text. */
  readonly detail: string;
}

/** What the writers have told the host: it outlives the machines, and is the truth that their disks are held to. */
export class Acknowledgements {
  readonly all: Acknowledgement[] = [];

  receive(machine: string, line: string): void {
    const [kind, number, ...detail] = line.trim().split(' ');
    this.all.push({ at: Date.now(), machine, kind: kind as Acknowledgement['kind'], number: Number(number), detail: detail.join(' ') });
  }

  /** The sums of all acknowledged records by their number. */
  records(): ReadonlyMap<number, string> {
    return new Map(this.of('record').map(({ number, detail }) => [number, detail]));
  }

  /** The number of the newest acknowledged record; -1 if there is none. */
  newest(): number {
    return this.of('record').reduce((newest, { number }) => Math.max(newest, number), -1);
  }

  of(kind: Acknowledgement['kind'], machine?: string): Acknowledgement[] {
    return this.all.filter(each => each.kind === kind && (machine === undefined || each.machine === machine));
  }

  /** The first record that was acknowledged after an instant. */
  firstAfter(instant: number, machine?: string): Acknowledgement | undefined {
    return this.of('record', machine).find(({ at }) => at > instant);
  }

  /** The longest time, in seconds, in which no record was acknowledged. */
  longestSilence(from: number, to: number): number {
    const instants = [from, ...this.of('record').map(({ at }) => at).filter(at => at > from && at < to), to];
    return Math.max(...instants.slice(1).map((at, index) => at - instants[index]!)) / 1000;
  }
}
