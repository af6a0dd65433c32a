import { databaseServer } from './database-server';
import { expect, noNewInstance, nothingLeft, succeeds } from './expectations';
import type { Scenario } from './scenario';

export const planOnly: Scenario = {
  name: 'clone-plan-only',
  description: 'What a clone would take is planned and checked; nothing is made.',
  async play(stage) {
    const source = databaseServer(stage).keepWriting();
    const run = await stage.run({ sourceInstanceId: source.instanceId, planOnly: true });
    const made = stage.account.calls.filter(call => !call.error && /^(Create|Register|Run|Copy|Import)/.test(call.operation));
    const { plan } = (run.output ?? {}) as { plan?: { creates?: unknown[]; checks?: unknown[]; steps?: unknown[] } };
    return {
      run, concerned: source.ids,
      expectations: [
        succeeds(run),
        expect('the plan tells what is made, what was checked and how long it takes',
          Boolean(plan?.creates?.length && plan.checks?.length && plan.steps?.length), plan && `${plan.checks?.length} checks, ${plan.steps?.length} steps`),
        expect('nothing was made', made.length === 0, made.map(call => call.operation).join(' ')),
        noNewInstance(stage.account, [source.instanceId]), source.noticedNothing(), nothingLeft(stage.account, run),
      ],
    };
  },
};
