import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { AwsError } from '../service';
import { compareNumbers, isNumber, normalise } from './decimal';

export type Item = Record<string, AttributeValue>;

export type ValueType = 'S' | 'N' | 'B' | 'SS' | 'NS' | 'BS' | 'M' | 'L' | 'NULL' | 'BOOL';

export function typeOf(value: AttributeValue): ValueType {
  return Object.keys(value)[0] as ValueType;
}

export function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

/** Whether two values are the same; sets have no order, numbers no spelling. */
export function equal(a: AttributeValue, b: AttributeValue): boolean {
  return canonical(a) === canonical(b);
}

/** A text that is the same for equal values and no others. */
export function canonical(value: AttributeValue): string {
  return JSON.stringify(comparable(value));
}

function comparable(value: AttributeValue): unknown {
  if (value.N !== undefined) return { N: normalise(value.N) };
  if (value.B !== undefined) return { B: base64(value.B) };
  if (value.SS) return { SS: [...value.SS].sort() };
  if (value.NS) return { NS: value.NS.map(normalise).sort() };
  if (value.BS) return { BS: value.BS.map(base64).sort() };
  if (value.L) return { L: value.L.map(comparable) };
  if (value.M) {
    return { M: Object.entries(value.M).sort(([x], [y]) => (x < y ? -1 : 1)).map(([name, each]) => [name, comparable(each)]) };
  }
  return value;
}

/** Order of two values of one type that has one: numbers, strings and binaries by their bytes. Otherwise undefined. */
export function order(a: AttributeValue, b: AttributeValue): number | undefined {
  if (a.N !== undefined && b.N !== undefined) return compareNumbers(a.N, b.N);
  if (a.S !== undefined && b.S !== undefined) return Buffer.compare(Buffer.from(a.S), Buffer.from(b.S));
  if (a.B !== undefined && b.B !== undefined) return Buffer.compare(a.B, b.B);
  return undefined;
}

/** `size` of a value: bytes of UTF-8, bytes, or number of entries; other types have none. */
export function sizeOf(value: AttributeValue): number | undefined {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.B !== undefined) return value.B.byteLength;
  const entries = value.SS ?? value.NS ?? value.BS ?? value.L;
  return entries?.length ?? (value.M && Object.keys(value.M).length);
}

/** Bytes that an item takes, about as "DynamoDB item sizes and formats" counts them. */
export function bytesOf(item: Item): number {
  return Object.entries(item).reduce((total, [name, value]) => total + Buffer.byteLength(name) + bytesOfValue(value), 0);
}

function bytesOfValue(value: AttributeValue): number {
  if (value.N !== undefined) return Math.ceil(value.N.replace(/\D/g, '').length / 2) + 1;
  if (value.L) return 3 + value.L.reduce((total, each) => total + 1 + bytesOfValue(each), 0);
  if (value.M) return 3 + bytesOf(value.M) + Object.keys(value.M).length;
  if (value.SS) return value.SS.reduce((total, each) => total + Buffer.byteLength(each), 0);
  if (value.NS) return value.NS.reduce((total, each) => total + bytesOfValue({ N: each }), 0);
  if (value.BS) return value.BS.reduce((total, each) => total + each.byteLength, 0);
  return sizeOf(value) ?? 1;
}

/** Refuses a value that DynamoDB would not store, and gives it in the form in which DynamoDB gives it back. */
export function checked(value: AttributeValue): AttributeValue {
  const types = Object.entries(value).filter(([, each]) => each !== undefined).map(([type]) => type);
  if (types.length === 0) throw invalid('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
  if (types.length > 1) throw invalid('Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes');
  if (value.N !== undefined) return { N: checkedNumber(value.N) };
  if (value.NS) return { NS: checkedSet(value.NS.map(checkedNumber), each => each) };
  if (value.SS) return { SS: checkedSet(value.SS, each => each) };
  if (value.BS) return { BS: checkedSet(value.BS, base64) };
  if (value.L) return { L: value.L.map(checked) };
  if (value.M) return { M: checkedItem(value.M) };
  return { ...value };
}

export function checkedItem(item: Item): Item {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, checked(value)]));
}

function checkedNumber(text: string): string {
  if (!isNumber(text)) throw invalid(`The parameter cannot be converted to a numeric value: ${text}`);
  try {
    return normalise(text);
  } catch (error) {
    throw invalid((error as Error).message);
  }
}

function checkedSet<T>(entries: readonly T[], key: (entry: T) => string): T[] {
  if (entries.length === 0) throw invalid('One or more parameter values were invalid: An set  may not be empty');
  if (new Set(entries.map(key)).size < entries.length) {
    throw invalid('One or more parameter values were invalid: Input collection contains duplicates.');
  }
  return [...entries];
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
