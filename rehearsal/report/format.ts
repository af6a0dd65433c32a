/** Virtual time as a person says it: `0 s`, `1.2 s`, `45 s`, `12 min 3 s`, `2 h 31 min`, `1 d 2 h`. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return pair(whole, 60, 'min', 's', 1);
  if (whole < 86_400) return pair(whole, 3600, 'h', 'min', 60);
  return pair(whole, 86_400, 'd', 'h', 3600);
}

function pair(seconds: number, unit: number, big: string, small: string, smallUnit: number): string {
  const rounded = Math.round(seconds / smallUnit) * smallUnit;
  const rest = Math.floor((rounded % unit) / smallUnit);
  return `${Math.floor(rounded / unit)} ${big}${rest > 0 ? ` ${rest} ${small}` : ''}`;
}

/** `09:00:03`, in UTC. */
export function clockTime(time: number): string {
  return new Date(time).toISOString().slice(11, 19);
}

/** `1 volume`, `3 volumes`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-GB')} ${noun}${number === 1 ? '' : 's'}`;
}

/** A text in lines that fit, broken between words. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

/** The cause of a failure as a person reads it: the message inside the JSON that functions and machines wrap around it. */
export function readableCause(cause: string | undefined): string | undefined {
  if (!cause?.startsWith('{')) return cause;
  try {
    const { errorMessage, message } = JSON.parse(cause) as { errorMessage?: string; message?: string };
    return readableCause(errorMessage ?? message) ?? cause;
  } catch {
    return cause;
  }
}
