import type { Execution } from '../asl';
import { count, readableCause } from '../report/format';
import type { Expectation } from '../report/story';
import { expect, Untouched } from './expectations';
import type { Scenario } from './scenario';
import type { Stage } from './stage';

interface Plan {
  readonly route: string;
  readonly volumes: readonly unknown[];
  readonly differences: readonly { readonly attribute: string; readonly kind: string }[];
  readonly warnings: readonly string[];
  readonly expectedSeconds: number;
}

/** Plans a clone of every instance of an account, and makes none. */
export function planAll(name: string, description: string, prepare: (stage: Stage) => readonly string[]): Scenario {
  return {
    name,
    description,
    long: true,
    async play(stage) {
      const ids = prepare(stage);
      const untouched = new Untouched(stage.account, ids);
      const expectations: Expectation[] = [];
      let last: Execution | undefined;
      for (const id of ids) {
        last = stage.start({ sourceInstanceId: id, planOnly: true });
        try {
          expectations.push(verdict(id, await stage.rehearsal.finish(last)));
        } catch (error) {
          // the look-alike account lacks something: that says nothing of this instance, and nothing of the others
          expectations.push(expect(`${id} can not be rehearsed`, false, error instanceof Error ? error.message : String(error)));
        }
      }
      if (!last) throw new Error('the account has no running or stopped instance');
      return { run: last, concerned: ids, expectations: [...expectations, untouched.expectation('the instances noticed nothing')] };
    },
  };
}

function verdict(id: string, { status, output, error, cause }: Execution): Expectation {
  if (status !== 'SUCCEEDED') return expect(`${id} can not be cloned: ${error ?? status}`, false, readableCause(cause));
  const { plan } = output as unknown as { plan: Plan };
  const lost = plan.differences.filter(each => each.kind === 'lost').map(each => each.attribute);
  const minutes = Math.ceil(plan.expectedSeconds / 60);
  return expect(`${id} can be cloned`, true, [
    count(plan.volumes.length, 'volume'), `about ${minutes} min`, `${plan.differences.length} differences${lost.length > 0 ? ` (lost: ${lost.join(', ')})` : ''}`,
    ...plan.warnings,
  ].join('; '));
}
