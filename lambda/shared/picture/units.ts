/** Bytes per second in the units of links. */
export function bitRate(bytesPerSecond: number): string {
  const bits = bytesPerSecond * 8;
  const [divisor, unit] = bits >= 1e9 ? [1e9, 'Gbit/s'] : bits >= 1e6 ? [1e6, 'Mbit/s'] : [1e3, 'kbit/s'];
  return `${short(bits / divisor)} ${unit}`;
}

export function size(bytes: number): string {
  const [divisor, unit] = bytes >= 1e12 ? [1e12, 'TB'] : bytes >= 1e9 ? [1e9, 'GB'] : [1e6, 'MB'];
  return `${short(bytes / divisor)} ${unit}`;
}

export function duration(seconds: number): string {
  if (seconds < 90) return `${short(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${short(seconds / 3600)} h` : `${short(seconds / 86_400)} d`;
}

export const percent = (share: number): string => `${short(share * 100)} %`;

/** Three digits are enough for a picture. */
function short(value: number): string {
  return String(value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}

/** Times of day and dates in the zone of a plan. Times are seconds since the epoch. */
export class LocalTime {
  private readonly clock: Intl.DateTimeFormat;
  private readonly date: Intl.DateTimeFormat;

  constructor(readonly timeZone: string) {
    this.clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });
    this.date = new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short', day: 'numeric', month: 'short' });
  }

  time(seconds: number): string {
    return this.clock.format(seconds * 1000);
  }

  day(seconds: number): string {
    return this.date.format(seconds * 1000);
  }

  moment(seconds: number): string {
    return `${this.day(seconds)} ${this.time(seconds)}`;
  }

  /** Seconds since local midnight. */
  sinceMidnight(seconds: number): number {
    const [hours = 0, minutes = 0] = this.time(seconds).split(':').map(Number);
    return hours * 3600 + minutes * 60 + (seconds % 60);
  }
}
