import { AwsError } from './service';

/** What a describing call says about pages. */
export interface PageRequest {
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

/** The bounds of MaxResults; most describing calls of EC2 take 5 to 1000, some more. */
export interface PageBounds {
  readonly least?: number;
  readonly most?: number;
}

/**
 * Cuts a list into the pages that the caller asks for; without MaxResults everything is one page.
 *
 * A token continues behind the last record that was served, not at a number, so that records which come and go between
 * two pages make nothing appear twice. Records must come in a stable order.
 */
export function paginate<T>(
  records: readonly T[], idOf: (record: T) => string, request: PageRequest, bounds: PageBounds = {},
): { page: T[]; NextToken?: string } {
  const { least = 5, most = 1000 } = bounds;
  const size = request.MaxResults;
  if (size !== undefined && (size < least || size > most)) {
    throw new AwsError('InvalidParameterValue',
      `Value ( ${size} ) for parameter maxResults is invalid. Expecting a value between ${least} and ${most}.`);
  }
  let from = 0;
  if (request.NextToken) {
    const last = decode(request.NextToken);
    const index = records.findIndex(record => idOf(record) === last.id);
    // the record behind which to go on may be gone: go on where it was
    from = index >= 0 ? index + 1 : Math.min(last.position, records.length);
  }
  const page = records.slice(from, size === undefined ? undefined : from + size);
  const end = from + page.length;
  if (end >= records.length || page.length === 0) return { page };
  return { page, NextToken: encode(idOf(page[page.length - 1]!), end - 1) };
}

function encode(id: string, position: number): string {
  return Buffer.from(JSON.stringify({ id, position })).toString('base64url');
}

function decode(token: string): { id: string; position: number } {
  try {
    const decoded: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (typeof decoded === 'object' && decoded !== null && 'id' in decoded && 'position' in decoded
      && typeof decoded.id === 'string' && typeof decoded.position === 'number') {
      return { id: decoded.id, position: decoded.position };
    }
  } catch { /* answered below, as any other token that is not ours */ }
  throw new AwsError('InvalidNextToken', 'The token is not valid.');
}
