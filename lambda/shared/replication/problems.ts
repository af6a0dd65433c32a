import { HostsDoNotMatch } from '../errors';

export type Verdict = new (message: string) => Error;

/** What stands against the replication: the verdict it would be if it were the only one, and what to do about it. */
export interface Problem {
  readonly verdict: Verdict;
  readonly text: string;
}

/** All problems in one message; under their own name when they share it. */
export function refuse(problems: readonly Problem[]): void {
  const [first] = problems;
  if (!first) return;
  const Verdict = problems.every(({ verdict }) => verdict === first.verdict) ? first.verdict : HostsDoNotMatch;
  throw new Verdict(problems.map(({ text }) => text).join('\n'));
}
