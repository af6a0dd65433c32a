import fc from 'fast-check';
import { paginate } from '../../../rehearsal/cloud/paginate';

const records = (count: number) => Array.from({ length: count }, (_, index) => `vol-${index}`);
const self = (record: string) => record;

test('without MaxResults everything is one page', () => {
  expect(paginate(records(1500), self, {})).toEqual({ page: records(1500) });
});

test('pages are full, complete and without doubles, whatever their size', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 5, max: 20 }), (count, MaxResults) => {
    const seen: string[] = [];
    let NextToken: string | undefined;
    do {
      const answer: { page: string[]; NextToken?: string } = paginate(records(count), self, { MaxResults, ...(NextToken !== undefined && { NextToken }) });
      seen.push(...answer.page);
      NextToken = answer.NextToken;
      expect(answer.page.length).toBe(NextToken === undefined ? answer.page.length : MaxResults);
    } while (NextToken !== undefined);
    expect(seen).toEqual(records(count));
  }));
});

test('a token continues where it was, though records come and go', () => {
  const all = records(12);
  const { NextToken } = paginate(all, self, { MaxResults: 5 });
  expect(paginate(all.slice(2), self, { MaxResults: 5, NextToken: NextToken! }).page[0]).toBe('vol-5');
  expect(paginate(['new', ...all], self, { MaxResults: 5, NextToken: NextToken! }).page[0]).toBe('vol-5');
  expect(paginate(all.filter(each => each !== 'vol-4'), self, { MaxResults: 5, NextToken: NextToken! }).page[0]).toBe('vol-5');
});

test.each([[4], [1001]])('MaxResults %d is refused', MaxResults => {
  expect(() => paginate(records(10), self, { MaxResults })).toThrow(expect.objectContaining({ code: 'InvalidParameterValue' }));
});

test.each([['nonsense'], [Buffer.from('{"id":1}').toString('base64url')]])('the token %s is refused', NextToken => {
  expect(() => paginate(records(10), self, { MaxResults: 5, NextToken })).toThrow(expect.objectContaining({ code: 'InvalidNextToken' }));
});
