import { problem } from '../request/rules';

/** Which documents may judge a target. */
export interface Judges {
  /** Their names: the construct's `verifyDocuments`. */
  readonly verifyDocuments: readonly string[];
}

/** Says what is wrong with `verifyDocument`; nothing may be named that the construct was not given. */
export function verifyProblems(name: unknown, { verifyDocuments }: Judges): string[] {
  if (name === undefined || verifyDocuments.some(each => each === name)) return [];
  return [problem('verifyDocument', name, verifyDocuments.length === 0 ? 'nothing, for the construct was given no `verifyDocuments`'
    : `${verifyDocuments.map(each => JSON.stringify(each)).join(' or ')} (the construct's \`verifyDocuments\`)`)];
}
