/** A value that JSON can write down. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What becomes of an SDK shape in a state's data: dates are ISO 8601 texts. */
export type Plain<T> = T extends Date ? string
  : T extends readonly (infer E)[] ? Plain<E>[]
    : T extends object ? { [K in keyof T]: Plain<T[K]> }
      : T;

export function plain<T>(value: T): Plain<T> {
  return JSON.parse(JSON.stringify(value)) as Plain<T>;
}

/** Leaves out what is undefined, so that an SDK input or a state's data has only what was said. */
export function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };
}

/** The bytes that a value has in a state's data (limit of Step Functions: 262,144 per state). */
export function bytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
