/**
 * Whether a text matches a pattern in which `*` stands for any characters and `?` for one.
 * Linear with one point to go back to, so that no pattern is slow.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  return matchesTokens(tokens(pattern), text);
}

/** One element of a pattern: a wildcard, or a character that stands for itself. */
export interface Token {
  readonly wildcard?: '*' | '?';
  readonly literal?: string;
}

/** A pattern as tokens: what a policy variable was replaced by is literal, even where it contains `*`. */
export function tokens(pattern: string): Token[] {
  return [...pattern].map(character => (character === '*' || character === '?' ? { wildcard: character } : { literal: character }));
}

export function literal(text: string): Token[] {
  return [...text].map(character => ({ literal: character }));
}

export function matchesTokens(pattern: readonly Token[], text: string): boolean {
  const characters = [...text];
  let at = 0;
  let next = 0;
  let star = -1;
  let resume = 0;
  while (at < characters.length) {
    const token = pattern[next];
    if (token?.wildcard === '*') {
      star = next++;
      resume = at;
    } else if (token && (token.wildcard === '?' || token.literal === characters[at])) {
      next++;
      at++;
    } else if (star >= 0) {
      next = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[next]?.wildcard === '*') next++;
  return next === pattern.length;
}

/** Whether some text matches both patterns. */
export function overlap(one: readonly Token[], other: readonly Token[]): boolean {
  // reachable[j]: whether the first i tokens of the one and the first j of the other can stand for the same text
  let reachable = other.map((_, j) => j).concat(other.length).map(j => other.slice(0, j).every(({ wildcard }) => wildcard === '*'));
  for (const token of one) {
    const next = [reachable[0]! && token.wildcard === '*'];
    other.forEach((counterpart, j) => {
      const same = token.wildcard !== undefined || counterpart.wildcard !== undefined || token.literal === counterpart.literal;
      next.push((same && reachable[j]!) || (token.wildcard === '*' && (next[j]! || reachable[j + 1]!))
        || (counterpart.wildcard === '*' && (reachable[j + 1]! || next[j]!)));
    });
    reachable = next;
  }
  return reachable[other.length]!;
}

const ARN_SEGMENTS = 6;

/**
 * Whether an ARN matches the pattern of a Resource element.
 *
 * IAM user guide, "IAM JSON policy elements: Resource": "You can use wildcard characters (* and ?) within the individual
 * segments of an ARN (the parts separated by colons) … If the * wildcard character is the last character of a resource ARN
 * segment, it can expand to match beyond the colon boundaries." Taken narrowly: only a star at the very end of the
 * pattern crosses colons before the resource part, so that a sloppy pattern is denied here rather than in production.
 */
export function matchesArn(pattern: readonly Token[], arn: string): boolean {
  if (pattern.length === 1 && pattern[0]!.wildcard === '*') return true;
  const wanted = splitTokens(pattern);
  const segments = split(arn);
  if (wanted.length > segments.length) return false;
  return wanted.every((segment, index) => {
    const last = index === wanted.length - 1;
    const open = last && segment.at(-1)?.wildcard === '*';
    if (last && !open && wanted.length < segments.length) return false;
    return matchesTokens(segment, last ? segments.slice(index).join(':') : segments[index]!);
  });
}

/**
 * Whether an ARN matches the value of an ArnLike or ArnEquals condition.
 *
 * IAM user guide, "Condition operators": "Each of the six colon-delimited components of the ARN is checked separately and
 * each can include multi-character match wildcards (*) or single-character match wildcards (?)."
 */
export function matchesArnCondition(pattern: readonly Token[], arn: string): boolean {
  const wanted = splitTokens(pattern);
  const segments = split(arn);
  return wanted.length === ARN_SEGMENTS && segments.length === ARN_SEGMENTS
    && wanted.every((segment, index) => matchesTokens(segment, segments[index]!));
}

/** An ARN in its six parts; the last keeps its colons. */
function split(arn: string): string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, ARN_SEGMENTS - 1), ...(parts.length >= ARN_SEGMENTS ? [parts.slice(ARN_SEGMENTS - 1).join(':')] : [])];
}

function splitTokens(pattern: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  for (const token of pattern) {
    if (token.literal === ':' && parts.length < ARN_SEGMENTS) parts.push([]);
    else parts.at(-1)!.push(token);
  }
  return parts;
}
