import { StrangeAnswer } from '../errors';
import { isRecord } from '../request/rules';

/** More than this is no honest text of a document. */
const LONGEST_TEXT = 512;
const MOST_ENTRIES = 128;
/** ISO 8601 in UTC, as `date -u` writes it. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|\+00:00)$/;

/** What a host said, read field by field: a host may say anything, so nothing is used that was not checked. */
export class Answer {
  constructor(private readonly fields: Readonly<Record<string, unknown>>, private readonly from: string) {}

  text(field: string, pattern = /^[^\p{Cc}]*$/u, longest = LONGEST_TEXT): string {
    const value = this.fields[field];
    if (typeof value === 'string' && value.length <= longest && pattern.test(value)) return value;
    return this.strange(field, `a text like ${pattern} of at most ${longest} characters`);
  }

  optionalText(field: string, pattern?: RegExp): string | null {
    return this.isAbsent(field) ? null : this.text(field, pattern);
  }

  time(field: string): string {
    const value = this.text(field, TIME);
    return Number.isNaN(Date.parse(value)) ? this.strange(field, 'a time') : new Date(value).toISOString();
  }

  optionalTime(field: string): string | null {
    return this.isAbsent(field) ? null : this.time(field);
  }

  /** Not negative; a double counts bytes exactly up to 8 PiB. */
  number(field: string): number {
    const value = this.fields[field];
    if (typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER) return value;
    return this.strange(field, 'a number that is not negative');
  }

  optionalNumber(field: string): number | null {
    return this.isAbsent(field) ? null : this.number(field);
  }

  flag(field: string): boolean {
    const value = this.fields[field];
    return typeof value === 'boolean' ? value : this.strange(field, 'true or false');
  }

  /** What is welcome but not needed: null when it is strange. After a switch nothing fails by such a thing. */
  welcome<T>(read: (answer: this) => T): T | null {
    try {
      return read(this);
    } catch (error) {
      if (error instanceof StrangeAnswer) return null;
      throw error;
    }
  }

  optionalFlag(field: string): boolean | null {
    return this.isAbsent(field) ? null : this.flag(field);
  }

  oneOf<T extends string>(field: string, ...values: readonly T[]): T {
    return values.find(value => value === this.fields[field]) ?? this.strange(field, values.join(' or '));
  }

  part(field: string): Answer {
    const value = this.fields[field];
    return isRecord(value) ? new Answer(value, `${this.from}, ${field}`) : this.strange(field, 'an object');
  }

  parts(field: string): Answer[] {
    return this.list(field).map((value, i) => (isRecord(value) ? new Answer(value, `${this.from}, ${field}[${i}]`) : this.strange(field, 'a list of objects')));
  }

  texts(field: string, pattern?: RegExp): string[] {
    return this.list(field).map(value => new Answer({ [field]: value }, this.from).text(field, pattern));
  }

  private list(field: string): readonly unknown[] {
    const value = this.fields[field];
    return Array.isArray(value) && value.length <= MOST_ENTRIES ? value : this.strange(field, `a list of at most ${MOST_ENTRIES}`);
  }

  private isAbsent(field: string): boolean {
    return this.fields[field] === null || this.fields[field] === undefined;
  }

  private strange(field: string, expected: string): never {
    const value = JSON.stringify(this.fields[field]) ?? 'nothing';
    throw new StrangeAnswer(`${this.from}: ${field} is ${value.length <= 200 ? value : `${value.slice(0, 200)}…`}, expected ${expected}`);
  }
}

/** Text of a host as it may stand in a message: one line, not long. */
export function quotable(text: unknown, longest = 300): string {
  const line = String(text).replace(/[\p{Cc}\s]+/gu, ' ').trim();
  return line.length <= longest ? line : `${line.slice(0, longest)}…`;
}
