import { errorMessage, errorName } from '../error-name';
import { findInstances } from '../instances';
import { RATE_LIMIT, tagMap } from '../tags';

export const MEBIBYTE = 2 ** 20;
const MOST = 100_000;

export interface RateLimit {
  /** MiB/s; null: there is none. */
  readonly rateLimit: number | null;
  /** Why a wish was not granted; null: it was, or there is none. */
  readonly problem: string | null;
}

/** The limit that a value of the tag stands for; undefined: for none. */
export function limitIn(value: string | undefined): number | undefined {
  const limit = value !== undefined && /^[1-9]\d{0,5}$/.test(value) ? Number(value) : NaN;
  return limit <= MOST ? limit : undefined;
}

/** The limit as it is wanted now: the source's tag, otherwise what was asked for. One that can not be read stays as it was. */
export async function currentLimit(sourceInstanceId: string, asked: number | null, former: number | null): Promise<RateLimit> {
  try {
    const [source] = await findInstances([sourceInstanceId]);
    const value = tagMap(source?.Tags)[RATE_LIMIT];
    const limit = limitIn(value);
    if (limit !== undefined) return { rateLimit: limit, problem: null };
    return {
      rateLimit: asked,
      problem: value === undefined ? null : `the tag ${RATE_LIMIT} of ${sourceInstanceId} is no whole number of MiB/s from 1 to ${MOST}, so it is not heeded`,
    };
  } catch (error) {
    return { rateLimit: former ?? asked, problem: `the tag ${RATE_LIMIT} of ${sourceInstanceId} could not be read (${errorName(error)}: ${errorMessage(error)})` };
  }
}
