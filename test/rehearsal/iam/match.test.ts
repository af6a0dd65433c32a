import fc from 'fast-check';
import { matchesArn, matchesArnCondition, matchesWildcard, overlap, tokens } from '../../../rehearsal/iam/match';

const arn = (pattern: string, value: string) => matchesArn(tokens(pattern), value);
const VOLUME = 'arn:aws:ec2:eu-west-1:111122223333:volume/vol-1';

describe('wildcards: "* to represent any combination of characters, ? any single character"', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '-', ':'), maxLength: 12 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?', ':'), maxLength: 8 });

  test('match what the regular expression of the same meaning matches', () => {
    fc.assert(fc.property(pattern, text, (wanted, value) => {
      const reference = new RegExp(`^${wanted.replace(/[.]/g, '\\.').replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
      expect(matchesWildcard(wanted, value)).toBe(reference.test(value));
    }), { numRuns: 2000 });
  });

  test('a star more never matches less', () => {
    fc.assert(fc.property(pattern, text, fc.nat(8), (wanted, value, at) => {
      const wider = `${wanted.slice(0, at)}*${wanted.slice(at)}`;
      expect(!matchesWildcard(wanted, value) || matchesWildcard(wider, value)).toBe(true);
    }), { numRuns: 2000 });
  });

  test('two patterns overlap if some text matches both', () => {
    const both = (one: string, other: string) => overlap(tokens(one), tokens(other));
    expect(both('log-group:g:*', 'log-group:*:log-stream:*')).toBe(true);
    expect(both('volume/*', 'snapshot/*')).toBe(false);
    expect(both('a*b', '*ac')).toBe(false);
    fc.assert(fc.property(pattern, pattern, text, (one, other, value) => {
      if (matchesWildcard(one, value) && matchesWildcard(other, value)) expect(both(one, other)).toBe(true);
      expect(both(one, other)).toBe(both(other, one));
      // a text is a pattern that only matches itself
      if (!/[*?]/.test(value)) expect(both(one, value)).toBe(matchesWildcard(one, value));
    }), { numRuns: 3000 });
  });

  test('many stars are not slow', () => {
    expect(matchesWildcard(`${'*a'.repeat(50)}b`, 'a'.repeat(5000))).toBe(false);
  });
});

describe('Resource: "wildcard characters within the individual segments of an ARN (the parts separated by colons)"', () => {
  test.each([
    ['*', VOLUME, true],
    ['arn:aws:ec2:*:*:volume/*', VOLUME, true],
    ['arn:aws:ec2:eu-west-1:111122223333:volume/vol-?', VOLUME, true],
    ['arn:*:ec2:*:*:volume/vol-1', VOLUME, true],
    ['arn:aws:ec2:*:*:snapshot/*', VOLUME, false],
    ['arn:aws:ec2:*:volume/*', VOLUME, false],
    ['arn:aws:ec2:eu-*-1:111122223333:volume/vol-1', VOLUME, true],
    ['arn:aws:EC2:*:*:volume/*', VOLUME, false],
    ['arn:aws:ec2:*:*:volume/*', 'arn:aws-cn:ec2:cn-north-1:111122223333:volume/vol-1', false],
    ['arn:aws:ec2:*:*:volume/*', '*', false],
    ['arn:aws:lambda:*:*:function:f', 'arn:aws:lambda:eu-west-1:1:function:f:3', false],
    ['arn:aws:lambda:*:*:function:f:*', 'arn:aws:lambda:eu-west-1:1:function:f:3', true],
  ])('%s on %s: %s', (pattern, value, expected) => {
    expect(arn(pattern, value)).toBe(expected);
  });

  test('"If the * wildcard character is the last character of a resource ARN segment, it can expand to match beyond the colon boundaries"', () => {
    expect(arn('arn:aws:ec2:*', VOLUME)).toBe(true);
    expect(arn('arn:aws:logs:*:*:log-group:/aws/lambda/*', 'arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/f:log-stream:s')).toBe(true);
  });
});

test('ArnLike: "each of the six colon-delimited components of the ARN is checked separately"', () => {
  const like = (pattern: string) => matchesArnCondition(tokens(pattern), VOLUME);
  expect(like('arn:aws:ec2:*:*:volume/*')).toBe(true);
  expect(like('arn:aws:ec2:*')).toBe(false);
  expect(like('*')).toBe(false);
});
