import { createHash } from 'node:crypto';
import type jsonata from 'jsonata';
import type { Clock } from '../clock';
import type { Random } from '../random';

/**
 * Under this name an evaluation finds the execution's clock and chance; no JSONata variable can have a blank in its name.
 */
export const world = 'the world';

export interface World {
  readonly clock: Clock;
  readonly random: Random;
}

/** Step Functions' own functions, and those of JSONata that would read the real clock or real chance. */
export function registerFunctions(expression: jsonata.Expression): void {
  const register = expression.registerFunction.bind(expression);
  register('partition', (array: unknown[] | undefined, size: number) => array && partition(array, size), '<an:a>');
  register('range', range, '<nnn:a>');
  register('hash', (data: string | undefined, algorithm: string) => data === undefined ? undefined : hash(data, algorithm), '<ss:s>');
  register('parse', (text: string | undefined) => text === undefined ? undefined : JSON.parse(text) as unknown, '<s:x>');
  register('random', function (seed?: number) { return seed === undefined ? worldOf(this).random.next() : javaRandom(seed); }, '<n?:n>');
  register('uuid', function () { return worldOf(this).random.uuid(); }, '<:s>');
  register('now', function (picture?: string, timezone?: string) {
    return fromMillis(this)(worldOf(this).clock.now(), picture, timezone);
  }, '<s?s?:s>');
  register('millis', function () { return worldOf(this).clock.now(); }, '<:n>');
  register('shuffle', function (array: unknown[] | undefined) { return array && shuffle(array, worldOf(this).random); }, '<a:a>');
  // Step Functions has no $eval: calling it is T1006, like calling anything that does not exist
  expression.assign('eval', undefined);
}

/** The names that `registerFunctions` adds to JSONata's own. */
export const addedFunctions = ['partition', 'range', 'hash', 'parse', 'uuid'];

function worldOf(focus: jsonata.Focus): World {
  return focus.environment.lookup(world) as World;
}

type FromMillis = (millis: number, picture?: string, timezone?: string) => string;

function fromMillis(focus: jsonata.Focus): FromMillis {
  return (focus.environment.lookup('fromMillis') as { implementation: FromMillis }).implementation;
}

// Measured on AWS by users of the service (floci-io/floci#2676, #2790): arguments are cut towards zero, a negative chunk size is
// an error, some other arguments yield nothing, and what takes too much memory is an error. Unverified: the text for the
// negative size, and that a size or step of 0 is among those that yield nothing.
function partition(array: readonly unknown[], given: number): unknown[][] | undefined {
  const size = Math.trunc(given);
  if (size < 0) throw new Error(`The chunk size of $partition must be positive, but was ${size}`);
  // NaN: an argument that yields nothing
  if (!(size > 0)) return undefined;
  return Array.from({ length: Math.ceil(array.length / size) }, (_, index) => array.slice(index * size, (index + 1) * size));
}

const longestRange = 360_145;

function range(...given: (number | undefined)[]): number[] | undefined {
  const [first, last, step] = given.map(each => Math.trunc(each ?? NaN)) as [number, number, number];
  if (Number.isNaN(first) || Number.isNaN(last) || !step) return undefined;
  const length = Math.max(0, Math.floor((last - first) / step) + 1);
  if (length > longestRange) throw new Error('Expression evaluation memory limit exceeded: Check for excessive memory usage');
  return Array.from({ length }, (_, index) => first + index * step);
}

const algorithms = ['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];

function hash(data: string, algorithm: string): string {
  // the text is unverified against AWS
  if (!algorithms.includes(algorithm)) throw new Error(`$hash knows ${algorithms.join(', ')}, but not ${algorithm}`);
  return createHash(algorithm.replace('-', '').toLowerCase()).update(data, 'utf8').digest('hex');
}

function shuffle(array: readonly unknown[], random: Random): unknown[] {
  const shuffled = [...array];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(random.next() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other], shuffled[last]];
  }
  return shuffled;
}

/** `$random(seed)` is the first `nextDouble` of `java.util.Random` (measured: `$random(42)` is 0.7275636800328681). */
function javaRandom(seed: number): number {
  const mask = (1n << 48n) - 1n;
  let state = (BigInt(Math.trunc(seed)) ^ 0x5deece66dn) & mask;
  const next = (bits: bigint) => {
    state = (state * 0x5deece66dn + 0xbn) & mask;
    return state >> (48n - bits);
  };
  const high = next(26n);
  return Number((high << 27n) + next(27n)) / 2 ** 53;
}
