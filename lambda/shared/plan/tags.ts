import { isReserved, type Tags, USER_TAG_LIMIT } from '../tags';

export interface CopiedTags {
  readonly tags: Tags;
  /** What has no room beside this library's own tags. */
  readonly dropped: Tags;
  /** What tells of the source alone: tags of AWS and of this library. */
  readonly reserved: Tags;
}

/** The tags of a copy: the source's own, and the request's over them. */
export function copiedTags(source: Tags, request: Tags): CopiedTags {
  const own = Object.entries(source).filter(([key]) => !isReserved(key) && !Object.hasOwn(request, key));
  const entries = [...Object.entries(request), ...own]; // the request's first: they are the last to be dropped
  return {
    tags: Object.fromEntries(entries.slice(0, USER_TAG_LIMIT)),
    dropped: Object.fromEntries(entries.slice(USER_TAG_LIMIT)),
    reserved: Object.fromEntries(Object.entries(source).filter(([key]) => isReserved(key))),
  };
}

/** The tags that all have: they can be given in the launching call, where one list serves all volumes (or interfaces). */
export function commonTags(all: readonly Tags[]): Tags {
  const [first = {}, ...others] = all;
  return Object.fromEntries(Object.entries(first).filter(([key, value]) => others.every(tags => tags[key] === value)));
}

export function without(tags: Tags, given: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !Object.hasOwn(given, key)));
}
