/** Tells the values that are allowed when the value is not; undefined when it is. */
export type Rule = (value: unknown) => string | undefined;

export function matching(pattern: RegExp, allowed: string): Rule {
  return value => (typeof value === 'string' && pattern.test(value) ? undefined : allowed);
}

export function oneOf(...values: readonly string[]): Rule {
  return value => (values.some(allowed => allowed === value) ? undefined : values.map(allowed => JSON.stringify(allowed)).join(' or '));
}

export function wholeNumber(from: number, to: number): Rule {
  return value => (Number.isInteger(value) && Number(value) >= from && Number(value) <= to ? undefined : `a whole number from ${from} to ${to}`);
}

export const flag: Rule = value => (typeof value === 'boolean' ? undefined : 'true or false');

export const record: Rule = value => (isRecord(value) ? undefined : 'an object');

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An id as EC2 makes them: eight or seventeen hexadecimal digits. */
export function id(prefix: string): Rule {
  return matching(new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`), `an id like "${prefix}-0123456789abcdef0"`);
}

export function listOf(rule: Rule, from: number, to: number, what: string): Rule {
  return value => (Array.isArray(value) && value.length >= from && value.length <= to && new Set(value).size === value.length
    && value.every(element => rule(element) === undefined) ? undefined : `a list of ${from} to ${to} different ${what}`);
}

/** A systemd unit, as the documents take it. */
export const unit = matching(/^[A-Za-z0-9_.:@-]{1,200}\.(service|socket|timer|target)$/, 'a systemd unit');

/** A problem as a person reads it: where, what was found there, what could be there. */
export function problem(path: string, value: unknown, allowed: string): string {
  return `${path}: got ${shown(value)}, allowed is ${allowed}`;
}

/** A field that there is not: its value may be a secret that was meant for another field, and is not told. */
export function unknownField(path: string, known: readonly string[]): string {
  return `${path}: unknown, allowed is only ${known.join(', ')}`;
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length <= 100 ? text : `${text.slice(0, 100)}…`;
}
