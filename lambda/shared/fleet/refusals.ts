import { dependsOn } from '../../planning/fleet/refusal';
import { problem } from '../request/rules';
import type { Common } from './request';

/** Those who can not be moved because of others: who waits for a refused one, and who would switch with it. */
export function spread({ after, groups }: Pick<Common, 'after' | 'groups'>, refused: Map<string, string>): void {
  for (let before = -1; before !== refused.size;) {
    before = refused.size;
    for (const [id, firsts] of Object.entries(after)) {
      const cause = firsts.find(first => refused.has(first));
      if (cause !== undefined && !refused.has(id)) refused.set(id, dependsOn(id, cause, false));
    }
    for (const group of groups) {
      const cause = group.find(id => refused.has(id));
      if (cause === undefined) continue;
      for (const id of group) if (!refused.has(id)) refused.set(id, dependsOn(id, cause, true));
    }
  }
}

/** What names instances that are not in the fleet: a mistake of the request, not of an instance. */
export function problemsOfReferences({ after, groups, priority, overrides }: Pick<Common, 'after' | 'groups' | 'priority'> & { readonly overrides: Readonly<Record<string, unknown>> }, ids: ReadonlySet<string>): string[] {
  const strangers = (path: string, named: readonly string[]): string[] =>
    named.filter(id => !ids.has(id)).map(id => problem(path, id, 'an instance of this fleet'));
  return [
    ...Object.entries(after).flatMap(([id, firsts]) => strangers('after', [id, ...firsts])),
    ...groups.flatMap(group => strangers('groups', group)),
    ...strangers('priority', Object.keys(priority)),
    ...strangers('overrides', Object.keys(overrides)),
  ];
}
